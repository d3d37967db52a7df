#include "shard/log/kafka_writer.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "shard/log/kafka_settings.h"
#include "shard/rpc/call.h"

namespace spoor {
namespace {

using std::chrono::milliseconds;

// How long the serving thread waits for something to do: how soon it sees that it shall end.
constexpr int kPollMs = 50;
// What a message costs beside its bytes, so that the queue bounds many small ones too.
constexpr uint64_t kBytesAroundMessage = 200;
// The time in which a full queue has surely moved on.
constexpr milliseconds kRetryAfter{100};
// A broker that takes a request and says nothing for so long is given up: another may lead by then.
constexpr milliseconds kLongestRequest{10'000};

KafkaSettings ProducerSettings(const KafkaOptions& options) {
  const milliseconds request = std::min(options.append_timeout, kLongestRequest);
  return {{"acks", "all"},
          {"enable.idempotence", "true"},
          {"message.timeout.ms", absl::StrCat(options.append_timeout.count())},
          {"request.timeout.ms", absl::StrCat(request.count())},
          {"socket.timeout.ms", absl::StrCat(std::max(request, milliseconds(1000)).count())},
          {"message.max.bytes", absl::StrCat(MaxMessageBytes(options))},
          {"linger.ms", "1"},
          {"retry.backoff.ms", "50"},
          // The writer counts what waits, so that a batch is taken whole or not at all.
          {"queue.buffering.max.messages", "0"},
          {"queue.buffering.max.kbytes", "2147483647"}};
}

absl::Status FailureOf(rd_kafka_resp_err_t error, const std::string& topic,
                       const std::string& complaint) {
  const std::string about = absl::StrCat("cannot append to topic ", topic);
  if (IsUnknownTopic(error)) return absl::DataLossError(absl::StrCat(about, ": it is gone"));
  const absl::Status status = KafkaError(error, about + complaint);
  // A setting that a broker does not like is not the caller's record.
  return error == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE || !absl::IsInvalidArgument(status)
             ? status
             : absl::UnavailableError(status.message());
}

}  // namespace

// A batch on its way; owns the bytes that the producer sends, and itself: it goes with the last
// report.
class KafkaWriter::Batch {
 public:
  Batch(KafkaWriter* writer, std::vector<LogEntry> entries, uint64_t bytes, Done done)
      : writer_(writer), entries_(std::move(entries)), bytes_(bytes), done_(std::move(done)) {
    position_.log_id = writer_->log_id_;
    position_.next.resize(writer_->partitions_);
  }

  const std::vector<LogEntry>& entries() const { return entries_; }
  KafkaWriter* writer() const { return writer_; }

  // The sender holds one share of the batch, each message that was sent another one.  Messages are
  // counted in before they are sent, so that no report finds the count at 0.
  void AddShare() { ++shares_; }
  // Tells the caller and deletes the batch when it was the last share.
  void DropShare() {
    if (--shares_ > 0) return;
    const std::unique_ptr<Batch> self(this);
    writer_->waiting_bytes_ -= bytes_;
    done_(Outcome());
  }

  void Fail(absl::Status why) {
    const MutexLock lock(mutex_);
    failure_.Update(std::move(why));
  }
  void Reach(size_t partition, int64_t offset) {
    const MutexLock lock(mutex_);
    position_.next[partition] =
        std::max(position_.next[partition], static_cast<uint64_t>(offset) + 1);
  }

 private:
  absl::StatusOr<LogPosition> Outcome() {
    const MutexLock lock(mutex_);
    if (!failure_.ok()) return failure_;
    return position_;
  }

