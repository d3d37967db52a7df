#include "engine/cluster/stable_step.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <limits>

#include "engine/cluster/agreement.h"
#include "engine/cluster/eps_curve.h"
#include "engine/cluster/trip_distance.h"
#include "tests/engine/cluster/cluster_worlds.h"

namespace spoor {
namespace {

using testing::GroupsOnTheMove;

constexpr uint64_t kStableSeed = 4177;
constexpr double kNone = std::numeric_limits<double>::infinity();

// The definition, for trips that are there all the time.
class NaiveStable {
 public:
  NaiveStable(const StepLabels& labels, const TripGroups& groups, const StableTerms& terms)
      : l_(labels), t_(labels.trips()), g_(groups), terms_(terms) {}

  std::vector<int32_t> Labels() const {
    std::vector<int32_t> out(t_.size(), kOutlier);
    std::vector<double> best(t_.size(), kNone);
    for (size_t c = 0; c < g_.groups.size(); ++c) {
      for (const uint32_t x : g_.groups[c]) out[x] = static_cast<int32_t>(c);
    }
    for (size_t c = 0; c < g_.groups.size(); ++c) {
      const auto& members = g_.groups[c];
      double threshold = terms_.cap ? *terms_.cap * terms_.eps_m : kNone;
      for (const uint32_t o : g_.outliers) {
        if (Shares(o, members[0]) == 0) continue;
        for (const uint32_t x : members) threshold = std::min(threshold, Dmax(o, x));
      }
      for (const uint32_t o : g_.outliers) {
        const uint32_t shares = Shares(o, members[0]);
        if (shares == 0 || (terms_.strict && 2 * shares < t_.intervals())) continue;
        for (const uint32_t x : members) {
          const double mean = MeanStepDistanceM(t_, o, x, 1);
          if (mean < threshold && mean < best[o]) best[o] = mean, out[o] = static_cast<int32_t>(c);
        }
      }
    }
    return out;
  }

 private:
  bool Away(uint32_t o, uint32_t x, uint32_t j) const { return l_.Of(o, j) != l_.Of(x, j); }
  uint32_t Shares(uint32_t o, uint32_t x) const {
    uint32_t n = 0;
    for (uint32_t j = 0; j < t_.intervals(); ++j) n += Away(o, x, j) ? 0 : 1;
    return n;
  }
  double Dmax(uint32_t o, uint32_t x) const {
    double largest = 0;
    for (uint32_t j = 0; j < t_.intervals(); ++j) {
      double d = StepDistanceM(t_.StepOf(o, j), t_.StepOf(x, j));
      if (Away(o, x, j)) {
        double anchor = kNone;
        for (uint32_t m = 0; m < t_.size(); ++m) {
          if (l_.Of(m, j) != l_.Of(x, j)) continue;
          if (terms_.anchor == StrayAnchor::kCore && !l_.IsCore(m, j)) continue;
          anchor = std::min(anchor, StepDistanceM(t_.StepOf(o, j), t_.StepOf(m, j)));
        }
        d -= std::max(0.0, anchor - terms_.eps_m);
      }
      largest = std::max(largest, d);
    }
    return largest;
  }

