#pragma once

#include <cstdint>

#include "absl/status/statusor.h"
#include "geo/fix.h"
#include "router/generate/road_graph.h"

namespace spoor {

// A city that does not exist.
struct StreetGridOptions {
  int side = 100;        // junctions along each side, 4 ... 1000
  double block_m = 110;  // between neighbouring junctions, 10 ... 10 000
  Fix middle = {.lat_e7 = 514'000'000, .lon_e7 = -1'000'000};  // not within 5 degrees of a pole
  uint64_t seed = 1;
};

// Makes a road graph without any file: a grid of streets whose junctions stand a little off their
// places; every sixth street is an arterial, two avenues cross the city from corner to corner, a
// river crosses it from west to east with few bridges, and of the small streets some are missing,
// some one-way, some cut a corner. InvalidArgument when an option is out of range.
absl::StatusOr<RoadGraph> MakeStreetGrid(const StreetGridOptions& options);

}  // namespace spoor
