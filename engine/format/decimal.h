#pragma once

#include <cstdint>
#include <limits>

#include "absl/strings/string_view.h"
#include "geo/fix.h"

namespace spoor {

// A number of JSON's grammar as it was written.  "-0.125" has mantissa 125 and three fraction
// digits.
struct Decimal {
  absl::string_view text;
  uint64_t mantissa = 0;    // meaningless above kMaxExactDigits digits
  int digits = 0;           // before and after the point
  int fraction_digits = 0;  // after the point
  bool negative = false;
  bool has_exponent = false;
};

inline constexpr int kMaxExactDigits = 18;  // 10^18 fits into 64 bits

// Reads the number at the start of [begin, end).  Returns the byte after it, or null when none is
// there: no digit, a leading zero too many, a point or an exponent without digits.
const char* ScanDecimal(const char* begin, const char* end, Decimal& out);

// What an axis takes, and the integers that it is stored in.
struct Axis {
  int shift;          // decimal places of a unit: 7 for 1e-7 degrees, 3 for ms of seconds
  double min, max;    // as they are written, both included
  int64_t tie_share;  // see ToUnits
  absl::string_view allowed;

  constexpr double per_unit() const {
    double units = 1;
    for (int i = 0; i < shift; ++i) units *= 10;
    for (int i = shift; i < 0; ++i) units /= 10;
    return units;
  }
};

inline constexpr int64_t kMinTimeMs = -62'167'219'200'000;  // 0000-01-01T00:00:00Z
inline constexpr int64_t kMaxTimeMs = 253'402'300'799'999;  // 9999-12-31T23:59:59.999Z
inline constexpr double kMinTimeS = -62'167'219'200;
inline constexpr double kMaxTimeS = 253'402'300'799.999;

inline constexpr Axis kLonAxis{7, -180, 180, 1'000'000, "-180 … 180"};
inline constexpr Axis kLatAxis{7, -90, 90, 1'000'000, "-90 … 90"};
// The years that RFC 3339 can write.  A clock in milliseconds read as seconds lies outside of them.
inline constexpr Axis kTimeAxis{3, kMinTimeS, kMaxTimeS, 8,
                                "Unix seconds, -62167219200 … 253402300799.999"};
// Clocks that count in other units, by the powers of ten; stored in milliseconds all the same.
inline constexpr Axis kTimeMsAxis{0, kMinTimeS * 1e3, kMaxTimeS * 1e3, 8,
                                  "Unix milliseconds, years 0000 … 9999"};
inline constexpr Axis kTimeUsAxis{-3, kMinTimeS * 1e6, kMaxTimeS * 1e6, 8,
                                  "Unix microseconds, years 0000 … 9999"};
inline constexpr Axis kTimeNsAxis{-6, kMinTimeS * 1e9, kMaxTimeS * 1e9, 8,
                                  "Unix nanoseconds, years 0000 … 9999"};

inline constexpr int64_t kOutOfRange = std::numeric_limits<int64_t>::min();

// The number in units of the axis, rounded to the nearest, or kOutOfRange.  This is the definition:
// the nearest double, its range checked, times the units, rounded half away from zero.
int64_t ToUnitsByDouble(absl::string_view number, const Axis& axis);

// The same, straight from the digits wherever they leave no doubt; about ten times as fast.
//
// The double that ToUnitsByDouble rounds is off the true value by up to 2^-52 of it: 4e-7 units at
// 180 degrees, 0.06 ms at the last allowed time.  So a number within 1 / (2 tie_share) of the
// middle between two units goes to ToUnitsByDouble, and so does one on or beyond a border.
int64_t ToUnits(const Decimal& number, const Axis& axis);

}  // namespace spoor
