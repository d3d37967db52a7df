#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/fingerprint/index_params.h"
#include "geo/ids.h"

namespace spoor {

using JobId = StrongId<struct JobIdTag, std::string>;

enum class JobState : uint8_t { kQueued, kRunning, kDone, kFailed, kCancelled };

// One row of what tune measured: parameters and how well halves of a trip find each other by them.
struct TuneRow {
  IndexParams params;
  double recall_at_10 = 0;    // of the fingerprints alone
  double recall_at_1000 = 0;  // what re-ranking can still save
  double mean_rank = 0;
  double postings_per_query = 0;  // the cost
};

struct TuneResult {
  std::vector<TuneRow> rows;  // best first
  IndexParams best;
  bool applied = false;
};

// A long analysis over a collection.
struct JobStatus {
  JobId id;
  std::string type;  // "tune"
  std::string collection;
  JobState state = JobState::kQueued;
  std::string step;  // what it is doing, for people
  uint64_t done = 0, total = 0;
  std::string error;                     // when failed
  int64_t created_ms = 0, ended_ms = 0;  // since the Unix epoch; 0 when not yet
  std::optional<TuneResult> tune;        // when done
};

}  // namespace spoor
