#include "shard/place/placement_plan.h"

#include <gtest/gtest.h>

#include <map>
#include <numeric>
#include <set>

#include "tests/shard/placements.h"

namespace spoor {
namespace {

using testing::EqualNodes;
using testing::MakeNode;
using testing::RequestOf;
using testing::Rng;
using testing::TownKeys;

uint64_t Sum(const std::vector<uint64_t>& values) {
  return std::accumulate(values.begin(), values.end(), uint64_t{0});
}

double MaxOverMean(const std::vector<uint64_t>& values) {
  return static_cast<double>(*std::ranges::max_element(values)) *
         static_cast<double>(values.size()) / static_cast<double>(Sum(values));
}

// On the circle: how many runs of slots a node has as the replica of one rank.
uint32_t Runs(const Placement& p, uint32_t node, uint32_t rank) {
  uint32_t runs = 0, has = 0;
  for (uint32_t slot = 0; slot < p.slots(); ++slot) {
    const uint32_t before = p.replicas[slot == 0 ? p.slots() - 1 : slot - 1][rank];
    has += p.replicas[slot][rank] == node ? 1 : 0;
    runs += p.replicas[slot][rank] == node && before != node ? 1 : 0;
  }
  return has == p.slots() ? 1 : runs;
}

// The share of all load times replicas that some node has to fetch.
double MovedShare(const Placement& from, const Placement& to, const KeySample& sample) {
  uint64_t moved = 0;
  for (const SlotMove& m : MovesBetween(from, to)) {
    moved += static_cast<uint64_t>(std::ranges::upper_bound(sample, m.range.last) -
                                   std::ranges::lower_bound(sample, m.range.first));
  }
  return static_cast<double>(moved) / static_cast<double>(sample.size() * to.replicas[0].size());
}

uint32_t ZoneCount(const std::vector<PlacedNode>& nodes) {
  std::set<std::string> zones;
  for (const PlacedNode& n : nodes) {
    if (n.weight > 0) zones.insert(n.zone.empty() ? "alone/" + n.name : n.zone);
  }
  return static_cast<uint32_t>(zones.size());
}

void ExpectZonesDistinctWherePossible(const Placement& p) {
  if (ZoneCount(p.nodes) < p.replicas[0].size()) return;
  for (const auto& replicas : p.replicas) {
    std::set<std::string> zones;
    for (const uint32_t n : replicas) {
      EXPECT_GT(p.nodes[n].weight, 0u);
      zones.insert(p.nodes[n].zone.empty() ? "alone/" + p.nodes[n].name : p.nodes[n].zone);
    }
    ASSERT_EQ(zones.size(), replicas.size());
  }
}

std::vector<PlacedNode> RandomNodes(Rng& rng) {
  std::vector<PlacedNode> nodes;
  const auto count = static_cast<uint32_t>(3 + rng() % 12);
  const uint64_t zones = 1 + rng() % 5;
  for (uint32_t n = 0; n < count; ++n) {
    const std::string zone = rng() % 4 == 0 ? "" : absl::StrCat("z", rng() % zones);
    nodes.push_back(MakeNode(absl::StrCat("n", n), zone, static_cast<uint32_t>(1 + rng() % 5)));
  }
  return nodes;
}

TEST(CutByLoad, HalvesAndQuartersTheSample) {
  const KeySample sample = {10, 20, 30, 40, 50, 60, 70, 80};
  EXPECT_EQ(CutByLoad(sample, 1), std::vector<uint64_t>());
  EXPECT_EQ(CutByLoad(sample, 2), std::vector<uint64_t>({50}));
  EXPECT_EQ(CutByLoad(sample, 4), std::vector<uint64_t>({30, 50, 70}));
}

TEST(CutByLoad, EverySlotHasKeysWhateverTheSample) {
  const uint64_t last = ~uint64_t{0};
  for (const KeySample& sample :
       {KeySample(), KeySample{0}, KeySample{0, 0, 0}, KeySample{last}, KeySample(9, last),
        KeySample(9, 5), KeySample{5, 5, 5, 5, 6, 6, 6, 7}, KeySample{0, 1, 2, last - 1, last}}) {
    for (const uint32_t slots : {1u, 2u, 3u, 64u, kMaxSlots}) {
      const std::vector<uint64_t> cuts = CutByLoad(sample, slots);
      ASSERT_EQ(cuts.size() + 1, slots);
      ASSERT_TRUE(cuts.empty() || cuts[0] > 0);
      ASSERT_EQ(std::ranges::adjacent_find(cuts, std::greater_equal<>()), cuts.end());
      EXPECT_EQ(Sum(SlotLoads(sample, cuts)), sample.size());
    }
  }
}

TEST(CutByLoad, SharesTheLoadEvenlyAndCutsInsideOneCell) {
  for (uint64_t seed = 1; seed <= 10; ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    Rng rng(seed);
    const KeySample sample = TownKeys(rng, 40'960);
    for (const uint32_t slots : {7u, 64u, kMaxSlots}) {
      const std::vector<uint64_t> cuts = CutByLoad(sample, slots);
      EXPECT_LE(MaxOverMean(SlotLoads(sample, cuts)), 1 + 1.5 * slots / 40'960);
    }
    // 160 cells at most, so most of 4 096 slots begin within one.
    std::set<uint64_t> cells;
    for (const uint64_t cut : CutByLoad(sample, kMaxSlots)) cells.insert(cut >> 32);
    EXPECT_LE(cells.size(), 200u);
  }
}

TEST(CutFiner, KeepsTheCutsAndBalancesTheRest) {
  for (uint64_t seed = 1; seed <= 10; ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    Rng rng(seed);
    const KeySample sample = TownKeys(rng, 20'000);
    const std::vector<uint64_t> coarse = CutByLoad(TownKeys(rng, 100), 10);
    const std::vector<uint64_t> fine = CutFiner(sample, coarse, 500);
    EXPECT_EQ(fine.size(), 499u);
    EXPECT_TRUE(std::ranges::includes(fine, coarse));
    EXPECT_EQ(std::ranges::adjacent_find(fine, std::greater_equal<>()), fine.end());
    EXPECT_LE(MaxOverMean(SlotLoads(sample, fine)), 2.1) << "no slot above twice the mean";
  }
  const std::vector<uint64_t> none = CutFiner({5, 5, 5, 5}, {5, 6}, 64);
  EXPECT_EQ(std::ranges::adjacent_find(none, std::greater_equal<>()), none.end());
  EXPECT_EQ(none.size(), 63u);
}

TEST(NodeShares, FollowWeightsUpToOneReplicaOfEverything) {
  const auto shares = [](std::vector<PlacedNode> nodes, uint32_t replicas, uint64_t whole) {
    return *NodeShares(nodes, replicas, whole);
  };
  using Shares = std::vector<uint64_t>;
  EXPECT_EQ(shares({MakeNode("a"), MakeNode("b", "", 3)}, 1, 100), (Shares{25, 75}));
  EXPECT_EQ(shares({MakeNode("a"), MakeNode("b", "", 0), MakeNode("c")}, 1, 100),
            (Shares{50, 0, 50}));
  // b may not have more than one replica of everything; a and c share the rest.
  EXPECT_EQ(shares({MakeNode("a"), MakeNode("b", "", 98), MakeNode("c")}, 2, 200),
            (Shares{50, 100, 50}));
  // Nor may a zone, when there are two.
  EXPECT_EQ(shares({MakeNode("a", "x"), MakeNode("b", "x"), MakeNode("c", "y")}, 2, 200),
            (Shares{50, 50, 100}));
  EXPECT_EQ(shares({MakeNode("a", "x"), MakeNode("b", "x"), MakeNode("c", "x")}, 2, 300),
            (Shares{100, 100, 100}));
  const auto few = NodeShares(EqualNodes(2), 3, 300);
  EXPECT_EQ(few.status().message(),
            "replicas is '3', allowed: 1 ... 2, one a node that is not drained");
}

TEST(Plan, ReplicasAreOnDistinctNodesAndZonesAndLoadFollowsWeights) {
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    Rng rng(seed);
    const KeySample sample = TownKeys(rng, 20'000);
    const auto replicas = static_cast<uint32_t>(1 + rng() % 3);
    const PlanRequest request =
        RequestOf(RandomNodes(rng), replicas, sample, static_cast<uint32_t>(64 + rng() % 1000));
    const auto p = Plan(request);
    ASSERT_TRUE(p.ok()) << p.status();  // Validate: distinct nodes
    ExpectZonesDistinctWherePossible(*p);
    const uint64_t whole = replicas * sample.size();
    const auto shares = *NodeShares(request.nodes, replicas, whole);
    const std::vector<uint64_t> loads = NodeLoads(*p, request.loads);
    const double slot = static_cast<double>(*std::ranges::max_element(request.loads));
    for (uint32_t n = 0; n < loads.size(); ++n) {
      EXPECT_NEAR(static_cast<double>(loads[n]), static_cast<double>(shares[n]), replicas * slot);
      for (uint32_t rank = 0; rank < replicas; ++rank) EXPECT_LE(Runs(*p, n, rank), 1u);
    }
    EXPECT_EQ(*Plan(request), *p) << "the same input gives the same placement";
  }
}

TEST(Plan, TenNodesBearAlmostTheSame) {
  Rng rng(1);
  const KeySample sample = TownKeys(rng, 100'000);
  for (const uint32_t slots : {64u, 1024u}) {
    const PlanRequest request = RequestOf(EqualNodes(10), 2, sample, slots);
    EXPECT_LE(MaxOverMean(NodeLoads(*Plan(request), request.loads)), 1 + 10.0 / slots);
  }
}

TEST(Plan, NamesWhatIsWrong) {
  PlanRequest request = RequestOf(EqualNodes(2), 1, {}, 8);
  const auto message = [](const PlanRequest& r) { return std::string(Plan(r).status().message()); };
  ASSERT_TRUE(Plan(request).ok());
  request.replicas = 0;
  EXPECT_EQ(message(request), "replicas is '0', allowed: 1 ... 7");
  request.replicas = 3;
  EXPECT_EQ(message(request), "replicas is '3', allowed: 1 ... 2, one a node that is not drained");
  request.replicas = 1;
  request.nodes[1].name = "n0";
  EXPECT_EQ(message(request), "name is 'n0', allowed: one node a name");
  request.nodes.clear();
  EXPECT_FALSE(Plan(request).ok());
}

struct Change {
  std::vector<PlacedNode> nodes;
  double share;  // of the load that has to find another node
};

// Joins, leaves, drains of one node of equal ones, with a zone for every third.
Change RandomChange(Rng& rng, std::vector<PlacedNode> nodes) {
  const auto before = static_cast<double>(nodes.size());
  switch (rng() % 3) {
    case 0:
      nodes.insert(nodes.begin() + static_cast<ptrdiff_t>(rng() % nodes.size()), MakeNode("new"));
      return {nodes, 1 / (before + 1)};
    case 1:
      nodes.erase(nodes.begin() + static_cast<ptrdiff_t>(rng() % nodes.size()));
      return {nodes, 1 / before};
    default:
      nodes[rng() % nodes.size()].weight = 0;
      return {nodes, 1 / before};
  }
}

TEST(Replan, OneNodeThatComesOrGoesMovesAboutItsShare) {
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    Rng rng(seed);
    const KeySample sample = TownKeys(rng, 20'000);
    const auto replicas = static_cast<uint32_t>(1 + rng() % 3);
    PlanRequest request =
        RequestOf(EqualNodes(static_cast<uint32_t>(5 + rng() % 8)), replicas, sample, 1024);
    const Placement from = *Plan(request);
    const Change change = RandomChange(rng, request.nodes);
    request.nodes = change.nodes;
    const auto to = Replan(from, request);
    ASSERT_TRUE(to.ok()) << to.status();
    EXPECT_EQ(to->epoch, Epoch(1));
    // Not only the share: of six nodes with three replicas two groups of three hold the same slots,
    // so what one leaves goes to the other group, which then has to give: 1.4 times at the best.
    EXPECT_LE(MovedShare(from, *to, sample), (replicas < 3 ? 1.25 : 1.42) * change.share);
    std::vector<uint64_t> loads = NodeLoads(*to, request.loads);
    for (uint32_t n = 0; n < loads.size(); ++n) {
      EXPECT_EQ(loads[n] == 0, request.nodes[n].weight == 0);
    }
    std::erase(loads, 0u);
    EXPECT_LE(MaxOverMean(loads), 1.05);
    EXPECT_EQ(*Replan(from, request), *to);
  }
}

TEST(Replan, KeepsZonesApartThroughAnyHistory) {
  for (uint64_t seed = 1; seed <= 60; ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    Rng rng(seed);
    const KeySample sample = TownKeys(rng, 10'000);
    PlanRequest request = RequestOf(RandomNodes(rng), 1 + rng() % 3, sample, 512);
    Placement p = *Plan(request);
    for (int step = 0; step < 6; ++step) {
      request.nodes = rng() % 4 == 0 ? RandomNodes(rng) : RandomChange(rng, request.nodes).nodes;
      std::set<std::string> names;
      std::erase_if(request.nodes,
                    [&](const PlacedNode& n) { return !names.insert(n.name).second; });
      const auto next = Replan(p, request);
      if (!next.ok()) continue;  // too few nodes are left
      ExpectZonesDistinctWherePossible(*next);
      const auto shares =
          *NodeShares(request.nodes, request.replicas, request.replicas * sample.size());
      const std::vector<uint64_t> loads = NodeLoads(*next, request.loads);
      for (uint32_t n = 0; n < loads.size(); ++n) {
        EXPECT_LE(static_cast<double>(loads[n]), 1.5 * static_cast<double>(shares[n]) + 100)
            << request.nodes[n].name << " in step " << step;
      }
      p = *next;
    }
  }
}

TEST(Replan, ChangesNothingWhenNothingChanged) {
  Rng rng(3);
  const KeySample sample = TownKeys(rng, 10'000);
  const PlanRequest request = RequestOf(RandomNodes(rng), 2, sample, 256);
  const Placement from = *Plan(request);
  Placement to = *Replan(from, request);
  EXPECT_EQ(to.epoch, Epoch(1));
  EXPECT_TRUE(MovesBetween(from, to).empty());
}

TEST(Replan, CutsFinerWithoutMovingMuch) {
  Rng rng(4);
  const KeySample sample = TownKeys(rng, 20'000);
  PlanRequest request = RequestOf(EqualNodes(6), 2, sample, 128);
  const Placement from = *Plan(request);
  request.cuts = CutFiner(sample, request.cuts, 1024);
  request.loads = SlotLoads(sample, request.cuts);
  const auto to = Replan(from, request);
  ASSERT_TRUE(to.ok()) << to.status();
  EXPECT_EQ(to->slots(), 1024u);
  EXPECT_LE(MovedShare(from, *to, sample), .03);
  Placement last = *to;
  last.epoch = Epoch(~uint64_t{0});
  EXPECT_EQ(Replan(last, request).status().code(), absl::StatusCode::kInvalidArgument);
  const auto back = Replan(*to, RequestOf(EqualNodes(6), 2, sample, 128));
  EXPECT_EQ(back.status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(Replan, AddsAndDropsReplicas) {
  Rng rng(5);
  const KeySample sample = TownKeys(rng, 20'000);
  PlanRequest request = RequestOf(EqualNodes(6), 1, sample, 256);
  const Placement one = *Plan(request);
  request.replicas = 3;
  const Placement three = *Replan(one, request);
  EXPECT_NEAR(MovedShare(one, three, sample), 2.0 / 3, .01);
  request.replicas = 1;
  const Placement again = *Replan(three, request);
  EXPECT_TRUE(MovesBetween(three, again).empty());
}

}  // namespace
}  // namespace spoor
