#pragma once

#include <librdkafka/rdkafka.h>

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "engine/wait/mutex.h"

// What the .cc files of this folder share about librdkafka; no other header includes it.

namespace spoor {

// What brokers answer with "not yet" is asked again after this; they tell nothing by themselves.
inline constexpr std::chrono::milliseconds kAskAgainAfter{20};

template <auto kDestroy>
struct KafkaFree {
  template <typename T>
  void operator()(T* value) const {
    kDestroy(value);
  }
};
template <typename T, auto kDestroy>
using KafkaPtr = std::unique_ptr<T, KafkaFree<kDestroy>>;

using KafkaQueue = KafkaPtr<rd_kafka_queue_t, rd_kafka_queue_destroy>;
using KafkaTopic = KafkaPtr<rd_kafka_topic_t, rd_kafka_topic_destroy>;
using KafkaMessage = KafkaPtr<rd_kafka_message_t, rd_kafka_message_destroy>;
using KafkaPartitions =
    KafkaPtr<rd_kafka_topic_partition_list_t, rd_kafka_topic_partition_list_destroy>;

// The last thing that librdkafka has complained about: why something cannot be reached.
class KafkaComplaint {
 public:
  void Set(std::string text);
  std::string text() const;  // ": " and the complaint, or empty

 private:
  mutable Mutex mutex_;
  std::string text_ ABSL_GUARDED_BY(mutex_);
};

using KafkaSettings = std::vector<std::pair<std::string, std::string>>;

// A connection to the brokers, destroyed with the object, which joins librdkafka's threads.  Does
// not print.  Thread-safe.
class KafkaClient {
 public:
  using OnDelivery = void (*)(rd_kafka_t*, const rd_kafka_message_t*, void*);
  using OnRebalance = void (*)(rd_kafka_t*, rd_kafka_resp_err_t, rd_kafka_topic_partition_list_t*,
                               void*);
  struct Callbacks {
    OnDelivery delivery = nullptr;
    OnRebalance rebalance = nullptr;
    void* rebalance_opaque = nullptr;
  };

  // InvalidArgument for a setting that librdkafka does not take.
  static absl::StatusOr<std::unique_ptr<KafkaClient>> Make(rd_kafka_type_t type,
                                                           const std::string& brokers,
                                                           const KafkaSettings& settings,
                                                           const Callbacks& callbacks);
  static absl::StatusOr<std::unique_ptr<KafkaClient>> Make(rd_kafka_type_t type,
                                                           const std::string& brokers,
                                                           const KafkaSettings& settings);
  ~KafkaClient();
  KafkaClient(const KafkaClient&) = delete;
  KafkaClient& operator=(const KafkaClient&) = delete;

  rd_kafka_t* get() const { return client_; }
  std::string complaint() const { return complaint_.text(); }

  // What callbacks find behind their opaque pointer.
  void* rebalance_opaque() const { return rebalance_opaque_; }

 private:
  KafkaClient() = default;

  rd_kafka_t* client_ = nullptr;
  KafkaComplaint complaint_;
  void* rebalance_opaque_ = nullptr;
};

// "local: broker transport failure" and a status code that fits; about: what was done.
absl::Status KafkaError(rd_kafka_resp_err_t error, absl::string_view about);

// The topic is not there, as far as the broker that was asked knows.
bool IsUnknownTopic(rd_kafka_resp_err_t error);

// Where each partition of a topic ends (RD_KAFKA_OFFSET_END) or begins (RD_KAFKA_OFFSET_BEGINNING),
// asked of their leaders.  Unavailable; NotFound when the topic is not there.
absl::StatusOr<std::vector<uint64_t>> AskOffsets(const KafkaClient& client,
                                                 const std::string& topic, uint32_t partitions,
                                                 int64_t which, std::chrono::milliseconds patience);

// What a topic is made of.
struct TopicShape {
  uint32_t partitions = 0;
  int replication = 0;  // the least of any partition
  bool all_have_leaders = false;
};

// NotFound, Unavailable.
absl::StatusOr<TopicShape> AskShape(const KafkaClient& client, const std::string& topic,
                                    std::chrono::milliseconds patience);

}  // namespace spoor
