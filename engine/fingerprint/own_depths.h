#pragma once

#include "engine/fingerprint/index_params.h"
#include "geo/trajectory.h"

namespace spoor {

// Where collections have no depth of their own (HasOwnDepths), trips have: every fourth depth is in
// use, and each trip is fingerprinted at two neighbouring ones, those between whose cells one and a
// half of its steps lie.  So trips whose steps differ by less than four times have a depth in
// common, whatever else is in the collection.
inline constexpr int kDepthStep = 4;
inline constexpr int kFinestOwnDepth = 35;    // 100 to 150 m: smaller cells tell receivers apart
inline constexpr int kCoarsestOwnDepth = 11;  // 1 250 by 620 km at the equator

struct OwnDepths {
  int fine = kFinestOwnDepth;
  int asks = kFinestOwnDepth;  // fine or coarse(): whichever is nearer to the trip's steps
  int coarse() const { return fine - kDepthStep; }

  IndexParams params;  // FitToSteps; depth is kOwnDepth still
};

// Makes gaps no shorter than ten steps, and smooths only where the window holds at least three
// fixes.
void FitToSteps(double step_s, double step_m, IndexParams& params);

// A trip's steps are the mean of its steps without the longest twentieth, which may be gaps or
// errors; on a long way a thousandth of it, if that is more, so that no trip has cells without end.
// Integers and single rounded operations only, and the same backwards.
// REQUIRES: fixes is not empty; HasOwnDepths(params).
OwnDepths OwnDepthsOf(TrajectoryView fixes, const IndexParams& params);

}  // namespace spoor
