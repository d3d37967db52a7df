#include "engine/motif/pair.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <iostream>
#include <string>
#include <vector>

#include "engine/motif/sub_line.h"
#include "geo/measure/measure.h"
#include "tests/engine/motif/planted.h"

namespace spoor {
namespace {

using testing::PlantedScore;
using testing::PlantedStreets;
using testing::PlantedTerms;
using testing::PlantedTrip;

MotifTrip AsTrip(absl::string_view id, const PlantedTrip& planted) {
  return {.id = TrajectoryId(std::string(id)), .fixes = planted.trajectory.fixes};
}

// What every answer must be, whatever was asked.
void ExpectSound(const MotifTrip& a, const MotifTrip& b, const MotifTerms& terms,
                 const MotifAnswer& answer) {
  const LocalPlane plane(a.fixes[a.fixes.size() / 2]);
  const std::vector<PlanePoint> line_a = plane.Project(a.fixes), line_b = plane.Project(b.fixes);
  const auto frechet = *MakeMeasure("frechet", {});
  double longest_m = INFINITY;
  for (const Motif& motif : answer.motifs) {
    EXPECT_LE(motif.length_m, longest_m);
    EXPECT_GE(motif.length_m, terms.min_length_m);
    EXPECT_LE(motif.distance_m, answer.max_distance_m);
    longest_m = motif.length_m;
    ASSERT_GE(motif.occurrences.size(), 2U);
    const MotifOccurrence &x = motif.occurrences[0], &y = motif.occurrences[1];
    std::vector<PlanePoint> other = SubLine(line_b, y.from_at, y.to_at);
    if (y.direction == Direction::kOpposite) other = Backwards(other);
    EXPECT_EQ(frechet->Distance(SubLine(line_a, x.from_at, x.to_at), other, INFINITY),
              y.distance_m);
    for (const MotifOccurrence& one : motif.occurrences) {
      EXPECT_LE(one.from, one.to);
      EXPECT_LE(std::abs(one.from - one.from_at), 0.5);
      EXPECT_LE(std::abs(one.to - one.to_at), 0.5);
    }
  }
}

// No two motifs overlap in either trip, beyond the rounding of places.
void ExpectApart(const MotifAnswer& answer, bool within) {
  std::vector<std::pair<double, double>> taken[2];
  for (const Motif& motif : answer.motifs) {
    for (size_t i = 0; i < motif.occurrences.size(); ++i) {
      auto& of_trip = taken[within ? 0 : i];
      const auto& one = motif.occurrences[i];
      for (const auto& [from, to] : of_trip) {
        EXPECT_LE(std::min(to, one.to_at) - std::max(from, one.from_at), 2);
      }
      of_trip.emplace_back(one.from_at, one.to_at);
    }
  }
}

PlantedScore ScoreOfPairs(const PlantedTerms& planted, int pairs, uint64_t seed) {
  PlantedScore score;
  PlantedStreets streets(seed);
  while (score.planted < pairs) {
    PlantedTrip a, b;
    if (!streets.MakePair(planted, &a, &b)) continue;
    const MotifTrip trip_a = AsTrip("a", a), trip_b = AsTrip("b", b);
    const MotifTerms terms{.direction = planted.opposite ? Direction::kOpposite : Direction::kSame};
    const auto answer = MotifsBetween(trip_a, trip_b, terms, AutoParams(), {});
    EXPECT_TRUE(answer.ok());
    ExpectSound(trip_a, trip_b, terms, *answer);
    ExpectApart(*answer, false);
    score.Mark(answer->motifs, a, b);
  }
  return score;
}

TEST(PairMotifs, ArePlantedStretchesWhateverTheNoise) {
  struct Row {
    const char* name;
    PlantedTerms terms;
    double median_m, most_m;
  };
  for (const Row& row : std::initializer_list<Row>{
           {"AR 5 m", {.noise = {.sd_m = 5, .rho = 0.95}}, 50, 100},
           {"AR 10 m", {.noise = {.sd_m = 10, .rho = 0.95}}, 50, 100},
           {"AR 10 m, opposite", {.noise = {.sd_m = 10, .rho = 0.95}, .opposite = true}, 50, 100},
           {"iid 20 m", {.noise = {.sd_m = 20, .rho = 0}}, 60, 130},
           {"every 10 s with every 2 s",
            {.noise = {.sd_m = 5, .rho = 0.95}, .step_a_s = 10, .step_b_s = 2},
            60,
            130}}) {
    SCOPED_TRACE(row.name);
    PlantedScore score = ScoreOfPairs(row.terms, 60, 20);
    std::cout << row.name << ": recall " << score.recall() << ", ends off by "
              << score.Quantile(0.5) << " m (median), " << score.Quantile(0.9)
              << " m (p90), too long by " << score.longer_m() << " m\n";
    EXPECT_GE(score.recall(), 0.95);
    EXPECT_LE(score.Quantile(0.5), row.median_m);
    EXPECT_LE(score.Quantile(0.9), row.most_m);
  }
}

TEST(PairMotifs, AreWhatATripGoesTwice) {
  for (const bool opposite : {false, true}) {
    SCOPED_TRACE(opposite);
    PlantedScore score;
    PlantedStreets streets(7);
    const PlantedTerms planted{.noise = {.sd_m = 10, .rho = 0.95}, .opposite = opposite};
    while (score.planted < 40) {
      PlantedTrip trip;
      if (!streets.MakeLoop(planted, &trip)) continue;
      const MotifTrip asked = AsTrip("a", trip);
      const MotifTerms terms{.direction = opposite ? Direction::kOpposite : Direction::kSame};
      const auto answer = MotifsWithin(asked, terms, AutoParams(), {});
      ASSERT_TRUE(answer.ok());
      ExpectApart(*answer, true);
      for (const Motif& motif : answer->motifs) EXPECT_EQ(motif.trajectories, 1U);
      score.Mark(answer->motifs, trip, trip);
    }
    std::cout << (opposite ? "there and back" : "a loop") << ": recall " << score.recall()
              << ", ends off by " << score.Quantile(0.5) << " m, " << score.Quantile(0.9)
              << " m, too long by " << score.longer_m() << " m\n";
    EXPECT_GE(score.recall(), 0.95);
    EXPECT_LE(score.Quantile(0.5), 50);
  }
}

// Laps of a square, of 2 km each.
std::vector<Fix> Laps(int laps) {
  std::vector<Fix> fixes;
  constexpr double kSideM = 500, kStepM = 10;
  for (double gone_m = 0; gone_m < laps * 4 * kSideM; gone_m += kStepM) {
    const double on_lap_m = std::fmod(gone_m, 4 * kSideM), on_side_m = std::fmod(gone_m, kSideM);
    const int side = static_cast<int>(on_lap_m / kSideM);
    const double x_m = side == 0   ? on_side_m
                       : side == 1 ? kSideM
                       : side == 2 ? kSideM - on_side_m
                                   : 0;
    const double y_m = side == 1   ? on_side_m
                       : side == 2 ? kSideM
                       : side == 3 ? kSideM - on_side_m
                                   : 0;
    fixes.push_back(FixFromDegrees(50 + y_m / 111'195, 8 + x_m / 71'500));
  }
  return fixes;
}

TEST(PairMotifs, ThreeLapsAreOneMotifThreeTimes) {
  const std::vector<Fix> fixes = Laps(3);
  const auto answer = MotifsWithin({.fixes = fixes}, {}, AutoParams(), {});
  ASSERT_TRUE(answer.ok());
  ASSERT_EQ(answer->motifs.size(), 1U);
  const Motif& motif = answer->motifs[0];
  EXPECT_EQ(motif.occurrences.size(), 3U);
  EXPECT_NEAR(motif.length_m, 2000, 250);
  ExpectApart(*answer, true);
  EXPECT_FALSE(answer->exact);
}

TEST(PairMotifs, NothingIsSharedWithItselfOrWithWhatIsElsewhere) {
  std::vector<Fix> straight, far;
  for (int i = 0; i < 400; ++i) {
    straight.push_back(FixFromDegrees(50, 8 + i * 1e-4));
    far.push_back(FixFromDegrees(52, 8 + i * 1e-4));
  }
  const auto within =
      MotifsWithin({.fixes = straight}, {.direction = Direction::kEither}, AutoParams(), {});
  ASSERT_TRUE(within.ok());
  EXPECT_TRUE(within->motifs.empty());
  const auto between = MotifsBetween({.fixes = straight}, {.fixes = far}, {}, AutoParams(), {});
  ASSERT_TRUE(between.ok());
  EXPECT_TRUE(between->motifs.empty());
  const std::vector<Fix> one = {straight[0]};
  EXPECT_TRUE(
      MotifsBetween({.fixes = one}, {.fixes = straight}, {}, AutoParams(), {})->motifs.empty());
  EXPECT_TRUE(MotifsWithin({.fixes = one}, {}, AutoParams(), {})->motifs.empty());
}

TEST(PairMotifs, OfATripWithItselfAreAllOfIt) {
  PlantedStreets streets(3);
  PlantedTrip a, b;
  while (!streets.MakePair({}, &a, &b)) {
  }
  for (const IndexParams& params : {AutoParams(), IndexParams(), PaperParams(), CellParams()}) {
    const auto answer = MotifsBetween(AsTrip("a", a), AsTrip("a", a), {}, params, {});
    ASSERT_TRUE(answer.ok());
    ASSERT_FALSE(answer->motifs.empty());
    EXPECT_EQ(answer->motifs[0].distance_m, 0);
    EXPECT_EQ(answer->motifs[0].occurrences[0].from, 0U);
    EXPECT_EQ(answer->motifs[0].occurrences[1].to, a.trajectory.fixes.size() - 1);
  }
}

TEST(PairMotifs, TheClientsPatienceEndsIt) {
  const std::vector<Fix> fixes = Laps(3);
  const auto cancelled = std::make_shared<std::atomic<bool>>(true);
  EXPECT_EQ(
      MotifsWithin({.fixes = fixes}, {}, AutoParams(), {.cancelled = cancelled}).status().code(),
      absl::StatusCode::kCancelled);
}

}  // namespace
}  // namespace spoor
