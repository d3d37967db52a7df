// The nearest parts of all pairs of trips (engine/motif/closest_pairs.h): how many pairs are
// opened, how long it takes, and what is in memory.  The answer over the first trips is checked
// against the exact pair of every pair before anything is timed.
//
//   pairs --file sf_trips_a.ndjson.zst --trips 20000 --steps 10 --k 10
#include <sys/resource.h>

#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "bench/cities.h"
#include "bench/read_trips.h"
#include "engine/motif/btm.h"
#include "engine/motif/closest_pairs.h"
#include "geo/local_plane.h"

namespace spoor::bench {
namespace {

absl::StatusOr<ClosestAnswer> Nearest(absl::Span<const Trajectory> trips,
                                      const ClosestQuery& query) {
  return ClosestPairs(trips, query, {}, [](uint64_t, uint64_t) {});
}

// The k least distances of all pairs, each compared for itself.
absl::StatusOr<std::vector<double>> OneByOne(absl::Span<const Trajectory> trips,
                                             const ClosestQuery& query) {
  std::vector<double> all;
  for (size_t a = 0; a < trips.size(); ++a) {
    const LocalPlane plane(trips[a].fixes[trips[a].fixes.size() / 2]);
    const std::vector<PlanePoint> line = plane.Project(trips[a].view());
    for (size_t b = a + 1; b < trips.size(); ++b) {
      const auto found = LeastFrechetPair(line, plane.Project(trips[b].view()), query.steps, {});
      if (!found.ok()) return found.status();
      if (found->pair) all.push_back(found->pair->distance_m);
    }
  }
  std::ranges::sort(all);
  if (all.size() > query.k) all.resize(query.k);
  return all;
}

int Failed(const absl::Status& status) {
  std::fprintf(stderr, "%s\n", status.ToString().c_str());
  return 1;
}

int Check(absl::Span<const Trajectory> trips, const ClosestQuery& query) {
  const auto truth = OneByOne(trips, query);
  if (!truth.ok()) return Failed(truth.status());
  const auto got = Nearest(trips, query);
  if (!got.ok()) return Failed(got.status());
  bool right = truth->size() == got->motifs.size();
  for (size_t i = 0; right && i < truth->size(); ++i) {
    right = (*truth)[i] == got->motifs[i].distance_m;
  }
  std::printf("%zu trips, every pair: %s\n", trips.size(), right ? "the same" : "WRONG");
  return right ? 0 : 1;
}

int Main(int argc, char** argv) {
  const Arguments arguments(argc, argv);
  auto trips = ReadNdjson(arguments.Text("file", "sf_trips_a.ndjson.zst"));
  if (!trips.ok()) return Failed(trips.status());
  ClosestQuery query;
  query.steps = static_cast<uint32_t>(arguments.Number("steps", 10));
  query.k = static_cast<size_t>(arguments.Number("k", 10));
  const auto most = static_cast<size_t>(arguments.Number("trips", 20'000));
  if (trips->size() > most) trips->resize(most);
  std::ranges::sort(*trips, {}, &Trajectory::id);
  const size_t checked = std::min<size_t>(trips->size(), 300);
  if (Check(absl::MakeConstSpan(*trips).first(checked), query) != 0) return 1;
  const double start = ProcessorSeconds();
  const auto answer = Nearest(*trips, query);
  const double took_s = ProcessorSeconds() - start;
  if (!answer.ok()) return Failed(answer.status());
  const ClosestCost& cost = answer->cost;
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  std::printf("%zu trips, %zu of more than %u steps, %zu pairs\n", trips->size(),
              static_cast<size_t>(cost.trips), query.steps, static_cast<size_t>(cost.pairs));
  std::printf("opened %zu (%.4f %%) in %u rounds, proven within %.1f m\n",
              static_cast<size_t>(cost.opened),
              100.0 * static_cast<double>(cost.opened) / static_cast<double>(cost.pairs),
              cost.rounds, cost.within_m);
  std::printf("%.2f s, %.0f MB at most\n", took_s, static_cast<double>(usage.ru_maxrss) / 1024);
  for (const Motif& m : answer->motifs) {
    std::printf("  %6.2f m %6.0f m long  %s %u-%u  %s %u-%u\n", m.distance_m, m.length_m,
                m.occurrences[0].id.value().c_str(), m.occurrences[0].from, m.occurrences[0].to,
                m.occurrences[1].id.value().c_str(), m.occurrences[1].from, m.occurrences[1].to);
  }
  return 0;
}

}  // namespace
}  // namespace spoor::bench

int main(int argc, char** argv) { return spoor::bench::Main(argc, argv); }
