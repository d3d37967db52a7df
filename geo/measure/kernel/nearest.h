#pragma once

#include "geo/measure/kernel/kernels.h"
#include "geo/measure/kernel/lanes.h"

// The directed Hausdorff distance by early breaks (Taha, Hanbury 2015): a fix whose nearest is no
// farther than another one's changes nothing, so any fix of b that near ends its search.  The
// search begins where the one for the fix before ended, which on lines is mostly the place.
namespace spoor {
namespace {

constexpr size_t kBlock = kColumnPad;  // fixes of b that are looked at together

// Of the fixes of b.
struct ToPoints {
  const Columns& b;

  size_t size() const { return b.size; }
  Lanes SquaresM2(Lanes x_m, Lanes y_m, size_t j) const {
    return SquareM2(x_m - Load(b.x_m + j), y_m - Load(b.y_m + j));
  }
};

// Of the legs of b: from where a leg starts, or from beside it; the next one starts where it ends.
struct ToLegs {
  const LegColumns& b;

  size_t size() const { return b.points; }
  Lanes SquaresM2(Lanes x_m, Lanes y_m, size_t j) const {
    const Lanes from_x_m = x_m - Load(b.x_m + j), from_y_m = y_m - Load(b.y_m + j);
    const Lanes east = Load(b.east + j), north = Load(b.north + j);
    const Lanes beside_m = from_x_m * north - from_y_m * east;
    const Lanes along_m = from_x_m * east + from_y_m * north;
    const Lanes before_end =
        SelectAtMost(along_m, Load(b.length_m + j), beside_m * beside_m, All(kInfinity));
    return Min(SquareM2(from_x_m, from_y_m),
               SelectAtMost(All(0), along_m, before_end, All(kInfinity)));
  }
};

template <typename To>
double LeastInBlock(double x_m, double y_m, const To& to, size_t begin) {
  Lanes least = All(kInfinity);
  for (size_t j = begin; j < begin + kBlock; j += kLanes) {
    least = Min(to.SquaresM2(All(x_m), All(y_m), j), least);
  }
  return LeastLane(least);
}

template <typename To>
double FarthestOf(Columns a, const To& to, double floor_m2, double cutoff_m2, Effort& effort) {
  const size_t blocks = (to.size() + kBlock - 1) / kBlock;
  double farthest_m2 = floor_m2;
  size_t nearest_block = 0;
  for (size_t i = 0; i < a.size; ++i) {
    double least_m2 = kInfinity;
    size_t block = nearest_block;
    for (size_t looked_at = 0; looked_at < blocks && !(least_m2 <= farthest_m2); ++looked_at) {
      const double m2 = LeastInBlock(a.x_m[i], a.y_m[i], to, block * kBlock);
      if (m2 < least_m2) {
        least_m2 = m2;
        nearest_block = block;
      }
      effort.cells += kBlock;
      block = block + 1 < blocks ? block + 1 : 0;
    }
    if (least_m2 > farthest_m2) farthest_m2 = least_m2;
    if (farthest_m2 > cutoff_m2) break;
    if (effort.cells >= effort.asks_at && AskIfOver(effort)) break;
  }
  return farthest_m2;
}

double FarthestM2(const Columns& a, const Columns& b, double floor_m2, double cutoff_m2,
                  Effort& effort) {
  return FarthestOf(a, ToPoints{b}, floor_m2, cutoff_m2, effort);
}

double FarthestFromLineM2(const LegColumns& a, const LegColumns& b, double floor_m2,
                          double cutoff_m2, Effort& effort) {
  const Columns points = {.x_m = a.x_m, .y_m = a.y_m, .third = nullptr, .size = a.points};
  return FarthestOf(points, ToLegs{b}, floor_m2, cutoff_m2, effort);
}

}  // namespace
}  // namespace spoor
