#pragma once

#include <cstdint>
#include <vector>

#include "geo/fix.h"

namespace spoor {

// What Clean did to the fixes of one trajectory.
struct CleanCounts {
  uint64_t dropped_speed = 0;  // fixes that nothing on Earth could have reached
  uint64_t sorted = 0;         // fixes older than one before them
  uint64_t merged = 0;         // fixes with the time and place, or only the time, of the one before
};

// Repairs fixes whose coordinates are in range: sorts them by time (stable), merges fixes of equal
// time into the first of them, and keeps the longest run, dropping all others.  Without times only
// equal neighbours are merged.
//
// A run is a part of the fixes, in their order, no step of which is faster than max_speed_mps.  The
// longest has the most fixes; of two the one that lasts longer, and then the later one.  So a spike
// goes, and so do positions at 0, 0 before the first real one, however many there are, as long as
// the real ones are more:
//
//   0,0  0,0  47.10,8.50  47.11,8.51  47.12,8.52     the last three stay
//
// Where every step is too fast nothing tells which fix is right, and all stay.  Otherwise no step
// of the result is too fast.
//
// A fix is tried against the last eight and the ends of the eight longest runs, so that n fixes
// take O(n) time; where noise is denser than that a run may be found shorter than it is.
CleanCounts Clean(std::vector<Fix>& fixes, double max_speed_mps);

// What MakeFingerprint and `?clean=true` take for impossible when nobody says otherwise.
inline constexpr double kMaxSpeedMps = 350;

}  // namespace spoor
