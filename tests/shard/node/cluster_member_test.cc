#include "shard/node/cluster_member.h"

#include <gtest/gtest.h>

#include "tests/shard/cluster_states.h"

namespace spoor {
namespace {

using testing::AutoCollection;
using testing::EqualNodes;

// Slot 0 on node n0, slot 1 on n1.
CollectionState TwoSlots(uint64_t log_id) {
  CollectionState state = AutoCollection(log_id);
  state.params = IndexParams();
  state.placement = {
      .epoch = Epoch(3), .cuts = {1000}, .nodes = EqualNodes(3), .replicas = {{0}, {1}}};
  return state;
}

ClusterSnapshot Known(const CollectionState& state, bool read_here) {
  ClusterSnapshot out{.collections = {{"a", {state, 1}}}, .revision = 1};
  if (read_here) out.read_here.insert(state.log_id);
  return out;
}

TEST(OrdersFor, FollowsWhatIsPlacedHereAndWhatIsOnItsWay) {
  CollectionState state = TwoSlots(7);
  const NodeOrders before = OrdersFor(Known(state, true), "n0");
  ASSERT_EQ(before.follow.size(), 1u);
  EXPECT_EQ(before.follow[0].here.slots, std::vector<uint32_t>{0});
  EXPECT_FALSE(before.follow[0].next);
  EXPECT_TRUE(before.follow[0].is_read_here);
  EXPECT_TRUE(before.released.empty());
  state.next = state.placement;
  state.next->epoch = Epoch(4);
  state.next->replicas = {{2}, {2}};
  const NodeOrders giver = OrdersFor(Known(state, true), "n0"),
                   taker = OrdersFor(Known(state, true), "n2");
  ASSERT_EQ(giver.follow.size(), 1u) << "until the next one is in force";
  EXPECT_TRUE(giver.released.empty());
  ASSERT_EQ(taker.follow.size(), 1u);
  EXPECT_TRUE(taker.follow[0].here.slots.empty());
  EXPECT_EQ(taker.follow[0].next->slots, (std::vector<uint32_t>{0, 1}));
}

TEST(OrdersFor, ReleasesOnlyOnWhatThisProcessHasRead) {
  CollectionState moved = TwoSlots(7), dropped = TwoSlots(8);
  dropped.phase = CollectionPhase::kDropping;
  for (const CollectionState& state : {moved, dropped}) {
    EXPECT_EQ(OrdersFor(Known(state, true), "n2").released, std::set<uint64_t>{state.log_id});
    EXPECT_TRUE(OrdersFor(Known(state, false), "n2").released.empty());
  }
  ClusterSnapshot proof{.dropped = {5, 6}, .revision = 1};
  EXPECT_TRUE(OrdersFor(proof, "n2").released.empty());
  proof.read_here = {6};
  EXPECT_EQ(OrdersFor(proof, "n2").released, std::set<uint64_t>{6});
  EXPECT_TRUE(OrdersFor(ClusterSnapshot(), "n0").released.empty()) << "nothing was ever read";
  CollectionState unchosen = AutoCollection(9);
  EXPECT_TRUE(OrdersFor(Known(unchosen, true), "n2").released.empty());
}

// A proof that has come before what takes its place is acted upon when that is known too.
TEST(OrdersFor, WhatIsStillFollowedIsNotReleased) {
  ClusterSnapshot known = Known(TwoSlots(7), true);
  known.dropped = {7};
  const NodeOrders orders = OrdersFor(known, "n0");
  EXPECT_EQ(orders.follow.size(), 1u);
  EXPECT_TRUE(orders.released.empty());
}

}  // namespace
}  // namespace spoor
