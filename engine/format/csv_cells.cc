#include "engine/format/csv_cells.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "engine/format/time_text.h"

namespace spoor {
namespace {

constexpr size_t kLongestNumber = 64;  // of those in which a comma must be turned into a point

// Whether a library that knows more numbers than people write may be asked.
bool IsSpelledAsNumber(absl::string_view cell) {
  const bool digits = std::ranges::all_of(cell, [](char c) {
    return absl::ascii_isdigit(static_cast<unsigned char>(c)) ||
           absl::string_view("+-.eE").find(c) != absl::string_view::npos;
  });
  absl::string_view word = cell;
  if (!word.empty() && (word[0] == '+' || word[0] == '-')) word.remove_prefix(1);
  return digits || absl::EqualsIgnoreCase(word, "nan") || absl::EqualsIgnoreCase(word, "inf") ||
         absl::EqualsIgnoreCase(word, "infinity");
}

// Calls use with the cell as it would be written with a point.
template <typename Use>
auto WithPoint(absl::string_view cell, const ReadOptions& options, Use use) {
  const size_t comma = cell.find(',');
  if (!options.decimal_comma || comma == absl::string_view::npos || cell.size() > kLongestNumber)
    return use(cell);
  std::string pointed(cell);
  pointed[comma] = '.';
  return use(absl::string_view(pointed));
}

}  // namespace

bool IsNumber(absl::string_view cell, const ReadOptions& options) {
  return WithPoint(cell, options, [](absl::string_view number) {
    double ignored = 0;
    return IsSpelledAsNumber(number) && absl::SimpleAtod(number, &ignored);
  });
}

int64_t CellUnits(absl::string_view cell, const Axis& axis, const ReadOptions& options) {
  return WithPoint(cell, options, [&axis](absl::string_view text) {
    Decimal number;
    const char* const end = text.data() + text.size();
    if (ScanDecimal(text.data(), end, number) == end) return ToUnits(number, axis);
    return IsSpelledAsNumber(text) ? ToUnitsByDouble(text, axis) : kOutOfRange;
  });
}

int64_t CellTime(absl::string_view cell, const ReadOptions& options) {
  if (!options.time.format.empty()) return ParseTimeText(cell, options.time);
  const int64_t time_ms = CellUnits(cell, AxisOf(options.time.unit), options);
  if (time_ms != kOutOfRange || IsNumber(cell, options)) return time_ms;
  return ParseTimeText(cell, options.time);
}

int64_t CellDays(absl::string_view cell, int64_t day0_ms, const ReadOptions& options) {
  const size_t blank = std::min(cell.find(' '), cell.size());
  const absl::string_view days = cell.substr(0, blank);
  const absl::string_view ms = blank == cell.size() ? "0" : cell.substr(blank + 1);
  constexpr double kMostDays = 3e6;
  double day = 0, rest_ms = 0;
  if (!IsSpelledAsNumber(days) || !absl::SimpleAtod(days, &day) || !(std::abs(day) < kMostDays) ||
      !IsSpelledAsNumber(ms) || !absl::SimpleAtod(ms, &rest_ms) || !(std::abs(rest_ms) < 1e12)) {
    return kOutOfRange;
  }
  const int64_t time_ms =
      FromWallClock(day0_ms + std::llround(day * 86'400'000), options.time.zone) +
      std::llround(rest_ms);
  return time_ms < kMinTimeMs || time_ms > kMaxTimeMs ? kOutOfRange : time_ms;
}

bool LooksLikeTime(absl::string_view cell) {
  if (cell.empty() || !absl::ascii_isdigit(static_cast<unsigned char>(cell[0]))) return false;
  const bool spelled = std::ranges::all_of(cell, [](char c) {
    return absl::ascii_isdigit(static_cast<unsigned char>(c)) ||
           absl::string_view("-/:.+TZ ").find(c) != absl::string_view::npos;
  });
  const auto count = [cell](char c) { return std::ranges::count(cell, c); };
  return spelled && (count(':') > 0 || count('-') == 2 || count('/') == 2);
}

std::string CellTimeAllowed(const ReadOptions& options) {
  if (!options.time.format.empty()) return absl::StrCat("a time like ", options.time.format);
  if (options.time.unit == TimeUnit::kSeconds) return std::string(kTimeTextAllowed);
  return absl::StrCat(AxisOf(options.time.unit).allowed, ", or RFC 3339");
}

}  // namespace spoor
