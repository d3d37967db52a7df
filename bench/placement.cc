// Placement: how many nodes and slots a query asks, and how evenly nodes are loaded.  Every slot
// that holds a trip with a geodab of the query, or a line that meets the box, or one of the nearest
// by a measure, must be asked; otherwise the program says so and fails.
//
//   placement --part city --data sf_trips_a.ndjson.zst
//   placement --part city --graph-nodes nodes.csv --graph-edges edges.csv
//   placement --part world
//   placement --part balance
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <memory>
#include <numeric>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "bench/cities.h"
#include "bench/read_trips.h"
#include "bench/world.h"
#include "engine/fingerprint/fingerprint.h"
#include "engine/store/home_key.h"
#include "geo/local_plane.h"
#include "router/reads/far_homes.h"
#include "router/reads/routing.h"
#include "shard/place/placement_plan.h"
#include "shard/place/reach.h"
#include "shard/tune/typical_params.h"

namespace spoor::bench {
namespace {

constexpr size_t kQueries = 1000;
constexpr double kSampleShare = .1;  // of the trips; cuts are made from it and judged by all

std::vector<PlacedNode> Nodes(uint32_t count) {
  std::vector<PlacedNode> nodes;
  for (uint32_t n = 0; n < count; ++n) {
    nodes.push_back({.name = absl::StrCat("n", n), .address = "n:7000"});
  }
  return nodes;
}

// Trips with all that placing them and asking for them needs.
struct Trips {
  std::vector<Trajectory> trips;
  std::vector<uint64_t> homes;
  std::vector<std::vector<Geodab>> geodabs;
  std::unordered_map<Geodab, std::vector<uint32_t>> with;  // trips by geodab
};

Trips Prepare(std::vector<Trajectory> trips, const IndexParams& params) {
  Trips out;
  out.trips = std::move(trips);
  for (uint32_t i = 0; i < out.trips.size(); ++i) {
    const Trajectory& t = out.trips[i];
    out.homes.push_back(HomeKey(t.view(), t.id.value()));
    out.geodabs.push_back(MakeFingerprint(t.view(), params).geodabs);
    for (const Geodab g : out.geodabs.back()) out.with[g].push_back(i);
  }
  return out;
}

KeySample SampleOf(const std::vector<uint64_t>& keys) {
  KeySample sample;
  const auto step = static_cast<size_t>(1 / kSampleShare);
  for (size_t i = 0; i < keys.size(); i += step) sample.push_back(keys[i]);
  std::sort(sample.begin(), sample.end());
  return sample;
}

struct Cluster {
  Placement placement;
  std::vector<Reach> reaches;  // of the slots
};

absl::StatusOr<Cluster> MakeCluster(const Trips& trips, uint32_t slots, uint32_t nodes) {
  const KeySample sample = SampleOf(trips.homes);
  PlanRequest request{
      .nodes = Nodes(nodes), .replicas = 1, .cuts = CutByLoad(sample, slots), .loads = {}};
  request.loads = SlotLoads(sample, request.cuts);
  auto placement = Plan(request);
  if (!placement.ok()) return placement.status();
  Cluster out{.placement = *std::move(placement), .reaches = std::vector<Reach>(slots)};
  for (size_t i = 0; i < trips.trips.size(); ++i) {
    out.reaches[SlotOf(out.placement.cuts, trips.homes[i])].Add(trips.trips[i].view(),
                                                                trips.geodabs[i]);
  }
  return out;
}

// What was asked and what had to be, of many queries.
struct Tally {
  std::vector<double> slots, nodes, needed_slots, needed_nodes, us;
  bool missed = false;

  void Add(const Cluster& cluster, const std::vector<bool>& asked, const std::vector<bool>& needed,
           double seconds) {
    us.push_back(1e6 * seconds);
    for (size_t s = 0; s < asked.size(); ++s) missed |= needed[s] && !asked[s];
    slots.push_back(static_cast<double>(std::count(asked.begin(), asked.end(), true)));
    nodes.push_back(NodesOf(cluster, asked));
    needed_slots.push_back(static_cast<double>(std::count(needed.begin(), needed.end(), true)));
    needed_nodes.push_back(NodesOf(cluster, needed));
  }

