#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "router/jobs/job_store.h"
#include "router/jobs/result_runs.h"
#include "shard/log/log.h"

namespace spoor {

struct ResultWriterOptions {
  uint64_t chunk_bytes = uint64_t{1} << 20;        // of lines; a longer line is a chunk of its own
  uint64_t max_waiting_chunks = 8;                 // on their way to the log
  uint64_t max_result_bytes = uint64_t{16} << 30;  // of all parts of a job
  // A log that has not answered for so long is Unavailable.  Writers of logs answer before.
  std::chrono::milliseconds silence{120'000};
};

// Writes a job's result to its log, in chunks under names that no other writer gives.  What it has
// appended counts once its runs are in the job's record, and not before: what a former writer left
// behind them, or brings late, is of no account.
class ResultWriter : public JobWriter {
 public:
  struct Hooks {
    // OK as long as the process drives the job; asked by every call.
    std::function<absl::Status()> drives;
    // The log, once there is something to append.
    std::function<absl::StatusOr<std::unique_ptr<LogWriter>>()> open_log;
  };
  // Goes on behind `record`'s parts.  DataLoss when where a part lies cannot be read.
  static absl::StatusOr<std::unique_ptr<JobWriter>> Open(const ResultWriterOptions& options,
                                                         const JobRecord& record, Hooks hooks);
  ~ResultWriter() override;

  absl::Status Append(absl::string_view part, absl::string_view lines, uint64_t rows) override;
  absl::StatusOr<std::vector<JobExtent>> Sync() override;

 private:
  struct Part {
    JobExtent extent;            // with what waits
    std::vector<ChunkRun> runs;  // of former writers
    std::string waiting;         // lines of the next chunk
    uint64_t chunks = 0;         // of this writer
  };
  class Answers;  // of the log, shared with what is on its way

  ResultWriter(const ResultWriterOptions& options, uint64_t term, Hooks hooks);
  absl::Status Cut(const std::string& name, Part& part, bool all);
  absl::Status Send(const std::string& name, Part& part, std::string lines);
  absl::Status Await(uint64_t at_most);
  JobExtent ExtentNow(const std::string& name, const Part& part) const;

  const ResultWriterOptions options_;
  const uint64_t term_, writer_;
  const Hooks hooks_;
  const std::shared_ptr<Answers> answers_;
  std::map<std::string, Part, std::less<>> parts_;
  uint64_t bytes_ = 0;              // of all parts
  std::unique_ptr<LogWriter> log_;  // null until there is something to append; goes first
};

// Random; not 0.
uint64_t RandomWriter();

}  // namespace spoor
