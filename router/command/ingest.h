#pragma once

#include <boost/json/fwd.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "router/command/connection.h"
#include "router/command/progress.h"
#include "router/command/signal_watch.h"
#include "router/ingest/input_paths.h"
#include "router/ingest/part_reader.h"
#include "router/ingest/rejects.h"
#include "router/ingest/resume_file.h"
#include "router/ingest/trip_source.h"
#include "shard/log/kafka_feed.h"

namespace spoor {

class Archive;

// How fixes become trips, beside the files that they are in.
struct CutOptions {
  TripRules rules;
  std::string state;
  std::string work_dir;
  uint64_t memory_bytes = uint64_t{256} << 20;
};

struct IngestOptions {
  Connection connection;
  std::vector<std::string> files;
  KafkaFeedOptions feed;   // instead of files when it names a topic
  bool until_end = false;  // of the feed
  PartOptions part;
  bool clean = false;
  bool cut_trips = false, dry_run = false;
  CutOptions cutting;
  std::optional<int64_t> lateness_ms;  // with cut_trips: fixes are sent as they come
  bool seal = false;                   // and all open trips end with the input
  std::string ack;                     // empty: the server's default
  std::string rejects_file, resume_file;
  double retry_for_s = 60;
  bool wait_for_server = false;  // also before it has answered once
  bool quiet = false, json = false;
};

// Where the fixes of a live feed went, as the server counts them.
struct LiveTotals {
  uint64_t fixes = 0, accepted = 0, repeated = 0, late = 0, rejected = 0;
  TripCounts sealed;
  int64_t held = 0;  // in open trips, more than before
};

// What an ingest has done so far.
struct IngestTotals {
  uint64_t accepted = 0, rejected = 0;
  uint64_t fixes = 0;          // of the accepted, as the server counts them
  uint64_t deleted = 0;        // by a feed
  uint64_t bytes = 0;          // that were sent, decompressed
  uint64_t skipped_bytes = 0;  // acknowledged by an earlier run
  uint64_t passed_over = 0;    // files that were found and hold no trips, as far as we can see
  double seconds = 0;
  FeedCounts feed;  // of --cut-trips
  LiveTotals live;  // of the same with --lateness
  // Of --clean, as the server counts them.
  uint64_t dropped_range = 0, dropped_speed = 0, sorted = 0, merged = 0;
};

// Of --dry-run: what a file holds.
struct FileFound {
  std::string path, format, problem;  // problem: why it cannot be read
  uint64_t records = 0, rejected = 0, fixes = 0, timed = 0;
  std::optional<Box> box;
  int64_t first_ms = kNoTime, last_ms = kNoTime;
};

// What the server took the columns of a table for.
struct ColumnsRead {
  std::string file;
  std::vector<std::pair<std::string, std::string>> taken;  // (role, column)
  std::vector<std::string> left;
  bool by_values = false;  // of the first rows, where names did not say all of it
};

// Sends files, or a feed, to a collection, part by part: a part is whole records of about
// part_bytes, and what was acknowledged is written down before the next one is sent.  A part whose
// connection breaks, or that the server is too busy for, is sent again; doing so twice harms
// nothing.
class Ingest {
 public:
  // All outlive it.
  Ingest(const IngestOptions& options, Terminal& terminal, const SignalWatch& signals);

  // Sends all files; a feed until its end, which it may not have.  Cancelled after a signal, when
  // the part being sent has been cut short and acknowledged.
  absl::Status Run();
  const IngestTotals& totals() const { return totals_; }
  const Rejects& rejects() const { return rejects_; }
  const std::vector<ColumnsRead>& columns() const { return columns_; }  // of each table
  const std::vector<FileFound>& found() const { return found_; }
  // The answer that made Run fail, if it was one; it is about file().
  const std::optional<ApiResponse>& refusal() const { return refusal_; }
  const std::string& file() const { return file_; }

 private:
  // Of one attempt.
  struct Sent {
    size_t bytes = 0;
  };

  absl::Status SendInput(const InputPath& input);
  // archive: that stands at this file; null where it is none of an archive.
  absl::Status SendFile(const InputPath& input, Archive* archive);
  absl::Status SendFrom(const InputPath& input, Archive* archive, const Acknowledged& done);
  absl::Status PassOver(const InputPath& input, const absl::Status& why);
  absl::Status SendFeed();
  absl::Status SealOpenTrips();
  absl::Status SendTrips();                                         // cut of the fixes of all files
  absl::Status ReadOnly();                                          // and send nothing
  void Refuse(const LinePlace& place, const ParsedRecord& record);  // one that was read here
  absl::Status LookAt(const InputPath& input, Archive* archive);
  absl::Status SendParts(PartSource& source);
  // Until it is acknowledged.
  absl::Status SendPart(PartSource& source, const Part& part);
  absl::StatusOr<ApiResponse> SendOnce(PartSource& source, const Part& part, Sent* sent);
  absl::Status SendDeletes(const Part& part);
  absl::Status SendDelete(const std::string& id);
  absl::Status Acknowledge(PartSource& source, const Part& part, const Sent& sent);
  absl::Status TakeAnswer(const PartSource& source, const Part& part, const ApiResponse& answer);
  void NoteFigures(const boost::json::value& answer);
  absl::Status Connect();
  // Waits before sending again; an error when the patience, or the user's, has come to an end.
  absl::Status WaitToRetry(const absl::Status& why, int attempt, double wanted_s, double* waited_s);
  ApiRequest Head(absl::string_view format) const;
  void ShowProgress(const PartSource& source, const Sent& sent);

  const IngestOptions& options_;
  Terminal& terminal_;
  const SignalWatch& signals_;
  std::unique_ptr<Client> client_;
  std::unique_ptr<ResumeFile> resume_;
  std::vector<ColumnsRead> columns_;
  std::vector<FileFound> found_;
  Rejects rejects_;
  std::unique_ptr<Progress> progress_;
  std::vector<InputPath> inputs_;
  std::string file_;    // being sent
  std::string source_;  // what its trips are called if it does not say
  std::optional<ApiResponse> refusal_;
  IngestTotals totals_;
  std::chrono::steady_clock::time_point begin_;
};

}  // namespace spoor