 private:
  static double NodesOf(const Cluster& cluster, const std::vector<bool>& slots) {
    std::vector<bool> seen(cluster.placement.nodes.size());
    for (size_t s = 0; s < slots.size(); ++s) {
      if (slots[s]) seen[cluster.placement.replicas[s][0]] = true;
    }
    return static_cast<double>(std::count(seen.begin(), seen.end(), true));
  }
};

template <typename May>
std::pair<std::vector<bool>, double> Ask(const Cluster& cluster, May may) {
  std::vector<bool> asked;
  const double start = Seconds();
  for (const Reach& reach : cluster.reaches) asked.push_back(may(reach));
  return {asked, Seconds() - start};
}

Tally AskByGeodabs(const Trips& trips, const Cluster& cluster) {
  Tally tally;
  const size_t step = std::max<size_t>(1, trips.trips.size() / kQueries);
  for (size_t q = 0; q < trips.trips.size(); q += step) {
    std::vector<bool> needed(cluster.reaches.size());
    for (const Geodab g : trips.geodabs[q]) {
      for (const uint32_t i : trips.with.at(g)) {
        needed[SlotOf(cluster.placement.cuts, trips.homes[i])] = true;
      }
    }
    const ReachPrefixes prefixes = PrefixesOf(trips.geodabs[q]);
    const auto [asked, s] = Ask(cluster, [&](const Reach& r) { return r.MayShare(prefixes); });
    tally.Add(cluster, asked, needed, s);
  }
  return tally;
}

// Boxes of a kilometre each way around the beginning of a trip.
Tally AskByBoxes(const Trips& trips, const Cluster& cluster) {
  constexpr size_t kBoxes = 100;  // the truth is a scan of all lines
  constexpr double kHalfE7 = 500 / 111'195e-7;
  Tally tally;
  const size_t step = std::max<size_t>(1, trips.trips.size() / kBoxes);
  for (size_t q = 0; q < trips.trips.size(); q += step) {
    const Fix& at = trips.trips[q].fixes[0];
    const auto lat = static_cast<int32_t>(kHalfE7);
    const auto lon = static_cast<int32_t>(kHalfE7 / std::cos(at.lat_deg() * M_PI / 180));
    const Box box{at.lat_e7 - lat, at.lon_e7 - lon, at.lat_e7 + lat, at.lon_e7 + lon};
    std::vector<bool> needed(cluster.reaches.size());
    for (size_t i = 0; i < trips.trips.size(); ++i) {
      const uint32_t slot = SlotOf(cluster.placement.cuts, trips.homes[i]);
      if (!needed[slot]) needed[slot] = Meets(trips.trips[i].view(), box, Relation::kIntersects);
    }
    const BoxCells cells = ReachCellsOf(box);
    const auto [asked, s] = Ask(cluster, [&](const Reach& r) { return r.MayMeet(cells); });
    tally.Add(cluster, asked, needed, s);
  }
  return tally;
}

// The nearest by the discrete Frechet distance: the node where the query is at home is asked first,
// then those where something may live that is as near as the tenth of it.
class ExactAsking {
 public:
  ExactAsking(const Trips& trips, const Cluster& cluster) : trips_(trips), cluster_(cluster) {
    for (const uint64_t home : trips.homes)
      slot_of_.push_back(SlotOf(cluster.placement.cuts, home));
    for (uint32_t n = 0; n < cluster.placement.nodes.size(); ++n) {
      std::vector<uint32_t> slots;
      for (uint32_t s = 0; s < cluster.reaches.size(); ++s) {
        if (cluster.placement.replicas[s][0] == n) slots.push_back(s);
      }
      homes_.push_back(HomesOf(cluster.placement.cuts, slots));
    }
  }

