#include "engine/cluster/segment_clusters.h"

#include <gtest/gtest.h>

#include <numbers>
#include <random>

#include "engine/cluster/disjoint_sets.h"

namespace spoor {
namespace {

constexpr uint64_t kStepsSeed = 2504;

// Some bundles of steps that go the same way, and some that go alone.
std::vector<MovedStep> Bundles(std::mt19937_64& rng, size_t n, double spread_m) {
  std::uniform_real_distribution<double> place(-100, 100), near(-spread_m, spread_m);
  std::vector<MovedStep> out, lanes;
  for (int i = 0; i < 6; ++i) lanes.push_back({place(rng), place(rng), place(rng), place(rng)});
  for (size_t i = 0; i < n; ++i) {
    if (rng() % 8 == 0) {
      out.push_back({place(rng), place(rng), place(rng), place(rng)});
      continue;
    }
    MovedStep s = lanes[rng() % lanes.size()];
    s.from_x_m += near(rng), s.from_y_m += near(rng), s.to_x_m += near(rng), s.to_y_m += near(rng);
    out.push_back(s);
  }
  return out;
}

// Simpson's rule on 20 000 pieces, split where the difference is least.
double ByQuadrature(const MovedStep& a, const MovedStep& b) {
  const double ux = b.from_x_m - a.from_x_m, uy = b.from_y_m - a.from_y_m;
  const double wx = b.to_x_m - a.to_x_m - ux, wy = b.to_y_m - a.to_y_m - uy;
  const auto f = [&](double l) { return std::hypot(ux + l * wx, uy + l * wy); };
  const double w2 = wx * wx + wy * wy;
  const double least = w2 > 0 ? std::clamp(-(ux * wx + uy * wy) / w2, 0.0, 1.0) : 0;
  double sum = 0;
  for (const auto& [from, to] : {std::pair(0.0, least), std::pair(least, 1.0)}) {
    constexpr int kPieces = 10'000;
    const double h = (to - from) / kPieces;
    for (int i = 0; i < kPieces; ++i) {
      sum += h / 6 * (f(from + i * h) + 4 * f(from + (i + 0.5) * h) + f(from + (i + 1) * h));
    }
  }
  return sum;
}

// The definition, all pairs.
SegmentClusters NaiveClusters(const std::vector<MovedStep>& steps, const SegmentTerms& terms) {
  const size_t n = steps.size();
  const auto near = [&](size_t i, size_t j) {
    return StepDistanceM(steps[i], steps[j]) <= terms.eps_m;
  };
  std::vector<bool> core(n);
  for (size_t i = 0; i < n; ++i) {
    size_t count = 0;
    for (size_t j = 0; j < n; ++j) count += near(i, j) ? 1 : 0;
    core[i] = count >= terms.min_samples;
  }
  const bool exact = terms.rule == SegmentRule::kExact;
  DisjointSets sets(n);
  for (uint32_t i = 0; i < n; ++i) {
    for (uint32_t j = 0; j < i; ++j) {
      if ((!exact || (core[i] && core[j])) && near(i, j)) sets.Join(i, j);
    }
  }
  std::vector<int64_t> set(n, -1);
  for (uint32_t i = 0; i < n; ++i) {
    double nearest = std::numeric_limits<double>::infinity();
    for (uint32_t j = 0; j < n; ++j) {
      if (!core[j]) continue;
      if (!exact) {
        if (sets.Find(i) == sets.Find(j)) set[i] = sets.Find(i);
      } else if (core[i]) {
        set[i] = sets.Find(i);
      } else if (near(i, j) && StepDistanceM(steps[i], steps[j]) < nearest) {
        nearest = StepDistanceM(steps[i], steps[j]);
        set[i] = sets.Find(j);
      }
    }
  }
  SegmentClusters out{std::vector<int32_t>(n, kOutlier), core, 0};
  std::vector<int32_t> number(n, kOutlier);
  for (size_t i = 0; i < n; ++i) {
    if (set[i] < 0) continue;
    int32_t& label = number[static_cast<size_t>(set[i])];
    if (label == kOutlier) label = static_cast<int32_t>(out.clusters++);
    out.labels[i] = label;
  }
  return out;
}

TEST(StepDistance, IsTheIntegralAndWithinItsBounds) {
  std::mt19937_64 rng(kStepsSeed);
  for (int round = 0; round < 300; ++round) {
    const double spread = std::pow(10, static_cast<double>(round % 8) - 5);
    const std::vector<MovedStep> steps = Bundles(rng, 2, spread);
    const MovedStep a = steps[0];
    MovedStep b = steps[1];
    if (round % 3 == 0) {  // nearly parallel
      b = {a.from_x_m + 7, a.from_y_m - 2, a.to_x_m + 7 + spread, a.to_y_m - 2};
    } else if (round % 3 == 1) {  // they cross
      b = {a.to_x_m + spread, a.to_y_m, a.from_x_m, a.from_y_m};
    }
    const double d = StepDistanceM(a, b);
    EXPECT_NEAR(d, ByQuadrature(a, b), 1e-9 * (1 + d)) << "seed " << kStepsSeed << " " << round;
    EXPECT_EQ(d, StepDistanceM(b, a));
    EXPECT_LE(StepDistanceAtLeastM(a, b), d * (1 + 1e-9) + 1e-12);
    const double u = std::hypot(b.from_x_m - a.from_x_m, b.from_y_m - a.from_y_m);
    const double v = std::hypot(b.to_x_m - a.to_x_m, b.to_y_m - a.to_y_m);
    EXPECT_LE(d, (u + v) / 2 * (1 + 1e-9));
    EXPECT_GE(d, (std::numbers::sqrt2 - 1) * std::max(u, v) * (1 - 1e-9));
  }
}

TEST(StepDistance, HoldsTheTriangle) {
  std::mt19937_64 rng(kStepsSeed + 1);
  for (int round = 0; round < 1000; ++round) {
    const auto s = Bundles(rng, 3, 5);
    EXPECT_LE(StepDistanceM(s[0], s[2]),
              StepDistanceM(s[0], s[1]) + StepDistanceM(s[1], s[2]) + 1e-9);
  }
}

TEST(SegmentClusters, AreThoseOfTheDefinition) {
  std::mt19937_64 rng(kStepsSeed + 2);
  for (int round = 0; round < 200; ++round) {
    const std::vector<MovedStep> steps = Bundles(rng, rng() % 250, 0.5 + round % 9);
    for (const SegmentRule rule : {SegmentRule::kExact, SegmentRule::kComponent}) {
      const SegmentTerms terms{.eps_m = 0.3 + static_cast<double>(rng() % 80) / 10,
                               .min_samples = static_cast<uint32_t>(1 + rng() % 9),
                               .rule = rule};
      const SegmentClusters found = ClusterSteps(steps, terms), naive = NaiveClusters(steps, terms);
      EXPECT_EQ(found.core, naive.core) << kStepsSeed << " " << round << " eps " << terms.eps_m;
      EXPECT_EQ(found.labels, naive.labels) << round << " min_samples " << terms.min_samples;
      EXPECT_EQ(found.clusters, naive.clusters);
    }
  }
}

TEST(SegmentClusters, OfBothRulesAreTheSameUpToThreeAndNotBeyond) {
  std::mt19937_64 rng(kStepsSeed + 3);
  size_t other = 0;
  for (int round = 0; round < 400; ++round) {
    const std::vector<MovedStep> steps = Bundles(rng, 120, 6);
    for (const uint32_t min_samples : {1u, 2u, 3u, 4u}) {
      const auto exact = ClusterSteps(steps, {3, min_samples, SegmentRule::kExact});
      const auto component = ClusterSteps(steps, {3, min_samples, SegmentRule::kComponent});
      if (min_samples <= 3) {
        EXPECT_EQ(exact.labels, component.labels) << kStepsSeed << " " << round;
      } else {
        other += exact.labels != component.labels ? 1 : 0;
      }
    }
  }
  EXPECT_GT(other, 0u);
}

// Splitting and merging to closure, whatever comes first, gives the components.
TEST(SegmentClusters, OfComponentsAreTheClosureInAnyOrder) {
  std::mt19937_64 rng(kStepsSeed + 4);
  for (int round = 0; round < 30; ++round) {
    const std::vector<MovedStep> steps = Bundles(rng, 60, 4);
    const SegmentTerms terms{2.5, 1, SegmentRule::kComponent};
    std::vector<uint32_t> group(steps.size());  // a history: any partition
    for (uint32_t& g : group) g = rng() % 5;
    const auto near = [&](size_t i, size_t j) {
      return StepDistanceM(steps[i], steps[j]) <= terms.eps_m;
    };
    // Split: each goes into the parts that hang together; merge: any two that are near, at random.
    for (uint32_t i = 0; i < group.size(); ++i) group[i] = group[i] * 1000 + i;
    std::vector<std::pair<size_t, size_t>> links;
    for (size_t i = 0; i < steps.size(); ++i) {
      for (size_t j = 0; j < i; ++j) {
        if (near(i, j)) links.emplace_back(i, j);
      }
    }
    std::shuffle(links.begin(), links.end(), rng);
    for (const auto& [i, j] : links) {
      const uint32_t from = group[i], to = group[j];
      std::replace(group.begin(), group.end(), from, to);
    }
    const auto found = ClusterSteps(steps, terms);
    for (size_t i = 0; i < steps.size(); ++i) {
      for (size_t j = 0; j < i; ++j) {
        EXPECT_EQ(found.labels[i] == found.labels[j], group[i] == group[j]) << round;
      }
    }
  }
}

TEST(SegmentClusters, GiveABorderToTheNearestCoreAndOfEqualOnesToTheFirst) {
  // Two bundles of three, and one step half way between their nearest.
  std::vector<MovedStep> steps;
  for (const double x : {0.0, 0.5, 1.0, 5.0, 5.5, 6.0, 3.0}) steps.push_back({x, 0, x, 10});
  const SegmentClusters found = ClusterSteps(steps, {2, 4, SegmentRule::kExact});
  EXPECT_EQ(found.labels, (std::vector<int32_t>{0, 0, 0, 1, 1, 1, 0}));
  EXPECT_FALSE(found.core[6]);
  steps[6].from_x_m = steps[6].to_x_m = 3.01;
  EXPECT_EQ(ClusterSteps(steps, {2.05, 4, SegmentRule::kExact}).labels[6], 1);
}

TEST(SegmentClusters, OfNothingAndOfOneStep) {
  EXPECT_EQ(ClusterSteps({}, {1, 2}).clusters, 0u);
  const std::vector<MovedStep> one = {{0, 0, 1, 1}};
  EXPECT_EQ(ClusterSteps(one, {1, 2}).labels, (std::vector<int32_t>{kOutlier}));
  EXPECT_EQ(ClusterSteps(one, {1, 1}).labels, (std::vector<int32_t>{0}));
}

}  // namespace
}  // namespace spoor
