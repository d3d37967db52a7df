#include "shard/meta/seed.h"

#include <gtest/gtest.h>

#include "shard/meta/cluster_view.h"
#include "shard/meta/collection_changes.h"
#include "shard/meta/memory_meta.h"
#include "tests/shard/cluster_states.h"
#include "tests/shard/lossy_meta.h"

namespace spoor {
namespace {

using testing::AutoCollection;
using testing::kPatience;
using testing::LossyMeta;
using testing::Seen;

ClusterSnapshot Knows(std::map<std::string, CollectionState> collections,
                      std::set<uint64_t> dropped = {}) {
  ClusterSnapshot out{.dropped = std::move(dropped), .revision = 1};
  for (auto& [name, state] : collections) out.collections[name] = {std::move(state), 1};
  return out;
}

uint64_t EpochOf(MetaStore& store, const std::string& name) {
  const auto there = ReadCollection(store, "c", name, kPatience);
  return there.ok() ? there->state.placement.epoch.value() : 0;
}

TEST(Seed, WritesBackWhatAnEmptyStoreHasLost) {
  MemoryMeta store;
  const auto seeded = Seed(store, "c", Knows({{"a", AutoCollection(7, 5)}}, {3}), {}, kPatience);
  ASSERT_TRUE(seeded.ok()) << seeded.status();
  EXPECT_EQ(seeded->written, std::vector<std::string>{"a"});
  EXPECT_EQ(ReadCollection(store, "c", "a", kPatience)->state, AutoCollection(7, 5));
  EXPECT_TRUE(store.Get(DroppedKey("c", 3), kPatience)->has_value());
  const auto again = Seed(store, "c", Knows({{"a", AutoCollection(7, 5)}}, {3}), {}, kPatience);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->as_is, std::vector<std::string>{"a"});
}

TEST(Seed, RaisesAnOldBackupAndLeavesWhatIsLater) {
  MemoryMeta store;
  ASSERT_TRUE(CreateCollection(store, "c", "old", AutoCollection(7, 4), kPatience).ok());
  ASSERT_TRUE(CreateCollection(store, "c", "later", AutoCollection(8, 9), kPatience).ok());
  const auto seeded =
      Seed(store, "c", Knows({{"old", AutoCollection(7, 5)}, {"later", AutoCollection(8, 5)}}), {},
           kPatience);
  ASSERT_TRUE(seeded.ok()) << seeded.status();
  EXPECT_EQ(seeded->written, std::vector<std::string>{"old"});
  EXPECT_EQ(EpochOf(store, "old"), 5u);
  EXPECT_EQ(EpochOf(store, "later"), 9u);
}

TEST(Seed, DoesNotBringBackWhatWasDropped) {
  MemoryMeta store;
  ASSERT_TRUE(store.Put({DroppedKey("c", 7), "", 0}, 0, kPatience).ok());
  const auto seeded = Seed(store, "c", Knows({{"a", AutoCollection(7)}}), {}, kPatience);
  ASSERT_TRUE(seeded.ok()) << seeded.status();
  EXPECT_TRUE(seeded->written.empty());
  EXPECT_EQ(EpochOf(store, "a"), 0u);
}

// Somebody who knew nothing has made another one of the name: an order decides, and all who know
// either go by it.
TEST(Seed, ReplacesAnotherLogOnlyByOrder) {
  MemoryMeta store;
  ASSERT_TRUE(CreateCollection(store, "c", "a", AutoCollection(80), kPatience).ok());
  ClusterView fresh(store, {.cluster = "c", .own_thread = false});
  ASSERT_TRUE(fresh.Refresh(kPatience).ok());
  const ClusterSnapshot known = Knows({{"a", AutoCollection(7, 5)}});
  auto seeded = Seed(store, "c", known, {}, kPatience);
  ASSERT_TRUE(seeded.ok()) << seeded.status();
  EXPECT_EQ(seeded->refused, std::vector<std::string>{"a"});
  EXPECT_EQ(ReadCollection(store, "c", "a", kPatience)->state.log_id, 80u);
  seeded = Seed(store, "c", known, {"a"}, kPatience);
  ASSERT_TRUE(seeded.ok()) << seeded.status();
  EXPECT_EQ(seeded->written, std::vector<std::string>{"a"});
  ASSERT_TRUE(fresh.Refresh(kPatience).ok());
  EXPECT_EQ(Seen(fresh).collections.at("a").state.log_id, 7u);
}

TEST(Seed, LeavesWhatThisVersionCannotRead) {
  MemoryMeta store;
  ASSERT_TRUE(store.Put({CollectionKey("c", "a"), "{\"later\":1}", 0}, 0, kPatience).ok());
  const auto seeded = Seed(store, "c", Knows({{"a", AutoCollection(7)}}), {}, kPatience);
  ASSERT_TRUE(seeded.ok()) << seeded.status();
  EXPECT_EQ(seeded->refused, std::vector<std::string>{"a"});
}

TEST(Seed, CanBeTriedAgainWhenAnAnswerIsLost) {
  for (const bool made : {false, true}) {
    MemoryMeta inner;
    LossyMeta lossy(inner);
    const ClusterSnapshot known = Knows({{"a", AutoCollection(7, 5)}});
    lossy.LoseNext(made);
    EXPECT_TRUE(absl::IsUnavailable(Seed(lossy, "c", known, {}, kPatience).status()));
    EXPECT_TRUE(Seed(lossy, "c", known, {}, kPatience).ok());
    EXPECT_EQ(EpochOf(inner, "a"), 5u);
  }
}

TEST(Seed, TheLaterOfWhatSeveralKnowCounts) {
  std::vector<std::string> ignored;
  const ClusterSnapshot together =
      Together({Knows({{"a", AutoCollection(7, 5)}, {"gone", AutoCollection(9)}}),
                Knows({{"a", AutoCollection(7, 6)}, {"b", AutoCollection(8)}}, {9}),
                Knows({{"a", AutoCollection(7, 4)}})},
               "c", ignored);
  EXPECT_TRUE(ignored.empty()) << ignored[0];
  EXPECT_EQ(together.collections.at("a").state, AutoCollection(7, 6));
  EXPECT_TRUE(together.collections.contains("b"));
  EXPECT_FALSE(together.collections.contains("gone"));
  Together({Knows({{"a", AutoCollection(7)}}), Knows({{"a", AutoCollection(8)}})}, "c", ignored);
  EXPECT_EQ(ignored.size(), 1u) << "neither was dropped";
}

}  // namespace
}  // namespace spoor
