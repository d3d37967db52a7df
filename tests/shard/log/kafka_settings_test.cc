#include "shard/log/kafka_settings.h"

#include <gtest/gtest.h>

#include "absl/strings/match.h"

namespace spoor::testing {
namespace {

KafkaOptions Options(int replication) {
  return {.brokers = "localhost:1", .cluster = "test", .replication = replication};
}

TEST(KafkaSettings, TopicsAreMadeAsTheyAreChecked) {
  for (const int replication : {1, 2, 3}) {
    const KafkaOptions options = Options(replication);
    EXPECT_TRUE(CheckSettings(options, "t", replication, WantedSettings(options)).ok());
  }
}

struct Case {
  int replication;
  std::string setting, value;
  bool holds;
};

TEST(KafkaSettings, EachThatWouldLoseRecordsIsNamed) {
  const std::vector<Case> cases = {
      {3, "cleanup.policy", "delete", false},
      {3, "cleanup.policy", "compact,delete", false},
      {3, "unclean.leader.election.enable", "true", false},
      {3, "message.timestamp.type", "CreateTime", false},
      {3, "min.insync.replicas", "1", false},
      {3, "min.insync.replicas", "3", true},
      {3, "max.message.bytes", "1048588", false},
      {3, "delete.retention.ms", "86400000", false},
      {3, "min.compaction.lag.ms", "0", false},
      {3, "min.compaction.lag.ms", "much", false},
      {3, "flush.messages", "9223372036854775807", true},
      {1, "flush.messages", "9223372036854775807", false},
      {1, "min.insync.replicas", "1", true},
  };
  for (const Case& c : cases) {
    const KafkaOptions options = Options(c.replication);
    TopicSettings settings = WantedSettings(options);
    settings[c.setting] = c.value;
    const absl::Status checked = CheckSettings(options, "t", c.replication, settings);
    EXPECT_EQ(checked.ok(), c.holds) << c.setting << "=" << c.value;
    if (c.holds) continue;
    EXPECT_EQ(checked.code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_TRUE(absl::StrContains(checked.message(),
                                  "topic t has " + c.setting + "=" + c.value + "; must be "))
        << checked;
  }
}

TEST(KafkaSettings, FewerReplicasAndMissingSettingsAreRefused) {
  const KafkaOptions options = Options(3);
  EXPECT_EQ(CheckSettings(options, "t", 1, WantedSettings(options)).message(),
            "topic t has replication=1; must be 3 or more");
  TopicSettings settings = WantedSettings(options);
  settings.erase("cleanup.policy");
  EXPECT_EQ(CheckSettings(options, "t", 3, settings).message(),
            "topic t has cleanup.policy=nothing; must be compact");
}

TEST(KafkaSettings, MoreSettingsCannotUndoThoseThatMatter) {
  KafkaOptions options = Options(3);
  options.topic_settings = {{"segment.ms", "1000"}, {"cleanup.policy", "delete"}};
  const TopicSettings settings = WantedSettings(options);
  EXPECT_EQ(settings.at("segment.ms"), "1000");
  EXPECT_EQ(settings.at("cleanup.policy"), "compact");
}

TEST(KafkaSettings, ATopicIsNamedByClusterCollectionAndLog) {
  EXPECT_EQ(*TopicName("prod", {.collection = "sf-taxis", .id = 0xabc}),
            "spoor.prod.sf-taxis.0000000000000abc");
  for (const std::string& collection : {std::string(), std::string("a/b"), std::string(300, 'a')}) {
    EXPECT_TRUE(absl::IsInvalidArgument(TopicName("prod", {.collection = collection}).status()))
        << collection;
  }
}

TEST(KafkaSettings, OptionsThatCannotWorkAreRefused) {
  KafkaOptions options = Options(3);
  EXPECT_TRUE(OpenKafka(options).ok());
  options.cluster = "a.b";
  EXPECT_TRUE(absl::IsInvalidArgument(OpenKafka(options).status()));
  options = Options(0);
  EXPECT_TRUE(absl::IsInvalidArgument(OpenKafka(options).status()));
  options = Options(1);
  options.brokers = "";
  EXPECT_TRUE(absl::IsInvalidArgument(OpenKafka(options).status()));
}

}  // namespace
}  // namespace spoor::testing
