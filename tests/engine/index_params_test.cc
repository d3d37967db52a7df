#include "engine/fingerprint/index_params.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

#include "geo/cell.h"

namespace spoor {
namespace {

TEST(IndexParams, ThePublishedOnesAreValid) {
  EXPECT_TRUE(Validate(IndexParams()).ok());
  EXPECT_TRUE(Validate(PaperParams()).ok());
  EXPECT_TRUE(Validate(CellParams()).ok());
}

TEST(IndexParams, DefaultsDoNotDrift) {
  const IndexParams p;
  EXPECT_EQ(p.depth, 35);
  EXPECT_EQ(p.k, 2);
  EXPECT_EQ(p.t, 2);
  EXPECT_EQ(p.smoothing_s, 31);
  EXPECT_EQ(p.grids, 2);
  const IndexParams paper = PaperParams();
  EXPECT_EQ(paper.depth, 36);
  EXPECT_EQ(paper.k, 6);
  EXPECT_EQ(paper.t, 12);
  EXPECT_EQ(paper.prefix, Prefix::kCentroid);
}

TEST(IndexParams, AWrongValueIsNamedWithWhatIsAllowed) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double inf = std::numeric_limits<double>::infinity();
  const auto with = [](auto member, auto value) {
    IndexParams p;
    p.*member = value;
    return p;
  };
  struct {
    IndexParams params;
    std::string field, allowed;
  } const kCases[] = {
      {with(&IndexParams::depth, 1), "depth", "2 ... 60"},
      {with(&IndexParams::depth, 61), "depth", "2 ... 60"},
      {with(&IndexParams::k, 0), "k", "1 ... 16"},
      {with(&IndexParams::k, 17), "k", "1 ... 16"},
      {with(&IndexParams::t, 1), "t", "2 ... 64"},
      {with(&IndexParams::t, 65), "t", "2 ... 64"},
      {with(&IndexParams::grids, 0), "grids", "1 ... 2"},
      {with(&IndexParams::grids, 3), "grids", "1 ... 2"},
      {with(&IndexParams::smoothing_s, -1.0), "smoothing_s", "0 ... 3600"},
      {with(&IndexParams::smoothing_s, nan), "smoothing_s", "0 ... 3600"},
      {with(&IndexParams::smoothing_m, 1e9), "smoothing_m", "0 ... 100000"},
      {with(&IndexParams::max_gap_s, 0.0), "max_gap_s", "0.001 ... 1e+09"},
      {with(&IndexParams::max_gap_s, inf), "max_gap_s", "0.001 ... 1e+09"},
      {with(&IndexParams::max_gap_m, 0.5), "max_gap_m", "1 ... 1e+06"},
      {with(&IndexParams::max_speed_mps, -1.0), "max_speed_mps", "0 ... 1e+09"},
      {with(&IndexParams::max_speed_mps, nan), "max_speed_mps", "0 ... 1e+09"},
      {with(&IndexParams::scheme, static_cast<Scheme>(9)), "scheme", "v2, paper, cells"},
      {with(&IndexParams::prefix, static_cast<Prefix>(9)), "prefix", "centroid, cover"},
  };
  for (const auto& c : kCases) {
    const absl::Status status = Validate(c.params);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << c.field;
    const std::string message(status.message());
    EXPECT_EQ(message.substr(0, message.find(' ')), c.field) << message;
    EXPECT_NE(message.find("allowed is " + c.allowed), std::string::npos) << message;
  }
}

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

TEST(AutoParams, OfNothingAreTheDefaults) {
  EXPECT_EQ(AutoParams({}), IndexParams());
  Trajectory one;
  one.fixes = {{0, 0, 0}};
  EXPECT_EQ(AutoParams({&one, 1}), IndexParams());
}

TEST(AutoParams, OfADenseFeedAreTheDefaults) {
  EXPECT_EQ(AutoParams(Feed(8, 1)), IndexParams());
  EXPECT_EQ(AutoParams(Feed(25, 3)), IndexParams());
}

TEST(AutoParams, OfAFixAMinuteAreCellsOf800Metres) {
  const IndexParams params = AutoParams(Feed(351, 60));
  EXPECT_EQ(params.depth, 30);
  EXPECT_EQ(params.smoothing_s, 0);
  EXPECT_EQ(params.smoothing_m, 0);
  EXPECT_GE(params.max_gap_s, 600);
}

TEST(AutoParams, CellsGrowWithTheSpacingAndStayValid) {
  int depth = kMaxDepth;
  for (double step_m = 1; step_m < 1e6; step_m *= 2) {
    const IndexParams params = AutoParams(Feed(step_m, 10, -70));
    EXPECT_TRUE(Validate(params).ok()) << step_m;
    EXPECT_LE(params.depth, depth) << step_m;
    depth = params.depth;
  }
  EXPECT_LT(depth, 20);
}

TEST(AutoParams, TheUsualStepIsNeverAGap) {
  for (const double step_s : {1.0, 120.0, 3'600.0, 86'400.0}) {
    const IndexParams params = AutoParams(Feed(30'000, step_s));
    EXPECT_GT(params.max_gap_s, 5 * step_s);
    EXPECT_GT(params.max_gap_m, 5 * 30'000);
  }
}

TEST(AutoParams, WithoutTimesTheWayDecides) {
  EXPECT_EQ(AutoParams(Feed(20, 0)).smoothing_m, IndexParams().smoothing_m);
  EXPECT_EQ(AutoParams(Feed(400, 0)).smoothing_m, 0);
}

TEST(AutoParams, OfOneOrTwoTripsNothingIsConcluded) {
  const std::vector<Trajectory> feed = Feed(50'000, 3'600);
  for (const size_t n : {size_t{1}, size_t{2}}) {
    EXPECT_EQ(AutoParams(absl::MakeConstSpan(feed).first(n)), IndexParams());
  }
  EXPECT_LT(AutoParams(absl::MakeConstSpan(feed).first(3)).depth, 20);
}

TEST(AutoParams, OneStrangeTripDoesNotDecide) {
  std::vector<Trajectory> feed = Feed(8, 1);
  feed[0] = Feed(50'000, 3'600)[0];
  EXPECT_EQ(AutoParams(feed), IndexParams());
}

TEST(IndexParams, SchemesHaveNames) {
  for (const Scheme scheme : {Scheme::kV2, Scheme::kPaper, Scheme::kCells}) {
    Scheme found{};
    EXPECT_TRUE(SchemeFromName(SchemeName(scheme), &found));
    EXPECT_EQ(found, scheme);
  }
  Scheme untouched = Scheme::kCells;
  EXPECT_FALSE(SchemeFromName("V2", &untouched));
  EXPECT_FALSE(SchemeFromName("", &untouched));
  EXPECT_EQ(untouched, Scheme::kCells);
}

}  // namespace
}  // namespace spoor
