#include "geo/at_time.h"

#include <algorithm>
#include <cmath>

namespace spoor {
namespace {

// REQUIRES: a.time_ms < time_ms < b.time_ms.
Fix Between(const Fix& a, const Fix& b, int64_t time_ms) {
  const double part =
      static_cast<double>(time_ms - a.time_ms) / static_cast<double>(b.time_ms - a.time_ms);
  const auto gone = [part](double whole) { return std::llround(part * whole); };
  int64_t lon_e7 = a.lon_e7 + gone(static_cast<double>(LonDeltaE7(a.lon_e7, b.lon_e7)));
  if (lon_e7 > kMaxLonE7) lon_e7 -= 2 * int64_t{kMaxLonE7};
  if (lon_e7 < -kMaxLonE7) lon_e7 += 2 * int64_t{kMaxLonE7};
  const int64_t lat_e7 = a.lat_e7 + gone(static_cast<double>(int64_t{b.lat_e7} - a.lat_e7));
  return {.lat_e7 = static_cast<int32_t>(lat_e7),
          .lon_e7 = static_cast<int32_t>(lon_e7),
          .time_ms = time_ms};
}

}  // namespace

std::optional<Fix> FixAt(TrajectoryView fixes, int64_t time_ms) {
  const auto next = std::ranges::lower_bound(fixes, time_ms, {}, &Fix::time_ms);
  if (next == fixes.end()) return std::nullopt;
  if (next->time_ms == time_ms) return *next;
  if (next == fixes.begin()) return std::nullopt;
  return Between(*(next - 1), *next, time_ms);
}

std::vector<Fix> PartOfTime(TrajectoryView fixes, int64_t from_ms, int64_t to_ms) {
  std::vector<Fix> part;
  if (to_ms < fixes.front().time_ms || from_ms > fixes.back().time_ms) return part;
  const auto first = std::ranges::lower_bound(fixes, from_ms, {}, &Fix::time_ms);
  const auto end = std::ranges::upper_bound(fixes, to_ms, {}, &Fix::time_ms);
  const auto add_between = [&](int64_t time_ms) {
    if (!part.empty() && part.back().time_ms == time_ms) return;
    if (const auto fix = FixAt(fixes, time_ms)) part.push_back(*fix);
  };
  if (first->time_ms > from_ms) add_between(from_ms);
  part.insert(part.end(), first, std::max(first, end));
  add_between(to_ms);
  return part;
}

}  // namespace spoor