  Tally Run() const {
    constexpr size_t kExact = 200;  // the truth is a scan of all trips
    Tally tally;
    const size_t step = std::max<size_t>(1, trips_.trips.size() / kExact);
    for (size_t q = 0; q < trips_.trips.size(); q += step) Ask(q, tally);
    return tally;
  }

 private:
  uint32_t NodeOf(size_t trip) const { return cluster_.placement.replicas[slot_of_[trip]][0]; }

  void Ask(size_t q, Tally& tally) const {
    const std::shared_ptr<const Measure> measure = *MakeMeasure("discrete_frechet", {});
    Query query;
    query.fixes = trips_.trips[q].fixes;
    query.rerank = {.measure = measure};
    const uint32_t home = NodeOf(q);
    const auto near =
        Nearest(q, *measure, kInfinity, [&](size_t trip) { return NodeOf(trip) == home; });
    const double cutoff = near.size() < kNearest ? kInfinity : near[0].first;
    std::vector<bool> asked(cluster_.reaches.size()), needed(cluster_.reaches.size());
    const double start = Seconds();
    const FarHomes far(query);
    for (uint32_t n = 0; n < homes_.size(); ++n) {
      if (n != home && !far.MayHold(homes_[n], cutoff)) continue;
      for (uint32_t s = 0; s < asked.size(); ++s) {
        if (cluster_.placement.replicas[s][0] == n) asked[s] = true;
      }
    }
    const double seconds = Seconds() - start;
    for (const auto& [distance, trip] : Nearest(q, *measure, cutoff, [](size_t) { return true; })) {
      needed[slot_of_[trip]] = true;
    }
    tally.Add(cluster_, asked, needed, seconds);
  }

  // Within the cutoff, the farthest first.
  template <typename Belongs>
  std::vector<std::pair<double, size_t>> Nearest(size_t q, const Measure& measure, double cutoff,
                                                 Belongs belongs) const {
    const TrajectoryView fixes = trips_.trips[q].view();
    const LocalPlane plane(fixes[fixes.size() / 2]);
    const std::vector<PlanePoint> line = plane.Project(fixes);
    std::vector<PlanePoint> other;
    std::vector<std::pair<double, size_t>> found;
    for (size_t i = 0; i < trips_.trips.size(); ++i) {
      if (i == q || !belongs(i)) continue;
      const TrajectoryView trip = trips_.trips[i].view();
      // The first fixes are a pair, and so are the last ones.
      if (DistanceM(line.front(), plane.Project(trip.front())) > cutoff) continue;
      if (DistanceM(line.back(), plane.Project(trip.back())) > cutoff) continue;
      plane.Project(trip, other);
      const double distance = measure.Distance(line, other, cutoff);
      if (!(distance <= cutoff)) continue;
      found.emplace_back(distance, i);
      std::push_heap(found.begin(), found.end());
      if (found.size() > kNearest) std::pop_heap(found.begin(), found.end()), found.pop_back();
      if (found.size() == kNearest) cutoff = found[0].first;
    }
    return found;
  }

