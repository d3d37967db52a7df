#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace spoor {

// Somebody else's topic, as a source of records: read as a member of a consumer group, so that
// several readers share its partitions and each goes on where the group has committed.  At least
// once: what was read and not committed is read again, by this reader's next start or by another.

struct KafkaFeedOptions {
  std::string brokers;  // "host:port,host:port"
  std::string topic;
  std::string group = "spoor";
  uint64_t queue_bytes = uint64_t{64} << 20;      // fetched ahead
  std::chrono::milliseconds ask_timeout{15'000};  // until the brokers must have answered
};

struct FeedMessage {
  int32_t partition = 0;
  int64_t offset = 0;
  std::string value;
  std::string key;
  bool is_tombstone = false;  // it has no value: what its key names is no more
};

// One thread at a time.
class KafkaFeed {
 public:
  // A group that has committed nothing begins where the topic begins.  NotFound when there is no
  // such topic; Unavailable; InvalidArgument.
  static absl::StatusOr<std::unique_ptr<KafkaFeed>> Open(const KafkaFeedOptions& options);

  virtual ~KafkaFeed() = default;
  // Waits until there is something, at most `wait`; then what there is, at most about max_bytes
  // (one message is always given).  NotFound when the topic is gone.  While no broker can be
  // reached there is nothing.
  virtual absl::StatusOr<std::vector<FeedMessage>> Read(std::chrono::milliseconds wait,
                                                        uint64_t max_bytes) = 0;
  // What was read up to and including this message of its partition need not be read again.  Local:
  // Commit tells the group.
  virtual void Accept(const FeedMessage& message) = 0;
  // Unavailable: it was not told, and may be later.  A partition that has another reader by now is
  // left to him.
  virtual absl::Status Commit() = 0;
  // Of the partitions that the group gives to this reader, everything has been read that was in the
  // topic when it was opened.
  virtual bool AtEnd() const = 0;
};

}  // namespace spoor
