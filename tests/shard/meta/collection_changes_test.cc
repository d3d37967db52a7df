#include "shard/meta/collection_changes.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "shard/meta/memory_meta.h"
#include "tests/shard/cluster_states.h"
#include "tests/shard/lossy_meta.h"

namespace spoor {
namespace {

using testing::AutoCollection;
using testing::kPatience;
using testing::LossyMeta;
using testing::OneSlot;

ChosenParams Chosen(int depth) {
  ChosenParams chosen{.params = IndexParams(), .placement = OneSlot(0)};
  chosen.params.depth = depth;
  chosen.placement.cuts = {1000};
  chosen.placement.replicas = {{0}, {0}};
  return chosen;
}

class CollectionChanges : public ::testing::Test {
 protected:
  CollectionId Create(uint64_t log_id) {
    const auto created = CreateCollection(store_, "c", "a", AutoCollection(log_id), kPatience);
    EXPECT_TRUE(created.ok() && created->ours) << created.status();
    return {"c", "a", log_id};
  }
  MemoryMeta store_;
};

TEST_F(CollectionChanges, WhoeverCreatesSecondAdoptsTheFirst) {
  Create(7);
  const auto second = CreateCollection(store_, "c", "a", AutoCollection(8), kPatience);
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_FALSE(second->ours);
  EXPECT_EQ(second->now.state.log_id, 7u);
  EXPECT_EQ(*ReadCollection(store_, "c", "a", kPatience), second->now);
  EXPECT_TRUE(absl::IsNotFound(ReadCollection(store_, "c", "b", kPatience).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(
      CreateCollection(store_, "c", "A", AutoCollection(8), kPatience).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(
      CreateCollection(store_, "c", "b", AutoCollection(0), kPatience).status()));
}

TEST_F(CollectionChanges, OneChoosesTheParametersAndAllAdoptThem) {
  const CollectionId id = Create(7);
  std::atomic<int> winners{0};
  std::vector<CollectionChange> seen(4);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      const auto set = SetParams(store_, id, Chosen(30 + t), kPatience);
      ASSERT_TRUE(set.ok()) << set.status();
      winners += set->ours;
      seen[static_cast<size_t>(t)] = *set;
    });
  }
  for (auto& t : threads) t.join();
  EXPECT_EQ(winners, 1);
  for (const auto& s : seen) EXPECT_EQ(s.now, seen[0].now);
  EXPECT_EQ(seen[0].now.state.placement.epoch, Epoch(2));
  EXPECT_EQ(seen[0].now.state.placement.slots(), 2u);
  EXPECT_TRUE(seen[0].now.state.auto_params) << "they stay known as chosen, not given";
  const CollectionId other{"c", "a", 8};
  EXPECT_TRUE(absl::IsNotFound(SetParams(store_, other, Chosen(30), kPatience).status()));
}

TEST_F(CollectionChanges, EachPlacementHasAHigherEpoch) {
  const CollectionId id = Create(7);
  const auto first = ReadCollection(store_, "c", "a", kPatience);
  Placement next = OneSlot(0);
  next.nodes[0].weight = 5;
  const auto second = PublishPlacement(store_, id, *first, next, kPatience);
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_EQ(second->state.placement.epoch, Epoch(2));
  EXPECT_EQ(*ReadCollection(store_, "c", "a", kPatience), *second);
  next.nodes[0].weight = 6;
  EXPECT_TRUE(absl::IsAborted(PublishPlacement(store_, id, *first, next, kPatience).status()));
  next.epoch = Epoch(90);  // which nodes know from before the store was rebuilt
  EXPECT_EQ(PublishPlacement(store_, id, *second, next, kPatience)->state.placement.epoch,
            Epoch(91));
}

TEST_F(CollectionChanges, APlannedPlacementComesIntoForceOnlyWhenItIsSwitched) {
  const CollectionId id = Create(7);
  const auto first = ReadCollection(store_, "c", "a", kPatience);
  Placement next = OneSlot(0);
  next.nodes[0].weight = 5;
  const auto planned = PlanPlacement(store_, id, *first, next, kPatience);
  ASSERT_TRUE(planned.ok()) << planned.status();
  EXPECT_EQ(planned->state.placement, first->state.placement);
  EXPECT_EQ(planned->state.next->epoch, Epoch(2));
  EXPECT_EQ(*ReadCollection(store_, "c", "a", kPatience), *planned) << "it is stored";
  next.nodes[0].weight = 6;
  EXPECT_TRUE(absl::IsAborted(PlanPlacement(store_, id, *first, next, kPatience).status()));
  const auto other = PlanPlacement(store_, id, *planned, next, kPatience);
  ASSERT_TRUE(other.ok()) << other.status();
  EXPECT_EQ(other->state.next->epoch, Epoch(3)) << "who has the former one must not pass for it";
  EXPECT_TRUE(absl::IsAborted(SwitchPlacement(store_, id, *planned, kPatience).status()));
  const auto switched = SwitchPlacement(store_, id, *other, kPatience);
  ASSERT_TRUE(switched.ok()) << switched.status();
  EXPECT_EQ(switched->state.placement.epoch, Epoch(3));
  EXPECT_EQ(switched->state.placement.nodes[0].weight, 6u);
  EXPECT_FALSE(switched->state.next);
  EXPECT_EQ(*SwitchPlacement(store_, id, *switched, kPatience), *switched) << "there is none";
}

TEST_F(CollectionChanges, ADroppedOneLeavesProof) {
  const CollectionId id = Create(7);
  EXPECT_TRUE(absl::IsFailedPrecondition(ForgetCollection(store_, id, kPatience)));
  ASSERT_TRUE(DropCollection(store_, id, kPatience).ok());
  EXPECT_TRUE(DropCollection(store_, id, kPatience).ok());
  EXPECT_EQ(ReadCollection(store_, "c", "a", kPatience)->state.phase, CollectionPhase::kDropping);
  ASSERT_TRUE(ForgetCollection(store_, id, kPatience).ok());
  EXPECT_TRUE(ForgetCollection(store_, id, kPatience).ok());
  EXPECT_TRUE(store_.Get(DroppedKey("c", 7), kPatience)->has_value());
  Create(8);
  EXPECT_TRUE(DropCollection(store_, id, kPatience).ok()) << "another one of the name stays";
  EXPECT_EQ(ReadCollection(store_, "c", "a", kPatience)->state.phase, CollectionPhase::kServing);
}

// The answer of every change is lost once, before or after the change was made: the same call again
// succeeds all the same.
TEST_F(CollectionChanges, CanBeTriedAgainWhenAnAnswerIsLost) {
  for (const bool made : {false, true}) {
    MemoryMeta inner;
    LossyMeta lossy(inner);
    const auto twice = [&](auto call) {
      lossy.LoseNext(made);
      EXPECT_TRUE(absl::IsUnavailable(call()));
      const absl::Status again = call();
      EXPECT_TRUE(again.ok()) << again << (made ? ", made" : ", not made");
    };
    const CollectionId id{"c", "a", 7};
    twice([&] {
      const auto c = CreateCollection(lossy, "c", "a", AutoCollection(7), kPatience);
      EXPECT_TRUE(!c.ok() || c->ours);
      return c.status();
    });
    twice([&] {
      const auto c = SetParams(lossy, id, Chosen(30), kPatience);
      EXPECT_TRUE(!c.ok() || c->ours);
      return c.status();
    });
    const auto from = ReadCollection(lossy, "c", "a", kPatience);
    twice([&] { return PublishPlacement(lossy, id, *from, OneSlot(0), kPatience).status(); });
    EXPECT_EQ(ReadCollection(lossy, "c", "a", kPatience)->state.placement.epoch, Epoch(3));
    const auto now = ReadCollection(lossy, "c", "a", kPatience);
    twice([&] { return PlanPlacement(lossy, id, *now, OneSlot(0), kPatience).status(); });
    const auto planned = ReadCollection(lossy, "c", "a", kPatience);
    twice([&] { return SwitchPlacement(lossy, id, *planned, kPatience).status(); });
    EXPECT_EQ(ReadCollection(lossy, "c", "a", kPatience)->state.placement.epoch, Epoch(4));
    twice([&] { return DropCollection(lossy, id, kPatience); });
    twice([&] { return ForgetCollection(lossy, id, kPatience); });
  }
}

TEST_F(CollectionChanges, TellsWhatCannotBeRead) {
  ASSERT_TRUE(store_.Put({CollectionKey("c", "a"), "{}", 0}, 0, kPatience).ok());
  EXPECT_TRUE(absl::IsDataLoss(ReadCollection(store_, "c", "a", kPatience).status()));
}

}  // namespace
}  // namespace spoor
