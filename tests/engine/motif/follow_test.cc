#include "engine/motif/follow.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <set>

#include "absl/strings/str_cat.h"
#include "engine/motif/part_search.h"
#include "engine/motif/sub_line.h"
#include "geo/measure/frechet.h"
#include "tests/engine/random_collection.h"
#include "tests/engine/random_query.h"
#include "tests/geo/worlds.h"

namespace spoor {
namespace {

using testing::Draw;
using testing::OneIn;
using testing::Points;
using testing::RandomCollection;
using testing::Rng;
using testing::TempDir;

constexpr uint64_t kFollowSeed = 20261130;
constexpr double kTwoSteps = 2 * kFrechetStepM;

NearPart PartOf(absl::string_view stretch, absl::string_view line) {
  MeasureWork work;
  PartSearch search(Points(stretch), work);
  const auto part = search.Nearest(Points(line), 1000);
  EXPECT_TRUE(part.has_value());
  return part.value_or(NearPart());
}

TEST(PartSearch, APartBeginsAndEndsBetweenFixes) {
  const NearPart part = PartOf("100:0, 200:0", "0:10, 1000:10");
  EXPECT_NEAR(part.distance_m, 10, kTwoSteps);
  EXPECT_NEAR(part.from_at, .1, .005);
  EXPECT_NEAR(part.to_at, .2, .005);
}

TEST(PartSearch, AStopInTheMiddleCostsNothing) {
  const NearPart part = PartOf("0:0, 100:0, 200:0", "-50:0, 0:0, 100:3, 101:2, 99:1, 200:0, 300:9");
  EXPECT_NEAR(part.distance_m, 3, 0.5);
  EXPECT_NEAR(part.from_at, 1, .1);
  EXPECT_NEAR(part.to_at, 5, .1);
}

TEST(PartSearch, TheOtherDirectionIsFarAway) {
  MeasureWork work;
  PartSearch search(Points("0:0, 100:0, 200:0"), work);
  EXPECT_FALSE(search.Nearest(Points("200:0, 100:0, 0:0"), 90).has_value());
  EXPECT_TRUE(search.Nearest(Points("200:0, 100:0, 0:0"), 101).has_value());
}

TEST(PartSearch, WhatIsTheSameIsAtNoDistanceAndAsLong) {
  MeasureWork work;
  for (uint64_t seed = 0; seed < 50; ++seed) {
    const std::vector<PlanePoint> line = testing::Walk(30, seed);
    const size_t from = seed % 10, to = 12 + seed % 18;
    PartSearch search(PlaneView(line).subspan(from, to - from + 1), work);
    const auto part = search.Nearest(line, 100);
    ASSERT_TRUE(part.has_value()) << "seed " << seed;
    EXPECT_EQ(part->distance_m, 0) << "seed " << seed;
    EXPECT_NEAR(part->from_at, static_cast<double>(from), .05) << "seed " << seed;
    EXPECT_NEAR(part->to_at, static_cast<double>(to), .05) << "seed " << seed;
  }
}

TEST(PartSearch, OfTheWholeLineItIsNoFartherThanTheMeasureSays) {
  const auto measure = *MakeMeasure("frechet", {});
  for (uint64_t seed = 0; seed < 300; ++seed) {
    const std::vector<PlanePoint> a = testing::Walk(1 + seed % 20, seed),
                                  b = testing::Walk(1 + seed % 17, seed + 1000);
    MeasureWork work;
    PartSearch search(a, work);
    const auto part = search.Nearest(b, 1e6);
    ASSERT_TRUE(part.has_value()) << "seed " << seed;
    EXPECT_LE(part->distance_m, measure->Distance(a, b, 1e9) + kTwoSteps) << "seed " << seed;
    const std::vector<PlanePoint> found = SubLine(PlaneView(b), part->from_at, part->to_at);
    EXPECT_NEAR(measure->Distance(a, found, 1e9), part->distance_m, kTwoSteps) << "seed " << seed;
    EXPECT_EQ(search.HasWithin(b, part->distance_m), true) << "seed " << seed;
    if (part->distance_m > 3 * kFrechetStepM) {
      EXPECT_FALSE(search.HasWithin(b, part->distance_m - kTwoSteps)) << "seed " << seed;
    }
  }
}

FollowQuery RandomFollow(Rng& rng, const RandomCollection& c) {
  FollowQuery query;
  const uint32_t stretches = 1 + Draw(rng, 3);
  for (uint32_t i = 0; i < stretches; ++i) {
    std::vector<Fix> fixes = testing::RandomQueryFixes(rng, c);
    const size_t from = Draw(rng, static_cast<uint32_t>(fixes.size()));
    const size_t most = fixes.size() - from;
    fixes.erase(fixes.begin(), fixes.begin() + static_cast<ptrdiff_t>(from));
    fixes.resize(1 + Draw(rng, static_cast<uint32_t>(most)));
    query.stretches.push_back(fixes);
  }
  query.max_distance_m = 20 + Draw(rng, 300);
  query.direction = static_cast<Direction>(Draw(rng, 3));
  query.occurrences = OneIn(rng, 2) ? 1000 : 1 + Draw(rng, 6);
  query.filter = testing::RandomFilter(rng, c);
  return query;
}

// The parts that are listed of one trajectory: each as near as it says, none over another, and what
// is left between them not near.
void ExpectParts(const std::vector<MotifOccurrence>& parts, const std::vector<Fix>& stretch,
                 const Trajectory& t, const FollowQuery& query) {
  const auto measure = *MakeMeasure("frechet", {});
  const LocalPlane plane(stretch[stretch.size() / 2]);
  const std::vector<PlanePoint> points = plane.Project(stretch), line = plane.Project(t.view());
  double behind = 0, reach_m = 0;
  for (const PlanePoint& p : points) reach_m = std::max(reach_m, DistanceM(points.front(), p));
  const bool several = reach_m > kReachOfSeveral * query.max_distance_m;
  if (!several) {
    EXPECT_EQ(parts.size(), 1u);
  }
  MeasureWork work;
  PartSearch same(points, work), opposite(Backwards(points), work);
  const auto expect_none = [&](double from_at, double to_at) {
    if (!several) return;
    const std::vector<PlanePoint> left = SubLine(PlaneView(line), from_at, to_at);
    const double within_m = query.max_distance_m - kTwoSteps;
    if (query.direction != Direction::kOpposite) {
      EXPECT_FALSE(same.HasWithin(left, within_m)) << t.id.value();
    }
    if (query.direction != Direction::kSame) {
      EXPECT_FALSE(opposite.HasWithin(left, within_m)) << t.id.value();
    }
  };
  for (const MotifOccurrence& o : parts) {
    EXPECT_LE(behind, o.from_at + 1e-9);
    EXPECT_LE(o.from_at, o.to_at);
    expect_none(behind, o.from_at);
    behind = o.to_at;
    EXPECT_EQ(o.from, std::lround(o.from_at));
    EXPECT_EQ(o.to, std::lround(o.to_at));
    const std::vector<PlanePoint> part = SubLine(PlaneView(line), o.from_at, o.to_at);
    const double distance_m =
        measure->Distance(o.direction == Direction::kSame ? points : Backwards(points), part, 1e9);
    EXPECT_NEAR(distance_m, o.distance_m, kTwoSteps);
  }
  expect_none(behind, static_cast<double>(line.size() - 1));
}

void ExpectFollowers(const Followers& got, const Followers& truth, const std::vector<Fix>& stretch,
                     const RandomCollection& c, const FollowQuery& query) {
  ASSERT_EQ(got.trajectories, truth.trajectories);
  EXPECT_EQ(got.owners, truth.owners);
  std::map<std::string, std::vector<MotifOccurrence>> listed;
  for (const MotifOccurrence& o : got.occurrences) listed[o.id.value()].push_back(o);
  EXPECT_LE(got.occurrences.size(), query.occurrences);
  EXPECT_GE(got.occurrences.size(), std::min<size_t>(query.occurrences, truth.trajectories));
  for (size_t i = 0; i < truth.occurrences.size(); ++i) {
    const MotifOccurrence& expected = truth.occurrences[i];
    const auto found = listed.find(expected.id.value());
    if (found == listed.end()) {  // what is listed instead is as near
      ASSERT_EQ(got.occurrences.size(), query.occurrences);
      EXPECT_LE(got.occurrences.back().distance_m, expected.distance_m + kTwoSteps);
      continue;
    }
    EXPECT_NEAR(found->second.front().distance_m, expected.distance_m, kTwoSteps);
    if (query.occurrences < 1000) continue;
    std::ranges::sort(found->second, {}, &MotifOccurrence::from_at);
    const auto t = std::ranges::find(c.live, expected.id, &Trajectory::id);
    ExpectParts(found->second, stretch, *t, query);
  }
}

TEST(Follow, AgreesWithTheDefinition) {
  const TempDir dir;
  size_t followers = 0;
  for (uint64_t seed = kFollowSeed; seed < kFollowSeed + 15; ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    Rng rng(seed);
    RandomCollection c = testing::MakeCollection(
        rng, {.min_trajectories = 5, .max_trajectories = 60, .max_fixes = 24, .routes = 5}, dir);
    for (int q = 0; q < 4; ++q) {
      const FollowQuery query = RandomFollow(rng, c);
      const auto answer = FollowSegments(c.context(), query);
      ASSERT_TRUE(answer.ok()) << answer.status();
      const FollowAnswer truth = BruteForceFollow(c.live, c.params, query);
      for (size_t i = 0; i < query.stretches.size(); ++i) {
        ASSERT_NO_FATAL_FAILURE(ExpectFollowers(answer->stretches[i], truth.stretches[i],
                                                query.stretches[i], c, query));
        followers += truth.stretches[i].trajectories;
      }
    }
  }
  EXPECT_GT(followers, 100u);
}

bool SameOccurrence(const MotifOccurrence& a, const MotifOccurrence& b) {
  return a.id == b.id && a.object == b.object && a.from == b.from && a.to == b.to &&
         a.from_at == b.from_at && a.to_at == b.to_at && a.distance_m == b.distance_m &&
         a.direction == b.direction;
}

TEST(Follow, WhatPartsSayMergedIsWhatOneSaysThatHasAll) {
  const TempDir dir;
  for (uint64_t seed = kFollowSeed; seed < kFollowSeed + 15; ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    Rng rng(seed);
    RandomCollection c = testing::MakeCollection(
        rng, {.min_trajectories = 5, .max_trajectories = 60, .max_fixes = 24, .routes = 5}, dir);
    FollowQuery query = RandomFollow(rng, c);
    query.filter.homes = HomeSet::All();
    const auto whole = FollowSegments(c.context(), query);
    ASSERT_TRUE(whole.ok());
    std::vector<FollowAnswer> parts;
    for (const HomeRange& range : testing::CutHomes(rng, c, 4)) {
      query.filter.homes = HomeSet{range};
      parts.push_back(*FollowSegments(c.context(), query));
    }
    const FollowAnswer merged = MergeFollowers(std::move(parts), query.occurrences);
    for (size_t i = 0; i < query.stretches.size(); ++i) {
      const Followers &a = merged.stretches[i], &b = whole->stretches[i];
      EXPECT_EQ(a.trajectories, b.trajectories);
      EXPECT_EQ(a.owners, b.owners);
      ASSERT_EQ(a.occurrences.size(), b.occurrences.size());
      for (size_t o = 0; o < a.occurrences.size(); ++o) {
        EXPECT_TRUE(SameOccurrence(a.occurrences[o], b.occurrences[o])) << o;
      }
    }
  }
}

TEST(Follow, WhoDrivesTheLoopThreeTimesIsListedThreeTimesAndCountedOnce) {
  Rng rng(kFollowSeed);
  RandomCollection c{.params = IndexParams(), .live = {}, .versions = {}, .segments = {}};
  std::vector<Fix> loop;
  for (int i = 0; i < 120; ++i) {
    const double turn = i * 2 * 3.14159265 / 40;
    loop.push_back(FixFromDegrees(51.5 + .004 * std::sin(turn), -.1 + .006 * std::cos(turn),
                                  1'700'000'000'000 + i * 10'000));
  }
  Trajectory t{.id = TrajectoryId("loops"), .object = "bus", .tags = {}, .fixes = loop};
  c.geometry["loops"] = std::make_shared<Geometry>(Geometry{loop});
  c.segments.push_back({.segment = testing::BuildSegment({testing::Prepare(t, c.params, 1)})});
  FollowQuery query;
  query.stretches = {std::vector<Fix>(loop.begin() + 5, loop.begin() + 25)};
  query.max_distance_m = 50;
  const auto answer = FollowSegments(c.context(), query);
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->stretches[0].trajectories, 1u);
  ASSERT_EQ(answer->stretches[0].occurrences.size(), 3u);
  std::set<uint32_t> begins;
  for (const MotifOccurrence& o : answer->stretches[0].occurrences) begins.insert(o.from);
  EXPECT_EQ(begins, (std::set<uint32_t>{5, 45, 85}));
}

TEST(Follow, EndsWhenTheTimeIsOver) {
  const TempDir dir;
  Rng rng(kFollowSeed);
  RandomCollection c = testing::MakeCollection(rng, testing::kSmall, dir);
  Patience late;
  late.deadline = std::chrono::steady_clock::now() - std::chrono::seconds(1);
  SearchContext context = c.context();
  context.patience = &late;
  FollowQuery query;
  query.stretches = {testing::GridWalk(rng, 10)};
  query.max_distance_m = 100;
  EXPECT_EQ(FollowSegments(context, query).status().code(), absl::StatusCode::kDeadlineExceeded);
}

}  // namespace
}  // namespace spoor
