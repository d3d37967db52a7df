#pragma once

#include <memory>

#include "shard/log/log.h"

namespace spoor::testing {

// Logs that stand before others, and do as these do.
class LogsBefore : public LogStore {
 public:
  explicit LogsBefore(LogStore& logs) : logs_(logs) {}

  absl::Status Create(const LogName& log, uint32_t partitions) override {
    return logs_.Create(log, partitions);
  }
  absl::Status Remove(const LogName& log) override { return logs_.Remove(log); }
  absl::StatusOr<std::unique_ptr<LogWriter>> OpenWriter(const LogName& log) override {
    return logs_.OpenWriter(log);
  }
  absl::StatusOr<LogPosition> End(const LogName& log) override { return logs_.End(log); }
  absl::StatusOr<std::unique_ptr<LogReader>> OpenReader(const LogName& log,
                                                        const LogPosition& from) override {
    return logs_.OpenReader(log, from);
  }

 private:
  LogStore& logs_;
};

}  // namespace spoor::testing
