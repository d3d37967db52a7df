// What does the continuous Frechet distance cost: to decide, to measure, to re-rank?
//
//   frechet --fixes 800 --candidates 100 --k 10 --rounds 20
#include "geo/measure/frechet.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <functional>
#include <memory>
#include <numbers>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "CLI/CLI.hpp"
#include "geo/measure/frechet_certificate.h"
#include "geo/measure/measure.h"
#include "tests/geo/frechet_naive.h"

namespace spoor::bench {
namespace {

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

double CpuUs() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) * 1e-3;
}

// The least time of some rounds, in microseconds of this thread's own: others use the machine too.
double BestUs(size_t rounds, const std::function<void()>& work) {
  double best_us = kInf;
  for (size_t i = 0; i < rounds; ++i) {
    const double start_us = CpuUs();
    work();
    best_us = std::min(best_us, CpuUs() - start_us);
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

// Whether checked certificates prove these distances, and that no step less is enough.
bool IsProven(const Line& query, const std::vector<Line>& candidates, const Best& best) {
  for (const auto& [distance_m, i] : best) {
    for (const double at_m : {distance_m, distance_m - kFrechetStepM}) {
      const FrechetCertificate proof = ProveFrechet(query, candidates[i], at_m);
      if (proof.within != (at_m == distance_m)) return false;
      if (!CheckFrechet(query, candidates[i], at_m, proof).ok()) return false;
    }
  }
  return true;
}

struct World {
  Line query, far;
  std::vector<Line> candidates;
};

World MakeWorld(const Options& options, const Noise& noise) {
  std::mt19937_64 rng(options.seed);
  const Line route = Route(options, rng);
  World out;
  out.query = out.far = Copy(route, noise, rng);
  for (PlanePoint& p : out.far) p.x_m += 5000;
  for (size_t i = 0; i < options.candidates; ++i) out.candidates.push_back(Copy(route, noise, rng));
  return out;
}

// Ways to re-rank, with what they need.
class Ways {
 public:
  Ways(const World& world, size_t k) : world_(world), k_(k) {
    for (size_t i = 0; i < world.candidates.size(); ++i) as_they_come_.push_back(i);
  }

  Best Plain() {
    return Rerank(world_.query, world_.candidates, as_they_come_, k_,
                  [&](PlaneView a, PlaneView b, double cutoff) { return Ours(a, b, cutoff); });
  }
  Best Ordered() {
    return Rerank(world_.query, world_.candidates, ByBound(), k_,
                  [&](PlaneView a, PlaneView b, double cutoff) { return Ours(a, b, cutoff); });
  }
  Best Naive() { return Rerank(world_.query, world_.candidates, as_they_come_, k_, NaiveDistance); }

  double Ours(PlaneView a, PlaneView b, double cutoff) {
    return measure_->Distance(a, b, cutoff, work_);
  }
  double Bound(const Line& candidate) {
    return measure_->UpperBound(world_.query, candidate, work_);
  }
  bool Within(const Line& line, double distance_m) {
    return FrechetWithin(world_.query, line, distance_m, work_);
  }
  uint64_t cells() const { return work_.cells; }

 private:
  std::vector<size_t> ByBound() {
    std::vector<std::pair<double, size_t>> bounds;
    for (const size_t i : as_they_come_) bounds.emplace_back(Bound(world_.candidates[i]), i);
    std::ranges::sort(bounds);
    std::vector<size_t> out;
    for (const auto& [bound_m, i] : bounds) out.push_back(i);
    return out;
  }

  const World& world_;
  const size_t k_;
  const std::unique_ptr<Measure> measure_ = *MakeMeasure("frechet", {});
  MeasureWork work_;
  std::vector<size_t> as_they_come_;
};

bool Run(const Options& options, const Noise& noise) {
  const World world = MakeWorld(options, noise);
  Ways ways(world, options.k);

  // Answers first.
  const Best best = ways.Plain();
  const uint64_t cells = ways.cells();
  bool right = IsProven(world.query, world.candidates, best) && ways.Ordered() == best;
  double naive_us = 0, naive_within_us = 0;
  volatile double sink = 0;
  if (options.naive) {
    naive_us = BestUs(1, [&] { right = ways.Naive() == best && right; });
    naive_within_us = BestUs(1, [&] {
      sink = testing::NaiveFrechetWithin(world.query, world.candidates[0], options.within_m);
    });
  }
  if (!right) {
    std::printf("%s: WRONG ANSWER, not timed\n", noise.name);
    return false;
  }

  const auto n = static_cast<double>(world.candidates.size());
  const auto each_us = [&](const std::function<double(const Line&)>& one) {
    return BestUs(options.rounds,
                  [&] {
                    for (const Line& c : world.candidates) sink = one(c);
                  }) /
           n;
  };
  const double below_best_m = best.front().first - kFrechetStepM;
  std::printf("| %s | %.1f … %.1f ", noise.name, best.front().first, best.back().first);
  std::printf("| %.3f ", each_us([&](const Line&) { return ways.Within(world.far, 160); }));
  std::printf("| %.1f ", each_us([&](const Line& c) { return ways.Bound(c); }));
  std::printf("| %.1f ", each_us([&](const Line& c) { return ways.Within(c, options.within_m); }));
  std::printf("| %.1f ", each_us([&](const Line& c) { return ways.Within(c, below_best_m); }));
  std::printf("| %.1f ", each_us([&](const Line& c) { return ways.Ours(world.query, c, kInf); }));
  std::printf("| %.2f ", BestUs(options.rounds, [&] { ways.Plain(); }) / 1e3);
  std::printf("| %.2f ", BestUs(options.rounds, [&] { ways.Ordered(); }) / 1e3);
  std::printf("| %.0f | %.1f | %.0f |\n", static_cast<double>(cells) / n, naive_within_us / 1e3,
              naive_us / 1e3);
  return true;
}

}  // namespace
}  // namespace spoor::bench

int main(int argc, char** argv) {
  spoor::bench::Options options;
  CLI::App app("What does the continuous Frechet distance cost?");
  app.add_option("--fixes", options.fixes, "of each line");
  app.add_option("--spacing", options.spacing_m, "metres between two fixes of the route");
  app.add_option("--candidates", options.candidates, "copies of the query's route to re-rank");
  app.add_option("--k", options.k, "of the re-ranking");
  app.add_option("--rounds", options.rounds, "of which the fastest counts");
  app.add_option("--within", options.within_m, "metres, of the decision");
  app.add_option("--seed", options.seed, "of the lines");
  app.add_flag("!--no-naive", options.naive, "without the rival");
  CLI11_PARSE(app, argc, argv);
  std::printf(
      "| noise | k best, m | far, us | bound, us | within, us | no, us | distance, us | "
      "re-rank, ms | ordered, ms | cells a pair | naive within, ms | naive re-rank, ms "
      "|\n|---|---|---|---|---|---|---|---|---|---|---|---|\n");
  bool right = true;
  for (const spoor::bench::Noise noise :
       {spoor::bench::Noise{"iid 20 m", 20, 0}, spoor::bench::Noise{"AR(1) 10 m", 10, 0.95}}) {
    right = spoor::bench::Run(options, noise) && right;
  }
  return right ? 0 : 1;
}
