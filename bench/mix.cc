#include "bench/mix.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/fingerprint/fingerprint.h"
#include "router/generate/random.h"
#include "shard/tune/half_split.h"
#include "shard/tune/typical_params.h"

namespace spoor::bench {
namespace {

constexpr double kMetersPerDegree = 111'195;
constexpr uint64_t kSeed = 11;

struct Position {
  double lat_deg, lon_deg;
};

// As far as fits on the map.
Fix FixAt(Position p, int64_t second) {
  return FixFromDegrees(std::clamp(p.lat_deg, -80.0, 80.0), std::remainder(p.lon_deg, 360),
                        second * 1000);
}

// So far in a direction, in radians from the north.
Position Ahead(Position p, double meters, double heading) {
  const double degrees = meters / kMetersPerDegree;
  return {p.lat_deg + degrees * std::cos(heading),
          p.lon_deg + degrees * std::sin(heading) / std::cos(p.lat_deg * M_PI / 180)};
}

// Of queries of one kind, among the trips of one or all.
absl::StatusOr<double> RecallAt10(const std::vector<Trajectory>& trips,
                                  const std::vector<HalfQuery>& queries,
                                  const IndexParams& params) {
  const auto result = RunHalfSplit(trips, queries, params, Patience());
  if (!result.ok()) return result.status();
  const auto found = std::ranges::count_if(result->ranks, [](double rank) { return rank <= 10; });
  return static_cast<double>(found) / static_cast<double>(queries.size());
}

double GeodabsPerTrip(const std::vector<Trajectory>& trips, const IndexParams& params) {
  size_t sum = 0;
  for (const Trajectory& t : trips) sum += MakeFingerprint(t.view(), params).geodabs.size();
  return static_cast<double>(sum) / static_cast<double>(trips.size());
}

}  // namespace

Kind Drifters(size_t count) {
  Kind out{.name = "drifters", .trips = {}};
  for (size_t i = 0; i < count; ++i) {
    Random random(kSeed, i);
    Position at = i % 3 == 0 ? Position{37.5 + random.Normal(), -123.5 + random.Normal()}
                             : Position{100 * random.Uniform() - 50, 60 * random.Uniform() - 180};
    const double usual_m = 5'000 + 30'000 * random.Uniform();
    double heading = 2 * M_PI * random.Uniform();
    Trajectory t;
    t.id = TrajectoryId(absl::StrCat("drifter", i));
    const auto fixes = static_cast<int>(60 + 340 * random.Uniform());
    for (int f = 0; f < fixes; ++f) {
      t.fixes.push_back(FixAt(at, 1'200'000'000 + int64_t{21'600} * f));
      heading += random.Normal() / 2;
      at = Ahead(at, usual_m * (.5 + random.Uniform()), heading);
    }
    out.trips.push_back(std::move(t));
  }
  return out;
}

Kind Flights(size_t count) {
  constexpr Position kAirports[] = {
      {37.62, -122.38}, {33.94, -118.4}, {47.45, -122.3},  {40.64, -73.78}, {41.97, -87.9},
      {39.86, -104.67}, {32.9, -97.04},  {49.19, -123.18}, {45.59, -122.6}, {36.08, -115.15}};
  constexpr double kSpeedMps = 240;
  Kind out{.name = "flights", .trips = {}};
  for (size_t i = 0; i < count; ++i) {
    Random random(kSeed + 1, i);
    const size_t from = i % 2 == 0 ? 0 : i % std::size(kAirports);
    const size_t to = (from + 1 + i / 2 % (std::size(kAirports) - 1)) % std::size(kAirports);
    const Position a = kAirports[from], b = kAirports[to];
    const double north = b.lat_deg - a.lat_deg, east = b.lon_deg - a.lon_deg;
    const int every_s = (const int[]){10, 30, 60}[i % 3];
    const double degrees = std::hypot(north, east * std::cos(a.lat_deg * M_PI / 180));
    const int steps = 3 + static_cast<int>(degrees * kMetersPerDegree / kSpeedMps / every_s);
    const double bow = .03 * random.Normal();  // how far to the side of the straight line
    Trajectory t;
    t.id = TrajectoryId(absl::StrCat("flight", i));
    for (int f = 0; f <= steps; ++f) {
      const double share = static_cast<double>(f) / steps, aside = bow * std::sin(M_PI * share);
      t.fixes.push_back(FixAt({a.lat_deg + north * share - aside * east + .0005 * random.Normal(),
                               a.lon_deg + east * share + aside * north + .0005 * random.Normal()},
                              1'300'000'000 + int64_t{every_s} * f));
    }
    out.trips.push_back(std::move(t));
  }
  return out;
}

absl::Status PrintMix(const std::vector<Kind>& kinds, size_t queries) {
  std::vector<Trajectory> all;
  for (const Kind& kind : kinds) all.insert(all.end(), kind.trips.begin(), kind.trips.end());
  const IndexParams for_all = TypicalParams(all);
  std::printf(
      "| %zu trips | recall@10 alone, own depths | in the mix | alone, one depth | in the "
      "mix, depth %d | geodabs/trip, own depths | one depth, alone |\n",
      all.size(), for_all.depth);
  std::printf("|---|---|---|---|---|---|---|\n");
  uint32_t before = 0;
  for (const Kind& kind : kinds) {
    const IndexParams alone = TypicalParams(kind.trips);
    std::vector<HalfQuery> asked = DrawHalfQueries(kind.trips, queries, kSeed), among = asked;
    for (HalfQuery& query : among) query.wanted += before;
    before += static_cast<uint32_t>(kind.trips.size());
    std::printf("| %s, %zu", kind.name.c_str(), kind.trips.size());
    for (const auto& [own, typical] : {std::pair(AutoParams(), false), std::pair(alone, true)}) {
      for (const bool mixed : {false, true}) {
        const auto recall = RecallAt10(mixed ? all : kind.trips, mixed ? among : asked,
                                       mixed && typical ? for_all : own);
        if (!recall.ok()) return recall.status();
        std::printf(" | %.3f", *recall);
        std::fflush(stdout);
      }
    }
    std::printf(" | %.0f | %.0f |\n", GeodabsPerTrip(kind.trips, AutoParams()),
                GeodabsPerTrip(kind.trips, alone));
  }
  return absl::OkStatus();
}

}  // namespace spoor::bench
