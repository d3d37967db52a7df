#include "engine/format/decimal.h"

#include <array>
#include <cmath>
#include <cstdlib>

#include "absl/strings/numbers.h"

namespace spoor {
namespace {

constexpr int kMaxWholeDigits = 11;  // with 7 places of a unit 10^18

constexpr auto kPowersOfTen = [] {
  std::array<uint64_t, kMaxExactDigits + 1> powers{};
  powers[0] = 1;
  for (size_t i = 1; i < powers.size(); ++i) powers[i] = powers[i - 1] * 10;
  return powers;
}();

bool IsDigit(char c) { return static_cast<unsigned char>(c - '0') < 10; }

const char* ScanDigits(const char* p, const char* end, uint64_t& mantissa) {
  uint64_t m = mantissa;
  for (; p != end && IsDigit(*p); ++p) m = m * 10 + static_cast<unsigned char>(*p - '0');
  mantissa = m;
  return p;
}

// The part from 'e' on; null when it has no digit.
const char* ScanExponent(const char* p, const char* end) {
  ++p;
  if (p != end && (*p == '+' || *p == '-')) ++p;
  uint64_t ignored = 0;
  const char* after = ScanDigits(p, end, ignored);
  return after == p ? nullptr : after;
}

}  // namespace

const char* ScanDecimal(const char* begin, const char* end, Decimal& out) {
  const char* p = begin;
  out.negative = p != end && *p == '-';
  if (out.negative) ++p;
  const char* const whole = p;
  out.mantissa = 0;
  p = ScanDigits(p, end, out.mantissa);
  out.digits = static_cast<int>(p - whole);
  if (out.digits == 0 || (*whole == '0' && out.digits > 1)) return nullptr;
  out.fraction_digits = 0;
  if (p != end && *p == '.') {
    const char* const fraction = ++p;
    p = ScanDigits(p, end, out.mantissa);
    out.fraction_digits = static_cast<int>(p - fraction);
    if (out.fraction_digits == 0) return nullptr;
    out.digits += out.fraction_digits;
  }
  out.has_exponent = p != end && (*p == 'e' || *p == 'E');
  if (out.has_exponent) {
    p = ScanExponent(p, end);
    if (p == nullptr) return nullptr;
  }
  out.text = absl::string_view(begin, static_cast<size_t>(p - begin));
  return p;
}

int64_t ToUnitsByDouble(absl::string_view number, const Axis& axis) {
  double value = 0;
  if (!absl::SimpleAtod(number, &value)) return kOutOfRange;
  if (!(value >= axis.min && value <= axis.max)) return kOutOfRange;  // also NaN
  return std::llround(value * axis.per_unit());
}

int64_t ToUnits(const Decimal& number, const Axis& axis) {
  const int whole_digits = number.digits - number.fraction_digits;
  if (number.has_exponent || number.digits > kMaxExactDigits || whole_digits > kMaxWholeDigits) {
    return ToUnitsByDouble(number.text, axis);
  }
  int64_t units = static_cast<int64_t>(number.mantissa);
  const int shift = axis.shift - number.fraction_digits;
  if (shift < -kMaxExactDigits) return ToUnitsByDouble(number.text, axis);
  if (shift >= 0) {
    units *= static_cast<int64_t>(kPowersOfTen[static_cast<size_t>(shift)]);
  } else {
    const auto divisor = static_cast<int64_t>(kPowersOfTen[static_cast<size_t>(-shift)]);
    const int64_t from_middle = 2 * (units % divisor) - divisor;
    if (std::abs(from_middle) <= divisor / axis.tie_share) {
      return ToUnitsByDouble(number.text, axis);
    }
    units = units / divisor + (from_middle > 0 ? 1 : 0);
  }
  if (number.negative) units = -units;
  const auto min = static_cast<int64_t>(axis.min * axis.per_unit());
  const auto max = static_cast<int64_t>(axis.max * axis.per_unit());
  if (units <= min || units >= max) return ToUnitsByDouble(number.text, axis);
  return units;
}

}  // namespace spoor
