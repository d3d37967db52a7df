#pragma once

#include "geo/measure/kernel/kernels.h"
#include "geo/measure/kernel/lanes.h"

// Free places on the sides of cells, many at a time; geo/measure/free_space.cc says the same of one
// side, and with the same operations.
namespace spoor {
namespace {

constexpr uint64_t kAllLanes = (uint64_t{1} << kLanes) - 1;

inline uint64_t IsNear(Lanes ax_m, Lanes ay_m, Lanes bx_m, Lanes by_m, Lanes leash_m2) {
  return AtMost(SquareM2(ax_m - bx_m, ay_m - by_m), leash_m2);
}

// Where the point is beside the leg, and not too far: (x, y) is where it is from the leg's start.
inline uint64_t IsBeside(Lanes x_m, Lanes y_m, Lanes east, Lanes north, Lanes length_m,
                         Lanes leash_m2) {
  const Lanes beside_m = x_m * north - y_m * east, along_m = x_m * east + y_m * north;
  return AtMost(beside_m * beside_m, leash_m2) & AtMost(All(0), along_m) &
         AtMost(along_m, length_m);
}

FreeSides FindFreeSides(const LegColumns& rows, size_t i, const LegColumns& columns, size_t begin,
                        size_t end, double leash_m2) {
  const Lanes x_m = All(rows.x_m[i]), y_m = All(rows.y_m[i]);
  const Lanes next_x_m = All(rows.x_m[i + 1]), next_y_m = All(rows.y_m[i + 1]);
  const Lanes leash = All(leash_m2);
  FreeSides out = {.upper = 0, .right = 0};
  for (size_t j = begin; j < end; j += kLanes) {
    const Lanes right_x_m = Load(columns.x_m + j + 1), right_y_m = Load(columns.y_m + j + 1);
    const uint64_t corner = IsNear(next_x_m, next_y_m, right_x_m, right_y_m, leash);
    uint64_t upper = corner, right = corner;
    if (upper != kAllLanes) {
      const Lanes left_x_m = Load(columns.x_m + j), left_y_m = Load(columns.y_m + j);
      upper |= IsNear(next_x_m, next_y_m, left_x_m, left_y_m, leash);
      upper |= IsBeside(next_x_m - left_x_m, next_y_m - left_y_m, Load(columns.east + j),
                        Load(columns.north + j), Load(columns.length_m + j), leash);
      right |= IsNear(x_m, y_m, right_x_m, right_y_m, leash);
      right |= IsBeside(right_x_m - x_m, right_y_m - y_m, All(rows.east[i]), All(rows.north[i]),
                        All(rows.length_m[i]), leash);
    }
    out.upper |= upper << (j - begin);
    out.right |= right << (j - begin);
  }
  return out;
}

}  // namespace
}  // namespace spoor
