// How fast is a right answer to "which stretches do these trips share"?  bench/README.md says what
// it prints.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "engine/fingerprint/fingerprint.h"
#include "engine/motif/btm.h"
#include "engine/motif/pair.h"
#include "engine/motif/sub_line.h"
#include "geo/measure/measure.h"
#include "tests/engine/motif/naive_motif.h"
#include "tests/engine/motif/planted.h"

namespace spoor {
namespace {

using testing::PlantedNoise;
using testing::PlantedScore;
using testing::PlantedStreets;
using testing::PlantedTerms;
using testing::PlantedTrip;
// Of one core, whatever else the machine does.
double MsOf(const std::function<void()>& work) {
  const std::clock_t start = std::clock();
  work();
  return 1e3 * static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
}

double MedianOf(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + static_cast<long>(values.size() / 2),
                   values.end());
  return values[values.size() / 2];
}

MotifTrip TripOf(const PlantedTrip& planted) { return {.fixes = planted.trajectory.fixes}; }

using PlantedPair = std::pair<PlantedTrip, PlantedTrip>;

std::vector<PlantedPair> Pairs(const PlantedTerms& terms, size_t count, uint64_t seed) {
  std::vector<PlantedPair> out;
  PlantedStreets streets(seed);
  while (out.size() < count) {
    PlantedPair pair;
    if (streets.MakePair(terms, &pair.first, &pair.second)) out.push_back(std::move(pair));
  }
  return out;
}

// Trips of the first `fixes` fixes, of a pair that goes far enough.
void Cut(size_t fixes, PlantedPair& pair) {
  for (PlantedTrip* trip : {&pair.first, &pair.second}) {
    if (trip->trajectory.fixes.size() > fixes) trip->trajectory.fixes.resize(fixes);
  }
}

void ShowPlanted() {
  std::printf("planted stretches (300 pairs each, 1.4 km shared, 1 fix per second)\n");
  std::printf("  %-22s %7s %12s %9s\n", "noise", "recall", "ends median", "p90");
  struct Row {
    const char* name;
    PlantedTerms terms;
  };
  for (const Row& row :
       {Row{"iid 20 m", {.noise = {.sd_m = 20, .rho = 0}}},
        Row{"AR(1) 5 m", {.noise = {.sd_m = 5}}}, Row{"AR(1) 10 m", {.noise = {.sd_m = 10}}},
        Row{"AR(1) 10 m, opposite", {.noise = {.sd_m = 10}, .opposite = true}},
        Row{"AR(1) 5 m, 10 s with 2 s", {.noise = {.sd_m = 5}, .step_a_s = 10, .step_b_s = 2}}}) {
    PlantedScore score;
    for (const auto& [a, b] : Pairs(row.terms, 300, 99)) {
      const MotifTerms terms{.direction =
                                 row.terms.opposite ? Direction::kOpposite : Direction::kSame};
      score.Mark(MotifsBetween(TripOf(a), TripOf(b), terms, AutoParams(), {})->motifs, a, b);
    }
    std::printf("  %-22s %7.3f %10.1f m %7.1f m\n", row.name, score.recall(), score.Quantile(0.5),
                score.Quantile(0.9));
  }
}

// Motifs whose distance, measured again, is another.
size_t WrongDistances(const MotifAnswer& answer, const MotifTrip& a, const MotifTrip& b) {
  const LocalPlane plane(a.fixes[a.fixes.size() / 2]);
  const std::vector<PlanePoint> line_a = plane.Project(a.fixes), line_b = plane.Project(b.fixes);
  const auto frechet = *MakeMeasure("frechet", {});
  size_t wrong = 0;
  for (const Motif& motif : answer.motifs) {
    const MotifOccurrence &x = motif.occurrences[0], &y = motif.occurrences[1];
    wrong += frechet->Distance(SubLine(line_a, x.from_at, x.to_at),
                               SubLine(line_b, y.from_at, y.to_at), kInf) != motif.distance_m;
  }
  return wrong;
}

void ShowBetween() {
  std::printf("two trips of 10 000 fixes, by anchors\n");
  for (const int shared_blocks : {20, 200, 600}) {
    PlantedTerms terms{.noise = {.sd_m = 10},
                       .shared_blocks = shared_blocks,
                       .other_blocks = (900 - shared_blocks) / 2,
                       .stops = false};
    std::vector<double> took_ms;
    PlantedScore score;
    size_t wrong = 0;
    for (PlantedPair& pair : Pairs(terms, 20, 5)) {
      Cut(10'000, pair);
      const MotifTrip a = TripOf(pair.first), b = TripOf(pair.second);
      MotifsBetween(a, b, {}, AutoParams(), {}).IgnoreError();
      absl::StatusOr<MotifAnswer> answer = MotifAnswer();
      took_ms.push_back(MsOf([&] { answer = MotifsBetween(a, b, {}, AutoParams(), {}); }));
      score.Mark(answer->motifs, pair.first, pair.second);
      wrong += WrongDistances(*answer, a, b);
    }
    std::printf("  %5.1f km shared: p50 %.2f ms, recall %.2f, wrong distances %zu\n",
                shared_blocks * 0.14, MedianOf(took_ms), score.recall(), wrong);
  }
}

void ShowExact() {
  std::printf("exact pair of two trips of 500 fixes (some compared with BTM as published)\n");
  std::printf("  %6s %-10s %9s %9s %10s %8s %8s %6s\n", "steps", "trips", "p50", "worst", "pruned",
              "opened", "asked", "wrong");
  for (const uint32_t steps : {10U, 50U, 100U, 200U}) {
    for (const bool sharing : {true, false}) {
      std::vector<double> took_ms;
      double pruned = 0, starts = 0, opened = 0, decisions = 0;
      size_t wrong = 0;
      const std::vector<PlantedPair> pairs =
          Pairs({.noise = {.sd_m = 10}, .shared_blocks = 20, .other_blocks = 12}, 20, steps);
      for (size_t i = 0; i < pairs.size(); ++i) {
        std::vector<Fix> a = pairs[i].first.trajectory.fixes;
        std::vector<Fix> b = pairs[sharing ? i : (i + 7) % 20].second.trajectory.fixes;
        a.resize(std::min<size_t>(a.size(), 500));
        b.resize(std::min<size_t>(b.size(), 500));
        if (!sharing) {
          for (Fix& fix : b) fix.lat_e7 += 200'000;  // 2 km to the north
        }
        const LocalPlane plane(a[a.size() / 2]);
        const std::vector<PlanePoint> line_a = plane.Project(a), line_b = plane.Project(b);
        absl::StatusOr<ExactResult> found = ExactResult();
        took_ms.push_back(MsOf([&] { found = LeastFrechetPair(line_a, line_b, steps, {}); }));
        const ExactCost& cost = found->cost;
        starts += static_cast<double>(cost.starts);
        pruned += static_cast<double>(cost.by_cell + cost.by_cross + cost.by_bands);
        opened += static_cast<double>(cost.opened);
        decisions += static_cast<double>(cost.decisions);
        constexpr size_t kCompared = 2;
        if (i >= kCompared || !sharing) continue;
        wrong += found->pair->distance_m != testing::PublishedBtm(line_a, line_b, steps);
      }
      std::printf("  %6u %-10s %6.1f ms %6.1f ms %9.2f%% %8.1f %8.1f %6zu\n", steps,
                  sharing ? "share" : "are apart", MedianOf(took_ms),
                  *std::max_element(took_ms.begin(), took_ms.end()), 100 * pruned / starts,
                  opened / 20, decisions / 20, wrong);
    }
  }
}

// The figure of the geodabs paper: the best motif of a trip among candidates, by BTM as published,
// by ours, and by geodabs.
void ShowAsCandidatesGrow() {
  constexpr uint32_t kSteps = 60;
  std::printf(
      "the nearest stretch of a trip of 500 fixes among candidates of 500 (more than %u steps)\n",
      kSteps);
  std::printf("  %10s %14s %14s %12s %9s\n", "candidates", "BTM (paper)", "exact (ours)", "geodabs",
              "BTM / g.");
  const std::vector<PlantedPair> pairs =
      Pairs({.noise = {.sd_m = 10}, .shared_blocks = 20, .other_blocks = 12}, 16, 3);
  std::vector<Fix> asked = pairs[0].first.trajectory.fixes;
  asked.resize(std::min<size_t>(asked.size(), 500));
  const LocalPlane plane(asked[asked.size() / 2]);
  const std::vector<PlanePoint> line = plane.Project(asked);
  double paper_ms = 0, ours_ms = 0, geodabs_ms = 0;
  size_t wrong = 0;
  for (size_t i = 0; i < pairs.size(); ++i) {
    std::vector<Fix> other = pairs[i].second.trajectory.fixes;
    other.resize(std::min<size_t>(other.size(), 500));
    const std::vector<PlanePoint> other_line = plane.Project(other);
    double published_m = 0;
    absl::StatusOr<ExactResult> ours = ExactResult();
    paper_ms += MsOf([&] { published_m = testing::PublishedBtm(line, other_line, kSteps); });
    ours_ms += MsOf([&] { ours = LeastFrechetPair(line, other_line, kSteps, {}); });
    geodabs_ms += MsOf([&] {
      MotifsBetween({.fixes = asked}, {.fixes = other}, {}, AutoParams(), {}).IgnoreError();
    });
    wrong += published_m != ours->pair->distance_m;
    if ((i & (i + 1)) != 0) continue;
    std::printf("  %10zu %11.1f ms %11.1f ms %9.2f ms %8.0fx\n", i + 1, paper_ms, ours_ms,
                geodabs_ms, paper_ms / geodabs_ms);
  }
  std::printf("  answers of the two exact ones that differ: %zu\n", wrong);
}

int Run() {
  std::setvbuf(stdout, nullptr, _IOLBF, BUFSIZ);
  ShowPlanted();
  ShowBetween();
  ShowExact();
  ShowAsCandidatesGrow();
  return 0;
}

}  // namespace
}  // namespace spoor

int main() { return spoor::Run(); }
