#include "shard/meta/node_registry.h"

#include <gtest/gtest.h>

#include "shard/meta/memory_meta.h"
#include "tests/eventually.h"
#include "tests/shard/cluster_states.h"
#include "tests/shard/lossy_meta.h"

namespace spoor {
namespace {

using std::chrono::seconds;
using testing::Eventually;
using testing::kPatience;
using testing::LossyMeta;
using testing::MakeNodeState;

// A store and nodes under one clock that the test moves; a ttl is 9 seconds.
class NodeRegistryTest : public ::testing::Test {
 protected:
  using Registry = std::unique_ptr<NodeRegistry>;

  absl::StatusOr<Registry> Announce(const NodeState& node) { return Announce(store_, node); }
  absl::StatusOr<Registry> Announce(MetaStore& store, const NodeState& node) {
    return NodeRegistry::Announce(store,
                                  {.cluster = "c",
                                   .node = node,
                                   .ttl = seconds(9),
                                   .own_thread = false,
                                   .now = [this] { return now_; }},
                                  kPatience);
  }
  // The node that the cluster sees under the name.
  std::optional<NodeState> Seen(const std::string& name) {
    const auto value = store_.Get(NodeKey("c", name), kPatience);
    if (!value.ok() || !value->has_value()) return std::nullopt;
    return *DecodeNode((*value)->value);
  }

  std::chrono::steady_clock::time_point now_{};
  MemoryMeta store_{{.now = [this] { return now_; }, .inline_hints = true}};
};

TEST_F(NodeRegistryTest, ANodeIsSeenWhileItLives) {
  {
    const auto a = Announce(MakeNodeState("a"));
    ASSERT_TRUE(a.ok()) << a.status();
    EXPECT_TRUE((*a)->held());
    EXPECT_EQ(Seen("a"), MakeNodeState("a"));
    for (int s = 0; s < 60; ++s) {
      now_ += seconds(1);
      ASSERT_TRUE((*a)->Step(kPatience).ok());
      ASSERT_TRUE((*a)->held());
      ASSERT_TRUE(Seen("a"));
    }
  }
  EXPECT_FALSE(Seen("a")) << "it says goodbye";
}

TEST_F(NodeRegistryTest, OneThatFallsSilentIsGoneAfterItsTtlAndKnowsIt) {
  const auto a = Announce(MakeNodeState("a"));
  now_ += seconds(8);
  EXPECT_TRUE((*a)->held());
  EXPECT_TRUE(Seen("a"));
  now_ += seconds(1);
  EXPECT_FALSE((*a)->held());
  EXPECT_FALSE(Seen("a"));
  ASSERT_TRUE((*a)->Step(kPatience).ok()) << "and announces itself again";
  EXPECT_TRUE((*a)->held());
  EXPECT_TRUE(Seen("a"));
}

TEST_F(NodeRegistryTest, AnotherProcessIsRefused) {
  auto a = Announce(MakeNodeState("a", 1));
  const auto other = Announce(MakeNodeState("a", 2, 9));
  EXPECT_TRUE(absl::IsAlreadyExists(other.status())) << other.status();
  EXPECT_EQ(Seen("a")->store_id, 1u);
  EXPECT_TRUE(Announce(MakeNodeState("b", 2)).ok());
  now_ += seconds(9);
  EXPECT_TRUE(Announce(MakeNodeState("a", 2)).ok()) << "when the first is over";
}

TEST_F(NodeRegistryTest, ARestartTakesItsOwnPlaceOverAtOnce) {
  auto before = Announce(MakeNodeState("a", 1, 1));
  auto after = Announce(MakeNodeState("a", 1, 2));
  ASSERT_TRUE(after.ok()) << after.status();
  EXPECT_EQ(Seen("a")->incarnation, 2u);
  now_ += seconds(3);
  EXPECT_TRUE(absl::IsAlreadyExists((*before)->Step(kPatience))) << "the former one notices";
  EXPECT_FALSE((*before)->held());
  before->reset();
  EXPECT_TRUE(Seen("a")) << "and takes nothing with it";
  ASSERT_TRUE((*after)->Step(kPatience).ok());
  EXPECT_TRUE((*after)->held());
  EXPECT_TRUE(absl::IsAlreadyExists(Announce(MakeNodeState("a", 1, 1)).status()));
}

TEST_F(NodeRegistryTest, WhileTheStoreIsAwayItHoldsUntilTheTtlAndComesBack) {
  const auto a = Announce(MakeNodeState("a"));
  store_.SetReachable(false);
  for (int s = 0; s < 8; ++s) {
    now_ += seconds(1);
    EXPECT_TRUE((*a)->held());
    static_cast<void>((*a)->Step(kPatience));
  }
  EXPECT_TRUE(absl::IsUnavailable((*a)->last()));
  now_ += seconds(1);
  EXPECT_FALSE((*a)->held());
  store_.SetReachable(true);
  ASSERT_TRUE((*a)->Step(kPatience).ok());
  EXPECT_TRUE((*a)->held());
  EXPECT_TRUE(Seen("a"));
}

TEST_F(NodeRegistryTest, ComesBackWhenItsPlaceIsRemoved) {
  const auto a = Announce(MakeNodeState("a"));
  const auto there = store_.Get(NodeKey("c", "a"), kPatience);
  ASSERT_TRUE(store_.Delete((*there)->key, (*there)->revision, kPatience).ok());
  now_ += seconds(3);
  ASSERT_TRUE((*a)->Step(kPatience).ok());
  EXPECT_TRUE(Seen("a"));
}

TEST_F(NodeRegistryTest, ALostAnswerIsNoLostPlace) {
  for (const bool made : {false, true}) {
    LossyMeta lossy(store_);
    lossy.LoseNext(made);
    const auto lost = Announce(lossy, MakeNodeState("a"));
    EXPECT_TRUE(absl::IsUnavailable(lost.status()));
    const auto again = Announce(lossy, MakeNodeState("a"));
    ASSERT_TRUE(again.ok()) << again.status();
    EXPECT_TRUE((*again)->held());
    now_ += seconds(3);
    ASSERT_TRUE((*again)->Step(kPatience).ok());
    now_ += seconds(7);
    EXPECT_TRUE(Seen("a")) << "it lies under the lease that is kept alive";
  }
}

TEST_F(NodeRegistryTest, RefusesWhatIsNoNode) {
  EXPECT_TRUE(absl::IsInvalidArgument(Announce(MakeNodeState("a b")).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(Announce(MakeNodeState("a", 0)).status()));
}

TEST(NodeRegistryThread, KeepsThePlaceByItself) {
  MemoryMeta store;
  auto a = NodeRegistry::Announce(
      store, {.cluster = "c", .node = MakeNodeState("a"), .ttl = seconds(2)}, kPatience);
  ASSERT_TRUE(a.ok()) << a.status();
  EXPECT_TRUE((*a)->held());
  store.SetReachable(false);
  EXPECT_TRUE(Eventually([&] { return !(*a)->last().ok(); }));
  store.SetReachable(true);
  EXPECT_TRUE(Eventually([&] { return (*a)->last().ok() && (*a)->held(); }));
  a->reset();
  EXPECT_FALSE(store.Get(NodeKey("c", "a"), kPatience)->has_value());
}

}  // namespace
}  // namespace spoor
