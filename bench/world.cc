#include "bench/world.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"

namespace spoor::bench {
namespace {

constexpr double kMetresPerDegree = 111'195;
constexpr double kLargestRadiusM = 25'000;
constexpr double kBlockM = 200, kStepM = 100;  // 36 km/h, a fix every 10 s
constexpr int64_t kStartMs = 1'700'000'000'000, kStepMs = 10'000;

double MetresPerDegreeEast(double lat_deg) {
  return kMetresPerDegree * std::cos(lat_deg * M_PI / 180);
}

Fix FixAt(double lat_deg, double lon_deg, int64_t time_ms = kNoTime) {
  const double wrapped = lon_deg - 360 * std::floor((lon_deg + 180) / 360);
  return FixFromDegrees(std::clamp(lat_deg, -85.0, 85.0), wrapped, time_ms);
}

}  // namespace

World::World(const WorldOptions& options) : options_(options) {
  constexpr int kContinents = 6;
  constexpr double kContinentDeg = 12;
  Random random(options.seed);
  std::vector<City> continents;
  for (int c = 0; c < kContinents; ++c) {
    continents.push_back({random.Uniform(-40, 60), random.Uniform(-180, 180), 0});
  }
  double sum = 0;
  for (uint32_t i = 0; i < options.cities; ++i) {
    const double share = std::pow(i + 1, -options.exponent);
    cities_.push_back(NearOneOf(continents, kContinentDeg, random));
    cities_.back().radius_m = std::max(500.0, kLargestRadiusM * std::sqrt(share));
    upto_.push_back(sum += share);
  }
  for (double& share : upto_) share /= sum;
}

World::City World::NearOneOf(const std::vector<City>& centres, double spread_deg, Random& random) {
  const City& centre = centres[random.Below(static_cast<uint32_t>(centres.size()))];
  return {std::clamp(centre.lat_deg + spread_deg * random.Normal(), -60.0, 70.0),
          centre.lon_deg + 2 * spread_deg * random.Normal(), 0};
}

const World::City& World::DrawCity(Random& random) const {
  const auto at = std::lower_bound(upto_.begin(), upto_.end(), random.Uniform());
  return cities_[std::min(static_cast<size_t>(at - upto_.begin()), cities_.size() - 1)];
}

Fix World::PlaceIn(const City& city, Random& random) const {
  const double north_m = city.radius_m / 2 * random.Normal();
  const double east_m = city.radius_m / 2 * random.Normal();
  return FixAt(city.lat_deg + north_m / kMetresPerDegree,
               city.lon_deg + east_m / MetresPerDegreeEast(city.lat_deg));
}

Fix World::Place(uint64_t i) const {
  Random random(options_.seed, i);
  City city = DrawCity(random);
  if (random.Uniform() < options_.rural) city.radius_m = 200'000;
  return PlaceIn(city, random);
}

Trajectory World::Trip(uint64_t i) const {
  Random random(options_.seed, i);
  const City& city = DrawCity(random);
  const Fix start = PlaceIn(city, random);
  const double block_lat = kBlockM / kMetresPerDegree;
  const double block_lon = kBlockM / MetresPerDegreeEast(city.lat_deg);
  double lat = std::round(start.lat_deg() / block_lat) * block_lat;
  double lon = std::round(start.lon_deg() / block_lon) * block_lon;
  const auto steps = static_cast<int>(random.Uniform(2000, 8000) / kStepM);
  const double to_north = random.Uniform() < .5 ? 1 : -1, to_east = random.Uniform() < .5 ? 1 : -1;
  bool north = random.Uniform() < .5;
  Trajectory trip;
  trip.id = TrajectoryId(absl::StrCat("w", i));
  for (int s = 0; s <= steps; ++s) {
    trip.fixes.push_back(FixAt(lat, lon, kStartMs + s * kStepMs));
    if (s % 2 == 0 && random.Uniform() < .3) north = !north;  // at a crossing
    (north ? lat : lon) += kStepM / kBlockM * (north ? to_north * block_lat : to_east * block_lon);
  }
  return trip;
}

}  // namespace spoor::bench
