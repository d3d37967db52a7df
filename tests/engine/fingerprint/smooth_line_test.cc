#include "engine/fingerprint/smooth_line.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

namespace spoor {
namespace {

constexpr int kSmoothLineRounds = 100;

IndexParams Still() {
  IndexParams params;
  params.smoothing_s = params.smoothing_m = 0;
  return params;
}

SmoothLine LineOf(const std::vector<Fix>& fixes, const IndexParams& params) {
  SmoothLine line;
  MakeSmoothLine(fixes, params, line);
  return line;
}

// One fix a second eastwards along a parallel, step_e7 a second.
std::vector<Fix> Eastwards(int n, int32_t step_e7 = 1000, int32_t lat_e7 = 515'000'000) {
  std::vector<Fix> fixes;
  for (int i = 0; i < n; ++i) fixes.push_back({lat_e7, -1'000'000 + i * step_e7, i * 1000});
  return fixes;
}

std::vector<Fix> Backwards(std::vector<Fix> fixes) {
  std::reverse(fixes.begin(), fixes.end());
  for (Fix& f : fixes) {
    if (f.has_time()) f.time_ms = -f.time_ms;
  }
  return fixes;
}

std::vector<Fix> Wander(unsigned seed, bool timed) {
  std::mt19937 random(seed);
  std::vector<Fix> fixes;
  Fix at{.lat_e7 = static_cast<int32_t>(random() % 1'600'000'000) - 800'000'000,
         .lon_e7 = 1'799'990'000,
         .time_ms = timed ? 0 : kNoTime};
  for (int i = 0; i < 300; ++i) {
    fixes.push_back(at);
    const int32_t reach = random() % 50 == 0 ? 30'000'000 : 3'000;
    at.lat_e7 += static_cast<int32_t>(random() % (2 * reach)) - reach;
    int64_t lon = int64_t{at.lon_e7} + static_cast<int32_t>(random() % (2 * reach)) - reach;
    if (lon > kMaxLonE7) lon -= 2 * int64_t{kMaxLonE7};
    at.lon_e7 = static_cast<int32_t>(lon);
    if (timed) at.time_ms += static_cast<int64_t>(random() % 4 == 0 ? 0 : random() % 9'000);
    if (timed && random() % 60 == 0) at.time_ms += 900'000;
  }
  return fixes;
}

TEST(SmoothLine, WithoutSmoothingEveryFixStaysWhereItIs) {
  const std::vector<Fix> fixes = Eastwards(20);
  const SmoothLine line = LineOf(fixes, Still());
  ASSERT_EQ(line.points.size(), fixes.size());
  for (size_t i = 0; i < fixes.size(); ++i) {
    EXPECT_EQ(line.points[i], ToWorld(fixes[i]));
    EXPECT_EQ(line.fixes[i], i);
  }
  EXPECT_EQ(line.ends, std::vector<uint32_t>{20});
}

TEST(SmoothLine, SteadyMotionIsNotMoved) {
  const std::vector<Fix> fixes = Eastwards(100);
  const SmoothLine line = LineOf(fixes, IndexParams());
  for (size_t i = 0; i < fixes.size(); ++i) {
    const WorldPoint raw = ToWorld(fixes[i]);
    EXPECT_EQ(line.points[i].y, raw.y);
    EXPECT_LE(std::abs(static_cast<int32_t>(line.points[i].x - raw.x)), 1) << i;
  }
}

TEST(SmoothLine, AWindowTakesTheFixesWithinHalfOfItOnBothSides) {
  std::vector<Fix> fixes = Eastwards(31, 0);
  fixes[15].lat_e7 += 11'000;
  IndexParams params;
  params.smoothing_s = 11;
  const SmoothLine line = LineOf(fixes, params);
  const uint32_t low = ToWorld(fixes[0]).y, high = ToWorld(fixes[15]).y;
  for (size_t i = 0; i < fixes.size(); ++i) {
    const bool near = i >= 10 && i <= 20;
    EXPECT_NEAR(line.points[i].y - low, near ? (high - low) / 11.0 : 0, 1) << i;
  }
}

TEST(SmoothLine, TheWindowShrinksTowardsTheEnds) {
  std::vector<Fix> fixes = Eastwards(31, 0);
  fixes[0].lat_e7 += 11'000;
  IndexParams params;
  params.smoothing_s = 11;
  const SmoothLine line = LineOf(fixes, params);
  EXPECT_EQ(line.points[0], ToWorld(fixes[0]));
  EXPECT_NEAR(line.points[1].y - ToWorld(fixes[1]).y,
              (ToWorld(fixes[0]).y - ToWorld(fixes[1]).y) / 3.0, 1);
}

TEST(SmoothLine, WithoutTimesTheWindowIsAlongTheWay) {
  std::vector<Fix> fixes = Eastwards(31, 1000);  // 6.9 m a step
  for (Fix& f : fixes) f.time_ms = kNoTime;
  fixes[15].lat_e7 += 100;
  IndexParams params;
  params.smoothing_m = 42;  // three steps on either side
  const SmoothLine line = LineOf(fixes, params);
  const double jump = ToWorld(fixes[15]).y - ToWorld(fixes[0]).y;
  EXPECT_EQ(line.points[11].y, ToWorld(fixes[0]).y);
  EXPECT_NEAR(line.points[12].y - ToWorld(fixes[0]).y, jump / 7, 1);
  EXPECT_NEAR(line.points[15].y - ToWorld(fixes[0]).y, jump / 7, 1);
}

TEST(SmoothLine, AnImpossibleFixIsPassedOver) {
  std::vector<Fix> fixes = Eastwards(10);
  fixes[4].lat_e7 += 10'000'000;  // 111 km in a second, and back
  EXPECT_EQ(LineOf(fixes, Still()).fixes, (std::vector<uint32_t>{0, 1, 2, 3, 5, 6, 7, 8, 9}));
  IndexParams any_speed = Still();
  any_speed.max_speed_mps = 0;
  EXPECT_EQ(LineOf(fixes, any_speed).fixes.size(), 10u);
}

TEST(SmoothLine, AnImpossibleEndIsPassedOverToo) {
  std::vector<Fix> fixes = Eastwards(10);
  fixes.front().lat_e7 = fixes.back().lat_e7 = 0;
  EXPECT_EQ(LineOf(fixes, Still()).fixes, (std::vector<uint32_t>{1, 2, 3, 4, 5, 6, 7, 8}));
}

TEST(SmoothLine, AFastStepBetweenGoodPartsIsAGapOnly) {
  std::vector<Fix> fixes = Eastwards(10);
  for (size_t i = 5; i < 10; ++i) fixes[i].lat_e7 += 10'000'000;
  const SmoothLine line = LineOf(fixes, Still());
  EXPECT_EQ(line.fixes.size(), 10u);
  EXPECT_EQ(line.ends, (std::vector<uint32_t>{5, 10}));
}

TEST(SmoothLine, GapsSplitInTimeAndInMetres) {
  std::vector<Fix> fixes = Eastwards(9);
  for (size_t i = 3; i < 9; ++i) fixes[i].time_ms += 600'000;
  IndexParams params = Still();
  params.max_gap_s = 600;  // the step lasts 601 s
  EXPECT_EQ(LineOf(fixes, params).ends, (std::vector<uint32_t>{3, 9}));
  params.max_gap_s = 601;
  EXPECT_EQ(LineOf(fixes, params).ends, std::vector<uint32_t>{9});
  params.max_gap_m = 6;  // every step is 6.9 m
  EXPECT_EQ(LineOf(fixes, params).ends.size(), 9u);
}

TEST(SmoothLine, SmoothingStopsAtAGap) {
  std::vector<Fix> fixes = Eastwards(12, 0);
  for (size_t i = 6; i < 12; ++i) {
    fixes[i].time_ms += 900'000;
    fixes[i].lat_e7 += 1'000'000;
  }
  const SmoothLine line = LineOf(fixes, IndexParams());
  for (size_t i = 0; i < fixes.size(); ++i) EXPECT_EQ(line.points[i], ToWorld(fixes[i])) << i;
}

TEST(SmoothLine, BackwardsIsTheSameBackwards) {
  for (unsigned seed = 0; seed < kSmoothLineRounds; ++seed) {
    for (const bool timed : {true, false}) {
      const std::vector<Fix> fixes = Wander(seed, timed);
      const auto last = static_cast<uint32_t>(fixes.size() - 1);
      SmoothLine there = LineOf(fixes, IndexParams());
      const SmoothLine back = LineOf(Backwards(fixes), IndexParams());
      std::reverse(there.points.begin(), there.points.end());
      std::reverse(there.fixes.begin(), there.fixes.end());
      for (uint32_t& f : there.fixes) f = last - f;
      EXPECT_EQ(back.points, there.points) << "seed " << seed << " timed " << timed;
      EXPECT_EQ(back.fixes, there.fixes) << "seed " << seed << " timed " << timed;
    }
  }
}

TEST(SmoothLine, ClocksAtTheEndsOfTimeDoNotOverflow) {
  const std::vector<Fix> fixes = {{0, 0, INT64_MIN + 1}, {0, 1000, 0}, {0, 2000, INT64_MAX}};
  IndexParams params;
  params.max_gap_s = 1e9;
  EXPECT_EQ(LineOf(fixes, params).ends, (std::vector<uint32_t>{1, 2, 3}));
}

}  // namespace
}  // namespace spoor
