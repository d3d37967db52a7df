#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "engine/fingerprint/index_params.h"
#include "engine/store/log_position.h"
#include "geo/ids.h"

namespace spoor {

using JobId = StrongId<struct JobIdTag, std::string>;

enum class JobState : uint8_t { kQueued, kRunning, kDone, kFailed, kCancelled };

// What somebody, of whatever process, wants of a job: its driver sees to it.
enum class JobWish : uint8_t { kNone, kCancel, kResume, kRemove };

// A step of a job as it stands.
struct JobStep {
  std::string name;
  enum class State : uint8_t { kWaiting, kRunning, kDone };
  State state = State::kWaiting;
  uint64_t took_ms = 0;  // of all processes that worked on it
  friend bool operator==(const JobStep&, const JobStep&) = default;
};

// How much of a part of the result is good: durable, and of this job's one run.
struct JobExtent {
  std::string part;
  uint64_t rows = 0, bytes = 0;
  std::string where;  // of the store alone: a checksum, offsets
  friend bool operator==(const JobExtent&, const JobExtent&) = default;
};

// All that is kept of a job but its results: what was asked, how far it got, and how to go on.  It
// is stored as a whole, so that whoever reads it sees one moment.
struct JobRecord {
  JobId id;
  std::string type;  // the name of its kind
  std::string collection;
  std::string select;                             // JSON, as the kind reads it: with all defaults
  std::string params;                             // likewise
  uint64_t keep_for_s = uint64_t{7} * 24 * 3600;  // after its end

  LogPosition as_of;                 // what was stored by then is what it is about
  std::optional<IndexParams> index;  // of that collection then; absent: nothing was stored

  JobState state = JobState::kQueued;
  std::string driver;  // the process that has claimed it last; empty: none has
  uint64_t term = 0;   // how many have: of two that both believe to drive, the higher does
  std::vector<JobStep> steps;
  uint64_t done = 0, total = 0;          // of the step that runs
  std::string checkpoint;                // of that step: where to go on; of the kind alone
  std::vector<JobExtent> parts;          // of those that have rows
  std::string summary;                   // a JSON object; empty: none yet
  JobWish wish = JobWish::kNone;         // kept by the store: Save does not change it
  std::string error;                     // when failed
  std::string waits;                     // what it waits for while it runs; empty: nothing
  int64_t created_ms = 0, ended_ms = 0;  // since the Unix epoch; 0 when not yet
  // Not stored: when the store told this last, where it cannot be asked now; 0: it is as told.
  int64_t known_at_ms = 0;
  friend bool operator==(const JobRecord&, const JobRecord&) = default;
};

inline bool IsOver(JobState state) {
  return state != JobState::kQueued && state != JobState::kRunning;
}

// The extent of a part; one of no rows when there is none.
JobExtent ExtentOf(const JobRecord& record, absl::string_view part);

// Sorts by the time at which the job was made, to the millisecond: "export-01939fd6a1b2-5c2e91f0".
JobId NewJobId(absl::string_view type, int64_t now_ms);

// proto/job.proto behind a magic number and a checksum.
std::string EncodeJobRecord(const JobRecord& record);
absl::StatusOr<JobRecord> DecodeJobRecord(absl::string_view bytes);  // DataLoss

}  // namespace spoor
