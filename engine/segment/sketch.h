#pragma once

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "engine/store/wire.h"
#include "geo/box.h"
#include "geo/trajectory.h"

namespace spoor {

// A sketch is how a line runs, in few bytes: a polyline beside it with a tolerance, such that each
// point of the line has one of the polyline within the tolerance, and each point of the polyline
// one of the line.  So most boxes are known to be met, or missed, without the fixes.
//
// Within the tolerance is: in latitude and in longitude, each at most so many 1e-7 degrees away.
// It is 256 (2.8 m) unless the line would need more than 16 + fixes / 4 positions; then it doubles,
// up to 1.7 degrees.
//
// The bytes: the logarithm of the tolerance; then, for each position after the first fix, how far
// north and east of the last one it lies, signed varints of half a tolerance.  Of one fix: none.
std::string SketchOf(TrajectoryView fixes);

// What a sketch knows of a line and a box.
enum class Passage : uint8_t { kMisses, kMayMeet, kMeets };
// kMayMeet also when the bytes are damaged.  `start` is the first fix of the line.
Passage PassageOf(absl::string_view sketch, const Fix& start, const Box& box);

// A position of a sketch.  Longitudes count on where the line goes over the antimeridian.
struct SketchPoint {
  int64_t lat_e7 = 0, lon_e7 = 0;
};

inline constexpr int kLeastTolerance = 8, kMostTolerance = 24;  // logarithms

// Calls visit(a, b, tolerance_e7) for each step of the polyline until it returns false; for a
// sketch of one fix once, with the fix and no tolerance.  False when the bytes are damaged.
template <typename Visit>
bool ForEachSketchStep(absl::string_view sketch, const Fix& start, Visit visit) {
  SketchPoint at{start.lat_e7, start.lon_e7};
  if (sketch.empty()) return visit(at, at, int64_t{0}), true;
  ByteReader in(sketch);
  const uint8_t log = in.Byte();
  if (log < kLeastTolerance || log > kMostTolerance || in.done()) return false;
  const int64_t tolerance_e7 = int64_t{1} << log, unit_e7 = tolerance_e7 / 2;
  constexpr int64_t kFarthest = int64_t{1} << 31;  // of a step, in 1e-7 degrees
  while (!in.done()) {
    const int64_t north = in.Signed(), east = in.Signed(), most = kFarthest / unit_e7;
    if (!in.ok() || north < -most || north > most || east < -most || east > most) return false;
    const SketchPoint next{at.lat_e7 + north * unit_e7, at.lon_e7 + east * unit_e7};
    if (!visit(at, next, tolerance_e7)) return true;
    at = next;
  }
  return true;
}

}  // namespace spoor
