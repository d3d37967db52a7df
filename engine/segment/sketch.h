#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>

#include "absl/strings/string_view.h"
#include "engine/store/wire.h"
#include "geo/box.h"
#include "geo/trajectory.h"

namespace spoor {

static_assert(std::endian::native == std::endian::little);

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

// Four steps whose numbers take one byte each, added up; how far they lead on the way, at most.
struct FourSteps {
  int64_t north = 0, east = 0, farthest_north = 0, farthest_east = 0;
};
// Those at `at`, by a few operations on all eight bytes.  False where there are no four such steps.
inline bool ReadFourSteps(const char* at, const char* end, FourSteps* steps) {
  if (end - at < 8) return false;
  uint64_t bytes;
  std::memcpy(&bytes, at, sizeof bytes);
  constexpr uint64_t kOnes = 0x0101010101010101;
  if ((bytes & kOnes << 7) != 0) return false;
  constexpr int64_t kAbove = int64_t{4} * 64;
  constexpr uint64_t kEach = 0x00FF00FF00FF00FF, kSum = 0x0001000100010001;
  const uint64_t half = bytes >> 1 & kOnes * 0x3F, odd = bytes & kOnes;
  const uint64_t above = (half ^ odd * 0x3F) | (odd ^ kOnes) << 6;  // each number + 64
  const uint64_t size = half + odd;                                 // of each number
  steps->north = static_cast<int64_t>((above & kEach) * kSum >> 48) - kAbove;
  steps->east = static_cast<int64_t>((above >> 8 & kEach) * kSum >> 48) - kAbove;
  steps->farthest_north = static_cast<int64_t>((size & kEach) * kSum >> 48);
  steps->farthest_east = static_cast<int64_t>((size >> 8 & kEach) * kSum >> 48);
  return true;
}

// Calls visit(a, b, tolerance_e7) for each step of the polyline until it returns false; for a
// sketch of one fix once, with the fix and no tolerance.  Steps that stay within so many units of a
// may be left out where is_far(a, units north or south, units east or west).  False when the bytes
// are damaged.
template <typename IsFar, typename Visit>
bool ForEachSketchStep(absl::string_view sketch, const Fix& start, IsFar is_far, Visit visit) {
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
    FourSteps four;
    if (ReadFourSteps(at, end, &four) &&
        is_far(SketchPoint{lat_e7, lon_e7}, four.farthest_north * unit_e7,
               four.farthest_east * unit_e7)) {
      lat_e7 += four.north * unit_e7;
      lon_e7 += four.east * unit_e7;
      at += 8;
      continue;
    }
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

template <typename Visit>
bool ForEachSketchStep(absl::string_view sketch, const Fix& start, Visit visit) {
  return ForEachSketchStep(
      sketch, start, [](const SketchPoint&, int64_t, int64_t) { return false; }, visit);
}

}  // namespace spoor
