#pragma once

#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "geo/trajectory.h"

namespace spoor::testing {

// A trip of n fixes, one a second, along the streets of a small grid near London: trips share
// streets. The same arguments give the same trip.
inline Trajectory GridTrip(absl::string_view id, uint64_t seed, size_t n = 60) {
  constexpr int32_t kStepE7 = 1500;         // 17 m north, 10 m east
  constexpr int kBlock = 20, kStreets = 8;  // steps between crossings, streets each way
  std::mt19937_64 rng(seed);
  Trajectory t{.id = TrajectoryId(std::string(id)),
               .object = absl::StrCat("car", seed % 7),
               .tags = {{"kind", seed % 2 == 0 ? "even" : "odd"}}};
  int x = static_cast<int>(rng() % kStreets) * kBlock,
      y = static_cast<int>(rng() % kStreets) * kBlock;
  int dx = 1, dy = 0;
  for (size_t i = 0; i < n; ++i) {
    if (i % kBlock == 0) {
      const bool along_x = rng() % 2 == 0;
      const int way = rng() % 2 == 0 ? 1 : -1;
      std::tie(dx, dy) = along_x ? std::pair(way, 0) : std::pair(0, way);
    }
    t.fixes.push_back({.lat_e7 = 515000000 + y * kStepE7,
                       .lon_e7 = -1000000 + x * kStepE7,
                       .time_ms = 1'700'000'000'000 + static_cast<int64_t>(seed * 60 + i) * 1000});
    x += dx;
    y += dy;
  }
  return t;
}

}  // namespace spoor::testing
