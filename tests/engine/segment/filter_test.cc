#include <gtest/gtest.h>

#include <algorithm>

#include "engine/search/query.h"
#include "engine/segment/segment_filter.h"
#include "tests/engine/random_collection.h"
#include "tests/engine/random_query.h"

namespace spoor {
namespace {

using testing::Rng;
using testing::TempDir;

constexpr uint64_t kFilterSeed = 99;
constexpr int kFilterCollections = 100;
constexpr int kFilters = 20;  // per collection

Trajectory Trip() {
  return {.id = TrajectoryId("t"),
          .object = "cab",
          .tags = {{"mode", "taxi"}, {"town", "sf"}},
          .fixes = {FixFromDegrees(1, 1, 1000), FixFromDegrees(1, 3, 2000),
                    FixFromDegrees(3, 3, 3000)}};
}

Box Degrees(double south, double west, double north, double east) {
  const Fix low = FixFromDegrees(south, west), high = FixFromDegrees(north, east);
  return {low.lat_e7, low.lon_e7, high.lat_e7, high.lon_e7};
}

TEST(Filter, EmptyMatchesEverything) {
  EXPECT_TRUE(Filter().empty());
  EXPECT_TRUE(Filter().Matches(Trip()));
}

TEST(Filter, TimeSpanOverlapsWithBothEndsIncluded) {
  const std::vector<std::tuple<int64_t, int64_t, bool>> kRows = {
      {0, 999, false},    {0, 1000, true},     {1500, 1600, true},
      {3000, 9000, true}, {3001, 9000, false}, {0, 9000, true},
  };
  for (const auto& [from, to, expected] : kRows) {
    Filter f;
    f.time_ms = {from, to};
    EXPECT_FALSE(f.empty());
    EXPECT_EQ(f.Matches(Trip()), expected) << from << " " << to;
  }
}

TEST(Filter, TimeFailsWithoutTimes) {
  Trajectory t = Trip();
  for (Fix& fix : t.fixes) fix.time_ms = kNoTime;
  Filter f;
  f.time_ms = {std::numeric_limits<int64_t>::min(), std::numeric_limits<int64_t>::max()};
  EXPECT_FALSE(f.Matches(t));
}

TEST(Filter, BoxHasARelationToTheLine) {
  const std::vector<std::tuple<Box, Relation, bool>> kRows = {
      {Degrees(0, 0, 4, 4), Relation::kWithin, true},
      {Degrees(0, 0, 4, 2.9), Relation::kWithin, false},
      {Degrees(0.5, 1.5, 1.5, 2), Relation::kIntersects, true},  // between two fixes
      {Degrees(2, 1, 3, 2), Relation::kIntersects, false},       // in its box, off its line
      {Degrees(0, 0, 1, 1), Relation::kStarts, true},
      {Degrees(0, 0, 1, 1), Relation::kEnds, false},
      {Degrees(3, 3, 4, 4), Relation::kEnds, true},
  };
  for (const auto& [box, relation, expected] : kRows) {
    Filter f;
    f.box = box;
    f.relation = relation;
    EXPECT_EQ(f.Matches(Trip()), expected) << box.south_e7 << " " << int(relation);
  }
}

TEST(Filter, BoxAndRegionMustBothHold) {
  Filter f;
  f.box = Degrees(0, 0, 4, 4);
  const auto region = Region::Make({{{{2.5, 0}, {2.5, 4}, {4, 4}, {2.5, 0}}}});
  ASSERT_TRUE(region.ok()) << region.status();
  f.region = *region;
  EXPECT_TRUE(f.Matches(Trip()));
  f.box = Degrees(0, 0, 2, 2);
  EXPECT_TRUE(f.Matches(Trip()));
  f.relation = Relation::kStarts;
  EXPECT_FALSE(f.Matches(Trip()));
}

TEST(Filter, AnyOfTheObjectsAndForEachTagAnyOfTheValues) {
  Filter f;
  f.objects = {"bus", "cab"};
  EXPECT_TRUE(f.Matches(Trip()));
  f.objects = {"bus"};
  EXPECT_FALSE(f.Matches(Trip()));
  f.objects.clear();
  f.tags = {{"mode", {"bus", "taxi"}}, {"town", {"sf"}}};
  EXPECT_TRUE(f.Matches(Trip()));
  f.tags["town"] = {"london"};
  EXPECT_FALSE(f.Matches(Trip()));
  f.tags = {{"colour", {"red"}}};
  EXPECT_FALSE(f.Matches(Trip()));
}

TEST(Filter, ExcludesIds) {
  Filter f;
  f.exclude = {"s", "t"};
  EXPECT_FALSE(f.Matches(Trip()));
  f.exclude = {"s"};
  EXPECT_TRUE(f.Matches(Trip()));
}

// What the summary decides is right, and what it leaves open the fixes decide as the definition
// does.
TEST(SegmentFilter, AgreesWithTheDefinition) {
  const TempDir dir;
  std::map<Verdict, int> verdicts;
  for (int i = 0; i < kFilterCollections; ++i) {
    SCOPED_TRACE(absl::StrCat("seed ", kFilterSeed + i));
    Rng rng(kFilterSeed + i);
    testing::RandomCollection c = testing::MakeCollection(rng, testing::kSmall, dir);
    std::map<std::string, const Trajectory*> live;
    for (const Trajectory& t : c.live) live[t.id.value()] = &t;
    for (int j = 0; j < kFilters; ++j) {
      const Filter f = testing::RandomFilter(rng, c);
      for (const SegmentView& view : c.segments) {
        const SegmentFilter filter(f, view);
        std::set<uint32_t> possible;
        filter.ForEachPossible([&](uint32_t o, Verdict) { return possible.insert(o).second; });
        for (uint32_t o = 0; o < view.segment->size(); ++o) {
          if (view.deleted != nullptr && view.deleted->Contains(o)) {
            EXPECT_EQ(filter.Judge(o), Verdict::kNo);
            continue;
          }
          const Trajectory& t = *live.at(std::string(view.segment->id(o)));
          const Verdict verdict = filter.Judge(o);
          ++verdicts[verdict];
          const TrajectoryView fixes = NeedsFixes(f) ? t.view() : TrajectoryView();
          const bool found = verdict == Verdict::kYes ||
                             (verdict == Verdict::kMaybe && Admits(f, *view.segment, o, fixes));
          ASSERT_EQ(found, f.Matches(t)) << t.id.value();
          ASSERT_EQ(!filter.never() && verdict != Verdict::kNo, possible.count(o) > 0);
        }
      }
    }
  }
  for (const Verdict v : {Verdict::kNo, Verdict::kMaybe, Verdict::kYes}) {
    EXPECT_GT(verdicts[v], 50) << int(v);
  }
}

}  // namespace
}  // namespace spoor
