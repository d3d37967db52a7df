#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "shard/log/kafka_client.h"
#include "shard/log/kafka_settings.h"

namespace spoor {

// Makes, removes and checks topics.  Thread-safe.
class KafkaAdmin {
 public:
  static absl::StatusOr<std::unique_ptr<KafkaAdmin>> Make(const KafkaOptions& options);

  // Returns when every partition has a leader.  AlreadyExists, FailedPrecondition, Unavailable.
  absl::Status Create(const std::string& topic, uint32_t partitions);
  absl::Status Remove(const std::string& topic);  // NotFound, Unavailable
  // How many partitions a topic has whose settings are as they must be.  NotFound,
  // FailedPrecondition, Unavailable.
  absl::StatusOr<uint32_t> Check(const std::string& topic);
  // For questions.  It fetches nothing, so that its connections answer at once.
  std::shared_ptr<const KafkaClient> client() const { return client_; }

 private:
  explicit KafkaAdmin(const KafkaOptions& options) : options_(options) {}
  absl::Status AskToCreate(const std::string& topic, uint32_t partitions);
  absl::StatusOr<TopicSettings> AskSettings(const std::string& topic);
  absl::StatusOr<TopicShape> WaitForLeaders(const std::string& topic,
                                            std::chrono::milliseconds absent_patience);

  const KafkaOptions options_;
  std::shared_ptr<const KafkaClient> client_;
};

}  // namespace spoor
