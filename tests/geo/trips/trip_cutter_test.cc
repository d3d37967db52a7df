#include "geo/trips/trip_cutter.h"

#include <gtest/gtest.h>

#include <random>

#include "absl/strings/str_cat.h"
#include "geo/local_plane.h"

namespace spoor {
namespace {

using Trips = std::vector<std::vector<Fix>>;

constexpr int64_t kMinuteMs = 60'000;

// A fix so many metres along a meridian.
Fix At(double minute, double metres) {
  return FixFromDegrees(metres / 111'195, 8.5, static_cast<int64_t>(minute * kMinuteMs));
}

struct Cut {
  Trips trips;
  TripCounts counts;
};

Cut CutAll(const std::vector<Fix>& fixes, const TripRules& rules = {}) {
  Cut cut;
  TripCutter cutter(rules, [&cut](std::vector<Fix> trip) { cut.trips.push_back(std::move(trip)); });
  for (const Fix& fix : fixes) cutter.Add(fix);
  cutter.End();
  cut.counts = cutter.counts();
  return cut;
}

uint64_t Sum(const TripCounts& c) {
  return c.fixes + c.resting + c.too_short + c.same_time + c.out_of_order;
}

// From minute to minute at 600 m a minute, one fix each.
void Drive(std::vector<Fix>& fixes, double from, double to, double metres) {
  for (double m = from; m <= to; ++m) fixes.push_back(At(m, metres + 600 * (m - from)));
}
void Stand(std::vector<Fix>& fixes, double from, double to, double metres) {
  for (double m = from; m <= to; ++m) {
    fixes.push_back(At(m, metres + 8 * (static_cast<int>(m) % 3 - 1)));
  }
}

TEST(TripCutter, ASilenceEndsATrip) {
  std::vector<Fix> fixes;
  Drive(fixes, 0, 9, 0);
  Drive(fixes, 19, 29, 6000);    // ten minutes later: it goes on
  Drive(fixes, 39.1, 45, 9000);  // and a little more
  const Cut cut = CutAll(fixes);
  ASSERT_EQ(cut.trips.size(), 2u);
  EXPECT_EQ(cut.trips[0].size(), 21u);
  EXPECT_EQ(cut.trips[1].front().time_ms, static_cast<int64_t>(39.1 * kMinuteMs));
  EXPECT_EQ(Sum(cut.counts), fixes.size());
}

TEST(TripCutter, AnArrivalEndsATripAndTheLastFixAtRestBeginsTheNext) {
  std::vector<Fix> fixes;
  Drive(fixes, 0, 9, 0);
  Stand(fixes, 10, 30, 6000);
  Drive(fixes, 31, 40, 6600);
  const Cut cut = CutAll(fixes);
  ASSERT_EQ(cut.trips.size(), 2u);
  EXPECT_EQ(cut.trips[0].back().time_ms, 10 * kMinuteMs);
  EXPECT_EQ(cut.trips[1].front().time_ms, 30 * kMinuteMs);
  EXPECT_EQ(cut.trips[1].size(), 11u);
  EXPECT_EQ(cut.counts.resting, 19u);
  EXPECT_EQ(Sum(cut.counts), fixes.size());
}

TEST(TripCutter, AStopAtATrafficLightEndsNothing) {
  std::vector<Fix> fixes;
  Drive(fixes, 0, 9, 0);
  Stand(fixes, 10, 13, 6000);
  Drive(fixes, 14, 20, 6600);
  EXPECT_EQ(CutAll(fixes).trips.size(), 1u);
}

TEST(TripCutter, WhoNeverMovesMakesNoTrip) {
  std::vector<Fix> fixes;
  Stand(fixes, 0, 500, 0);
  const Cut cut = CutAll(fixes);
  EXPECT_TRUE(cut.trips.empty());
  EXPECT_EQ(cut.counts.resting, fixes.size());
}

TEST(TripCutter, WhatIsTooShortIsCountedAndNoTrip) {
  std::vector<Fix> fixes;
  Drive(fixes, 0, 3, 0);
  fixes.push_back(At(60, 0));
  Drive(fixes, 120, 129, 0);
  const Cut cut = CutAll(fixes, {.min_length_m = 2000});
  ASSERT_EQ(cut.trips.size(), 1u);
  EXPECT_EQ(cut.counts, (TripCounts{.trips = 1, .fixes = 10, .too_short = 5}));
}

TEST(TripCutter, FixesOfOneTimeAndEarlierOnesAreLeftOut) {
  const Cut cut = CutAll({At(0, 0), At(1, 600), At(1, 700), At(0.5, 300), At(2, 1200)});
  ASSERT_EQ(cut.trips.size(), 1u);
  EXPECT_EQ(cut.counts, (TripCounts{.trips = 1, .fixes = 3, .same_time = 1, .out_of_order = 1}));
}

TEST(TripCutter, ATripThatIsFullEnds) {
  std::vector<Fix> fixes;
  Drive(fixes, 0, 24, 0);
  const Cut cut = CutAll(fixes, {.max_fixes = 10});
  ASSERT_EQ(cut.trips.size(), 3u);
  EXPECT_EQ(cut.trips[2].size(), 5u);
}

// Somebody who drives, stands, is silent and repeats fixes, as chance has it.
std::vector<Fix> RandomDay(std::mt19937_64& rng) {
  std::vector<Fix> fixes;
  double minute = 0, metres = 0;
  for (int leg = 0; leg < 30; ++leg) {
    const double length = 1 + static_cast<double>(rng() % 20), speed = rng() % 3 == 0 ? 0 : 500;
    const double every = 0.1 + static_cast<double>(rng() % 20) / 10;
    for (double m = 0; m < length; m += every) {
      fixes.push_back(At(minute + m, metres + speed * m + static_cast<double>(rng() % 30)));
      if (rng() % 40 == 0) fixes.push_back(fixes[fixes.size() / 2]);
    }
    metres += speed * length;
    minute += length + (rng() % 5 == 0 ? static_cast<double>(rng() % 30) : every);
  }
  return fixes;
}

TEST(TripCutter, LosesNoFixAndKeepsTheRulesWhateverComes) {
  for (uint64_t seed = 0; seed < 300; ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    std::mt19937_64 rng(seed);
    const std::vector<Fix> fixes = RandomDay(rng);
    const TripRules rules{.max_gap_ms = static_cast<int64_t>(1 + rng() % 15) * kMinuteMs,
                          .dwell_m = 30 + static_cast<double>(rng() % 200),
                          .dwell_ms = static_cast<int64_t>(rng() % 10) * kMinuteMs,
                          .min_length_m = static_cast<double>(rng() % 500),
                          .min_fixes = static_cast<uint32_t>(1 + rng() % 4),
                          .max_fixes = static_cast<uint32_t>(20 + rng() % 1000)};
    const Cut cut = CutAll(fixes, rules);
    ASSERT_EQ(Sum(cut.counts), fixes.size());
    ASSERT_EQ(cut.counts.trips, cut.trips.size());
    int64_t last_ms = kNoTime;
    for (const std::vector<Fix>& trip : cut.trips) {
      ASSERT_GE(trip.size(), rules.min_fixes);
      ASSERT_LE(trip.size(), rules.max_fixes);
      for (const Fix& fix : trip) {
        ASSERT_GT(fix.time_ms, last_ms);
        last_ms = fix.time_ms;
      }
      for (size_t i = 1; i < trip.size(); ++i) {
        ASSERT_LE(trip[i].time_ms - trip[i - 1].time_ms, rules.max_gap_ms);
      }
      if (rules.dwell_ms == 0) continue;
      for (size_t i = 0; i + 1 < trip.size(); ++i) {  // nobody stays twice as long as allowed
        size_t j = i;
        while (j + 1 < trip.size() && HaversineM(trip[i], trip[j + 1]) <= rules.dwell_m / 2) ++j;
        ASSERT_LT(trip[j].time_ms - trip[i].time_ms, 2 * rules.dwell_ms + rules.max_gap_ms);
      }
    }
  }
}

// A trip is given out no later than by the fix that ends it, and is the same whatever follows.
TEST(TripCutter, CutsAStreamAsTheWhole) {
  std::mt19937_64 rng(7);
  const std::vector<Fix> fixes = RandomDay(rng);
  const Trips whole = CutAll(fixes).trips;
  for (size_t n = 0; n < fixes.size(); n += 7) {
    Trips so_far;
    TripCutter cutter({}, [&](std::vector<Fix> trip) { so_far.push_back(std::move(trip)); });
    for (size_t i = 0; i < n; ++i) cutter.Add(fixes[i]);
    ASSERT_LE(so_far.size(), whole.size());
    ASSERT_TRUE(std::equal(so_far.begin(), so_far.end(), whole.begin()));
  }
}

}  // namespace
}  // namespace spoor
