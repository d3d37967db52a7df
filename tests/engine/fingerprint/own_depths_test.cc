#include "engine/fingerprint/own_depths.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <string>
#include <vector>

#include "engine/fingerprint/fingerprint.h"
#include "tests/engine/random_collection.h"

namespace spoor {
namespace {

using testing::RandomTrajectory;
using testing::Rng;

// Eastwards at a latitude, so many metres and seconds apart; without times where every_s is 0.
std::vector<Fix> Straight(double step_m, double every_s, int fixes, double lat_deg = 0) {
  std::vector<Fix> out;
  const double degrees = step_m / 111'195 / std::cos(lat_deg * M_PI / 180);
  for (int i = 0; i < fixes; ++i) {
    out.push_back(FixFromDegrees(lat_deg, -20 + degrees * i,
                                 every_s > 0 ? static_cast<int64_t>(1000 * every_s * i) : kNoTime));
  }
  return out;
}

OwnDepths DepthsOf(const std::vector<Fix>& fixes) { return OwnDepthsOf(fixes, AutoParams()); }

size_t SharedGeodabs(const std::vector<Geodab>& a, const std::vector<Geodab>& b) {
  std::vector<Geodab> both;
  std::ranges::set_intersection(a, b, std::back_inserter(both));
  return both.size();
}

double Fraction(Rng& rng) { return static_cast<double>(rng() >> 11) * 0x1p-53; }

// By the definition.
double Alike(const std::vector<Fix>& query, const std::vector<Fix>& trip) {
  const ComparedSets sets = CompareSets(query, trip, AutoParams(), Ends::kMarked);
  const size_t shared = SharedGeodabs(sets.query, sets.trajectory);
  if (shared == 0) return 0;
  return sets.weight * static_cast<double>(shared) /
         static_cast<double>(sets.query.size() + sets.trajectory.size() - shared);
}

TEST(OwnDepths, CellsAreOneAndAHalfStepsWide) {
  // Cells of depth 35 are 153 m wide at the equator, of 33 306 m, of 31 611 m, and so on.
  const struct {
    double step_m;
    int fine, asks;
  } kCases[] = {{1, 35, 35},     {200, 35, 35},    {210, 35, 31},    {400, 35, 31},
                {420, 31, 31},   {800, 31, 31},    {830, 31, 27},    {1'600, 31, 27},
                {1'700, 27, 27}, {30'000, 19, 19}, {400'000, 15, 11}};
  for (const auto& c : kCases) {
    const OwnDepths own = DepthsOf(Straight(c.step_m, 60, 30));
    EXPECT_EQ(own.fine, c.fine) << c.step_m;
    EXPECT_EQ(own.asks, c.asks) << c.step_m;
    EXPECT_EQ(own.coarse(), c.fine - kDepthStep);
  }
}

TEST(OwnDepths, NarrowWhereDegreesAre) {
  EXPECT_EQ(DepthsOf(Straight(300, 60, 30, 0)).fine, 35);
  EXPECT_EQ(DepthsOf(Straight(300, 60, 30, 60)).fine, 31);
  EXPECT_EQ(DepthsOf(Straight(0, 60, 30, 90)).fine, 35);
}

TEST(OwnDepths, OneFixAndNoWayAreFine) {
  EXPECT_EQ(DepthsOf(Straight(0, 60, 1)).fine, kFinestOwnDepth);
  EXPECT_EQ(DepthsOf(Straight(0, 60, 50)).asks, kFinestOwnDepth);
}

TEST(OwnDepths, FewOddStepsDoNotDecide) {
  std::vector<Fix> fixes = Straight(10, 1, 200);
  for (const size_t i : {50u, 51u, 120u}) fixes[i] = FixFromDegrees(50, 50, fixes[i].time_ms);
  EXPECT_EQ(DepthsOf(fixes).fine, kFinestOwnDepth);
}

TEST(OwnDepths, LongWaysHaveNoCellsWithoutEnd) {
  const std::vector<Fix> flight = Straight(250, 1, 40'000);  // round a quarter of the Earth
  const OwnDepths own = DepthsOf(flight);
  EXPECT_EQ(own.fine, 27);
  const Fingerprint print = MakeFingerprint(flight, AutoParams());
  EXPECT_LE(print.geodabs.size(), flight.size() / 2);
}

TEST(OwnDepths, GapsAndSmoothingFollowTheTrip) {
  const OwnDepths dense = DepthsOf(Straight(10, 1, 50)),
                  drifter = DepthsOf(Straight(30'000, 21'600, 50));
  EXPECT_EQ(dense.params, AutoParams());
  EXPECT_EQ(drifter.params.smoothing_s, 0);
  EXPECT_GT(drifter.params.max_gap_m, 5 * 30'000);
  EXPECT_GT(drifter.params.max_gap_s, 5 * 21'600);
  EXPECT_EQ(DepthsOf(Straight(20, 0, 50)).params.smoothing_m, AutoParams().smoothing_m);
  EXPECT_EQ(DepthsOf(Straight(400, 0, 50)).params.smoothing_m, 0);
}

TEST(OwnDepths, TheWayBackHasTheSame) {
  for (unsigned seed = 0; seed < 50; ++seed) {
    Rng rng(seed);
    const Trajectory t = RandomTrajectory(
        rng, "t", {.min_trajectories = 1, .max_trajectories = 1, .max_fixes = 60, .routes = 0});
    std::vector<Fix> back(t.fixes.rbegin(), t.fixes.rend());
    for (Fix& f : back) {
      if (f.has_time()) f.time_ms = -f.time_ms;
    }
    const Fingerprint there = MakeFingerprint(t.view(), AutoParams()),
                      again = MakeFingerprint(back, AutoParams());
    EXPECT_EQ(again.geodabs, FlipStrand(there.geodabs)) << "seed " << seed;
    EXPECT_EQ(again.fine, there.fine);
  }
}

// What sets say of a pair is what the definition says, and only one of them says anything.
TEST(OwnDepths, OneSetOfAQuerySharesWithATrip) {
  int compared = 0;
  for (unsigned seed = 0; seed < 300; ++seed) {
    Rng rng(seed);
    const double a_m = std::pow(10, 1 + 4 * Fraction(rng)),
                 b_m = a_m * std::pow(64, Fraction(rng) - .5);
    const std::vector<Fix> query = Straight(a_m, 60, 30, 40), trip = Straight(b_m, 60, 40, 40);
    const Fingerprint print = MakeFingerprint(trip, AutoParams());
    EXPECT_TRUE(std::ranges::is_sorted(print.geodabs));
    EXPECT_EQ(std::ranges::count_if(print.geodabs, [](Geodab g) { return (g & kCoarseBit) == 0; }),
              print.fine);
    double score = 0;
    int sharing = 0;
    for (const AskedSet& set : AskedSets(query, AutoParams(), Ends::kMarked)) {
      const size_t shared = SharedGeodabs(set.fingerprint.geodabs, print.geodabs);
      if (shared == 0) continue;
      ++sharing;
      score = set.weight * static_cast<double>(shared) /
              static_cast<double>(set.fingerprint.geodabs.size() + print.size(set.coarse) - shared);
    }
    EXPECT_LE(sharing, 1) << "seed " << seed;
    EXPECT_EQ(score, Alike(query, trip)) << "seed " << seed;
    compared += sharing;
  }
  EXPECT_GT(compared, 200);
}

TEST(OwnDepths, StepsThatDifferByLessThanFourTimesHaveADepthInCommon) {
  for (double step_m = 150; step_m < 100'000; step_m *= 1.3) {
    const OwnDepths one = DepthsOf(Straight(step_m, 60, 30)),
                    other = DepthsOf(Straight(3.5 * step_m, 60, 30));
    EXPECT_LE(one.fine - other.fine, kDepthStep) << step_m;
  }
}

TEST(OwnDepths, OneDriveRecordedOftenAndRarelyIsAlike) {
  const std::vector<Fix> often = Straight(10, 1, 1'800, 51), rarely = Straight(900, 90, 20, 51);
  EXPECT_EQ(DepthsOf(often).fine, 35);
  EXPECT_EQ(DepthsOf(rarely).asks, 27);
  EXPECT_GT(Alike(often, rarely), 0);
  EXPECT_GT(Alike(rarely, often), 0);
  EXPECT_EQ(Alike(often, often), 1);
  EXPECT_EQ(Alike(rarely, rarely), 1);
  EXPECT_LT(Alike(often, rarely), .25) << "says less than what is recorded alike";
}

}  // namespace
}  // namespace spoor
