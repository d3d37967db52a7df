#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "engine/wait/mutex.h"
#include "shard/log/kafka_client.h"
#include "shard/log/kafka_log.h"

namespace spoor {

// Appends through an idempotent producer, which keeps the order within a partition and writes once
// what it sends again.  Such a producer may end for good (a fatal error, such as a sequence that
// the broker does not know any more): then all that waits fails and another takes its place.
//
// One thread serves the producer, calls every `done` of what was sent, and makes the next producer.
class KafkaWriter final : public LogWriter {
 public:
  static absl::StatusOr<std::unique_ptr<LogWriter>> Open(const KafkaOptions& options,
                                                         const std::string& topic, uint64_t log_id,
                                                         uint32_t partitions);
  // Waits for what was appended, at most options.flush_timeout; the rest is Cancelled.
  ~KafkaWriter() override;

  void Append(std::vector<LogEntry> batch, Done done) override;

 private:
  class Batch;
  // A producer and its handle of the topic, which goes first.
  struct Producer {
    std::unique_ptr<KafkaClient> client;
    KafkaTopic topic;
  };

  KafkaWriter(const KafkaOptions& options, std::string topic, uint64_t log_id, uint32_t partitions);
  absl::StatusOr<std::unique_ptr<Producer>> MakeProducer() const;
  absl::Status CheckSizes(const std::vector<LogEntry>& batch, uint64_t* bytes) const;
  absl::Status Send(Batch* batch) ABSL_LOCKS_EXCLUDED(mutex_);
  void Serve();
  void Replace();
  void Drain();
  // Everything in the producer fails with `why`; returns when all has been told.
  void Abandon(Producer* producer, absl::Status why);
  static void Delivered(rd_kafka_t* client, const rd_kafka_message_t* message, void* opaque);

  const KafkaOptions options_;
  const std::string topic_;
  const uint64_t log_id_;
  const uint32_t partitions_;
  std::atomic<uint64_t> waiting_bytes_ = 0;
  std::atomic<bool> ending_ = false;
  Mutex mutex_;
  ConditionVariable changed_;  // that it ends
  // Null while it is replaced.  Only the serving thread changes it.
  std::unique_ptr<Producer> producer_ ABSL_GUARDED_BY(mutex_);
  absl::Status abandoned_;  // why what is purged fails; the serving thread's alone
  std::thread thread_;
};

}  // namespace spoor
