#pragma once

#include <cmath>
#include <cstdint>

#include "geo/trajectory.h"

namespace spoor {

// Lengths are counted in units of 1e-7 degrees of latitude: 11.1 mm.
inline constexpr double kMetersPerUnit = 0.0111194927;

// cos(latitude) * 2^16 by Bhaskara's formula, within 0.2 %: rational, so the same on every machine.
inline int64_t CosQ16(int64_t lat_e7) {
  const int64_t mdeg = lat_e7 / 10'000;
  const int64_t square = mdeg * mdeg;
  constexpr int64_t kHalfTurnSquare = int64_t{180'000} * 180'000;
  return ((kHalfTurnSquare - 4 * square) << 16) / (kHalfTurnSquare + square);
}

// A step from one fix to another.
struct Step {
  int64_t dlat_e7, dlon_e7, lat_sum_e7;
  uint64_t ms;

  Step(const Fix& a, const Fix& b)
      : dlat_e7(int64_t{b.lat_e7} - a.lat_e7),
        dlon_e7(LonDeltaE7(a.lon_e7, b.lon_e7)),
        lat_sum_e7(int64_t{a.lat_e7} + b.lat_e7),
        ms(a.has_time() ? static_cast<uint64_t>(b.time_ms) - static_cast<uint64_t>(a.time_ms) : 0) {
  }

  uint64_t SquareUnits() const {
    const int64_t dx = dlon_e7 * CosQ16(lat_sum_e7 / 2) / 65536;  // the same for -dlon_e7
    return static_cast<uint64_t>(dx * dx + dlat_e7 * dlat_e7);    // at most 2 * (1.8e9)^2
  }
  // At the equator's width first, which no step exceeds: saves the division on nearly all of them.
  bool IsLonger(uint64_t units) const {
    const uint64_t square = units * units;
    const auto widest = static_cast<uint64_t>(dlon_e7 * dlon_e7 + dlat_e7 * dlat_e7);
    return widest > square && SquareUnits() > square;
  }
  int64_t Units() const {
    return static_cast<int64_t>(std::sqrt(static_cast<double>(SquareUnits())));
  }
};

}  // namespace spoor