  const StepLabels& l_;
  const AlignedTrips& t_;
  const TripGroups& g_;
  const StableTerms& terms_;
};

TEST(StableStep, IsTheMeanTestOfTheDefinition) {
  std::mt19937_64 rng(kStableSeed);
  size_t rejoined = 0, stayed = 0;
  for (int round = 0; round < 200; ++round) {
    const AlignedTrips trips = GroupsOnTheMove(rng, 50, 12, false);
    const SegmentTerms segments{.eps_m = 2.5, .min_samples = 3};
    const auto labels = LabelSteps(trips, segments, 1, {});
    const TripGroups groups = Companions(*labels).Whole(1);
    StableTerms terms{.eps_m = segments.eps_m};
    terms.anchor = round % 2 == 0 ? StrayAnchor::kMember : StrayAnchor::kCore;
    terms.strict = round % 3 == 0;
    if (round % 5 < 2) terms.cap = round % 5 == 0 ? std::nullopt : std::optional<double>(1.2);
    const auto found = RejoinStrays({*labels, groups, {0, trips.intervals()}}, terms, {});
    ASSERT_TRUE(found.ok());
    EXPECT_EQ(found->labels, NaiveStable(*labels, groups, terms).Labels())
        << kStableSeed << " " << round;
    for (const Rejoining& d : found->decisions) {
      (d.rejoined ? rejoined : stayed) += 1;
      EXPECT_EQ(found->labels[d.trip], d.rejoined ? static_cast<int32_t>(d.cluster) : kOutlier);
      EXPECT_TRUE(!d.rejoined || d.mean_m < d.threshold_m);
    }
  }
  EXPECT_GT(rejoined, 100u);
  EXPECT_GT(stayed, 100u);
}

TEST(StableStep, LetsABriefDetourRejoinAndExplainsIt) {
  AlignedTrips trips;
  for (int t = 0; t < 9; ++t) {
    std::vector<PlanePoint> line;
    for (int s = 0; s <= 30; ++s) {
      const bool detour = t == 8 && s >= 11 && s <= 12, off = t == 7 && s >= 3;
      line.push_back({s * 50.0, t * 2.0 + (detour ? 12 : off ? 400 : 0), 0});
    }
    trips.Add(0, line);
  }
  const auto labels = LabelSteps(trips, {.eps_m = 5, .min_samples = 3}, 1, {});
  const TripGroups groups = Companions(*labels).Whole(1);
  ASSERT_EQ(groups.outliers, (std::vector<uint32_t>{7, 8}));
  const auto found =
      RejoinStrays({*labels, groups, {0, 30}}, {.eps_m = 5, .anchor = StrayAnchor::kMember}, {});
  ASSERT_TRUE(found.ok());
  ASSERT_EQ(found->decisions.size(), 2u);
  const Rejoining& far = found->decisions[0];
  const Rejoining& brief = found->decisions[1];
  EXPECT_TRUE(brief.rejoined);
  EXPECT_EQ(brief.away, (std::vector<IntervalRange>{{10, 13}}));
  EXPECT_EQ(brief.stray, StrayCase::kFewLarge);
  EXPECT_FALSE(far.rejoined);
  EXPECT_EQ(far.stray, StrayCase::kManyLarge);
}

TEST(Silhouette, WithOneMoreIsThatOfTheClustersWithIt) {
  std::mt19937_64 rng(kStableSeed + 1);
  for (int round = 0; round < 30; ++round) {
    const AlignedTrips trips = GroupsOnTheMove(rng, 24, 5, false);
    const auto distance = [&](uint32_t a, uint32_t b) { return MeanStepDistanceM(trips, a, b, 1); };
    std::vector<int32_t> labels(trips.size());
    for (size_t i = 0; i < labels.size(); ++i) labels[i] = static_cast<int32_t>(i % 4) - 1;
    auto before = Silhouette::Of(labels, distance, 1 + round % 2, {});
    labels[0] = round % 3;
    const auto after = Silhouette::Of(labels, distance, 1, {});
    EXPECT_NEAR(before->MeanWith(0, round % 3, distance), after->Mean(), 1e-12);
    before->Add(0, round % 3, distance);
    EXPECT_NEAR(before->Mean(), after->Mean(), 1e-12);
    EXPECT_NEAR(before->MeanToOwn(0), after->MeanToOwn(0), 1e-9);
  }
}

TEST(Agreement, IsThatOfTheCountsOfPairs) {
  std::mt19937_64 rng(kStableSeed + 2);
  for (int round = 0; round < 100; ++round) {
    std::vector<int32_t> a(40), b(40);
    for (auto& x : a) x = static_cast<int32_t>(rng() % 5) - 1;
    for (auto& x : b)
      x = rng() % 3 == 0 ? a[static_cast<size_t>(&x - b.data())] : static_cast<int32_t>(rng() % 4);
    double both = 0, in_a = 0, in_b = 0, pairs = 0;
    for (size_t i = 0; i < a.size(); ++i) {
      for (size_t j = 0; j < i; ++j) {
        const bool same_a = a[i] == a[j] && a[i] >= 0, same_b = b[i] == b[j] && b[i] >= 0;
        ++pairs, in_a += same_a, in_b += same_b, both += same_a && same_b;
      }
    }
    const double chance = in_a * in_b / pairs;
    EXPECT_NEAR(AgreementOf(a, b).ari, (both - chance) / ((in_a + in_b) / 2 - chance), 1e-12);
  }
  const std::vector<int32_t> halves = {0, 0, 1, 1}, crossed = {0, 1, 0, 1}, turned = {1, 1, 0, 0};
  EXPECT_EQ(AgreementOf(halves, turned).ari, 1);
  EXPECT_NEAR(AgreementOf(halves, turned).nmi, 1, 1e-12);
  EXPECT_NEAR(AgreementOf(halves, crossed).ari, -0.5, 1e-12);
  EXPECT_NEAR(AgreementOf(halves, crossed).nmi, 0, 1e-12);
}

TEST(EpsCurve, BendsBetweenBundlesAndStrays) {
  std::mt19937_64 rng(kStableSeed + 3);
  const AlignedTrips trips = GroupsOnTheMove(rng, 200, 10, false);
  const auto proposed = ProposeEps(trips, 4, {});
  ASSERT_TRUE(proposed.ok());
  EXPECT_GT(proposed->eps_m, 0.1);
  EXPECT_LT(proposed->eps_m, 6);
  size_t at = 0;
  EXPECT_EQ(BendOf({10, 9, 1, 0.9, 0.8}, &at), 1);
  EXPECT_EQ(BendOf({}, &at), 0);
}

}  // namespace
}  // namespace spoor
