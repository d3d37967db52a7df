#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "engine/wait/mutex.h"
#include "engine/wait/patience.h"
#include "router/jobs/job_store.h"
#include "router/jobs/result_chunk.h"
#include "router/jobs/result_runs.h"
#include "shard/log/log.h"

namespace spoor {

// Reads results from their logs: the chunks that a record calls good, in their order, and nothing
// else that lies there.  A chunk that is not found, or is not what its name says, is DataLoss.
//
// Who reads on where a page has ended takes over the reader that it left: those that were used last
// are kept open for a while.  Thread-safe.
class ResultReaders {
 public:
  struct Options {
    size_t kept_open = 4;
    std::chrono::milliseconds kept_for{20'000};
    std::chrono::milliseconds wait{100};  // for what comes next, at a time
    std::function<std::chrono::steady_clock::time_point()> now = std::chrono::steady_clock::now;
  };
  // The logs outlive it.
  ResultReaders(LogStore& logs, Options options);
  ~ResultReaders();

  // As JobStore::Read, of the extent of `read.part`.  Unavailable when the log cannot be read
  // within the patience.
  absl::StatusOr<JobLines> Read(const LogName& log, const JobExtent& extent, const JobRead& read,
                                const Patience& patience);
  // Closes what nobody has used for a while.
  void CloseIdle();

 private:
  class Scan;  // a reader of one log, and where it is
  class Page;  // what one Read gathers
  struct Idle {
    std::unique_ptr<Scan> scan;
    std::chrono::steady_clock::time_point since;
  };

  absl::StatusOr<std::unique_ptr<Scan>> ScanAt(const LogName& log, uint64_t offset);
  void Keep(std::unique_ptr<Scan> scan);

  LogStore& logs_;
  const Options options_;
  Mutex mu_;
  std::deque<Idle> idle_ ABSL_GUARDED_BY(mu_);  // the longest idle first
};

}  // namespace spoor
