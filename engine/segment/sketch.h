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

// The step at `at` where both numbers take one byte or two, which most do; what is behind it, or
// null.
inline const char* ShortStep(const char* at, const char* end, int64_t* north, int64_t* east) {
  if (end - at < 4) return nullptr;
  for (int64_t* const to : {north, east}) {
    const auto first = static_cast<uint8_t>(at[0]), second = static_cast<uint8_t>(at[1]);
    const bool one = first < 0x80;
    if (!one && second >= 0x80) return nullptr;
    const uint32_t v = one ? first : (first & 0x7Fu) | uint32_t{second} << 7;
    *to = static_cast<int64_t>(v >> 1) ^ -static_cast<int64_t>(v & 1);
    at += one ? 1 : 2;
  }
  return at;
}

// Calls visit(a, b, tolerance_e7) for each step of the polyline until it returns false; for a
// sketch of one fix once, with the fix and no tolerance.  False when the bytes are damaged.
template <typename Visit>
bool ForEachSketchStep(absl::string_view sketch, const Fix& start, Visit visit) {
  // Numbers, and no points or readers: they stay in registers, which is half of the time.
  int64_t lat_e7 = start.lat_e7, lon_e7 = start.lon_e7;
  if (sketch.empty()) {
    const SketchPoint at{lat_e7, lon_e7};
    return visit(at, at, int64_t{0}), true;
  }
  const int log = sketch[0];
  if (log < kLeastTolerance || log > kMostTolerance || sketch.size() == 1) return false;
  const int64_t tolerance_e7 = int64_t{1} << log, unit_e7 = tolerance_e7 / 2;
  constexpr int64_t kFarthest = int64_t{1} << 31;  // of a step, in 1e-7 degrees
  const int64_t most = kFarthest / unit_e7;
  const char* at = sketch.data() + 1;
  const char* const end = sketch.data() + sketch.size();
  while (at != end) {
    int64_t north, east;
    if (const char* const behind = ShortStep(at, end, &north, &east)) {
      at = behind;
    } else {
      ByteReader in({at, static_cast<size_t>(end - at)});
      north = in.Signed();
      east = in.Signed();
      if (!in.ok()) return false;
      at = in.rest().data();
    }
    if (north < -most || north > most || east < -most || east > most) return false;
    const int64_t next_lat_e7 = lat_e7 + north * unit_e7, next_lon_e7 = lon_e7 + east * unit_e7;
    if (!visit(SketchPoint{lat_e7, lon_e7}, SketchPoint{next_lat_e7, next_lon_e7}, tolerance_e7)) {
      return true;
    }
    lat_e7 = next_lat_e7;
    lon_e7 = next_lon_e7;
  }
  return true;
}

}  // namespace spoor