  KafkaWriter* const writer_;
  const std::vector<LogEntry> entries_;
  const uint64_t bytes_;
  const Done done_;
  std::atomic<size_t> shares_ = 1;
  Mutex mutex_;
  LogPosition position_ ABSL_GUARDED_BY(mutex_);
  absl::Status failure_ ABSL_GUARDED_BY(mutex_);
};

KafkaWriter::KafkaWriter(const KafkaOptions& options, std::string topic, uint64_t log_id,
                         uint32_t partitions)
    : options_(options), topic_(std::move(topic)), log_id_(log_id), partitions_(partitions) {}

absl::StatusOr<std::unique_ptr<LogWriter>> KafkaWriter::Open(const KafkaOptions& options,
                                                             const std::string& topic,
                                                             uint64_t log_id, uint32_t partitions) {
  std::unique_ptr<KafkaWriter> writer(new KafkaWriter(options, topic, log_id, partitions));
  absl::StatusOr<std::unique_ptr<Producer>> producer = writer->MakeProducer();
  if (!producer.ok()) return producer.status();
  {
    const MutexLock lock(writer->mutex_);
    writer->producer_ = *std::move(producer);
  }
  writer->thread_ = std::thread([self = writer.get()] { self->Serve(); });
  return writer;
}

KafkaWriter::~KafkaWriter() {
  {
    const MutexLock lock(mutex_);
    ending_ = true;
    changed_.NotifyAll();
  }
  if (thread_.joinable()) thread_.join();
}

absl::StatusOr<std::unique_ptr<KafkaWriter::Producer>> KafkaWriter::MakeProducer() const {
  auto client = KafkaClient::Make(RD_KAFKA_PRODUCER, options_.brokers, ProducerSettings(options_),
                                  {.delivery = Delivered});
  if (!client.ok()) return client.status();
  auto producer = std::make_unique<Producer>();
  producer->client = *std::move(client);
  producer->topic.reset(rd_kafka_topic_new(producer->client->get(), topic_.c_str(), nullptr));
  if (producer->topic == nullptr) return KafkaError(rd_kafka_last_error(), topic_);
  return producer;
}

absl::Status KafkaWriter::CheckSizes(const std::vector<LogEntry>& batch, uint64_t* bytes) const {
  *bytes = 0;
  for (const LogEntry& entry : batch) {
    const uint64_t size = entry.id.size() + (entry.value ? entry.value->size() : 0);
    *bytes += size + kBytesAroundMessage;
    if (size <= options_.max_record_bytes) continue;
    return absl::InvalidArgumentError(absl::StrCat("record ", entry.id, " has ", size,
                                                   " bytes; allowed: at most ",
                                                   options_.max_record_bytes));
  }
  return absl::OkStatus();
}

void KafkaWriter::Append(std::vector<LogEntry> batch, Done done) {
  uint64_t bytes = 0;
  if (absl::Status s = CheckSizes(batch, &bytes); !s.ok()) return done(std::move(s));
  // What is larger than the queue is taken when it is alone.
  const uint64_t before = waiting_bytes_.fetch_add(bytes);
  if (before > 0 && before + bytes > options_.writer_queue_bytes) {
    waiting_bytes_ -= bytes;
    return done(OverloadError(absl::StrCat(before, " bytes wait for topic ", topic_,
                                           "; allowed: ", options_.writer_queue_bytes),
                              kRetryAfter));
  }
  auto* sending = new Batch(this, std::move(batch), bytes, std::move(done));
  if (absl::Status s = Send(sending); !s.ok()) sending->Fail(std::move(s));
  sending->DropShare();
}

absl::Status KafkaWriter::Send(Batch* batch) {
  // One caller at a time, so that batches do not mix and the order is that of the calls.
  const MutexLock lock(mutex_);
  if (producer_ == nullptr)
    return absl::UnavailableError("the producer has failed and is made anew; try again");
  for (const LogEntry& entry : batch->entries()) {
    const auto partition = static_cast<int32_t>(PartitionOf(entry.id, partitions_));
    // The batch owns the value until the report.  A payload of null is a deletion.
    void* value = entry.value ? const_cast<char*>(entry.value->data()) : nullptr;
    batch->AddShare();
    if (rd_kafka_produce(producer_->topic.get(), partition, 0, value,
                         entry.value ? entry.value->size() : 0, entry.id.data(), entry.id.size(),
                         batch) == 0) {
      continue;
    }
    const rd_kafka_resp_err_t error = rd_kafka_last_error();
    batch->DropShare();  // never the last one: the caller has his
    return FailureOf(error, topic_, "");
  }
  return absl::OkStatus();
}

void KafkaWriter::Delivered(rd_kafka_t* client, const rd_kafka_message_t* message, void*) {
  auto* batch = static_cast<Batch*>(message->_private);
  KafkaWriter* writer = batch->writer();
  if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
    batch->Reach(static_cast<size_t>(message->partition), message->offset);
  } else if (!writer->abandoned_.ok()) {
    batch->Fail(writer->abandoned_);
  } else {
    const auto* self = static_cast<const KafkaClient*>(rd_kafka_opaque(client));
    batch->Fail(FailureOf(message->err, writer->topic_, self->complaint()));
  }
  batch->DropShare();
}

void KafkaWriter::Serve() {
  while (!ending_) {
    Producer* producer = nullptr;
    {
      const MutexLock lock(mutex_);
      producer = producer_.get();
    }
    if (producer != nullptr) rd_kafka_poll(producer->client->get(), kPollMs);
    if (producer == nullptr ||
        rd_kafka_fatal_error(producer->client->get(), nullptr, 0) != RD_KAFKA_RESP_ERR_NO_ERROR) {
      Replace();
    }
  }
  Drain();
}

void KafkaWriter::Replace() {
  std::unique_ptr<Producer> failed;
  {
    const MutexLock lock(mutex_);
    failed = std::move(producer_);
  }
  if (failed != nullptr) {
    char why[256] = "";
    rd_kafka_fatal_error(failed->client->get(), why, sizeof why);
    Abandon(failed.get(),
            absl::UnavailableError(absl::StrCat("cannot append to topic ", topic_, ": ", why)));
    // Before there is another: nothing of the old one may come after what the new one writes.
    failed.reset();
  }
  absl::StatusOr<std::unique_ptr<Producer>> made = MakeProducer();
  const MutexLock lock(mutex_);
  if (made.ok()) {
    producer_ = *std::move(made);
  } else {  // the machine is short of something; the serving thread is here again
    changed_.WaitFor(mutex_, milliseconds(kPollMs), [this] { return ending_.load(); });
  }
}

void KafkaWriter::Drain() {
  std::unique_ptr<Producer> last;
  {
    const MutexLock lock(mutex_);
    last = std::move(producer_);
  }
  if (last == nullptr) return;
  rd_kafka_flush(last->client->get(), static_cast<int>(options_.flush_timeout.count()));
  Abandon(last.get(), absl::CancelledError(absl::StrCat("the writer of topic ", topic_, " ends")));
}

void KafkaWriter::Abandon(Producer* producer, absl::Status why) {
  abandoned_ = std::move(why);
  rd_kafka_t* client = producer->client->get();
  rd_kafka_purge(client, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
  // Purged messages are reported without a broker, so this ends.
  while (rd_kafka_outq_len(client) > 0) rd_kafka_poll(client, kPollMs);
  abandoned_ = absl::OkStatus();
}

}  // namespace spoor
