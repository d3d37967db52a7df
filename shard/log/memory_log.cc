#include "shard/log/memory_log.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "engine/wait/mutex.h"

namespace spoor {
namespace {

struct Partition {
  std::map<uint64_t, LogRecord> records;  // by offset; compaction leaves gaps
  uint64_t end = 0;
};

struct MemoryLog {
  explicit MemoryLog(LogName log_name, uint32_t n) : name(std::move(log_name)), partitions(n) {}
  const LogName name;
  Mutex mu;
  ConditionVariable appended;
  std::vector<Partition> partitions ABSL_GUARDED_BY(mu);
  bool removed ABSL_GUARDED_BY(mu) = false;
};
using LogPtr = std::shared_ptr<MemoryLog>;

absl::Status Gone(const LogName& log) {
  return absl::DataLossError(absl::StrCat("log ", log.id, " of '", log.collection, "' is gone"));
}

LogPosition EndOf(const MemoryLog& log) ABSL_EXCLUSIVE_LOCKS_REQUIRED(log.mu) {
  LogPosition end{.log_id = log.name.id};
  for (const Partition& p : log.partitions) end.next.push_back(p.end);
  return end;
}

class Writer : public LogWriter {
 public:
  explicit Writer(LogPtr log) : log_(std::move(log)) {}
  void Append(std::vector<LogEntry> batch, Done done) override { done(AppendNow(batch)); }

 private:
  absl::StatusOr<LogPosition> AppendNow(std::vector<LogEntry>& batch) {
    MutexLock lock(log_->mu);
    if (log_->removed) return Gone(log_->name);
    LogPosition position{.log_id = log_->name.id};
    position.next.resize(log_->partitions.size());
    for (LogEntry& entry : batch) {
      const auto n = static_cast<uint32_t>(log_->partitions.size());
      const uint32_t p = PartitionOf(entry.id, n);
      Partition& partition = log_->partitions[p];
      const uint64_t offset = partition.end++;
      partition.records[offset] = {p, offset, std::move(entry.id), std::move(entry.value)};
      position.next[p] = partition.end;
    }
    log_->appended.NotifyAll();
    return position;
  }

  const LogPtr log_;
};

class Reader : public LogReader {
 public:
  Reader(LogPtr log, std::vector<uint64_t> next) : log_(std::move(log)), next_(std::move(next)) {}

  absl::StatusOr<LogChunk> Read(std::chrono::milliseconds wait, uint64_t max_bytes) override {
    MutexLock lock(log_->mu);
    const auto something = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(log_->mu) {
      return log_->removed || EndOf(*log_).next != next_;
    };
    if (wait.count() > 0) log_->appended.WaitFor(log_->mu, wait, something);
    if (log_->removed) return Gone(log_->name);
    LogChunk chunk;
    uint64_t bytes = 0;
    for (size_t p = 0; p < next_.size(); ++p) {
      const Partition& partition = log_->partitions[p];
      auto it = partition.records.lower_bound(next_[p]);
      for (; it != partition.records.end() && bytes < max_bytes; ++it) {
        chunk.records.push_back(it->second);
        bytes += 1 + it->second.value.value_or("").size();
        next_[p] = it->first + 1;
      }
      if (it == partition.records.end()) next_[p] = partition.end;  // over what is compacted
    }
    chunk.next = next_;
    chunk.end = EndOf(*log_).next;
    if (chunk.next == chunk.end) chunk.whole_ago = std::chrono::milliseconds(0);
    return chunk;
  }

 private:
  const LogPtr log_;
  std::vector<uint64_t> next_;
};

}  // namespace

class MemoryLogs::Impl {
 public:
  absl::StatusOr<LogPtr> Find(const LogName& log) const {
    MutexLock lock(mu_);
    const auto it = logs_.find({log.collection, log.id});
    if (it != logs_.end()) return it->second;
    return absl::NotFoundError(
        absl::StrCat("there is no log ", log.id, " of '", log.collection, "'"));
  }

  absl::Status Create(const LogName& log, uint32_t partitions) {
    if (partitions == 0 || partitions > kMaxPartitions) {
      return absl::InvalidArgumentError(
          absl::StrCat(partitions, " partitions, allowed: 1 ... ", kMaxPartitions));
    }
    MutexLock lock(mu_);
    LogPtr& made = logs_[{log.collection, log.id}];
    if (made != nullptr) return absl::AlreadyExistsError("the log exists");
    made = std::make_shared<MemoryLog>(log, partitions);
    return absl::OkStatus();
  }

  void Forget(const LogName& log) {
    MutexLock lock(mu_);
    logs_.erase({log.collection, log.id});
  }

 private:
  mutable Mutex mu_;
  std::map<std::pair<std::string, uint64_t>, LogPtr> logs_ ABSL_GUARDED_BY(mu_);
};

MemoryLogs::MemoryLogs() : impl_(std::make_unique<Impl>()) {}
MemoryLogs::~MemoryLogs() = default;

absl::Status MemoryLogs::Create(const LogName& log, uint32_t partitions) {
  return impl_->Create(log, partitions);
}

absl::Status MemoryLogs::Remove(const LogName& log) {
  const auto found = impl_->Find(log);
  if (!found.ok()) return found.status();
  impl_->Forget(log);
  MutexLock lock((*found)->mu);
  (*found)->removed = true;
  (*found)->appended.NotifyAll();
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<LogWriter>> MemoryLogs::OpenWriter(const LogName& log) {
  auto found = impl_->Find(log);
  if (!found.ok()) return found.status();
  return std::make_unique<Writer>(*std::move(found));
}

absl::StatusOr<std::unique_ptr<LogReader>> MemoryLogs::OpenReader(const LogName& log,
                                                                  const LogPosition& from) {
  if (from.log_id != log.id) return absl::InvalidArgumentError("the position is of another log");
  auto found = impl_->Find(log);
  if (!found.ok()) return found.status();
  std::vector<uint64_t> next = from.next;
  {
    MutexLock lock((*found)->mu);
    next.resize((*found)->partitions.size());
    if (!EndOf(**found).Includes({.log_id = log.id, .next = next})) {
      return absl::OutOfRangeError("the position is beyond the end of the log");
    }
  }
  return std::make_unique<Reader>(*std::move(found), std::move(next));
}

absl::Status MemoryLogs::Compact(const LogName& log, uint64_t keep) {
  const auto found = impl_->Find(log);
  if (!found.ok()) return found.status();
  MutexLock lock((*found)->mu);
  for (Partition& p : (*found)->partitions) {
    std::set<std::string> later;
    for (auto it = p.records.end(); it != p.records.begin();) {
      --it;
      const bool is_void = !later.insert(it->second.id).second;
      if (is_void && it->first + keep < p.end) it = p.records.erase(it);
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<LogPosition> MemoryLogs::End(const LogName& log) {
  const auto found = impl_->Find(log);
  if (!found.ok()) return found.status();
  MutexLock lock((*found)->mu);
  return EndOf(**found);
}

}  // namespace spoor
