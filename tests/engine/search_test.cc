#include "engine/search.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "geo/measure/measure.h"
#include "tests/engine/random_collection.h"

namespace spoor {
namespace {

using testing::BuildSegment;
using testing::Draw;
using testing::MakeCollection;
using testing::OneIn;
using testing::Prepare;
using testing::Prepared;
using testing::RandomCollection;
using testing::Rng;
using testing::TempDir;

constexpr uint64_t kSeed = 20240311;
constexpr int kCollections = 1000;
constexpr testing::CollectionSize kSmall{
    .min_trajectories = 0, .max_trajectories = 40, .max_fixes = 16, .routes = 0};
constexpr int kQueries = 4;  // per collection
// Large enough for the planner to have a choice.
constexpr int kLargeCollections = 8;
constexpr testing::CollectionSize kLarge{
    .min_trajectories = 2000, .max_trajectories = 3000, .max_fixes = 80, .routes = 100};
constexpr int kLargeQueries = 16;

Box RandomBox(Rng& rng) {
  const int32_t south_e7 = 515000000 + static_cast<int32_t>(Draw(rng, 10)) * 15000 - 5000;
  const int32_t west_e7 = -1200000 + static_cast<int32_t>(Draw(rng, 10)) * 24000 - 8000;
  return {.south_e7 = south_e7,
          .west_e7 = west_e7,
          .north_e7 = south_e7 + static_cast<int32_t>(Draw(rng, 6)) * 15000,
          .east_e7 = west_e7 + static_cast<int32_t>(Draw(rng, 6)) * 24000};
}

std::shared_ptr<const Region> RandomRegion(Rng& rng) {
  const Box b = RandomBox(rng);
  const double south = b.south_e7 / 1e7, west = b.west_e7 / 1e7;
  const double height = 0.002 + Draw(rng, 6) * 0.0015, width = 0.002 + Draw(rng, 6) * 0.0024;
  const auto region = Region::Make({{{{south, west},
                                      {south + height, west + width / 3},
                                      {south + height / 2, west + width},
                                      {south, west}}}});
  EXPECT_TRUE(region.ok()) << region.status();
  return region.ok() ? *region : nullptr;
}

Filter RandomFilter(Rng& rng, const RandomCollection& c) {
  Filter f;
  if (OneIn(rng, 2)) return f;
  f.relation = static_cast<Relation>(Draw(rng, 4));
  if (OneIn(rng, 3)) f.box = RandomBox(rng);
  if (OneIn(rng, 5)) f.region = RandomRegion(rng);
  if (OneIn(rng, 4)) {
    const int64_t from_ms = 1'700'000'000'000 + int64_t{Draw(rng, 3600)} * 1000;
    f.time_ms = {from_ms, from_ms + int64_t{Draw(rng, 1800)} * 1000};
  }
  if (OneIn(rng, 5)) f.objects = {absl::StrCat("cab", Draw(rng, 5)), OneIn(rng, 2) ? "" : "cab1"};
  if (OneIn(rng, 5)) f.tags["mode"] = {OneIn(rng, 2) ? "bus" : "taxi"};
  if (OneIn(rng, 5)) f.tags["town"] = {"t0", "t1"};
  if (OneIn(rng, 3)) {
    for (const Trajectory& t : c.live) {
      if (OneIn(rng, 8)) f.exclude.push_back(t.id.value());
    }
  }
  return f;
}

std::vector<Fix> RandomQueryFixes(Rng& rng, const RandomCollection& c) {
  std::vector<Fix> fixes;
  if (c.live.empty() || OneIn(rng, 6)) {
    fixes = testing::GridWalk(rng, 16);
    if (OneIn(rng, 2)) testing::SetTimes(rng, fixes);
    return fixes;
  }
  const std::vector<Fix>& known = c.live[Draw(rng, static_cast<uint32_t>(c.live.size()))].fixes;
  const uint32_t keep = 1 + Draw(rng, 4);  // of every so many fixes one is dropped
  for (size_t i = 0; i < known.size(); ++i) {
    if (i == 0 || i % (keep + 1) != keep) fixes.push_back(known[i]);
  }
  if (OneIn(rng, 3)) std::reverse(fixes.begin(), fixes.end());
  for (Fix& f : fixes) f.time_ms = kNoTime;
  if (OneIn(rng, 2)) testing::SetTimes(rng, fixes);
  return fixes;
}

Query RandomQuery(Rng& rng, const RandomCollection& c) {
  Query q;
  q.fixes = RandomQueryFixes(rng, c);
  q.k = OneIn(rng, 4) ? 1000 : 1 + Draw(rng, 8);
  if (OneIn(rng, 3)) q.min_score = Draw(rng, 12) / 10.0;
  q.score = OneIn(rng, 3) ? Score::kContainment : Score::kJaccard;
  q.direction = static_cast<Direction>(Draw(rng, 3));
  q.filter = RandomFilter(rng, c);
  q.matches = OneIn(rng, 3);
  if (OneIn(rng, 2)) return q;
  const MeasureEntry& entry = AllMeasures()[Draw(rng, static_cast<uint32_t>(AllMeasures().size()))];
  auto measure = MakeMeasure(entry.name, {});
  EXPECT_TRUE(measure.ok()) << measure.status();
  q.rerank = {.measure = *std::move(measure),
              .candidates = OneIn(rng, 3) ? 1000 : 1 + Draw(rng, 20)};
  q.exact = OneIn(rng, 2);
  if (OneIn(rng, 3)) q.max_distance_m = Draw(rng, 2000);
  return q;
}

bool operator==(const Hit& a, const Hit& b) {
  return a.id == b.id && a.score == b.score && a.direction == b.direction &&
         a.distance_m == b.distance_m && a.matches == b.matches;
}

std::string Describe(const Hit& h) {
  std::string text =
      absl::StrCat(h.id.value(), " score ", h.score, " direction ", int(h.direction));
  if (h.distance_m) absl::StrAppend(&text, " distance ", *h.distance_m);
  for (const Match& m : h.matches) {
    absl::StrAppend(&text, " [", m.query_from, "-", m.query_to, " ", m.hit_from, "-", m.hit_to,
                    "]");
  }
  return text;
}

std::string Describe(const std::vector<Hit>& hits) {
  std::string text;
  for (const Hit& h : hits) absl::StrAppend(&text, "  ", Describe(h), "\n");
  return text;
}

std::string Describe(const Query& q) {
  return absl::StrCat("k ", q.k, " min_score ", q.min_score, " score ", int(q.score), " direction ",
                      int(q.direction), " rerank ", q.rerank ? q.rerank->candidates : 0, " exact ",
                      q.exact, " box ", q.filter.box.has_value(), " region ",
                      q.filter.region != nullptr, " relation ", int(q.filter.relation));
}

void ExpectSameAnswer(RandomCollection& c, const Query& q, std::string* plan = nullptr) {
  const auto found = SearchSegments(c.context(), q);
  ASSERT_TRUE(found.ok()) << found.status();
  if (plan != nullptr) *plan = found->cost.plan;
  const SearchAnswer expected = BruteForceSearch(c.live, c.params, q);
  ASSERT_EQ(found->hits.size(), expected.hits.size()) << Describe(q) << "\nfound\n"
                                                      << Describe(found->hits) << "expected\n"
                                                      << Describe(expected.hits);
  for (size_t i = 0; i < found->hits.size(); ++i) {
    ASSERT_TRUE(found->hits[i] == expected.hits[i])
        << Describe(q) << "\nhit " << i << " found    " << Describe(found->hits[i]) << "\nexpected "
        << Describe(expected.hits[i]);
    ASSERT_EQ(found->hits[i].version, c.versions.at(found->hits[i].id.value()));
  }
  if (found->exact) {
    EXPECT_TRUE(expected.exact) << Describe(q);
  } else if (q.filter.box == std::nullopt && q.filter.region == nullptr) {
    EXPECT_FALSE(expected.exact) << Describe(q);
  }
}

TEST(Search, EqualsBruteForceWithAllOptionsOnRandomCollections) {
  const TempDir dir;
  size_t hits = 0;
  for (int i = 0; i < kCollections; ++i) {
    SCOPED_TRACE(absl::StrCat("seed ", kSeed + i));
    Rng rng(kSeed + i);
    RandomCollection c = MakeCollection(rng, kSmall, dir);
    for (int j = 0; j < kQueries; ++j) {
      const Query q = RandomQuery(rng, c);
      ASSERT_NO_FATAL_FAILURE(ExpectSameAnswer(c, q));
      hits += BruteForceSearch(c.live, c.params, q).hits.size();
    }
  }
  EXPECT_GT(hits, size_t{kCollections} * kQueries) << "the worlds hold too little to find";
}

TEST(Search, EqualsBruteForceByEitherPlanOnLargeCollections) {
  const TempDir dir;
  std::map<std::string, int> plans;
  for (int i = 0; i < kLargeCollections; ++i) {
    SCOPED_TRACE(absl::StrCat("seed ", kSeed + i));
    Rng rng(kSeed + i);
    RandomCollection c = MakeCollection(rng, kLarge, dir);
    for (int j = 0; j < kLargeQueries; ++j) {
      Query q = RandomQuery(rng, c);
      if (OneIn(rng, 2)) q.filter = Filter();
      std::string plan;
      ASSERT_NO_FATAL_FAILURE(ExpectSameAnswer(c, q, &plan));
      ++plans[plan];
    }
  }
  EXPECT_GT(plans["counting"], 5);
  EXPECT_GT(plans["rare_first"], 5);
}

TEST(Search, RangeEqualsBruteForcePageByPage) {
  const TempDir dir;
  for (int i = 0; i < kCollections / 4; ++i) {
    SCOPED_TRACE(absl::StrCat("seed ", kSeed + i));
    Rng rng(kSeed + i);
    RandomCollection c = MakeCollection(rng, kSmall, dir);
    RangeQuery q{.filter = RandomFilter(rng, c), .limit = 1 + Draw(rng, 9), .after_id = ""};
    for (bool more = true; more;) {
      const auto page = RangeSegments(c.context(), q);
      ASSERT_TRUE(page.ok()) << page.status();
      const RangeAnswer expected = BruteForceRange(c.live, q);
      ASSERT_EQ(page->ids, expected.ids);
      ASSERT_EQ(page->more, expected.more);
      more = page->more;
      if (more) q.after_id = page->ids.back().value();
    }
  }
}

}  // namespace
}  // namespace spoor
