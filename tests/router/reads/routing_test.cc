#include "router/reads/routing.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "absl/strings/str_cat.h"
#include "engine/search/search.h"
#include "tests/engine/random_collection.h"
#include "tests/engine/random_query.h"

namespace spoor {
namespace {

using testing::Draw;
using testing::OneIn;
using testing::RandomCollection;
using testing::Rng;
using testing::TempDir;

constexpr uint64_t kRoutingSeed = 20261204;
constexpr int kRoutingCollections = 60, kRoutingQueries = 20;
constexpr testing::CollectionSize kRoutingSize{
    .min_trajectories = 10, .max_trajectories = 60, .max_fixes = 12, .routes = 0};

using Time = std::chrono::steady_clock::time_point;
const Time kNow = Time() + std::chrono::hours(1);

// "a b, b c": the replicas of slots 0 and 1.
Placement PlacementOf(const std::vector<std::vector<uint32_t>>& replicas, uint32_t nodes) {
  Placement out;
  for (uint32_t n = 0; n < nodes; ++n) {
    out.nodes.push_back({.name = absl::StrCat("n", n), .address = "h:1", .zone = {}, .weight = 1});
  }
  for (uint64_t s = 1; s < replicas.size(); ++s) out.cuts.push_back(100 * s);
  out.replicas = replicas;
  return out;
}

// Streets far enough from each other that reaches differ: every second trip goes to another town.
void SpreadOut(Rng& rng, RandomCollection& c) {
  for (Trajectory& t : c.live) {
    const int32_t town = static_cast<int32_t>(Draw(rng, 4)) * 3'000'000;
    for (Fix& f : t.fixes) f.lon_e7 += town;
  }
}

Routing RoutingOf(Rng& rng, const RandomCollection& c) {
  Routing out;
  out.params = c.params;
  for (const HomeRange& range : testing::CutHomes(rng, c, 1 + Draw(rng, 12))) {
    if (range.first > 0) out.placement.cuts.push_back(range.first);
    out.placement.replicas.push_back({0});
  }
  out.placement.nodes.push_back({.name = "n", .address = "h:1", .zone = {}, .weight = 1});
  std::vector<Reach> reach(out.placement.slots());
  std::vector<uint64_t> live(out.placement.slots());
  for (const Trajectory& t : c.live) {
    const uint32_t slot = SlotOf(out.placement.cuts, HomeKey(t.view(), t.id.value()));
    reach[slot].Add(t.view(), MakeFingerprint(t.view(), c.params).geodabs);
    ++live[slot];
  }
  for (uint32_t slot = 0; slot < out.placement.slots(); ++slot) {
    out.reach.push_back({.reach = std::make_shared<Reach>(std::move(reach[slot])),
                         .as_of = kNow,
                         .live = live[slot]});
  }
  return out;
}

// What lives in the slots that are asked.
std::vector<Trajectory> Asked(const Routing& routing, const AskedSlots& asked,
                              const std::vector<Trajectory>& all) {
  std::vector<uint32_t> slots;
  for (const auto& slot : asked.slots) slots.push_back(slot.slot);
  const HomeSet homes = HomesOf(routing.placement.cuts, slots);
  std::vector<Trajectory> out;
  for (const Trajectory& t : all) {
    if (homes.Contains(HomeKey(t.view(), t.id.value()))) out.push_back(t);
  }
  return out;
}

void ExpectEachSlotOnce(const Routing& routing, const AskedSlots& asked) {
  EXPECT_EQ(asked.slots.size() + asked.pruned, routing.placement.slots());
  for (size_t i = 1; i < asked.slots.size(); ++i) {
    EXPECT_LT(asked.slots[i - 1].slot, asked.slots[i].slot);
  }
}

TEST(Routing, PrunedSlotsHaveNoHit) {
  const TempDir dir;
  uint64_t pruned = 0, hits = 0;
  for (int i = 0; i < kRoutingCollections; ++i) {
    SCOPED_TRACE(absl::StrCat("seed ", kRoutingSeed + i));
    Rng rng(kRoutingSeed + i);
    RandomCollection c = testing::MakeCollection(rng, kRoutingSize, dir);
    SpreadOut(rng, c);
    const Routing routing = RoutingOf(rng, c);
    for (int q = 0; q < kRoutingQueries; ++q) {
      Query query = testing::RandomQuery(rng, c);
      query.filter.homes = HomeSet::All();
      const AskedSlots asked = SlotsFor(routing, query, {}, kNow);
      ExpectEachSlotOnce(routing, asked);
      const SearchAnswer all = BruteForceSearch(c.live, c.params, query);
      const std::vector<Trajectory> among = Asked(routing, asked, c.live);
      EXPECT_EQ(among.size() + asked.pruned_live, c.live.size());
      Query of_these = query;
      of_these.elsewhere = asked.pruned_live;
      const SearchAnswer some = BruteForceSearch(among, c.params, of_these);
      ASSERT_EQ(some.hits.size(), all.hits.size());
      for (size_t h = 0; h < all.hits.size(); ++h) {
        ASSERT_EQ(some.hits[h].id, all.hits[h].id);
        ASSERT_EQ(some.hits[h].score, all.hits[h].score);
      }
      // Who re-ranks says `exact` only if nothing that may pass was left out.
      EXPECT_TRUE(!query.rerank || asked.more_may_pass || some.exact == all.exact);
      const bool bounded = query.filter.box || query.filter.region != nullptr;
      EXPECT_TRUE(!query.exact || bounded || asked.pruned == 0);
      pruned += asked.pruned;
      hits += all.hits.size();

      const RangeQuery range{.filter = query.filter, .limit = 1 + Draw(rng, 20), .after_id = ""};
      const AskedSlots listed = SlotsFor(routing, range, {}, kNow);
      ExpectEachSlotOnce(routing, listed);
      EXPECT_EQ(BruteForceRange(Asked(routing, listed, c.live), range).ids,
                BruteForceRange(c.live, range).ids);
    }
  }
  EXPECT_GT(pruned, 2000u) << "or nothing was tested";
  EXPECT_GT(hits, 1000u);
}

TEST(Routing, AsksWhatTheTokenNamesAndWhatIsNotKnown) {
  Routing routing;
  routing.placement = PlacementOf({{0}, {0}, {0}, {0}}, 1);
  routing.params = IndexParams();
  const auto nothing = std::make_shared<const Reach>();
  routing.reach = {
      {nothing, kNow}, {nullptr, kNow}, {nothing, kNow - std::chrono::seconds(9)}, {nothing, kNow}};
  Query query;
  query.fixes = {FixFromDegrees(51.5, 0), FixFromDegrees(51.5, .1)};
  ReadTerms terms;
  terms.max_staleness_ms = 5000;
  terms.written.emplace();
  terms.written->homes = {{350, 360}};
  const AskedSlots asked = SlotsFor(routing, query, terms, kNow);
  ASSERT_EQ(asked.slots.size(), 3u);
  EXPECT_EQ(asked.slots[0].why, AskedFor::kNoReachYet);
  EXPECT_EQ(asked.slots[1].slot, 2u);
  EXPECT_EQ(asked.slots[1].why, AskedFor::kNoReachYet);  // it is too old
  EXPECT_EQ(asked.slots[2].why, AskedFor::kToken);
  terms.max_staleness_ms.reset();
  const AskedSlots fewer = SlotsFor(routing, query, terms, kNow);
  EXPECT_EQ(fewer.pruned, 2u);
  EXPECT_EQ(fewer.staleness_ms, 9000u);
  terms.written->homes = HomeSet::All();
  EXPECT_EQ(SlotsFor(routing, query, terms, kNow).slots.size(), 4u);
  query.rerank = {.measure = *MakeMeasure("dtw", {}), .candidates = 5, .name = "dtw"};
  query.exact = true;
  EXPECT_EQ(SlotsFor(routing, query, {}, kNow).slots[0].why, AskedFor::kEverything);
}

TEST(Routing, ThreeNodesWithTwoReplicasAreAskedOnceEach) {
  std::vector<std::vector<uint32_t>> replicas;
  for (uint32_t s = 0; s < 30; ++s) replicas.push_back({s % 3, (s + 1) % 3});
  const auto groups = GroupsOf(PlacementOf(replicas, 3));
  ASSERT_EQ(groups.size(), 3u);
  std::set<uint32_t> first;
  for (const SlotGroup& group : groups) first.insert(group.nodes.front());
  EXPECT_EQ(first.size(), 3u);
}

TEST(Routing, GroupsHoldEverySlotOnceOnItsReplicas) {
  for (uint64_t seed = kRoutingSeed; seed < kRoutingSeed + 200; ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    Rng rng(seed);
    const uint32_t nodes = 1 + Draw(rng, 6), copies = 1 + Draw(rng, std::min(nodes, 3u));
    std::vector<std::vector<uint32_t>> replicas;
    for (uint32_t s = 0; s <= Draw(rng, 40); ++s) {
      std::vector<uint32_t> all(nodes);
      std::iota(all.begin(), all.end(), 0);
      std::shuffle(all.begin(), all.end(), rng);
      replicas.emplace_back(all.begin(), all.begin() + copies);
    }
    const Placement placement = PlacementOf(replicas, nodes);
    std::vector<int> seen(placement.slots());
    for (const SlotGroup& group : GroupsOf(placement)) {
      for (const uint32_t slot : group.slots) {
        ++seen[slot];
        EXPECT_TRUE(std::is_permutation(group.nodes.begin(), group.nodes.end(),
                                        placement.replicas[slot].begin(),
                                        placement.replicas[slot].end()));
      }
    }
    EXPECT_EQ(std::count(seen.begin(), seen.end(), 1), placement.slots());
  }
}

TEST(Routing, RangesAndSlotsAreEachOthersInverse) {
  const Placement placement = PlacementOf({{0}, {0}, {0}, {0}, {0}}, 1);
  EXPECT_EQ(HomesOf(placement.cuts, {0, 1, 3}), (HomeSet{{0, 199}, {300, 399}}));
  EXPECT_EQ(SlotsOfHomes(placement, {{0, 199}, {300, 399}}), (std::vector<uint32_t>{0, 1, 3}));
  EXPECT_EQ(SlotsOfHomes(placement, {{150, 150}, {160, 250}}), (std::vector<uint32_t>{1, 2}));
  EXPECT_EQ(SlotsOfHomes(placement, HomeSet::All()).size(), 5u);
}

}  // namespace
}  // namespace spoor
