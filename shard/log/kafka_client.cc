#include "shard/log/kafka_client.h"

#include <sys/socket.h>

#include <algorithm>
#include <thread>

#include "absl/strings/str_cat.h"

namespace spoor {
namespace {

void Ignore(const rd_kafka_t*, int, const char*, const char*) {}

absl::StatusCode CodeOf(rd_kafka_resp_err_t error) {
  switch (error) {
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
    case RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION:
    case RD_KAFKA_RESP_ERR_INVALID_PARTITIONS:
    case RD_KAFKA_RESP_ERR_INVALID_CONFIG:
      return absl::StatusCode::kInvalidArgument;
    case RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS:
      return absl::StatusCode::kAlreadyExists;
    case RD_KAFKA_RESP_ERR_INVALID_REPLICATION_FACTOR:
      return absl::StatusCode::kFailedPrecondition;
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
      return absl::StatusCode::kPermissionDenied;
    default:
      return IsUnknownTopic(error) ? absl::StatusCode::kNotFound : absl::StatusCode::kUnavailable;
  }
}

absl::Status SetAll(rd_kafka_conf_t* conf, const std::string& brokers,
                    const KafkaSettings& settings) {
  // Fast to come back: who asks again is told at once that nobody is there.
  KafkaSettings all = {{"bootstrap.servers", brokers},
                       {"client.id", "spoor"},
                       {"reconnect.backoff.ms", "50"},
                       {"reconnect.backoff.max.ms", "500"},
                       {"topic.metadata.refresh.fast.interval.ms", "100"},
                       {"topic.metadata.propagation.max.ms", "5000"},
                       {"allow.auto.create.topics", "false"},
                       {"log.connection.close", "false"}};
  all.insert(all.end(), settings.begin(), settings.end());
  char why[512];
  for (const auto& [name, value] : all) {
    if (rd_kafka_conf_set(conf, name.c_str(), value.c_str(), why, sizeof why) != RD_KAFKA_CONF_OK)
      return absl::InvalidArgumentError(absl::StrCat(name, " is ", value, ": ", why));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<uint64_t>> AskOffsetsOnce(const KafkaClient& client,
                                                     const std::string& topic, uint32_t partitions,
                                                     int64_t which,
                                                     std::chrono::milliseconds patience) {
  // The request for the offset at a time knows these two "times": one request for each leader.
  KafkaPartitions asked(rd_kafka_topic_partition_list_new(static_cast<int>(partitions)));
  for (uint32_t p = 0; p < partitions; ++p) {
    rd_kafka_topic_partition_list_add(asked.get(), topic.c_str(), static_cast<int32_t>(p))->offset =
        which;
  }
  const rd_kafka_resp_err_t error =
      rd_kafka_offsets_for_times(client.get(), asked.get(), static_cast<int>(patience.count()));
  const std::string about = absl::StrCat("cannot ask for the offsets of topic ", topic);
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return KafkaError(error, about + client.complaint());
  std::vector<uint64_t> offsets(partitions);
  for (int i = 0; i < asked->cnt; ++i) {
    const rd_kafka_topic_partition_t& answer = asked->elems[i];
    if (answer.err != RD_KAFKA_RESP_ERR_NO_ERROR) return KafkaError(answer.err, about);
    if (answer.offset < 0) return absl::UnavailableError(absl::StrCat(about, ": none for one"));
    offsets[static_cast<size_t>(answer.partition)] = static_cast<uint64_t>(answer.offset);
  }
  return offsets;
}

// A socket that is closed takes along what it has not sent: the system would go on to send it for
// minutes, when whoever wrote it has long been told that it failed.
int SocketThatForgets(int domain, int type, int protocol, void* /*opaque*/) {
  const int fd = socket(domain, type | SOCK_CLOEXEC, protocol);
  if (fd < 0) return fd;
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  return fd;
}

}  // namespace

void KafkaComplaint::Set(std::string text) {
  const MutexLock lock(mutex_);
  text_ = std::move(text);
}

std::string KafkaComplaint::text() const {
  const MutexLock lock(mutex_);
  return text_.empty() ? "" : absl::StrCat(": ", text_);
}

absl::StatusOr<std::unique_ptr<KafkaClient>> KafkaClient::Make(rd_kafka_type_t type,
                                                               const std::string& brokers,
                                                               const KafkaSettings& settings) {
  return Make(type, brokers, settings, Callbacks());
}

absl::StatusOr<std::unique_ptr<KafkaClient>> KafkaClient::Make(rd_kafka_type_t type,
                                                               const std::string& brokers,
                                                               const KafkaSettings& settings,
                                                               const Callbacks& callbacks) {
  std::unique_ptr<KafkaClient> made(new KafkaClient());
  made->rebalance_opaque_ = callbacks.rebalance_opaque;
  KafkaPtr<rd_kafka_conf_t, rd_kafka_conf_destroy> conf(rd_kafka_conf_new());
  if (absl::Status s = SetAll(conf.get(), brokers, settings); !s.ok()) return s;
  rd_kafka_conf_set_log_cb(conf.get(), Ignore);
  rd_kafka_conf_set_opaque(conf.get(), made.get());
  rd_kafka_conf_set_error_cb(conf.get(), [](rd_kafka_t*, int, const char* why, void* self) {
    static_cast<KafkaClient*>(self)->complaint_.Set(why);
  });
  if (type == RD_KAFKA_PRODUCER) rd_kafka_conf_set_socket_cb(conf.get(), SocketThatForgets);
  if (callbacks.delivery != nullptr) rd_kafka_conf_set_dr_msg_cb(conf.get(), callbacks.delivery);
  if (callbacks.rebalance != nullptr)
    rd_kafka_conf_set_rebalance_cb(conf.get(), callbacks.rebalance);
  char why[512];
  made->client_ = rd_kafka_new(type, conf.get(), why, sizeof why);
  if (made->client_ == nullptr)
    return absl::InvalidArgumentError(absl::StrCat("no Kafka client: ", why));
  conf.release();  // the client's now
  return made;
}

KafkaClient::~KafkaClient() {
  if (client_ != nullptr) rd_kafka_destroy(client_);
}

bool IsUnknownTopic(rd_kafka_resp_err_t error) {
  return error == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART ||
         error == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC || error == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION;
}

absl::Status KafkaError(rd_kafka_resp_err_t error, absl::string_view about) {
  return absl::Status(CodeOf(error), absl::StrCat(about, ": ", rd_kafka_err2str(error)));
}

absl::StatusOr<std::vector<uint64_t>> AskOffsets(const KafkaClient& client,
                                                 const std::string& topic, uint32_t partitions,
                                                 int64_t which,
                                                 std::chrono::milliseconds patience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (true) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    absl::StatusOr<std::vector<uint64_t>> offsets =
        AskOffsetsOnce(client, topic, partitions, which, left);
    rd_kafka_poll(client.get(), 0);  // complaints
    const bool worth_it = absl::IsUnavailable(offsets.status()) && left > kAskAgainAfter;
    if (!worth_it) return offsets;
    // A leader that has just been elected: brokers tell of it only when asked.
    std::this_thread::sleep_for(kAskAgainAfter);
  }
}

absl::StatusOr<TopicShape> AskShape(const KafkaClient& client, const std::string& topic,
                                    std::chrono::milliseconds patience) {
  const KafkaTopic handle(rd_kafka_topic_new(client.get(), topic.c_str(), nullptr));
  if (handle == nullptr) return KafkaError(rd_kafka_last_error(), topic);
  const rd_kafka_metadata_t* answer = nullptr;
  const rd_kafka_resp_err_t error = rd_kafka_metadata(client.get(), /*all_topics=*/0, handle.get(),
                                                      &answer, static_cast<int>(patience.count()));
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR)
    return KafkaError(error, absl::StrCat("cannot ask about topic ", topic, client.complaint()));
  const std::unique_ptr<const rd_kafka_metadata_t, void (*)(const rd_kafka_metadata_t*)> owner(
      answer, rd_kafka_metadata_destroy);
  if (answer->topic_cnt != 1) return absl::NotFoundError(absl::StrCat("no topic ", topic));
  const rd_kafka_metadata_topic& found = answer->topics[0];
  if (found.err != RD_KAFKA_RESP_ERR_NO_ERROR)
    return KafkaError(found.err, absl::StrCat("topic ", topic));
  TopicShape shape{.partitions = static_cast<uint32_t>(found.partition_cnt),
                   .replication = found.partition_cnt == 0 ? 0 : found.partitions[0].replica_cnt,
                   .all_have_leaders = found.partition_cnt > 0};
  for (int p = 0; p < found.partition_cnt; ++p) {
    shape.replication = std::min(shape.replication, found.partitions[p].replica_cnt);
    shape.all_have_leaders = shape.all_have_leaders && found.partitions[p].leader >= 0;
  }
  return shape;
}

}  // namespace spoor
