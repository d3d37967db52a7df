#pragma once

#include <map>
#include <string>

#include "absl/status/status.h"
#include "shard/log/kafka_log.h"

namespace spoor {

// The settings of a topic that decide whether what was acknowledged can be lost, by Kafka's names.
using TopicSettings = std::map<std::string, std::string>;

// What a log's topic is made with.
TopicSettings WantedSettings(const KafkaOptions& options);

// FailedPrecondition, naming topic, setting, value and what it must be, when a topic with these
// settings and so many replicas could lose records, or take less than it has to.
absl::Status CheckSettings(const KafkaOptions& options, const std::string& topic, int replication,
                           const TopicSettings& settings);

// The largest message that brokers and clients must take: a record and what is around it.
uint64_t MaxMessageBytes(const KafkaOptions& options);

}  // namespace spoor
