#include "shard/log/kafka_admin.h"

#include <chrono>
#include <thread>

#include "absl/strings/str_cat.h"

namespace spoor {
namespace {

using std::chrono::milliseconds;

// A topic that one broker has made is known to all others so soon.
constexpr milliseconds kSpreads{1'000};

using AdminOptions = KafkaPtr<rd_kafka_AdminOptions_t, rd_kafka_AdminOptions_destroy>;
using Event = KafkaPtr<rd_kafka_event_t, rd_kafka_event_destroy>;

AdminOptions MakeOptions(const KafkaClient& client, rd_kafka_admin_op_t what, milliseconds patience,
                         bool until_done) {
  AdminOptions options(rd_kafka_AdminOptions_new(client.get(), what));
  const int ms = static_cast<int>(patience.count());
  char why[256];
  // Neither fails for values in their ranges, which are those of the options.
  rd_kafka_AdminOptions_set_request_timeout(options.get(), ms, why, sizeof why);
  if (until_done) rd_kafka_AdminOptions_set_operation_timeout(options.get(), ms, why, sizeof why);
  return options;
}

// The answer that `queue` gets; what a client has complained about belongs to a failure.
absl::StatusOr<Event> Await(const KafkaClient& client, const KafkaQueue& queue,
                            const std::string& about) {
  Event event(rd_kafka_queue_poll(queue.get(), -1));  // ends by the request's timeout
  rd_kafka_poll(client.get(), 0);
  const rd_kafka_resp_err_t error = rd_kafka_event_error(event.get());
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return event;
  return KafkaError(error, about + client.complaint());
}

absl::Status FirstError(const rd_kafka_topic_result_t** results, size_t count,
                        const std::string& about) {
  for (size_t i = 0; i < count; ++i) {
    const rd_kafka_resp_err_t error = rd_kafka_topic_result_error(results[i]);
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) continue;
    const char* more = rd_kafka_topic_result_error_string(results[i]);
    return KafkaError(error, more == nullptr ? about : absl::StrCat(about, ": ", more));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<KafkaAdmin>> KafkaAdmin::Make(const KafkaOptions& options) {
  auto client = KafkaClient::Make(RD_KAFKA_PRODUCER, options.brokers, {});
  if (!client.ok()) return client.status();
  std::unique_ptr<KafkaAdmin> admin(new KafkaAdmin(options));
  admin->client_ = *std::move(client);
  return admin;
}

absl::Status KafkaAdmin::Create(const std::string& topic, uint32_t partitions) {
  if (absl::Status s = AskToCreate(topic, partitions); !s.ok()) return s;
  const absl::StatusOr<TopicShape> shape = WaitForLeaders(topic, options_.admin_timeout);
  if (!shape.ok()) return shape.status();
  return Check(topic).status();
}

absl::Status KafkaAdmin::AskToCreate(const std::string& topic, uint32_t partitions) {
  char why[256];
  KafkaPtr<rd_kafka_NewTopic_t, rd_kafka_NewTopic_destroy> wanted(rd_kafka_NewTopic_new(
      topic.c_str(), static_cast<int>(partitions), options_.replication, why, sizeof why));
  if (wanted == nullptr)
    return absl::InvalidArgumentError(absl::StrCat("topic ", topic, ": ", why));
  for (const auto& [name, value] : WantedSettings(options_))
    rd_kafka_NewTopic_set_config(wanted.get(), name.c_str(), value.c_str());
  const KafkaQueue queue(rd_kafka_queue_new(client_->get()));
  const AdminOptions how = MakeOptions(*client_, RD_KAFKA_ADMIN_OP_CREATETOPICS,
                                       options_.admin_timeout, /*until_done=*/true);
  rd_kafka_NewTopic_t* one[] = {wanted.get()};
  rd_kafka_CreateTopics(client_->get(), one, 1, how.get(), queue.get());
  const std::string about = absl::StrCat("cannot create topic ", topic);
  const absl::StatusOr<Event> event = Await(*client_, queue, about);
  if (!event.ok()) return event.status();
  size_t count = 0;
  const rd_kafka_topic_result_t** results =
      rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event->get()), &count);
  return FirstError(results, count, about);
}

absl::Status KafkaAdmin::Remove(const std::string& topic) {
  const KafkaPtr<rd_kafka_DeleteTopic_t, rd_kafka_DeleteTopic_destroy> wanted(
      rd_kafka_DeleteTopic_new(topic.c_str()));
  const KafkaQueue queue(rd_kafka_queue_new(client_->get()));
  const AdminOptions how = MakeOptions(*client_, RD_KAFKA_ADMIN_OP_DELETETOPICS,
                                       options_.admin_timeout, /*until_done=*/true);
  rd_kafka_DeleteTopic_t* one[] = {wanted.get()};
  rd_kafka_DeleteTopics(client_->get(), one, 1, how.get(), queue.get());
  const std::string about = absl::StrCat("cannot remove topic ", topic);
  const absl::StatusOr<Event> event = Await(*client_, queue, about);
  if (!event.ok()) return event.status();
  size_t count = 0;
  const rd_kafka_topic_result_t** results =
      rd_kafka_DeleteTopics_result_topics(rd_kafka_event_DeleteTopics_result(event->get()), &count);
  return FirstError(results, count, about);
}

absl::StatusOr<uint32_t> KafkaAdmin::Check(const std::string& topic) {
  const absl::StatusOr<TopicShape> shape = WaitForLeaders(topic, kSpreads);
  if (!shape.ok()) return shape.status();
  if (options_.unchecked_for_tests) return shape->partitions;
  const auto begin = std::chrono::steady_clock::now();
  absl::StatusOr<TopicSettings> settings = AskSettings(topic);
  // The broker that is asked now may not have heard yet of a topic that another one knows.
  while (absl::IsNotFound(settings.status()) &&
         std::chrono::steady_clock::now() - begin < kSpreads) {
    std::this_thread::sleep_for(kAskAgainAfter);
    settings = AskSettings(topic);
  }
  if (!settings.ok()) return settings.status();
  absl::Status checked = CheckSettings(options_, topic, shape->replication, *settings);
  if (!checked.ok()) return checked;
  return shape->partitions;
}

absl::StatusOr<TopicSettings> KafkaAdmin::AskSettings(const std::string& topic) {
  const KafkaPtr<rd_kafka_ConfigResource_t, rd_kafka_ConfigResource_destroy> wanted(
      rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic.c_str()));
  const KafkaQueue queue(rd_kafka_queue_new(client_->get()));
  const AdminOptions how = MakeOptions(*client_, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS,
                                       options_.admin_timeout, /*until_done=*/false);
  rd_kafka_ConfigResource_t* one[] = {wanted.get()};
  rd_kafka_DescribeConfigs(client_->get(), one, 1, how.get(), queue.get());
  const std::string about = absl::StrCat("cannot ask for the settings of topic ", topic);
  const absl::StatusOr<Event> event = Await(*client_, queue, about);
  if (!event.ok()) return event.status();
  size_t resources = 0;
  const rd_kafka_ConfigResource_t** found = rd_kafka_DescribeConfigs_result_resources(
      rd_kafka_event_DescribeConfigs_result(event->get()), &resources);
  TopicSettings settings;
  for (size_t r = 0; r < resources; ++r) {
    if (rd_kafka_ConfigResource_error(found[r]) != RD_KAFKA_RESP_ERR_NO_ERROR)
      return KafkaError(rd_kafka_ConfigResource_error(found[r]), about);
    size_t count = 0;
    const rd_kafka_ConfigEntry_t** entries = rd_kafka_ConfigResource_configs(found[r], &count);
    for (size_t i = 0; i < count; ++i) {
      const char* value = rd_kafka_ConfigEntry_value(entries[i]);
      if (value != nullptr) settings[rd_kafka_ConfigEntry_name(entries[i])] = value;
    }
  }
  return settings;
}

absl::StatusOr<TopicShape> KafkaAdmin::WaitForLeaders(const std::string& topic,
                                                      milliseconds absent_patience) {
  const auto begin = std::chrono::steady_clock::now();
  while (true) {
    absl::StatusOr<TopicShape> shape = AskShape(*client_, topic, options_.admin_timeout);
    rd_kafka_poll(client_->get(), 0);
    if (shape.ok() && shape->all_have_leaders) return shape;
    if (!shape.ok() && !absl::IsNotFound(shape.status())) return shape;
    const auto waited = std::chrono::steady_clock::now() - begin;
    if (!shape.ok() && waited > absent_patience) return shape;
    if (waited > options_.admin_timeout)
      return absl::UnavailableError(
          absl::StrCat("topic ", topic, " has partitions without leader"));
    // Brokers tell of topics only when asked.
    std::this_thread::sleep_for(kAskAgainAfter);
  }
}

}  // namespace spoor
