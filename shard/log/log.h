#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "engine/store/log_position.h"

namespace spoor {

// The log of a collection is its truth (design D5): what a write call has appended is durable, and
// every node makes of it what it serves.  It holds for each id the records in the order of their
// offsets, of which the last one counts; a record without a value is a deletion.
//
// Who may lose or repeat what: an append that failed may have happened, and one that was retried
// may be there twice; a reader gets the records of a partition in order, each offset at most once
// since it was opened, and never misses one, but those that compaction has removed because a later
// record of the same key is in the log.

// Which log: a topic of the broker is named by both.
struct LogName {
  std::string collection;
  uint64_t id = 0;  // random, made with the log
};

// Where the records of an id go: one partition for ever.
uint32_t PartitionOf(absl::string_view id, uint32_t partitions);

// To be appended.
struct LogEntry {
  std::string id;                    // of the trajectory
  std::optional<std::string> value;  // absent: a deletion
};

// As it lies in the log.
struct LogRecord {
  uint32_t partition = 0;
  uint64_t offset = 0;
  std::string id;
  std::optional<std::string> value;
};

// Appends to one log.  Thread-safe.
class LogWriter {
 public:
  // The position that includes all of the batch.
  using Done = std::function<void(absl::StatusOr<LogPosition>)>;

  virtual ~LogWriter() = default;
  // Calls done once all are durable, or have failed as a whole (some may be in the log all the
  // same): OverloadError (shard/rpc/call.h) when too much waits already, in which case nothing was
  // appended; Unavailable when the log cannot be reached in time; InvalidArgument for a record that
  // is too large; DataLoss when the log is gone.  On any thread; done must not block.  Two batches
  // of one caller are appended in the order of the calls.
  virtual void Append(std::vector<LogEntry> batch, Done done) = 0;
};

// What a read gave.
struct LogChunk {
  std::vector<LogRecord> records;  // of each partition in order
  std::vector<uint64_t> next;      // of each partition: the first offset that was not read yet
  std::vector<uint64_t> end;  // of each partition: where the log ends, as far as is known by now
  // How long ago all that was in the log then had been read: by the last time that who knows (the
  // leader of each partition) told where every partition ended, and `next` has come there since.
  // No error and no silence counts as an answer.  Absent: that has not been so yet.
  std::optional<std::chrono::milliseconds> whole_ago;
};

// Follows one log, from a position on, all partitions.  One thread at a time.
class LogReader {
 public:
  virtual ~LogReader() = default;
  // Waits until there is something, at most `wait`; then what there is, at most about max_bytes of
  // values (one record is always given).  Nothing new is an empty chunk, with `end` as of now.
  // Unavailable: the log cannot be reached; read on later.  OutOfRange: what comes next has gone
  // from the log, or it ends before that.  DataLoss: the log is gone, or a record is damaged.
  virtual absl::StatusOr<LogChunk> Read(std::chrono::milliseconds wait, uint64_t max_bytes) = 0;
};

// The logs of a cluster.  Thread-safe.
class LogStore {
 public:
  virtual ~LogStore() = default;
  // AlreadyExists; Unavailable when it cannot be reached; FailedPrecondition when its settings
  // would lose what it has acknowledged, naming the setting, its value and what it must be.
  virtual absl::Status Create(const LogName& log, uint32_t partitions) = 0;
  virtual absl::Status Remove(const LogName& log) = 0;  // NotFound
  // NotFound; FailedPrecondition as Create; Unavailable.
  virtual absl::StatusOr<std::unique_ptr<LogWriter>> OpenWriter(const LogName& log) = 0;
  // Where the log ends now, by who knows: all that was acknowledged before is before it.
  // Unavailable; NotFound.
  virtual absl::StatusOr<LogPosition> End(const LogName& log) = 0;
  // from.next: per partition where to begin; from.log_id must be log.id.
  virtual absl::StatusOr<std::unique_ptr<LogReader>> OpenReader(const LogName& log,
                                                                const LogPosition& from) = 0;
};

}  // namespace spoor
