#include "tests/cluster/kafka_topics.h"

#include <gtest/gtest.h>

namespace spoor::testing {
namespace {

constexpr int kPatienceMs = 20'000;

rd_kafka_t* Connect(rd_kafka_type_t type, const std::string& brokers, const std::string& group) {
  char why[256];
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  rd_kafka_conf_set(conf, "bootstrap.servers", brokers.c_str(), why, sizeof why);
  rd_kafka_conf_set(conf, "allow.auto.create.topics", "false", why, sizeof why);
  if (!group.empty()) rd_kafka_conf_set(conf, "group.id", group.c_str(), why, sizeof why);
  rd_kafka_t* client = rd_kafka_new(type, conf, why, sizeof why);
  EXPECT_NE(client, nullptr) << why;
  return client;
}

}  // namespace

KafkaTopics::KafkaTopics(const std::string& brokers)
    : brokers_(brokers), client_(Connect(RD_KAFKA_PRODUCER, brokers, "")) {}

KafkaTopics::~KafkaTopics() { rd_kafka_destroy(client_); }

void KafkaTopics::Create(const std::string& topic, int partitions,
                         const std::map<std::string, std::string>& settings) {
  char why[256];
  rd_kafka_NewTopic_t* wanted =
      rd_kafka_NewTopic_new(topic.c_str(), partitions, 1, why, sizeof why);
  for (const auto& [name, value] : settings)
    rd_kafka_NewTopic_set_config(wanted, name.c_str(), value.c_str());
  rd_kafka_queue_t* queue = rd_kafka_queue_new(client_);
  rd_kafka_CreateTopics(client_, &wanted, 1, nullptr, queue);
  rd_kafka_event_t* event = rd_kafka_queue_poll(queue, kPatienceMs);
  size_t count = 0;
  const rd_kafka_topic_result_t** results =
      rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event), &count);
  ASSERT_EQ(count, 1u);
  EXPECT_EQ(rd_kafka_topic_result_error(results[0]), RD_KAFKA_RESP_ERR_NO_ERROR);
  rd_kafka_event_destroy(event);
  rd_kafka_queue_destroy(queue);
  rd_kafka_NewTopic_destroy(wanted);
}

void KafkaTopics::Produce(const std::string& topic, int partition,
                          const std::vector<std::string>& values) {
  rd_kafka_topic_t* handle = rd_kafka_topic_new(client_, topic.c_str(), nullptr);
  for (const std::string& value : values) {
    EXPECT_EQ(rd_kafka_produce(handle, partition, RD_KAFKA_MSG_F_COPY,
                               const_cast<char*>(value.data()), value.size(), nullptr, 0, nullptr),
              0);
  }
  EXPECT_EQ(rd_kafka_flush(client_, kPatienceMs), RD_KAFKA_RESP_ERR_NO_ERROR);
  rd_kafka_topic_destroy(handle);
}

void KafkaTopics::ProduceTombstone(const std::string& topic, int partition,
                                   const std::string& key) {
  rd_kafka_topic_t* handle = rd_kafka_topic_new(client_, topic.c_str(), nullptr);
  EXPECT_EQ(rd_kafka_produce(handle, partition, RD_KAFKA_MSG_F_COPY, nullptr, 0, key.data(),
                             key.size(), nullptr),
            0);
  EXPECT_EQ(rd_kafka_flush(client_, kPatienceMs), RD_KAFKA_RESP_ERR_NO_ERROR);
  rd_kafka_topic_destroy(handle);
}

int64_t KafkaTopics::Committed(const std::string& group, const std::string& topic, int partition) {
  rd_kafka_t* member = Connect(RD_KAFKA_CONSUMER, brokers_, group);
  rd_kafka_topic_partition_list_t* list = rd_kafka_topic_partition_list_new(1);
  rd_kafka_topic_partition_list_add(list, topic.c_str(), partition);
  EXPECT_EQ(rd_kafka_committed(member, list, kPatienceMs), RD_KAFKA_RESP_ERR_NO_ERROR);
  const int64_t offset = list->elems[0].offset;
  rd_kafka_topic_partition_list_destroy(list);
  rd_kafka_destroy(member);
  return offset;
}

}  // namespace spoor::testing
