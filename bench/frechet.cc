// What does the continuous Frechet distance cost: to decide, to measure, to re-rank?
//
//   frechet --fixes 800 --candidates 100 --k 10 --rounds 20
#include "geo/measure/frechet.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <functional>
#include <limits>
#include <numbers>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "CLI/CLI.hpp"
#include "geo/measure/measure.h"
#include "tests/geo/frechet_naive.h"

namespace spoor::bench {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();
using Line = std::vector<PlanePoint>;

struct Options {
  size_t fixes = 800, candidates = 100, k = 10, rounds = 20;
  double spacing_m = 14, within_m = 160;
  uint64_t seed = 1;
  bool naive = true;
};

struct Noise {
  const char* name;
  double sigma_m;  // on each axis
  double rho;      // correlation of consecutive errors
};

// Straight streets of 60 to 400 m and the corners between them.
Line Route(const Options& options, std::mt19937_64& rng) {
  std::uniform_real_distribution<double> street_m(60, 400);
  Line out;
  PlanePoint at;
  double heading = 0, left_m = street_m(rng);
  for (size_t i = 0; i < options.fixes; ++i) {
    out.push_back(at);
    at.x_m += options.spacing_m * std::cos(heading);
    at.y_m += options.spacing_m * std::sin(heading);
    left_m -= options.spacing_m;
    if (left_m > 0) continue;
    heading += (rng() % 2 == 0 ? 1 : -1) * std::numbers::pi / 2 * (rng() % 3 == 0 ? 0 : 1);
    left_m = street_m(rng);
  }
  return out;
}

// Someone else on the same route: at places of their own, with errors of their own.
Line Copy(const Line& route, const Noise& noise, std::mt19937_64& rng) {
  std::uniform_real_distribution<double> share(0, 1);
  std::normal_distribution<double> error_m(0, noise.sigma_m);
  const double fresh = std::sqrt(1 - noise.rho * noise.rho);
  PlanePoint error = {.x_m = error_m(rng), .y_m = error_m(rng)};
  Line out;
  for (size_t i = 0; i < route.size(); ++i) {
    const PlanePoint from = route[i], to = route[std::min(i + 1, route.size() - 1)];
    const double t = share(rng);
    out.push_back({.x_m = from.x_m + t * (to.x_m - from.x_m) + error.x_m,
                   .y_m = from.y_m + t * (to.y_m - from.y_m) + error.y_m});
    error = {.x_m = noise.rho * error.x_m + fresh * error_m(rng),
             .y_m = noise.rho * error.y_m + fresh * error_m(rng)};
  }
  return out;
}

// The least time of some rounds, in microseconds.
double BestUs(size_t rounds, const std::function<void()>& work) {
  double best_us = kInf;
  for (size_t i = 0; i < rounds; ++i) {
    const auto start = std::chrono::steady_clock::now();
    work();
    const std::chrono::duration<double, std::micro> took = std::chrono::steady_clock::now() - start;
    best_us = std::min(best_us, took.count());
  }
  return best_us;
}

using Distances = std::function<double(PlaneView a, PlaneView b, double cutoff)>;
using Best = std::vector<std::pair<double, size_t>>;

// The k nearest, with the distance of the k-th so far as the cutoff, in the given order.
Best Rerank(const Line& query, const std::vector<Line>& candidates,
            const std::vector<size_t>& order, size_t k, const Distances& distance) {
  Best best;
  for (const size_t i : order) {
    const double cutoff = best.size() < k ? kInf : best.back().first;
    const double distance_m = distance(query, candidates[i], cutoff);
    if (distance_m > cutoff) continue;
    best.emplace_back(distance_m, i);
    std::ranges::sort(best);
    if (best.size() > k) best.pop_back();
  }
  return best;
}

// What a plain program does: decides with the whole table, and halves what is left.
double NaiveDistance(PlaneView a, PlaneView b, double cutoff) {
  double low = -1, high = cutoff / kFrechetStepM;
  if (high == kInf) {
    for (high = 1; !testing::NaiveFrechetWithin(a, b, high * kFrechetStepM);) high *= 2;
  } else if (!testing::NaiveFrechetWithin(a, b, cutoff)) {
    return cutoff + 1;
  }
  while (high - low > 1) {
    const double middle = std::floor((low + high) / 2);
    (testing::NaiveFrechetWithin(a, b, middle * kFrechetStepM) ? high : low) = middle;
  }
  return high * kFrechetStepM;
}

bool Run(const Options& options, const Noise& noise) {
  std::mt19937_64 rng(options.seed);
  const Line route = Route(options, rng);
  const Line query = Copy(route, noise, rng);
  std::vector<Line> candidates;
  for (size_t i = 0; i < options.candidates; ++i) candidates.push_back(Copy(route, noise, rng));
  Line far = query;
  for (PlanePoint& p : far) p.x_m += 5000;

  const auto measure = *MakeMeasure("frechet", {});
  MeasureWork work;
  const auto ours = [&](PlaneView a, PlaneView b, double cutoff) {
    return measure->Distance(a, b, cutoff, work);
  };
  std::vector<size_t> order(candidates.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = i;
  const auto by_bound = [&] {
    std::vector<std::pair<double, size_t>> bounds;
    for (size_t i = 0; i < candidates.size(); ++i) {
      bounds.emplace_back(measure->UpperBound(query, candidates[i], work), i);
    }
    std::ranges::sort(bounds);
    std::vector<size_t> out;
    for (const auto& [bound_m, i] : bounds) out.push_back(i);
    return out;
  };

  // Answers first.
  const Best best = Rerank(query, candidates, order, options.k, ours);
  bool right = Rerank(query, candidates, by_bound(), options.k, ours) == best;
  double naive_us = 0;
  if (options.naive) {
    naive_us = BestUs(1, [&] {
      right = Rerank(query, candidates, order, options.k, NaiveDistance) == best && right;
    });
  }
  if (!right) {
    std::printf("%s: WRONG ANSWER, not timed\n", noise.name);
    return false;
  }
  const size_t n = candidates.size();
  const auto each = [&](const std::function<void(const Line&)>& one) {
    return BestUs(options.rounds,
                  [&] {
                    for (const Line& c : candidates) one(c);
                  }) /
           static_cast<double>(n);
  };
  volatile double sink = 0;
  const double naive_decision_us = !options.naive ? 0 : BestUs(1, [&] {
    sink = testing::NaiveFrechetWithin(query, candidates[0], options.within_m);
  });
  const double bound_us = each([&](const Line& c) { sink = measure->UpperBound(query, c, work); });
  const double within_us =
      each([&](const Line& c) { sink = FrechetWithin(query, c, options.within_m, work); });
  const double far_us =
      each([&](const Line&) { sink = FrechetWithin(query, far, options.within_m, work); });
  const double no_us =
      each([&](const Line& c) { sink = FrechetWithin(query, c, best[0].first - 0.01, work); });
  const double value_us = each([&](const Line& c) { sink = ours(query, c, kInf); });
  work.cells = 0;
  Rerank(query, candidates, order, options.k, ours);
  const double cells = static_cast<double>(work.cells);
  const double plain_us =
      BestUs(options.rounds, [&] { Rerank(query, candidates, order, options.k, ours); });
  const double ordered_us =
      BestUs(options.rounds, [&] { Rerank(query, candidates, by_bound(), options.k, ours); });
  std::printf(
      "| %s | %.1f … %.1f | %.3f | %.1f | %.1f | %.1f | %.1f | %.2f | %.2f | %.1f | %.0f | %.0f "
      "|\n",
      noise.name, best.front().first, best.back().first, far_us, bound_us, within_us, no_us,
      value_us, plain_us / 1e3, ordered_us / 1e3, cells / static_cast<double>(n) / 1e3,
      naive_decision_us / 1e3, naive_us / 1e3);
  return true;
}

}  // namespace
}  // namespace spoor::bench

int main(int argc, char** argv) {
  spoor::bench::Options options;
  CLI::App app("What does the continuous Frechet distance cost?");
  app.add_option("--fixes", options.fixes, "of each line");
  app.add_option("--candidates", options.candidates, "copies of the query's route to re-rank");
  app.add_option("--k", options.k, "of the re-ranking");
  app.add_option("--rounds", options.rounds, "of which the fastest counts");
  app.add_option("--within", options.within_m, "metres, of the decision");
  app.add_option("--seed", options.seed, "of the lines");
  app.add_flag("!--no-naive", options.naive, "without the rival");
  CLI11_PARSE(app, argc, argv);
  std::printf(
      "| noise | best … k-th, m | far, us | bound, us | within, us | within k best: no, us | "
      "distance, us | re-rank, ms | by bound, ms | k cells each | naive within, ms | "
      "naive re-rank, ms |\n|---|---|---|---|---|---|---|---|---|---|---|---|\n");
  bool right = true;
  for (const spoor::bench::Noise noise :
       {spoor::bench::Noise{"iid 20 m", 20, 0}, spoor::bench::Noise{"AR(1) 10 m", 10, 0.95}}) {
    right = spoor::bench::Run(options, noise) && right;
  }
  return right ? 0 : 1;
}
