#pragma once

#include "geo/local_plane.h"
#include "geo/measure/measure.h"

namespace spoor {

// The continuous Frechet distance (Alt, Godau 1995): the shortest leash with which a man can walk
// one line and his dog the other, both from start to end and never back.  It sees the lines, not
// how densely they were sampled: the discrete one lets both only jump from fix to fix, and is
// larger.
//
//   man   0:0 ------------------ 10:0        Frechet 3, discrete Frechet sqrt(34) = 5.8: no fix of
//   dog   0:3 --- 5:3 ---------- 10:3        the man is near the dog's second one
//
// As a Measure it is a multiple of kFrechetStepM: the least one at which the decision procedure
// says yes, found by searching these multiples.  The procedure is exact up to rounding and monotone
// to the last bit (free_space.h), so that the value depends on the two lines alone, neither on the
// cutoff nor on which of them comes first.  With d the true distance,
//
//   d - tiny <= Distance < d + tiny + kFrechetStepM,   tiny = 1e-9 m + 1e-12 d
//
// so that a distance which is a multiple, 0 among them, is met exactly, and the triangle inequality
// holds, up to tiny, which can cost one step.  Of fixes within 100 km of the plane's origin the
// projection's own rounding, below 1e-8 m, is all that comes to that.
//
// Time: O(nm) at worst, O(n + m) where the cutoff, or the distance, is a small multiple of the
// spacing of the fixes and the lines do not cross their own way; memory O(n + m).
inline constexpr double kFrechetStepM = 1.0 / 128;  // fixes are quantised to 0.011 m

// Whether the Frechet distance, as the measure has it, is at most distance_m; quicker than the
// distance itself.  REQUIRES: as Measure::Distance.
bool FrechetWithin(PlaneView a, PlaneView b, double distance_m, MeasureWork& work);

}  // namespace spoor
