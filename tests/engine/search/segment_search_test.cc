#include "engine/search/segment_search.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "tests/engine/random_collection.h"

namespace spoor {
namespace {

using testing::Draw;
using testing::IndexedTrip;
using testing::OneIn;
using testing::Rng;

constexpr uint64_t kSegmentSearchSeed = 11;
constexpr int kSegmentSearchWorlds = 60;
constexpr int kSegmentSearchQueries = 12;  // per world

// A trajectory that has these geodabs and lies nowhere in particular.
IndexedTrip WithGeodabs(uint32_t number, const std::set<Geodab>& geodabs) {
  IndexedTrip p{.trajectory = {.id = TrajectoryId(absl::StrCat("t", number * 7919 % 10007)),
                               .object = {},
                               .tags = {},
                               .fixes = {{515000000, -1200000}}},
                .summary = {},
                .fingerprint = {},
                .version = number};
  p.summary = Summarise(p.trajectory.view());
  p.fingerprint.geodabs.assign(geodabs.begin(), geodabs.end());
  p.fingerprint.fine = static_cast<uint32_t>(geodabs.size());
  return p;
}

// Of a universe in which some geodabs are in nearly every trajectory and most are rare.
Geodab AnyGeodab(Rng& rng, uint32_t universe) {
  const uint32_t rank = Draw(rng, 1 + Draw(rng, 1 + Draw(rng, universe)));
  return Geodab{rank % 5} << 32 | rank;
}

// A fresh set, the commonest of the parent's, or the parent with changes: so that answers lie close
// to every bound.
std::set<Geodab> AnySet(Rng& rng, uint32_t universe, const std::vector<IndexedTrip>& before) {
  std::set<Geodab> set;
  const uint32_t kind = before.empty() ? 0 : Draw(rng, 4);
  if (kind > 0) {
    const auto& parent =
        before[Draw(rng, static_cast<uint32_t>(before.size()))].fingerprint.geodabs;
    const uint32_t common = kind == 1 ? Draw(rng, 40) : universe;
    for (const Geodab g : parent) {
      if (static_cast<uint32_t>(g) < common || kind == 3) set.insert(g);
    }
  }
  for (uint32_t i = kind == 1 ? 0 : Draw(rng, kind == 0 ? 60 : 6); i > 0; --i) {
    set.insert(AnyGeodab(rng, universe));
  }
  return set;
}

struct World {
  std::vector<IndexedTrip> all;
  SegmentView view;
};

World MakeWorld(Rng& rng) {
  const uint32_t universe = 50 + Draw(rng, 400), n = 500 + Draw(rng, 1500);
  World w;
  for (uint32_t i = 0; i < n; ++i) w.all.push_back(WithGeodabs(i, AnySet(rng, universe, w.all)));
  w.view.segment = testing::BuildSegment(w.all);
  auto deleted = std::make_shared<OrdinalSet>();
  for (uint32_t o = 0; o < n && OneIn(rng, 2); ++o) {
    if (OneIn(rng, 3)) deleted->Add(o);
  }
  w.view.deleted = deleted;
  return w;
}

// (-score, id) of what shares a geodab, lives and reaches the floor, best first.
using Ranking = std::vector<std::pair<double, std::string>>;

Ranking Expected(const World& w, const std::vector<Geodab>& query, Score score, double floor) {
  Ranking out;
  for (const IndexedTrip& p : w.all) {
    const auto o = w.view.segment->Find(p.entry().home, p.entry().id);
    if (w.view.deleted->Contains(*o)) continue;
    std::vector<Geodab> shared;
    std::ranges::set_intersection(query, p.fingerprint.geodabs, std::back_inserter(shared));
    const auto c = static_cast<double>(shared.size()), n = static_cast<double>(query.size());
    const auto b = static_cast<double>(p.fingerprint.geodabs.size());
    const double s = score == Score::kJaccard ? c / (n + b - c) : c / n;
    if (!shared.empty() && s >= floor) out.emplace_back(-s, p.trajectory.id.value());
  }
  std::sort(out.begin(), out.end());
  return out;
}

Ranking Found(const World& w, const std::vector<Proposal>& proposals) {
  Ranking out;
  for (const Proposal& p : proposals) {
    out.emplace_back(-p.score, std::string(w.view.segment->id(p.ordinal)));
  }
  std::sort(out.begin(), out.end());
  return out;
}

TEST(SegmentSearch, BothPlansFindTheBestAndAllTies) {
  const Filter filter;
  std::map<std::string, int> plans;
  uint64_t saved = 0;
  for (int i = 0; i < kSegmentSearchWorlds; ++i) {
    SCOPED_TRACE(absl::StrCat("seed ", kSegmentSearchSeed + i));
    Rng rng(kSegmentSearchSeed + i);
    const World w = MakeWorld(rng);
    const SegmentFilter segment_filter(filter, w.view);
    for (int j = 0; j < kSegmentSearchQueries; ++j) {
      const std::set<Geodab> set = AnySet(rng, 400, w.all);
      const Way way{Direction::kSame, {set.begin(), set.end()}};
      const Score score = OneIn(rng, 3) ? Score::kContainment : Score::kJaccard;
      const size_t keep = 1 + (OneIn(rng, 4) ? Draw(rng, 500) : Draw(rng, 5));
      const double floor = OneIn(rng, 3) ? Draw(rng, 10) / 10.0 : 0;
      if (way.geodabs.empty()) continue;
      SearchCost cost;
      const auto proposals = SearchSegment({.segment = *w.view.segment,
                                            .filter = segment_filter,
                                            .way = way,
                                            .score = score,
                                            .keep = keep,
                                            .floor = floor,
                                            .all_unsure = false,
                                            .patience = nullptr},
                                           cost);
      ASSERT_TRUE(proposals.ok()) << proposals.status();
      const Ranking expected = Expected(w, way.geodabs, score, floor);
      Ranking found = Found(w, *proposals);
      ASSERT_TRUE(std::includes(expected.begin(), expected.end(), found.begin(), found.end()));
      const size_t best = std::min(keep, expected.size());
      ASSERT_GE(found.size(), best) << cost.plan;
      found.resize(best);
      ASSERT_EQ(found, Ranking(expected.begin(), expected.begin() + static_cast<ptrdiff_t>(best)))
          << cost.plan << " keep " << keep << " floor " << floor;
      ++plans[cost.plan];
      saved += cost.postings - cost.postings_read;
    }
  }
  EXPECT_GT(plans["counting"], kSegmentSearchWorlds);
  EXPECT_GT(plans["rare_first"], kSegmentSearchWorlds);
  EXPECT_GT(saved, 10000u);
}

// Counters that a search left behind would count in the next one.
TEST(SegmentSearch, LeavesNoTraceWhenItIsCancelled) {
  constexpr uint32_t kTrajectories = 4000, kGeodabs = 60;
  std::set<Geodab> set;
  for (uint32_t g = 0; g < kGeodabs; ++g) set.insert(g);
  World w;
  for (uint32_t i = 0; i < kTrajectories; ++i) w.all.push_back(WithGeodabs(i, set));
  w.view.segment = testing::BuildSegment(w.all);
  const Filter filter;
  const SegmentFilter segment_filter(filter, w.view);
  const Way way{Direction::kSame, {set.begin(), set.end()}};
  const Patience over{.cancelled = std::make_shared<std::atomic<bool>>(true)};
  SegmentSearch search{.segment = *w.view.segment,
                       .filter = segment_filter,
                       .way = way,
                       .score = Score::kJaccard,
                       .keep = kTrajectories,
                       .floor = 0,
                       .all_unsure = false,
                       .patience = &over};
  SearchCost cost;
  EXPECT_EQ(SearchSegment(search, cost).status().code(), absl::StatusCode::kCancelled);
  search.patience = nullptr;
  const auto proposals = SearchSegment(search, cost);
  ASSERT_TRUE(proposals.ok());
  EXPECT_EQ(proposals->size(), kTrajectories);
  for (const Proposal& p : *proposals) ASSERT_EQ(p.score, 1);
}

}  // namespace
}  // namespace spoor
