#include "engine/motif/btm.h"

#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <vector>

#include "tests/engine/motif/naive_motif.h"

namespace spoor {
namespace {

std::vector<PlanePoint> WanderingLine(std::mt19937_64& rng, size_t n) {
  std::normal_distribution<double> step(0, 10);
  std::vector<PlanePoint> line;
  PlanePoint at{.x_m = 5 * step(rng), .y_m = 5 * step(rng)};
  for (size_t i = 0; i < n; ++i) {
    if (rng() % 6 != 0) at = {.x_m = at.x_m + step(rng), .y_m = at.y_m + step(rng)};
    line.push_back(at);
  }
  return line;
}

std::vector<PlanePoint> PartOfLine(const std::vector<PlanePoint>& line, uint32_t from,
                                   uint32_t to) {
  return {line.begin() + from, line.begin() + to + 1};
}

// What is answered has the distance that it says, is long enough, and nothing is nearer.
void ExpectLeast(const std::vector<PlanePoint>& a, const std::vector<PlanePoint>* other,
                 uint32_t steps) {
  const std::vector<PlanePoint>& b = other == nullptr ? a : *other;
  const auto found =
      other == nullptr ? LeastFrechetPair(a, steps, {}) : LeastFrechetPair(a, b, steps, {});
  ASSERT_TRUE(found.ok());
  const double least_m = testing::BruteLeastFrechet(a, b, steps, other == nullptr);
  ASSERT_EQ(found->pair.has_value(), std::isfinite(least_m));
  if (!found->pair) return;
  const ExactPair& pair = *found->pair;
  EXPECT_EQ(pair.distance_m, least_m);
  EXPECT_GT(pair.a_to - pair.a_from, steps);
  EXPECT_GT(pair.b_to - pair.b_from, steps);
  if (other == nullptr) {
    EXPECT_LT(pair.a_to, pair.b_from);
  }
  EXPECT_EQ(testing::WholeDiscreteFrechet(PartOfLine(a, pair.a_from, pair.a_to),
                                          PartOfLine(b, pair.b_from, pair.b_to)),
            pair.distance_m);
}

TEST(Btm, IsWhatBruteDpFinds) {
  for (uint64_t seed = 1; seed <= 120; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937_64 rng(seed);
    const std::vector<PlanePoint> a = WanderingLine(rng, 1 + rng() % 22);
    const std::vector<PlanePoint> b = WanderingLine(rng, 1 + rng() % 22);
    const auto steps = static_cast<uint32_t>(rng() % 9);
    ExpectLeast(a, &b, steps);
    ExpectLeast(a, nullptr, steps);
  }
}

std::vector<Fix> FixesOfLine(const std::vector<PlanePoint>& line) {
  std::vector<Fix> fixes;
  for (const PlanePoint& p : line) {
    fixes.push_back(FixFromDegrees(50 + p.y_m / 111'195, 8 + p.x_m / 71'500));
  }
  return fixes;
}

TEST(Btm, TheOppositeDirectionIsThatOfTheOtherTripBackwards) {
  for (uint64_t seed = 1; seed <= 60; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937_64 rng(seed);
    const std::vector<Fix> a = FixesOfLine(WanderingLine(rng, 12 + rng() % 8));
    const std::vector<Fix> b = FixesOfLine(WanderingLine(rng, 12 + rng() % 8));
    const LocalPlane plane(a[a.size() / 2]);
    const std::vector<PlanePoint> line_a = plane.Project(a), line_b = plane.Project(b);
    const MotifTrip trip_a{.id = TrajectoryId("a"), .fixes = a}, trip_b{.fixes = b};
    MotifTerms terms{.direction = Direction::kOpposite};
    const uint32_t steps = 3;
    const auto found = ExactMotifBetween(trip_a, trip_b, terms, steps, {});
    ASSERT_TRUE(found.ok());
    ASSERT_EQ(found->motifs.size(), 1U);
    EXPECT_TRUE(found->exact);
    const Motif& motif = found->motifs[0];
    EXPECT_EQ(motif.distance_m,
              testing::BruteLeastFrechet(line_a, Backwards(line_b), steps, false));
    const MotifOccurrence &x = motif.occurrences[0], &y = motif.occurrences[1];
    EXPECT_EQ(x.id.value(), "a");
    EXPECT_EQ(y.direction, Direction::kOpposite);
    EXPECT_EQ(testing::WholeDiscreteFrechet(PartOfLine(line_a, x.from, x.to),
                                            Backwards(PartOfLine(line_b, y.from, y.to))),
              motif.distance_m);
    terms.direction = Direction::kEither;
    const auto either = ExactMotifBetween(trip_a, trip_b, terms, steps, {});
    ASSERT_TRUE(either.ok());
    EXPECT_EQ(either->motifs[0].distance_m,
              std::min(motif.distance_m, testing::BruteLeastFrechet(line_a, line_b, steps, false)));
    // Of one trip: the parts do not touch, and the way back is found.
    terms.direction = Direction::kOpposite;
    const auto within = ExactMotifWithin(trip_a, terms, 2, {});
    ASSERT_TRUE(within.ok());
    ASSERT_EQ(within->motifs.size(), 1U);
    const MotifOccurrence &first = within->motifs[0].occurrences[0],
                          &second = within->motifs[0].occurrences[1];
    EXPECT_LT(first.to, second.from);
    EXPECT_EQ(testing::WholeDiscreteFrechet(PartOfLine(line_a, first.from, first.to),
                                            Backwards(PartOfLine(line_a, second.from, second.to))),
              within->motifs[0].distance_m);
  }
}

TEST(Btm, FindsNothingWhereItMayNotBeSoFarApart) {
  std::mt19937_64 rng(1);
  const std::vector<Fix> a = FixesOfLine(WanderingLine(rng, 20));
  const MotifTrip trip{.fixes = a};
  const auto found = ExactMotifWithin(trip, {.max_distance_m = 1e-3}, 5, {});
  ASSERT_TRUE(found.ok());
  EXPECT_TRUE(found->motifs.empty());
}

TEST(Btm, RefusesWhatDoesNotFitAndLooksAtTheClock) {
  const std::vector<PlanePoint> line(5000);
  const auto refused = LeastFrechetPair(line, line, 10, {});
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_NE(refused.status().message().find("8388608"), std::string::npos);
  const auto cancelled = std::make_shared<std::atomic<bool>>(true);
  std::mt19937_64 rng(1);
  const std::vector<PlanePoint> a = WanderingLine(rng, 600);
  EXPECT_EQ(LeastFrechetPair(a, a, 100, {.cancelled = cancelled}).status().code(),
            absl::StatusCode::kCancelled);
}

}  // namespace
}  // namespace spoor
