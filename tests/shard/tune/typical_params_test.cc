#include "shard/tune/typical_params.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "geo/cell.h"

namespace spoor {
namespace {

// Trips of 20 fixes northwards, so many metres and seconds apart.
std::vector<Trajectory> Feed(double step_m, double step_s, double lat_deg = 37.8) {
  std::vector<Trajectory> feed(9);
  for (size_t i = 0; i < feed.size(); ++i) {
    feed[i].id = TrajectoryId(std::to_string(i));
    for (int f = 0; f < 20; ++f) {
      const int64_t time_ms = step_s > 0 ? static_cast<int64_t>(f * step_s * 1000) : kNoTime;
      feed[i].fixes.push_back(FixFromDegrees(lat_deg + f * step_m / 111'195, -122.4, time_ms));
    }
  }
  return feed;
}

TEST(TypicalParams, OfNothingAreTheDefaults) {
  EXPECT_EQ(TypicalParams({}), IndexParams());
  Trajectory one;
  one.fixes = {{0, 0, 0}};
  EXPECT_EQ(TypicalParams({&one, 1}), IndexParams());
}

TEST(TypicalParams, OfADenseFeedAreTheDefaults) {
  EXPECT_EQ(TypicalParams(Feed(8, 1)), IndexParams());
  EXPECT_EQ(TypicalParams(Feed(25, 3)), IndexParams());
}

TEST(TypicalParams, OfAFixAMinuteAreCellsOf800Metres) {
  const IndexParams params = TypicalParams(Feed(351, 60));
  EXPECT_EQ(params.depth, 30);
  EXPECT_EQ(params.smoothing_s, 0);
  EXPECT_EQ(params.smoothing_m, 0);
  EXPECT_GE(params.max_gap_s, 600);
}

TEST(TypicalParams, CellsGrowWithTheSpacingAndStayValid) {
  int depth = kMaxDepth;
  for (double step_m = 1; step_m < 1e6; step_m *= 2) {
    const IndexParams params = TypicalParams(Feed(step_m, 10, -70));
    EXPECT_TRUE(Validate(params).ok()) << step_m;
    EXPECT_LE(params.depth, depth) << step_m;
    depth = params.depth;
  }
  EXPECT_LT(depth, 20);
}

TEST(TypicalParams, TheUsualStepIsNeverAGap) {
  for (const double step_s : {1.0, 120.0, 3'600.0, 86'400.0}) {
    const IndexParams params = TypicalParams(Feed(30'000, step_s));
    EXPECT_GT(params.max_gap_s, 5 * step_s);
    EXPECT_GT(params.max_gap_m, 5 * 30'000);
  }
}

TEST(TypicalParams, WithoutTimesTheWayDecides) {
  EXPECT_EQ(TypicalParams(Feed(20, 0)).smoothing_m, IndexParams().smoothing_m);
  EXPECT_EQ(TypicalParams(Feed(400, 0)).smoothing_m, 0);
}

TEST(TypicalParams, OfOneOrTwoTripsNothingIsConcluded) {
  const std::vector<Trajectory> feed = Feed(50'000, 3'600);
  for (const size_t n : {size_t{1}, size_t{2}}) {
    EXPECT_EQ(TypicalParams(absl::MakeConstSpan(feed).first(n)), IndexParams());
  }
  EXPECT_LT(TypicalParams(absl::MakeConstSpan(feed).first(3)).depth, 20);
}

TEST(TypicalParams, OneStrangeTripDoesNotDecide) {
  std::vector<Trajectory> feed = Feed(8, 1);
  feed[0] = Feed(50'000, 3'600)[0];
  EXPECT_EQ(TypicalParams(feed), IndexParams());
}

}  // namespace
}  // namespace spoor
