#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "shard/log/kafka_client.h"
#include "shard/log/kafka_log.h"

namespace spoor {

// Reads all partitions of a topic by itself: no group, no commits, nobody else's pace.  All
// partitions fetch ahead into one queue, bounded in bytes.
//
// `next` advances over what compaction has removed: when the client reaches the end of a partition
// it says at which offset, whatever is in between.
class KafkaReader final : public LogReader {
 public:
  // A position outside of the log is found here and told by the first Read.  NotFound, Unavailable.
  // asker: a client that fetches nothing; a fetch that waits for records holds up all other
  // questions to its broker.
  static absl::StatusOr<std::unique_ptr<LogReader>> Open(const KafkaOptions& options,
                                                         std::shared_ptr<const KafkaClient> asker,
                                                         const std::string& topic,
                                                         uint32_t partitions,
                                                         const LogPosition& from);
  ~KafkaReader() override;

  absl::StatusOr<LogChunk> Read(std::chrono::milliseconds wait, uint64_t max_bytes) override;

 private:
  using Clock = std::chrono::steady_clock;

  KafkaReader(const KafkaOptions& options, std::shared_ptr<const KafkaClient> asker,
              std::string topic)
      : options_(options), topic_(std::move(topic)), asker_(std::move(asker)) {}
  absl::Status CheckPosition();
  absl::Status Start();
  // Takes one message or event; whether `next` has advanced.
  bool Take(const rd_kafka_message_t& message, LogChunk* chunk, uint64_t* bytes);
  absl::Status ErrorOf(const rd_kafka_message_t& message);
  // Asks the leaders of all partitions where these end now; an error when one does not answer.
  absl::Status Probe(std::chrono::milliseconds patience);
  // The same while there is much to read, now and then, and without an error: what is claimed grows
  // older then.
  void ProbeInPassing();
  // Where partitions ended at the last fetches, which costs nothing, and says nothing about those
  // that cannot be fetched.
  void LearnEnds();
  bool ReachedGoal() const;

  const KafkaOptions options_;
  const std::string topic_;
  const std::shared_ptr<const KafkaClient> asker_;
  std::unique_ptr<KafkaClient> client_;
  KafkaTopic handle_;
  KafkaQueue queue_;
  size_t started_ = 0;  // partitions
  std::vector<uint64_t> next_, end_;
  // What the leaders told at a moment, until it has been read; then what they told next.
  std::vector<uint64_t> goal_;  // empty: they were not asked yet
  Clock::time_point goal_as_of_, next_probe_;
  absl::Status broken_;  // every later Read says so
};

}  // namespace spoor
