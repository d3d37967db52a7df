#include "shard/log/kafka_log.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "shard/log/kafka_admin.h"
#include "shard/log/kafka_reader.h"
#include "shard/log/kafka_writer.h"

namespace spoor {
namespace {

constexpr size_t kLongestTopic = 249;

absl::Status CheckOptions(const KafkaOptions& options) {
  const auto wrong = [](absl::string_view name, auto value, absl::string_view allowed) {
    return absl::InvalidArgumentError(absl::StrCat(name, " is ", value, "; allowed: ", allowed));
  };
  if (options.brokers.empty()) return wrong("brokers", "empty", "HOST:PORT, separated by commas");
  if (options.replication < 1) return wrong("replication", options.replication, "1 or more");
  // librdkafka's largest message is a little below 1 GB.
  if (options.max_record_bytes < 1 || options.max_record_bytes > uint64_t{256} << 20)
    return wrong("max_record_bytes", options.max_record_bytes, "1 ... 268435456");
  for (const char c : options.cluster) {
    if (!absl::ascii_isalnum(static_cast<unsigned char>(c)) && c != '-' && c != '_')
      return wrong("cluster", options.cluster, "letters, digits, - and _");
  }
  if (options.cluster.empty()) return wrong("cluster", "empty", "letters, digits, - and _");
  return absl::OkStatus();
}

class KafkaLog final : public LogStore {
 public:
  KafkaLog(const KafkaOptions& options, std::unique_ptr<KafkaAdmin> admin)
      : options_(options), admin_(std::move(admin)) {}

  absl::Status Create(const LogName& log, uint32_t partitions) override {
    if (partitions < 1 || partitions > kMaxPartitions) {
      return absl::InvalidArgumentError(
          absl::StrCat("partitions is ", partitions, "; allowed: 1 ... ", kMaxPartitions));
    }
    const absl::StatusOr<std::string> topic = TopicName(options_.cluster, log);
    return topic.ok() ? admin_->Create(*topic, partitions) : topic.status();
  }

  absl::Status Remove(const LogName& log) override {
    const absl::StatusOr<std::string> topic = TopicName(options_.cluster, log);
    return topic.ok() ? admin_->Remove(*topic) : topic.status();
  }

  absl::StatusOr<std::unique_ptr<LogWriter>> OpenWriter(const LogName& log) override {
    const absl::StatusOr<std::string> topic = TopicName(options_.cluster, log);
    if (!topic.ok()) return topic.status();
    const absl::StatusOr<uint32_t> partitions = admin_->Check(*topic);
    if (!partitions.ok()) return partitions.status();
    return KafkaWriter::Open(options_, *topic, log.id, *partitions);
  }

  absl::StatusOr<LogPosition> End(const LogName& log) override {
    const absl::StatusOr<std::string> topic = TopicName(options_.cluster, log);
    if (!topic.ok()) return topic.status();
    const auto shape = AskShape(*admin_->client(), *topic, options_.silence);
    if (!shape.ok()) return shape.status();
    auto end = AskOffsets(*admin_->client(), *topic, shape->partitions, RD_KAFKA_OFFSET_END,
                          options_.silence);
    if (!end.ok()) return end.status();
    return LogPosition{.log_id = log.id, .next = *std::move(end)};
  }

  absl::StatusOr<std::unique_ptr<LogReader>> OpenReader(const LogName& log,
                                                        const LogPosition& from) override {
    if (from.log_id != log.id) {
      return absl::InvalidArgumentError(absl::StrFormat(
          "the position is of log %016x; must be of log %016x", from.log_id, log.id));
    }
    const absl::StatusOr<std::string> topic = TopicName(options_.cluster, log);
    if (!topic.ok()) return topic.status();
    const absl::StatusOr<uint32_t> partitions = admin_->Check(*topic);
    if (!partitions.ok()) return partitions.status();
    return KafkaReader::Open(options_, admin_->client(), *topic, *partitions, from);
  }

 private:
  const KafkaOptions options_;
  const std::unique_ptr<KafkaAdmin> admin_;
};

}  // namespace

absl::StatusOr<std::string> TopicName(const std::string& cluster, const LogName& log) {
  std::string name = absl::StrFormat("spoor.%s.%s.%016x", cluster, log.collection, log.id);
  for (const char c : log.collection) {
    if (absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '_' || c == '-')
      continue;
    return absl::InvalidArgumentError(
        absl::StrCat("collection ", log.collection,
                     " cannot name a topic; allowed: letters, digits, . _ and -"));
  }
  if (log.collection.empty() || name.size() > kLongestTopic) {
    return absl::InvalidArgumentError(absl::StrCat("topic ", name, " has ", name.size(),
                                                   " bytes; allowed: ", kLongestTopic,
                                                   ", and a name for the collection"));
  }
  return name;
}

absl::StatusOr<std::unique_ptr<LogStore>> OpenKafka(const KafkaOptions& options) {
  if (absl::Status s = CheckOptions(options); !s.ok()) return s;
  absl::StatusOr<std::unique_ptr<KafkaAdmin>> admin = KafkaAdmin::Make(options);
  if (!admin.ok()) return admin.status();
  return std::make_unique<KafkaLog>(options, *std::move(admin));
}

}  // namespace spoor
