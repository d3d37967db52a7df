#pragma once

#include <cmath>
#include <cstdint>
#include <limits>

namespace spoor {

inline constexpr double kUnitsPerDegree = 1e7;
inline constexpr int32_t kMaxLatE7 = 900'000'000;
inline constexpr int32_t kMaxLonE7 = 1'800'000'000;
inline constexpr int64_t kTurnE7 = 2 * int64_t{kMaxLonE7};
inline constexpr int64_t kNoTime = std::numeric_limits<int64_t>::min();

// One observed position, quantised at the door so that every machine computes on the same numbers:
// 1e-7 degrees are at most 11 mm.  Latitude comes before longitude in all our code; formats that
// turn them round, as GeoJSON does, are turned back where they are read.
struct Fix {
  int32_t lat_e7 = 0;         // WGS 84, -90 ... 90 degrees
  int32_t lon_e7 = 0;         // WGS 84, -180 ... 180 degrees
  int64_t time_ms = kNoTime;  // since the Unix epoch, UTC; kNoTime where there is none

  double lat_deg() const { return lat_e7 / kUnitsPerDegree; }
  double lon_deg() const { return lon_e7 / kUnitsPerDegree; }
  bool has_time() const { return time_ms != kNoTime; }

  friend bool operator==(const Fix&, const Fix&) = default;
};

// Whether degrees are a position at all: finite and in range.  Not clamped, not wrapped.
inline bool IsPosition(double lat_deg, double lon_deg) {
  return lat_deg >= -90 && lat_deg <= 90 && lon_deg >= -180 && lon_deg <= 180;  // false for NaN
}

// The nearest representable fix.  REQUIRES: IsPosition(lat_deg, lon_deg).
inline Fix FixFromDegrees(double lat_deg, double lon_deg, int64_t time_ms = kNoTime) {
  return {.lat_e7 = static_cast<int32_t>(std::lround(lat_deg * kUnitsPerDegree)),
          .lon_e7 = static_cast<int32_t>(std::lround(lon_deg * kUnitsPerDegree)),
          .time_ms = time_ms};
}

// b - a eastwards, the short way round the Earth: -180 ... 180 degrees, in 1e-7 degrees.
inline int32_t LonDeltaE7(int32_t a_e7, int32_t b_e7) {
  int64_t d = int64_t{b_e7} - a_e7;
  if (d > kMaxLonE7) d -= kTurnE7;
  if (d < -kMaxLonE7) d += kTurnE7;
  return static_cast<int32_t>(d);
}

}  // namespace spoor
