#include "shard/log/kafka_reader.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "shard/log/kafka_settings.h"

namespace spoor {
namespace {

using std::chrono::milliseconds;

// While records come without a pause the leaders are asked so often where their partitions end, and
// may take so long; when they do not, not for a while, so that reading goes on.
constexpr milliseconds kProbeEvery{100}, kProbePatience{200}, kProbePause{1'000};

KafkaSettings ConsumerSettings(const KafkaOptions& options) {
  const uint64_t largest = MaxMessageBytes(options);
  const uint64_t queue_kbytes = std::max(options.reader_queue_bytes, largest) >> 10;
  return {{"enable.auto.commit", "false"},
          {"enable.auto.offset.store", "false"},
          {"auto.offset.reset", "error"},
          {"check.crcs", "true"},
          {"enable.partition.eof", "true"},
          {"queued.max.messages.kbytes", absl::StrCat(queue_kbytes)},
          // Not the count, bytes decide what is fetched ahead.
          {"queued.min.messages", "1000000"},
          {"message.max.bytes", absl::StrCat(largest)},
          {"fetch.message.max.bytes", absl::StrCat(uint64_t{1} << 20)},  // one record always comes
          {"fetch.max.bytes", absl::StrCat(largest)},
          // All of a fetch, and as much again for what a broker sends beyond it.
          {"receive.message.max.bytes", absl::StrCat(2 * largest)},
          {"fetch.wait.max.ms", "500"},
          {"fetch.error.backoff.ms", "50"},
          {"socket.timeout.ms", "10000"}};
}

}  // namespace

absl::StatusOr<std::unique_ptr<LogReader>> KafkaReader::Open(
    const KafkaOptions& options, std::shared_ptr<const KafkaClient> asker, const std::string& topic,
    uint32_t partitions, const LogPosition& from) {
  if (from.next.size() > partitions) {
    return absl::InvalidArgumentError(absl::StrCat(
        "the position has ", from.next.size(), " partitions; topic ", topic, " has ", partitions));
  }
  auto client = KafkaClient::Make(RD_KAFKA_CONSUMER, options.brokers, ConsumerSettings(options));
  if (!client.ok()) return client.status();
  std::unique_ptr<KafkaReader> reader(new KafkaReader(options, std::move(asker), topic));
  reader->client_ = *std::move(client);
  reader->next_ = from.next;
  reader->next_.resize(partitions);
  reader->broken_ = reader->CheckPosition();
  if (!reader->broken_.ok() && !absl::IsOutOfRange(reader->broken_)) return reader->broken_;
  if (reader->broken_.ok()) {
    if (absl::Status s = reader->Start(); !s.ok()) return s;
  }
  return reader;
}

KafkaReader::~KafkaReader() {
  for (size_t p = 0; p < started_; ++p)
    rd_kafka_consume_stop(handle_.get(), static_cast<int32_t>(p));
}

absl::Status KafkaReader::CheckPosition() {
  const auto partitions = static_cast<uint32_t>(next_.size());
  const auto ask = [&](int64_t which) {
    return AskOffsets(*asker_, topic_, partitions, which, options_.admin_timeout);
  };
  const absl::StatusOr<std::vector<uint64_t>> begin = ask(RD_KAFKA_OFFSET_BEGINNING);
  if (!begin.ok()) return begin.status();
  absl::StatusOr<std::vector<uint64_t>> end = ask(RD_KAFKA_OFFSET_END);
  if (!end.ok()) return end.status();
  end_ = *std::move(end);
  for (uint32_t p = 0; p < partitions; ++p) {
    if ((*begin)[p] <= next_[p] && next_[p] <= end_[p]) continue;
    return absl::OutOfRangeError(absl::StrCat("partition ", p, " of topic ", topic_,
                                              " has offsets ", (*begin)[p], " to ", end_[p], "; ",
                                              next_[p], " was to be the next"));
  }
  return absl::OkStatus();
}

absl::Status KafkaReader::Start() {
  queue_.reset(rd_kafka_queue_new(client_->get()));
  handle_.reset(rd_kafka_topic_new(client_->get(), topic_.c_str(), nullptr));
  if (handle_ == nullptr) return KafkaError(rd_kafka_last_error(), topic_);
  for (; started_ < next_.size(); ++started_) {
    if (rd_kafka_consume_start_queue(handle_.get(), static_cast<int32_t>(started_),
                                     static_cast<int64_t>(next_[started_]), queue_.get()) != 0) {
      return KafkaError(rd_kafka_last_error(), topic_);
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<LogChunk> KafkaReader::Read(milliseconds wait, uint64_t max_bytes) {
  if (!broken_.ok()) return broken_;
  LogChunk chunk;
  uint64_t bytes = 0;
  bool advanced = false;
  const Clock::time_point deadline = Clock::now() + wait;
  while (chunk.records.empty() || bytes < max_bytes) {
    const auto left = std::chrono::ceil<milliseconds>(deadline - Clock::now());
    const auto patience = advanced ? milliseconds(0) : std::max(left, milliseconds(0));
    const KafkaMessage message(
        rd_kafka_consume_queue(queue_.get(), static_cast<int>(patience.count())));
    if (message == nullptr) break;
    if (Take(*message, &chunk, &bytes)) advanced = true;
    if (!broken_.ok()) break;  // what was read before is good
  }
  rd_kafka_poll(client_->get(), 0);  // complaints
  if (!broken_.ok() && chunk.records.empty()) return broken_;
  LearnEnds();
  if (advanced) {
    ProbeInPassing();
  } else if (absl::Status s = Probe(options_.silence); !s.ok()) {
    return s;
  }
  chunk.next = next_;
  chunk.end = end_;
  if (ReachedGoal()) chunk.whole_ago = std::chrono::ceil<milliseconds>(Clock::now() - goal_as_of_);
  return chunk;
}

bool KafkaReader::ReachedGoal() const {
  if (goal_.empty()) return false;
  for (size_t p = 0; p < goal_.size(); ++p) {
    if (next_[p] < goal_[p]) return false;
  }
  return true;
}

bool KafkaReader::Take(const rd_kafka_message_t& message, LogChunk* chunk, uint64_t* bytes) {
  const auto p = static_cast<size_t>(message.partition);
  if (message.err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
    const auto at = static_cast<uint64_t>(message.offset);
    if (at <= next_[p]) return false;
    next_[p] = at;
    return true;
  }
  if (message.err != RD_KAFKA_RESP_ERR_NO_ERROR) {
    broken_ = ErrorOf(message);
    return false;
  }
  const auto offset = static_cast<uint64_t>(message.offset);
  LogRecord record{.partition = static_cast<uint32_t>(message.partition), .offset = offset};
  record.id.assign(static_cast<const char*>(message.key), message.key_len);
  if (message.payload != nullptr)
    record.value.emplace(static_cast<const char*>(message.payload), message.len);
  *bytes += message.len;
  next_[p] = offset + 1;
  chunk->records.push_back(std::move(record));
  return true;
}

absl::Status KafkaReader::ErrorOf(const rd_kafka_message_t& message) {
  const auto p = static_cast<size_t>(message.partition);
  if (p >= next_.size()) return absl::OkStatus();  // not of a partition, so it may pass
  const char* text = rd_kafka_message_errstr(&message);
  const std::string about =
      absl::StrCat("partition ", message.partition, " of topic ", topic_, " after offset ",
                   next_[p], ": ", text == nullptr ? "" : text);
  switch (message.err) {
    case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
    case RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE:
      return absl::OutOfRangeError(about);
    case RD_KAFKA_RESP_ERR__BAD_MSG:
    case RD_KAFKA_RESP_ERR__BAD_COMPRESSION:
    case RD_KAFKA_RESP_ERR_INVALID_MSG:
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
      return absl::DataLossError(about);
    default:
      break;
  }
  if (!IsUnknownTopic(message.err)) return absl::OkStatus();  // the client tries again
  // A broker that has just started may not know all topics yet: ask once more.
  const absl::StatusOr<TopicShape> shape = AskShape(*asker_, topic_, options_.silence);
  if (absl::IsNotFound(shape.status()))
    return absl::DataLossError(absl::StrCat("topic ", topic_, " is gone"));
  return absl::OkStatus();
}

void KafkaReader::ProbeInPassing() {
  const Clock::time_point now = Clock::now();
  if (now < next_probe_ || !(goal_.empty() || ReachedGoal())) return;
  const bool answered = Probe(std::min(kProbePatience, options_.silence)).ok();
  next_probe_ = answered ? now + kProbeEvery : Clock::now() + kProbePause;
}

absl::Status KafkaReader::Probe(milliseconds patience) {
  const Clock::time_point asked = Clock::now();
  absl::StatusOr<std::vector<uint64_t>> ends = AskOffsets(
      *asker_, topic_, static_cast<uint32_t>(next_.size()), RD_KAFKA_OFFSET_END, patience);
  if (absl::IsNotFound(ends.status())) {
    const absl::StatusOr<TopicShape> shape = AskShape(*asker_, topic_, options_.silence);
    if (absl::IsNotFound(shape.status()))
      return broken_ = absl::DataLossError(absl::StrCat("topic ", topic_, " is gone"));
  }
  if (!ends.ok()) return absl::UnavailableError(ends.status().message());
  for (size_t p = 0; p < end_.size(); ++p) {
    if ((*ends)[p] >= next_[p]) continue;
    return broken_ = absl::OutOfRangeError(absl::StrCat("partition ", p, " of topic ", topic_,
                                                        " ends at ", (*ends)[p], "; ", next_[p],
                                                        " was to be the next"));
  }
  end_ = *std::move(ends);
  if (goal_.empty() || ReachedGoal()) {
    goal_ = end_;
    goal_as_of_ = asked;
  }
  return absl::OkStatus();
}

void KafkaReader::LearnEnds() {
  for (size_t p = 0; p < end_.size(); ++p) {
    int64_t begin = 0, end = 0;  // as of the last fetch; negative before the first
    if (rd_kafka_get_watermark_offsets(client_->get(), topic_.c_str(), static_cast<int32_t>(p),
                                       &begin, &end) == RD_KAFKA_RESP_ERR_NO_ERROR &&
        end > 0) {
      end_[p] = std::max(end_[p], static_cast<uint64_t>(end));
    }
    end_[p] = std::max(end_[p], next_[p]);
  }
}

}  // namespace spoor
