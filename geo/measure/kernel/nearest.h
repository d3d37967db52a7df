#pragma once

#include "geo/measure/kernel/kernels.h"
#include "geo/measure/kernel/lanes.h"

// The directed Hausdorff distance by early breaks (Taha, Hanbury 2015): a fix whose nearest is no
// farther than another one's changes nothing, so any fix of b that near ends its search.  The
// search begins where the one for the fix before ended, which on lines is mostly the place.
namespace spoor {
namespace {

constexpr size_t kBlock = kColumnPad;  // fixes of b that are looked at together

inline double LeastInBlock(double x_m, double y_m, const Columns& b, size_t begin) {
  Lanes least = All(kInfinity);
  for (size_t j = begin; j < begin + kBlock; j += kLanes) {
    least = Min(least, SquareM2(All(x_m) - Load(b.x_m + j), All(y_m) - Load(b.y_m + j)));
  }
  return LeastLane(least);
}

double FarthestM2(const Columns& a, const Columns& b, double floor_m2, double cutoff_m2,
                  uint64_t& cells) {
  const size_t blocks = (b.size + kBlock - 1) / kBlock;
  double farthest_m2 = floor_m2;
  size_t nearest_block = 0;
  for (size_t i = 0; i < a.size; ++i) {
    double least_m2 = kInfinity;
    size_t block = nearest_block;
    for (size_t looked_at = 0; looked_at < blocks && !(least_m2 <= farthest_m2); ++looked_at) {
      const double m2 = LeastInBlock(a.x_m[i], a.y_m[i], b, block * kBlock);
      if (m2 < least_m2) {
        least_m2 = m2;
        nearest_block = block;
      }
      cells += kBlock;
      block = block + 1 < blocks ? block + 1 : 0;
    }
    if (least_m2 > farthest_m2) farthest_m2 = least_m2;
    if (farthest_m2 > cutoff_m2) break;
  }
  return farthest_m2;
}

}  // namespace
}  // namespace spoor
