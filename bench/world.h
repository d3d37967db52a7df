#pragma once

#include <cstdint>
#include <vector>

#include "geo/trajectory.h"
#include "router/generate/random.h"

namespace spoor::bench {

struct WorldOptions {
  uint32_t cities = 200;
  double exponent =
      1;             // of Zipf's law: the i-th city has 1 / i^exponent of the first one's traffic
  double rural = 0;  // share of the places outside the cities, near one of them
  uint64_t seed = 1;
};

// A world that does not exist: cities in clusters on a few continents, of sizes by Zipf's law,
// whose area grows with their traffic, so that density is about the same everywhere.  The same
// options give the same world.  Thread safety: const methods may be called from any number of
// threads.
class World {
 public:
  explicit World(const WorldOptions& options);

  // A piece of road: denser towards the middle of a city.
  Fix Place(uint64_t i) const;
  // A drive along streets of 200 m blocks, 2 to 8 km long, a fix every 10 s.
  Trajectory Trip(uint64_t i) const;
  // Of all traffic in cities.
  double largest_share() const { return upto_[0]; }

 private:
  struct City {
    double lat_deg = 0, lon_deg = 0, radius_m = 0;
  };
  static City NearOneOf(const std::vector<City>& centres, double spread_deg, Random& random);
  Fix PlaceIn(const City& city, Random& random) const;
  const City& DrawCity(Random& random) const;

  WorldOptions options_;
  std::vector<City> cities_;
  std::vector<double> upto_;  // the share of the traffic in this city and those before it
};

}  // namespace spoor::bench
