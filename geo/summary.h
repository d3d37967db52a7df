#pragma once

#include <cstdint>

#include "geo/box.h"
#include "geo/trajectory.h"

namespace spoor {

// The few numbers about a trajectory that filters and lower bounds need.
struct Summary {
  Box box;
  Fix start, end;       // time_ms is kNoTime in both when the trajectory has no times
  double length_m = 0;  // sum of the great-circle steps
  uint32_t fixes = 0;

  friend bool operator==(const Summary&, const Summary&) = default;
};

// REQUIRES: fixes is not empty.
Summary Summarise(TrajectoryView fixes);

}  // namespace spoor
