#include "shard/log/kafka_settings.h"

#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace spoor {
namespace {

// Headers of a message, its batch and its request.
constexpr uint64_t kAroundRecord = uint64_t{64} << 10;

// How a setting may differ from what is wanted.
enum class Rule { kEqual, kAtLeast };

struct Requirement {
  std::string name, value;
  Rule rule;
};

std::vector<Requirement> AllRequirements(const KafkaOptions& options) {
  std::vector<Requirement> all = {
      {"cleanup.policy", "compact", Rule::kEqual},
      {"unclean.leader.election.enable", "false", Rule::kEqual},
      // Else the clocks of those who write decide what a broker takes and when it may compact.
      {"message.timestamp.type", "LogAppendTime", Rule::kEqual},
      {"max.message.bytes", absl::StrCat(MaxMessageBytes(options)), Rule::kAtLeast},
      {"delete.retention.ms", absl::StrCat(options.delete_retention.count()), Rule::kAtLeast},
      {"min.compaction.lag.ms", absl::StrCat(options.min_compaction_lag.count()), Rule::kAtLeast},
  };
  // Durable is in the memory of two brokers, or on the disk of one.
  if (options.replication > 1) {
    all.push_back({"min.insync.replicas", "2", Rule::kAtLeast});
  } else {
    all.push_back({"flush.messages", "1", Rule::kEqual});
  }
  return all;
}

absl::Status WrongSetting(const std::string& topic, const std::string& setting,
                          const std::string& value, absl::string_view must_be) {
  return absl::FailedPreconditionError(
      absl::StrCat("topic ", topic, " has ", setting, "=", value, "; must be ", must_be));
}

bool Holds(const Requirement& wanted, const std::string& value) {
  if (wanted.rule == Rule::kEqual) return value == wanted.value;
  uint64_t least = 0, is = 0;
  return absl::SimpleAtoi(wanted.value, &least) && absl::SimpleAtoi(value, &is) && is >= least;
}

}  // namespace

uint64_t MaxMessageBytes(const KafkaOptions& options) {
  return options.max_record_bytes + kAroundRecord;
}

TopicSettings WantedSettings(const KafkaOptions& options) {
  TopicSettings settings = options.topic_settings;
  for (const Requirement& wanted : AllRequirements(options)) settings[wanted.name] = wanted.value;
  return settings;
}

absl::Status CheckSettings(const KafkaOptions& options, const std::string& topic, int replication,
                           const TopicSettings& settings) {
  if (replication < options.replication) {
    return WrongSetting(topic, "replication", absl::StrCat(replication),
                        absl::StrCat(options.replication, " or more"));
  }
  for (const Requirement& wanted : AllRequirements(options)) {
    const auto at = settings.find(wanted.name);
    const std::string value = at == settings.end() ? "nothing" : at->second;
    if (Holds(wanted, value)) continue;
    return WrongSetting(
        topic, wanted.name, value,
        absl::StrCat(wanted.value, wanted.rule == Rule::kAtLeast ? " or more" : ""));
  }
  return absl::OkStatus();
}

}  // namespace spoor
