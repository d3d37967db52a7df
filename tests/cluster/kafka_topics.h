#pragma once

#include <librdkafka/rdkafka.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace spoor::testing {

// What spoor does not do to topics, and tests do: make them wrong, and fill a feed.
class KafkaTopics {
 public:
  explicit KafkaTopics(const std::string& brokers);
  ~KafkaTopics();
  KafkaTopics(const KafkaTopics&) = delete;
  KafkaTopics& operator=(const KafkaTopics&) = delete;

  void Create(const std::string& topic, int partitions,
              const std::map<std::string, std::string>& settings);
  // Returns when they are durable.
  void Produce(const std::string& topic, int partition, const std::vector<std::string>& values);
  // A message without a value, of this key.
  void ProduceTombstone(const std::string& topic, int partition, const std::string& key);
  // What a consumer group has committed of a partition; negative when nothing.
  int64_t Committed(const std::string& group, const std::string& topic, int partition);

 private:
  std::string brokers_;
  rd_kafka_t* client_;
};

}  // namespace spoor::testing
