#pragma once

#include <memory>

#include "shard/log/log.h"

namespace spoor {

// Logs in the memory of this process: for tests, and the oracle of what a log is.  They live as
// long as the store or a reader or writer of them does.
class MemoryLogs : public LogStore {
 public:
  MemoryLogs();
  ~MemoryLogs() override;

  absl::Status Create(const LogName& log, uint32_t partitions) override;
  absl::Status Remove(const LogName& log) override;
  absl::StatusOr<std::unique_ptr<LogWriter>> OpenWriter(const LogName& log) override;
  absl::StatusOr<LogPosition> End(const LogName& log) override;
  absl::StatusOr<std::unique_ptr<LogReader>> OpenReader(const LogName& log,
                                                        const LogPosition& from) override;

  // Removes every record that a later one of its id makes void, but for the last `keep` of each
  // partition, as compaction does.
  absl::Status Compact(const LogName& log, uint64_t keep);

 private:
  class Impl;
  const std::unique_ptr<Impl> impl_;
};

}  // namespace spoor
