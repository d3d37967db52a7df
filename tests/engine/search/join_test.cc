#include "engine/search/join.h"

#include <gtest/gtest.h>

#include <set>

#include "absl/strings/str_cat.h"
#include "engine/engine.h"
#include "tests/engine/random_collection.h"
#include "tests/engine/random_query.h"

namespace spoor {
namespace {

using testing::Draw;
using testing::OneIn;
using testing::Rng;
using testing::TempDir;

constexpr uint64_t kJoinSeed = 20261122;
constexpr testing::CollectionSize kRoutes{
    .min_trajectories = 20, .max_trajectories = 60, .max_fixes = 16, .routes = 5};

HomePlace PlaceOf(const Trajectory& t) { return {HomeKey(t.view(), t.id.value()), t.id.value()}; }

// All that live, in the order of their homes.
std::vector<JoinProbe> AllProbes(const std::vector<Trajectory>& live) {
  std::vector<JoinProbe> out;
  for (const Trajectory& t : live) out.push_back({.after = PlaceOf(t), .fixes = t.fixes});
  std::sort(out.begin(), out.end(),
            [](const JoinProbe& a, const JoinProbe& b) { return a.after < b.after; });
  return out;
}

JoinQuery RandomJoin(Rng& rng, const testing::RandomCollection& c) {
  JoinQuery q;
  q.direction = static_cast<Direction>(Draw(rng, 3));
  q.filter = testing::RandomFilter(rng, c);
  if (!OneIn(rng, 3)) {
    constexpr double kScores[] = {0.01, 0.2, 1.0 / 3, 0.5, 0.8, 1};
    q.min_score = kScores[Draw(rng, std::size(kScores))];
    return q;
  }
  const MeasureEntry& entry = AllMeasures()[Draw(rng, static_cast<uint32_t>(AllMeasures().size()))];
  q.measure = testing::SampleRerank(entry.name);
  q.max_distance_m = Draw(rng, 1500);
  return q;
}

// Pairs, each beside its partner, whose index means nothing.
using Told = std::vector<std::pair<JoinPair, JoinPartner>>;

Told ToldBy(const JoinAnswer& answer) {
  Told out;
  for (const JoinPair& pair : answer.pairs) {
    auto& [told, partner] = out.emplace_back(pair, answer.partners.at(pair.partner));
    told.partner = 0;
  }
  return out;
}

// In the words of the definition, with the versions that the collection has.
Told Expected(const testing::RandomCollection& c, const std::vector<JoinProbe>& probes,
              const JoinQuery& query) {
  Told out = ToldBy(BruteForceProbe(c.live, c.params, probes, query));
  for (auto& [pair, partner] : out) partner.version = c.versions.at(partner.place.id);
  return out;
}

TEST(Join, FindsWhatBruteForceFinds) {
  uint64_t found = 0, measured = 0;
  for (int i = 0; i < 150; ++i) {
    SCOPED_TRACE(absl::StrCat("seed ", kJoinSeed + i));
    Rng rng(kJoinSeed + i);
    const TempDir dir;
    auto c = testing::MakeCollection(rng, OneIn(rng, 3) ? testing::kSmall : kRoutes, dir);
    const SearchContext context = c.context();
    std::vector<JoinProbe> probes = AllProbes(c.live);
    // Those of another node, and one that goes on in the midst of its partners.
    JoinProbe& foreign = probes.emplace_back();
    foreign.after.home = rng();
    foreign.after.id = "x";
    foreign.fixes = testing::RandomQueryFixes(rng, c);
    if (probes.size() > 4) probes[1].after = probes[4].after;
    for (int j = 0; j < 4; ++j) {
      const JoinQuery query = RandomJoin(rng, c);
      const auto answer = ProbeSegments(context, probes, query);
      ASSERT_TRUE(answer.ok()) << answer.status();
      EXPECT_TRUE(answer->complete);
      const auto expected = Expected(c, probes, query);
      ASSERT_EQ(answer->pairs.size(), expected.size()) << query.min_score;
      EXPECT_EQ(ToldBy(*answer), expected);
      EXPECT_LE(answer->partners.size(), answer->pairs.size());
      std::set<HomePlace> once;
      for (const JoinPartner& p : answer->partners) EXPECT_TRUE(once.insert(p.place).second);
      (query.measure ? measured : found) += expected.size();
    }
  }
  EXPECT_GT(found, 5000u);
  EXPECT_GT(measured, 1000u);
}

TEST(Join, GoesOnWhereTooManyPairsLeftIt) {
  for (int i = 0; i < 20; ++i) {
    SCOPED_TRACE(absl::StrCat("seed ", kJoinSeed + i));
    Rng rng(kJoinSeed + i);
    const TempDir dir;
    auto c = testing::MakeCollection(rng, kRoutes, dir);
    const SearchContext context = c.context();
    std::vector<JoinProbe> probes = AllProbes(c.live);
    JoinQuery query = RandomJoin(rng, c);
    const auto expected = Expected(c, probes, query);
    query.max_pairs = 1 + Draw(rng, 4);
    Told pairs;
    uint32_t gone = 0;  // probes that are done
    for (bool more = !probes.empty(); more;) {
      const auto answer = ProbeSegments(context, absl::MakeConstSpan(probes).subspan(gone), query);
      ASSERT_TRUE(answer.ok()) << answer.status();
      ASSERT_LE(answer->pairs.size(), query.max_pairs);
      for (auto& [pair, partner] : ToldBy(*answer)) {
        pair.probe += gone;
        pairs.emplace_back(pair, partner);
      }
      more = !answer->complete;
      if (!more) break;
      gone = pairs.back().first.probe;
      probes[gone].after = pairs.back().second.place;
    }
    EXPECT_EQ(pairs, expected);
  }
}

TEST(Join, StopsWhenItIsCancelled) {
  Rng rng(kJoinSeed);
  const TempDir dir;
  auto c = testing::MakeCollection(rng, kRoutes, dir);
  SearchContext context = c.context();
  const Patience over{.cancelled = std::make_shared<std::atomic<bool>>(true)};
  context.patience = &over;
  const std::vector<JoinProbe> probes = AllProbes(c.live);
  EXPECT_TRUE(absl::IsCancelled(ProbeSegments(context, probes, {.min_score = .5}).status()));
}

TEST(Join, AnEngineWalksAllThatPassesInTheOrderOfTheHomes) {
  for (int i = 0; i < 8; ++i) {
    SCOPED_TRACE(absl::StrCat("seed ", kJoinSeed + i));
    Rng rng(kJoinSeed + i);
    const TempDir dir, files;
    auto c = testing::MakeCollection(rng, kRoutes, files);
    const auto engine = Engine::Open(
        dir.path(), {.access = Access::kCreate, .params = c.params, .memory_bytes = 32 << 20});
    ASSERT_TRUE(engine.ok()) << engine.status();
    EXPECT_FALSE((*engine)->Walk({}, {})->more);
    ASSERT_TRUE((*engine)->Write(c.live).ok());
    for (int j = 0; j < 8; ++j) {
      WalkQuery query;
      query.filter = testing::RandomFilter(rng, c);
      query.limit = 1 + Draw(rng, 9);
      std::vector<HomePlace> expected, walked;
      for (const JoinProbe& probe : AllProbes(c.live)) {
        const auto t = std::find_if(c.live.begin(), c.live.end(), [&](const Trajectory& it) {
          return it.id.value() == probe.after.id;
        });
        if (query.filter.Matches(*t)) expected.push_back(probe.after);
      }
      uint64_t looked_at = 0;
      for (bool more = true; more;) {
        const auto answer = (*engine)->Walk(query, {});
        ASSERT_TRUE(answer.ok()) << answer.status();
        ASSERT_LE(answer->steps.size(), query.limit);
        for (const auto& step : answer->steps) walked.push_back(step.place);
        looked_at += answer->looked_at;
        query.after = answer->reached;
        more = answer->more;
      }
      EXPECT_EQ(walked, expected);
      EXPECT_TRUE(!query.filter.homes.all() || looked_at == c.live.size());
    }
    const auto pairs = (*engine)->Probe(AllProbes(c.live), {.min_score = .5}, {});
    ASSERT_TRUE(pairs.ok());
    EXPECT_EQ(pairs->pairs.size(),
              BruteForceProbe(c.live, c.params, AllProbes(c.live), {.min_score = .5}).pairs.size());
    EXPECT_EQ(pairs->params, c.params);
  }
}

}  // namespace
}  // namespace spoor
