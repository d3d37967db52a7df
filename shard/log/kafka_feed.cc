#include "shard/log/kafka_feed.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "shard/log/kafka_client.h"

namespace spoor {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

KafkaSettings FeedSettings(const KafkaFeedOptions& options) {
  return {{"group.id", options.group},
          {"enable.auto.commit", "false"},
          {"enable.auto.offset.store", "false"},
          {"auto.offset.reset", "earliest"},
          {"check.crcs", "true"},
          {"enable.partition.eof", "true"},
          {"queued.max.messages.kbytes",
           absl::StrCat(std::max<uint64_t>(options.queue_bytes >> 10, 1))},
          // Who waits for a server to come back is not dead; the heartbeat tells who is.
          {"max.poll.interval.ms", "86400000"}};
}

FeedMessage TakenFrom(const rd_kafka_message_t& message) {
  const auto* value = static_cast<const char*>(message.payload);
  const auto* key = static_cast<const char*>(message.key);
  return {.partition = message.partition,
          .offset = message.offset,
          .value = value == nullptr ? std::string() : std::string(value, message.len),
          .key = key == nullptr ? std::string() : std::string(key, message.key_len),
          .is_tombstone = value == nullptr};
}

class GroupFeed final : public KafkaFeed {
 public:
  explicit GroupFeed(const KafkaFeedOptions& options) : options_(options) {}

  ~GroupFeed() override {
    if (client_ != nullptr) rd_kafka_consumer_close(client_->get());
  }

  absl::Status Open();
  absl::StatusOr<std::vector<FeedMessage>> Read(milliseconds wait, uint64_t max_bytes) override;
  void Accept(const FeedMessage& message) override {
    const auto at = held_.find(message.partition);
    if (at != held_.end()) at->second.accepted = message.offset + 1;
  }
  absl::Status Commit() override;
  bool AtEnd() const override;

 private:
  // A partition that the group has given to this reader.
  struct PartitionProgress {
    int64_t read = -1;      // the next offset to be read; negative: not known yet
    int64_t accepted = -1;  // negative: nothing that is not committed
  };

  static void Rebalance(rd_kafka_t* client, rd_kafka_resp_err_t what,
                        rd_kafka_topic_partition_list_t* partitions, void* opaque);

  const KafkaFeedOptions options_;
  std::vector<uint64_t> end_;  // when it was opened, of each partition
  bool joined_ = false;        // the group
  std::map<int32_t, PartitionProgress> held_;
  std::unique_ptr<KafkaClient> client_;  // last: its callbacks use the others
};

absl::Status GroupFeed::Open() {
  auto client = KafkaClient::Make(RD_KAFKA_CONSUMER, options_.brokers, FeedSettings(options_),
                                  {.rebalance = Rebalance, .rebalance_opaque = this});
  if (!client.ok()) return client.status();
  client_ = *std::move(client);
  rd_kafka_poll_set_consumer(client_->get());
  const absl::StatusOr<TopicShape> shape = AskShape(*client_, options_.topic, options_.ask_timeout);
  if (!shape.ok()) return shape.status();
  absl::StatusOr<std::vector<uint64_t>> end = AskOffsets(
      *client_, options_.topic, shape->partitions, RD_KAFKA_OFFSET_END, options_.ask_timeout);
  if (!end.ok()) return end.status();
  end_ = *std::move(end);
  const KafkaPartitions topics(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_list_add(topics.get(), options_.topic.c_str(), RD_KAFKA_PARTITION_UA);
  const rd_kafka_resp_err_t error = rd_kafka_subscribe(client_->get(), topics.get());
  return error == RD_KAFKA_RESP_ERR_NO_ERROR ? absl::OkStatus() : KafkaError(error, options_.topic);
}

// On the thread that reads, within its poll.
void GroupFeed::Rebalance(rd_kafka_t* client, rd_kafka_resp_err_t what,
                          rd_kafka_topic_partition_list_t* partitions, void* opaque) {
  auto* feed = static_cast<GroupFeed*>(static_cast<KafkaClient*>(opaque)->rebalance_opaque());
  feed->held_.clear();
  if (what != RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
    rd_kafka_assign(client, nullptr);
    feed->joined_ = false;
    return;
  }
  for (int i = 0; i < partitions->cnt; ++i) feed->held_[partitions->elems[i].partition];
  rd_kafka_assign(client, partitions);
  feed->joined_ = true;
}

absl::StatusOr<std::vector<FeedMessage>> GroupFeed::Read(milliseconds wait, uint64_t max_bytes) {
  std::vector<FeedMessage> messages;
  uint64_t bytes = 0;
  const Clock::time_point deadline = Clock::now() + wait;
  while (messages.empty() || bytes < max_bytes) {
    const auto left = std::chrono::ceil<milliseconds>(deadline - Clock::now());
    const bool hurry = !messages.empty() || left < milliseconds(0);
    const KafkaMessage message(
        rd_kafka_consumer_poll(client_->get(), hurry ? 0 : static_cast<int>(left.count())));
    if (message == nullptr) break;
    const auto held = held_.find(message->partition);
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
      messages.push_back(TakenFrom(*message));
      bytes += message->len;
      if (held != held_.end()) held->second.read = message->offset + 1;
    } else if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
      if (held != held_.end()) held->second.read = message->offset;
      if (AtEnd()) break;
    } else if (IsUnknownTopic(message->err)) {
      return absl::NotFoundError(absl::StrCat("there is no topic ", options_.topic));
    }
    // All else passes: the client tries again.
  }
  return messages;
}

absl::Status GroupFeed::Commit() {
  const KafkaPartitions offsets(rd_kafka_topic_partition_list_new(static_cast<int>(held_.size())));
  for (const auto& [partition, held] : held_) {
    if (held.accepted < 0) continue;
    rd_kafka_topic_partition_list_add(offsets.get(), options_.topic.c_str(), partition)->offset =
        held.accepted;
  }
  if (offsets->cnt == 0) return absl::OkStatus();
  const rd_kafka_resp_err_t error = rd_kafka_commit(client_->get(), offsets.get(), /*async=*/0);
  switch (error) {
    case RD_KAFKA_RESP_ERR_NO_ERROR:
      for (auto& [partition, held] : held_) held.accepted = -1;
      return absl::OkStatus();
    case RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION:
    case RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID:
    case RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS:
      return absl::OkStatus();  // whoever has the partitions next reads it again
    default:
      return KafkaError(error, absl::StrCat("cannot commit what was read of topic ", options_.topic,
                                            client_->complaint()));
  }
}

bool GroupFeed::AtEnd() const {
  return joined_ && std::all_of(held_.begin(), held_.end(), [this](const auto& entry) {
           const auto partition = static_cast<size_t>(entry.first);
           // One that came after the topic was opened had nothing then.
           return partition >= end_.size() ||
                  entry.second.read >= static_cast<int64_t>(end_[partition]);
         });
}

}  // namespace

absl::StatusOr<std::unique_ptr<KafkaFeed>> KafkaFeed::Open(const KafkaFeedOptions& options) {
  auto feed = std::make_unique<GroupFeed>(options);
  if (absl::Status s = feed->Open(); !s.ok()) {
    return absl::Status(s.code(), absl::StrCat("brokers ", options.brokers, ": ", s.message()));
  }
  return feed;
}

}  // namespace spoor
