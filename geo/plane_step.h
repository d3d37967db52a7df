#pragma once

#include <algorithm>
#include <cstdint>

namespace spoor {

// A straight step between two positions, east (x) and north (y) of some corner, in 1e-7 degrees.
struct PlaneStep {
  int64_t ax, ay, bx, by;
};

// Whether the step meets the rectangle from (0, south) to (width, north), borders included.
inline bool StepMeets(const PlaneStep& s, int64_t width, int64_t south, int64_t north) {
  if (std::max(s.ax, s.bx) < 0 || std::min(s.ax, s.bx) > width || std::max(s.ay, s.by) < south ||
      std::min(s.ay, s.by) > north) {
    return false;
  }
  // Their shadows on both axes meet, so only the line of the step can still keep them apart: with
  // all corners strictly on one side of it.
  using Int = __int128;
  const auto side = [&s](int64_t x, int64_t y) {
    const Int cross = Int{s.bx - s.ax} * (y - s.ay) - Int{s.by - s.ay} * (x - s.ax);
    return cross > 0 ? 1 : cross < 0 ? -1 : 0;
  };
  const int first = side(0, south);
  return first == 0 || side(0, north) != first || side(width, south) != first ||
         side(width, north) != first;
}

}  // namespace spoor
