#include "geo/trips/clean.h"

#include <gtest/gtest.h>

#include <random>

#include "absl/strings/str_cat.h"
#include "geo/local_plane.h"
#include "tests/geo/worlds.h"

namespace spoor {
namespace {

using testing::Fixes;

// 0.001 degrees are 111 m; with a fix a second, 200 m/s lies between one such step and two.
constexpr double kMaxMps = 200;

struct Cleaned {
  std::vector<Fix> fixes;
  CleanCounts counts;
};

Cleaned CleanText(absl::string_view text, double max_speed_mps = kMaxMps) {
  Cleaned out{.fixes = Fixes(text), .counts = {}};
  out.counts = Clean(out.fixes, max_speed_mps);
  return out;
}

TEST(Clean, LeavesAGoodLineAlone) {
  const auto text = "0:0@0, 0:0.001@1000, 0:0.002@2000, 0:0.003@3000";
  const Cleaned c = CleanText(text);
  EXPECT_EQ(c.fixes, Fixes(text));
  EXPECT_EQ(c.counts.dropped_speed + c.counts.sorted + c.counts.merged, 0u);
}

TEST(Clean, SortsByTimeAndCountsLateFixes) {
  const Cleaned c = CleanText("0:0@0, 0:0.003@3000, 0:0.001@1000, 0:0.002@2000, 0:0.004@4000");
  EXPECT_EQ(c.fixes, Fixes("0:0@0, 0:0.001@1000, 0:0.002@2000, 0:0.003@3000, 0:0.004@4000"));
  EXPECT_EQ(c.counts.sorted, 2u);
  EXPECT_EQ(c.counts.dropped_speed, 0u);
}

TEST(Clean, MergesFixesOfOneTimeIntoTheFirst) {
  const Cleaned c = CleanText("0:0@0, 0:0@0, 0:0.001@1000, 5:5@1000, 0:0.002@2000");
  EXPECT_EQ(c.fixes, Fixes("0:0@0, 0:0.001@1000, 0:0.002@2000"));
  EXPECT_EQ(c.counts.merged, 2u);
}

TEST(Clean, KeepsTheOrderOfEqualTimesWhenItSorts) {
  const Cleaned c = CleanText("0:0.001@1000, 0:0@0, 7:7@0");
  EXPECT_EQ(c.fixes, Fixes("0:0@0, 0:0.001@1000"));
  EXPECT_EQ(c.counts.merged, 1u);
}

TEST(Clean, DropsASpike) {
  const Cleaned c = CleanText("0:0@0, 0:0.001@1000, 3:3@2000, 0:0.003@3000, 0:0.004@4000");
  EXPECT_EQ(c.fixes, Fixes("0:0@0, 0:0.001@1000, 0:0.003@3000, 0:0.004@4000"));
  EXPECT_EQ(c.counts.dropped_speed, 1u);
}

TEST(Clean, DropsEverySecondSpikeWithoutTheGoodFixBetweenThem) {
  const Cleaned c = CleanText(
      "0:0@0, 0:0.001@1000, 3:3@2000, 0:0.003@3000, 3:3@4000, "
      "0:0.005@5000, 0:0.006@6000");
  EXPECT_EQ(c.fixes, Fixes("0:0@0, 0:0.001@1000, 0:0.003@3000, 0:0.005@5000, 0:0.006@6000"));
  EXPECT_EQ(c.counts.dropped_speed, 2u);
}

TEST(Clean, KeepsTheLongerSideOfAJump) {
  const Cleaned c = CleanText("0:0@0, 0:0.001@1000, 3:3@2000, 3:3.001@3000, 3:3.002@4000");
  EXPECT_EQ(c.fixes, Fixes("3:3@2000, 3:3.001@3000, 3:3.002@4000"));
  EXPECT_EQ(c.counts.dropped_speed, 2u);
}

TEST(Clean, DropsWhatAReceiverSaidBeforeItsFirstFix) {
  EXPECT_EQ(CleanText("0:0@0, 0:0@1000, 47:8@10000, 47:8.0001@20000").fixes,
            Fixes("47:8@10000, 47:8.0001@20000"));
}

TEST(Clean, ARunGoesOnBehindManySpikesAndAtTheEndOfThem) {
  const Cleaned c = CleanText(
      "0:0@0, 0:0.001@1000, 0:0.002@2000, 3:3@3000, 4:4@4000, 5:5@5000, 5:5.0001@6000, "
      "0:0.003@7000, 0:0.004@8000, 9:9@9000, 9:9@10000");
  EXPECT_EQ(c.fixes, Fixes("0:0@0, 0:0.001@1000, 0:0.002@2000, 0:0.003@7000, 0:0.004@8000"));
}

TEST(Clean, LeavesNoStepThatIsTooFastBehind) {
  std::mt19937_64 rng(8);
  for (int round = 0; round < 200; ++round) {
    std::vector<Fix> fixes;
    for (int i = 0; i < 60; ++i) {
      const auto at = static_cast<int32_t>(rng() % 4 * 30'000'000 + rng() % 10'000);
      fixes.push_back({.lat_e7 = at, .lon_e7 = at, .time_ms = 1000 * i});
    }
    const size_t before = fixes.size();
    const CleanCounts counts = Clean(fixes, kMaxMps);
    EXPECT_EQ(fixes.size() + counts.dropped_speed, before);
    EXPECT_GE(fixes.size(), 2u);
    for (size_t i = 1; i < fixes.size(); ++i) {
      const double seconds = static_cast<double>(fixes[i].time_ms - fixes[i - 1].time_ms) / 1000;
      EXPECT_LE(HaversineM(fixes[i - 1], fixes[i]), kMaxMps * seconds) << "round " << round;
    }
  }
}

TEST(Clean, DropsABadEndWhenTheNextStepIsSlow) {
  EXPECT_EQ(CleanText("3:3@0, 0:0.001@1000, 0:0.002@2000").fixes,
            Fixes("0:0.001@1000, 0:0.002@2000"));
  EXPECT_EQ(CleanText("0:0@0, 0:0.001@1000, 3:3@2000").fixes, Fixes("0:0@0, 0:0.001@1000"));
}

TEST(Clean, TwoFixesFarApartBothStay) { EXPECT_EQ(CleanText("0:0@0, 3:3@1000").fixes.size(), 2u); }

TEST(Clean, CrossesTheAntimeridianWithoutASpike) {
  const auto text = "0:179.9995@0, 0:-179.9995@1000, 0:-179.9985@2000";
  EXPECT_EQ(CleanText(text).fixes, Fixes(text));
}

TEST(Clean, WithoutTimesMergesOnlyEqualNeighbours) {
  const Cleaned c = CleanText("0:0, 0:0, 3:3, 0:0, 0:0, 0:0");
  EXPECT_EQ(c.fixes, Fixes("0:0, 3:3, 0:0"));
  EXPECT_EQ(c.counts.merged, 3u);
  EXPECT_EQ(c.counts.dropped_speed, 0u);
}

TEST(Clean, AllFixesEqualBecomeOne) {
  EXPECT_EQ(CleanText("1:1, 1:1, 1:1").fixes, Fixes("1:1"));
  EXPECT_EQ(CleanText("1:1@5, 1:1@5").fixes, Fixes("1:1@5"));
}

TEST(Clean, OfNothingIsNothing) {
  std::vector<Fix> none;
  EXPECT_EQ(Clean(none, kMaxMps).merged, 0u);
  EXPECT_TRUE(none.empty());
}

TEST(Clean, TakesTheMostExtremeTimes) {
  std::vector<Fix> fixes = {{0, 0, kNoTime + 1}, {0, 10, 0}, {0, 20, INT64_MAX}};
  EXPECT_EQ(Clean(fixes, kMaxMps).dropped_speed, 0u);
  EXPECT_EQ(fixes.size(), 3u);
}

}  // namespace
}  // namespace spoor