  static constexpr size_t kNearest = 10;
  static constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const Trips& trips_;
  const Cluster& cluster_;
  std::vector<uint32_t> slot_of_;  // of each trip
  std::vector<HomeSet> homes_;     // of each node
};

// A row of the table; false when a slot was wrongly pruned.
bool Print(const char* name, const char* what, const Cluster& cluster, Tally tally) {
  double bytes = 0;
  for (const Reach& r : cluster.reaches) bytes += static_cast<double>(r.bytes());
  std::printf("| %s | %s | %zu | %zu | %.0f / %.0f | %.0f | %.0f / %.0f | %.0f | %.1f | %.1f |\n",
              name, what, cluster.reaches.size(), cluster.placement.nodes.size(),
              Percentile(tally.slots, .5), Percentile(tally.slots, .99),
              Percentile(tally.needed_slots, .5), Percentile(tally.nodes, .5),
              Percentile(tally.nodes, .99), Percentile(tally.needed_nodes, .5),
              Percentile(tally.us, .5), bytes / static_cast<double>(cluster.reaches.size()));
  std::fflush(stdout);
  if (tally.missed) std::fprintf(stderr, "%s: a slot that holds an answer was pruned\n", name);
  return !tally.missed;
}

void PrintHeading() {
  std::printf(
      "| trips | query | slots | nodes | slots asked p50 / p99 | needed | nodes asked p50 / p99 | "
      "needed | us to choose p50 | bytes a reach |\n|---|---|---|---|---|---|---|---|---|---|\n");
}

int RunAsking(const char* name, const Trips& trips, const std::vector<uint64_t>& slot_counts,
              const std::vector<uint64_t>& node_counts) {
  for (const uint64_t slots : slot_counts) {
    for (const uint64_t nodes : node_counts) {
      const auto cluster =
          MakeCluster(trips, static_cast<uint32_t>(slots), static_cast<uint32_t>(nodes));
      if (!cluster.ok()) {
        return std::fprintf(stderr, "%s\n", cluster.status().ToString().c_str()), 1;
      }
      if (!Print(name, "trip", *cluster, AskByGeodabs(trips, *cluster))) return 1;
      if (!Print(name, "box", *cluster, AskByBoxes(trips, *cluster))) return 1;
      if (!Print(name, "exact", *cluster, ExactAsking(trips, *cluster).Run())) return 1;
    }
  }
  return 0;
}

absl::StatusOr<std::vector<Trajectory>> CityTrips(const Arguments& arguments) {
  const std::string file = arguments.Text("data", "");
  if (!file.empty()) return ReadNdjson(file);
  CityOptions options;
  options.routes = static_cast<uint32_t>(arguments.Number("routes", 1000));
  options.variants = 20;
  options.noise = Noise::kAr1;
  const auto city = MakeCity(arguments, options);
  if (!city.ok()) return city.status();
  std::vector<Trajectory> trips;
  for (uint64_t i = 0; i < city->drives(); ++i) trips.push_back(city->Trip(city->DriveAt(i)));
  return trips;
}

int RunCity(const Arguments& arguments) {
  auto trips = CityTrips(arguments);
  if (!trips.ok()) return std::fprintf(stderr, "%s\n", trips.status().ToString().c_str()), 1;
  constexpr size_t kFirst = 1000;
  const IndexParams params =
      TypicalParams(absl::MakeConstSpan(*trips).subspan(0, std::min(kFirst, trips->size())));
  std::printf("%zu trips, depth %d\n\n", trips->size(), params.depth);
  PrintHeading();
  return RunAsking("city", Prepare(*std::move(trips), params),
                   arguments.Numbers("slots", "64,4096"), arguments.Numbers("nodes", "5,10"));
}

int RunWorld(const Arguments& arguments) {
  WorldOptions options;
  options.cities = static_cast<uint32_t>(arguments.Number("cities", 200));
  const World world(options);
  std::vector<Trajectory> trips;
  const auto count = static_cast<uint64_t>(arguments.Number("trips", 200'000));
  for (uint64_t i = 0; i < count; ++i) trips.push_back(world.Trip(i));
  std::printf("%u cities, the largest with %.1f %% of the trips\n\n", options.cities,
              100 * world.largest_share());
  PrintHeading();
  return RunAsking("world", Prepare(std::move(trips), IndexParams()),
                   arguments.Numbers("slots", "512,4096"), arguments.Numbers("nodes", "50"));
}

double MaxOverMean(const std::vector<uint64_t>& loads) {
  const auto sum = static_cast<double>(std::accumulate(loads.begin(), loads.end(), uint64_t{0}));
  return static_cast<double>(*std::max_element(loads.begin(), loads.end())) *
         static_cast<double>(loads.size()) / sum;
}

// The paper's: shard = prefix * S / 65536, node = shard mod N.
std::vector<uint64_t> ModuloLoads(const std::vector<uint64_t>& keys, uint64_t shards,
                                  uint64_t nodes) {
  std::vector<uint64_t> loads(nodes);
  for (const uint64_t key : keys) ++loads[((key >> 48) * shards / 65536) % nodes];
  return loads;
}

void PrintPrefixes(const std::vector<uint64_t>& keys) {
  std::vector<uint64_t> counts(65536);
  for (const uint64_t key : keys) ++counts[key >> 48];
  std::sort(counts.rbegin(), counts.rend());
  const auto all = static_cast<double>(keys.size());
  const auto used = std::count_if(counts.begin(), counts.end(), [](uint64_t c) { return c > 0; });
  std::printf(
      "\n%td of 65536 prefixes are used\n\n| the fullest | share of the roads |\n|---|---|\n",
      used);
  for (const size_t first : {size_t{1}, size_t{10}, size_t{100}, size_t{1000}}) {
    const auto end = counts.begin() + static_cast<ptrdiff_t>(first);
    std::printf("| %zu | %.1f %% |\n", first,
                100 * static_cast<double>(std::accumulate(counts.begin(), end, uint64_t{0})) / all);
  }
  std::printf("\n| pieces of road in a prefix | prefixes |\n|---|---|\n");
  for (uint64_t from = 1; from <= counts[0]; from *= 10) {
    const auto in = std::count_if(counts.begin(), counts.end(),
                                  [&](uint64_t c) { return c >= from && c < 10 * from; });
    std::printf("| %lu ... %lu | %td |\n", from, 10 * from - 1, in);
  }
}

int RunBalance(const Arguments& arguments) {
  WorldOptions options;
  options.cities = static_cast<uint32_t>(arguments.Number("cities", 20'000));
  options.rural = .3;
  const World world(options);
  std::vector<uint64_t> keys;
  const auto count = static_cast<uint64_t>(arguments.Number("roads", 1'000'000));
  for (uint64_t i = 0; i < count; ++i) {
    keys.push_back(HomeKey({world.Place(i)}, absl::StrCat(i)));
  }
  const auto nodes = static_cast<uint32_t>(arguments.Number("nodes", 10));
  std::printf("| placement | pieces | max / mean over %u nodes |\n|---|---|---|\n", nodes);
  for (const uint64_t shards : arguments.Numbers("shards", "10,100,1000,10000,65536")) {
    std::printf("| prefix modulo | %lu shards | %.3f |\n", shards,
                MaxOverMean(ModuloLoads(keys, shards, nodes)));
  }
  const KeySample sample = SampleOf(keys);
  std::vector<uint64_t> sorted = keys;
  std::sort(sorted.begin(), sorted.end());
  for (const uint64_t slots : arguments.Numbers("slots", "64,512,4096")) {
    PlanRequest request{.nodes = Nodes(nodes),
                        .replicas = 1,
                        .cuts = CutByLoad(sample, static_cast<uint32_t>(slots)),
                        .loads = {}};
    request.loads = SlotLoads(sample, request.cuts);
    const auto placement = Plan(request);
    if (!placement.ok()) return 1;
    std::printf("| by load | %lu slots | **%.3f** |\n", slots,
                MaxOverMean(NodeLoads(*placement, SlotLoads(sorted, placement->cuts))));
  }
  PrintPrefixes(keys);
  return 0;
}

}  // namespace
}  // namespace spoor::bench

int main(int argc, char** argv) {
  const spoor::bench::Arguments arguments(argc, argv);
  const std::string part = arguments.Text("part", "city");
  if (part == "city") return spoor::bench::RunCity(arguments);
  if (part == "world") return spoor::bench::RunWorld(arguments);
  if (part == "balance") return spoor::bench::RunBalance(arguments);
  std::fprintf(stderr, "--part is '%s', allowed: city, world, balance\n", part.c_str());
  return 2;
}
