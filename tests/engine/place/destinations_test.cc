#include "engine/place/destinations.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <random>
#include <set>

#include "geo/overlay.h"

namespace spoor {
namespace {

PlaneRing DiscAt(double x_m, double y_m, double radius_m) {
  PlaneRing out;
  for (int i = 0; i < 32; ++i) {
    const double turn = i * std::numbers::pi / 16;
    out.push_back({x_m + radius_m * std::cos(turn), y_m + radius_m * std::sin(turn), 0});
  }
  return out;
}

std::vector<PlaneRing> DrawDiscs(uint64_t seed, size_t count) {
  std::mt19937_64 rng(seed);
  std::uniform_real_distribution<double> place(0, 400), radius(5, 40);
  std::vector<PlaneRing> out;
  for (size_t i = 0; i < count; ++i) out.push_back(DiscAt(place(rng), place(rng), radius(rng)));
  return out;
}

using StaySets = std::set<std::vector<uint32_t>>;
StaySets SetsOf(const std::vector<Destination>& destinations) {
  StaySets out;
  for (const Destination& d : destinations) out.insert(d.stays);
  return out;
}

// The definition: every pair is asked at every step, and GEOS says what both have in common.
StaySets MergedSlowly(const std::vector<PlaneRing>& regions, const DestinationRules& rules) {
  const Overlay overlay;
  std::vector<Destination> all;
  for (uint32_t i = 0; i < regions.size(); ++i) {
    all.push_back({.stays = {i}, .area = {{.rings = {regions[i]}}}});
  }
  for (;;) {
    double best = -1;
    std::pair<size_t, size_t> pair;
    for (size_t a = 0; a < all.size(); ++a) {
      for (size_t b = a + 1; b < all.size(); ++b) {
        const double of_a = AreaM2(all[a].area), of_b = AreaM2(all[b].area);
        const double shared = *overlay.SharedM2(all[a].area, all[b].area);
        if (shared <= 1e-6) continue;
        const double similarity = shared / (of_a + of_b - shared);
        const bool contained = rules.containment &&
                               shared >= *rules.containment * std::min(of_a, of_b) &&
                               std::max(of_a, of_b) <= 4 * std::min(of_a, of_b);
        if (similarity < rules.similarity && !contained) continue;
        if (similarity > best) best = similarity, pair = {a, b};
      }
    }
    if (best < 0) return SetsOf(all);
    Destination &to = all[pair.first], &from = all[pair.second];
    const PlaneArea* const both[] = {&to.area, &from.area};
    to.area = *overlay.Union(both);
    to.stays.insert(to.stays.end(), from.stays.begin(), from.stays.end());
    std::sort(to.stays.begin(), to.stays.end());
    all.erase(all.begin() + static_cast<ptrdiff_t>(pair.second));
  }
}

TEST(Destinations, AreThoseOfTheDefinition) {
  for (uint64_t seed = 1; seed <= 6; ++seed) {
    const auto regions = DrawDiscs(seed, 40);
    for (const double similarity : {0.0, 0.05, 0.3, 0.8}) {
      for (const std::optional<double> containment :
           {std::optional<double>(), std::optional<double>(0.5)}) {
        const DestinationRules rules{.similarity = similarity, .containment = containment};
        const auto merged = MergeRegions(regions, rules, {});
        ASSERT_TRUE(merged.ok()) << merged.status();
        EXPECT_EQ(SetsOf(*merged), MergedSlowly(regions, rules))
            << "seed " << seed << ", similarity " << similarity;
      }
    }
  }
}

TEST(Destinations, OfAllThatOverlapHaveNoPlaceInCommon) {
  const auto regions = DrawDiscs(7, 60);
  const auto merged = MergeRegions(regions, {}, {});
  ASSERT_TRUE(merged.ok());
  EXPECT_LT(merged->size(), regions.size());
  const Overlay overlay;
  for (size_t a = 0; a < merged->size(); ++a) {
    for (size_t b = a + 1; b < merged->size(); ++b) {
      EXPECT_LT(*overlay.SharedM2((*merged)[a].area, (*merged)[b].area), 1e-3);
    }
  }
}

TEST(Destinations, DoNotHangOnTheOrderOfStays) {
  const auto regions = DrawDiscs(8, 50);
  std::vector<uint32_t> order(regions.size());
  for (uint32_t i = 0; i < order.size(); ++i) order[i] = i;
  std::shuffle(order.begin(), order.end(), std::mt19937_64(1));
  std::vector<PlaneRing> shuffled;
  for (const uint32_t i : order) shuffled.push_back(regions[i]);
  for (const double similarity : {0.0, 0.2}) {
    const DestinationRules rules{.similarity = similarity};
    const auto a = MergeRegions(regions, rules, {}), b = MergeRegions(shuffled, rules, {});
    ASSERT_TRUE(a.ok() && b.ok());
    StaySets renamed;
    for (std::vector<uint32_t> stays : SetsOf(*b)) {
      for (uint32_t& s : stays) s = order[s];
      std::sort(stays.begin(), stays.end());
      renamed.insert(stays);
    }
    EXPECT_EQ(SetsOf(*a), renamed);
  }
}

TEST(Destinations, OfSimilarityOneAreTheStays) {
  std::vector<PlaneRing> regions = DrawDiscs(9, 30);
  regions.push_back(regions[0]);
  const auto merged = MergeRegions(regions, {.similarity = 1}, {});
  ASSERT_TRUE(merged.ok());
  EXPECT_EQ(merged->size(), regions.size());
}

TEST(Destinations, InTheOrderOfThePaperTakeTheMostSimilarOfEachInTurn) {
  // The first meets both others, and the third more: it takes that one first.
  const std::vector<PlaneRing> regions = {DiscAt(0, 0, 10), DiscAt(15, 0, 10), DiscAt(-8, 0, 10)};
  const auto merged = MergeRegions(
      regions, {.similarity = .3, .order = DestinationRules::Order::kPaper, .containment = {}}, {});
  ASSERT_TRUE(merged.ok());
  EXPECT_EQ(SetsOf(*merged), (StaySets{{0, 2}, {1}}));
}

TEST(Destinations, OfTooFewVisitsAreDropped) {
  const std::vector<PlaneRing> regions = {DiscAt(0, 0, 10), DiscAt(5, 0, 10), DiscAt(100, 0, 10)};
  const auto merged = MergeRegions(regions, {.min_visits = 2}, {});
  ASSERT_TRUE(merged.ok());
  EXPECT_EQ(SetsOf(*merged), (StaySets{{0, 1}}));
}

TEST(Destinations, ASmallStayInsideAPlaceIsOneWithItByContainment) {
  const std::vector<PlaneRing> regions = {DiscAt(0, 0, 20), DiscAt(5, 0, 11), DiscAt(0, 5, 3)};
  const auto merged = MergeRegions(regions, {.similarity = .9}, {});
  ASSERT_TRUE(merged.ok());
  // The last is smaller than a quarter of it.
  EXPECT_EQ(SetsOf(*merged), (StaySets{{0, 1}, {2}}));
}

}  // namespace
}  // namespace spoor
