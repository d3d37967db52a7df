#include "geo/clean.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
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

TEST(Clean, KeepsBothSidesOfAJumpThatStays) {
  const auto text = "0:0@0, 0:0.001@1000, 3:3@2000, 3:3.001@3000, 3:3.002@4000";
  EXPECT_EQ(CleanText(text).fixes, Fixes(text));
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
