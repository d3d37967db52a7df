#pragma once

#include "geo/local_plane.h"
#include "geo/measure/kernel/kernels.h"
#include "geo/measure/measure.h"

namespace spoor {

// What the third column of a table holds.
enum class Third { kNothing, kTimeS, kToOriginM };

// The table of a and b in the memory of `work`, until that is used again.  Takes room for both
// lines and a row of |b| cells: where it does not matter, b is the shorter one.
// REQUIRES: neither is empty.
AlignmentTable LayOutTable(PlaneView a, PlaneView b, Third third, MeasureWork& work);

// Both lines in order, with infinite pads, likewise.
struct TwoLines {
  Columns a, b;
};
TwoLines LayOutLines(PlaneView a, PlaneView b, MeasureWork& work);

// A cutoff for squared distances: the root of what exceeds it exceeds cutoff_m after all rounding,
// and the square of a distance that does not exceed cutoff_m does not exceed it.
inline double SquaredCutoffM2(double cutoff_m) {
  return cutoff_m < 0 ? -1 : cutoff_m * cutoff_m * (1 + 1e-15);
}

}  // namespace spoor
