#pragma once

#include <cstdint>
#include <vector>

#include "engine/fingerprint/index_params.h"
#include "geo/cell.h"
#include "geo/trajectory.h"

namespace spoor {

// The cleaned, smoothed line of a trajectory, in stretches without gaps.
struct SmoothLine {
  std::vector<WorldPoint> points;
  std::vector<uint32_t> fixes;  // of each point the index of its fix, ascending
  std::vector<uint32_t> ends;   // of each stretch the index past its last point
};

// Drops impossible fixes, splits the rest where a gap is too long, and replaces each fix by the
// mean of its neighbours within half the smoothing window on either side: in time, or along the way
// for trajectories without times.  Towards the ends of a stretch the window shrinks evenly on both
// sides, so that an end stays where it is and straight steady motion is not moved at all.
//
// Integers only, O(fixes), and the same backwards: the reversed fixes give the reversed line.
// Overwrites out.  REQUIRES: fixes is not empty; Validate(params) is OK.
void MakeSmoothLine(TrajectoryView fixes, const IndexParams& params, SmoothLine& out);

}  // namespace spoor
