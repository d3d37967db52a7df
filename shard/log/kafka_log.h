#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "shard/log/log.h"

namespace spoor {

// The log on Kafka brokers (design D5): each log is a topic, each record a message with the id as
// its key.  shard/doc/log.md tells what lies in a topic, what is promised, and what is not.
struct KafkaOptions {
  std::string brokers;  // "host:port,host:port"; one that answers is enough
  std::string cluster;  // part of the topics' names: letters, digits, '-' and '_'
  int replication = 3;  // of topics that are made, and the least that is accepted of others

  uint64_t max_record_bytes = uint64_t{32} << 20;  // id and value
  // What may wait in a writer to become durable.  Enough for two records of the largest size.
  uint64_t writer_queue_bytes = uint64_t{64} << 20;
  // What a reader fetches ahead, of all partitions together; the last fetch may go beyond it by the
  // largest record.
  uint64_t reader_queue_bytes = uint64_t{64} << 20;

  std::chrono::milliseconds append_timeout{30'000};  // then an append is Unavailable
  std::chrono::milliseconds admin_timeout{15'000};   // of Create, Remove, Open...
  // A reader that has nothing new asks the brokers where the log ends; who does not answer for so
  // long cannot be reached.  A read may take so much longer than it was to wait.
  std::chrono::milliseconds silence{2'000};
  std::chrono::milliseconds flush_timeout{5'000};  // of a writer's destructor

  // Deletions stay at least so long, so that who was away for less learns of them; all records stay
  // at least so long, so that who follows closely sees each.
  std::chrono::milliseconds delete_retention = std::chrono::hours(7 * 24);
  std::chrono::milliseconds min_compaction_lag = std::chrono::hours(1);
  // More settings of topics that are made, by Kafka's names; none may contradict what is checked.
  std::map<std::string, std::string> topic_settings;

  // Lets settings be what they are.  Only for a broker that cannot tell them: librdkafka's mock.
  bool unchecked_for_tests = false;
};

// Connects when something is asked of it.  InvalidArgument for options that cannot work.
absl::StatusOr<std::unique_ptr<LogStore>> OpenKafka(const KafkaOptions& options);

// "spoor.<cluster>.<collection>.<id as 16 hex digits>"; InvalidArgument for what Kafka does not
// take as a name.
absl::StatusOr<std::string> TopicName(const std::string& cluster, const LogName& log);

}  // namespace spoor
