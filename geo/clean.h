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
// time into the first of them, drops a fix when both the step to it (from the last fix kept) and
// the step from it are faster than max_speed_mps (at the ends: the one step there is, when the next
// step is slow).  Without times only equal neighbours are merged.
CleanCounts Clean(std::vector<Fix>& fixes, double max_speed_mps);

// What MakeFingerprint and `?clean=true` take for impossible when nobody says otherwise.
inline constexpr double kMaxSpeedMps = 350;

}  // namespace spoor
