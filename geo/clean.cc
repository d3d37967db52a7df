#include "geo/clean.h"

#include <algorithm>
#include <cstdlib>

#include "geo/local_plane.h"

namespace spoor {
namespace {

bool HaveTimes(const std::vector<Fix>& fixes) {
  return std::ranges::all_of(fixes, [](const Fix& f) { return f.has_time(); });
}

uint64_t SortByTime(std::vector<Fix>& fixes) {
  uint64_t late = 0;
  int64_t newest_ms = kNoTime;
  for (const Fix& fix : fixes) {
    if (fix.time_ms < newest_ms) ++late;
    newest_ms = std::max(newest_ms, fix.time_ms);
  }
  if (late > 0) std::ranges::stable_sort(fixes, {}, &Fix::time_ms);
  return late;
}

template <typename Same>
uint64_t MergeNeighbours(std::vector<Fix>& fixes, Same same) {
  const auto rest = std::ranges::unique(fixes, same);
  const uint64_t merged = rest.size();
  fixes.erase(rest.begin(), rest.end());
  return merged;
}

// REQUIRES: a is before b in time.
bool IsFast(const Fix& a, const Fix& b, double max_speed_mps) {
  constexpr double kMetersPerUnit = 0.0112;  // of latitude or longitude, rounded up
  const double seconds = (static_cast<double>(b.time_ms) - static_cast<double>(a.time_ms)) / 1000;
  const double reach_m = max_speed_mps * seconds;
  const double dlat_e7 = std::abs(int64_t{b.lat_e7} - a.lat_e7);
  const double dlon_e7 = std::abs(int64_t{LonDeltaE7(a.lon_e7, b.lon_e7)});
  if ((dlat_e7 + dlon_e7) * kMetersPerUnit <= reach_m) return false;  // most steps, without libm
  return HaversineM(a, b) > reach_m;
}

uint64_t DropFast(std::vector<Fix>& fixes, double max_speed_mps) {
  const size_t n = fixes.size();
  if (n < 3) return 0;
  const auto fast = [&](size_t i, size_t j) { return IsFast(fixes[i], fixes[j], max_speed_mps); };
  const size_t first = fast(0, 1) && !fast(1, 2) ? 1 : 0;
  size_t kept = 0;
  fixes[kept++] = fixes[first];
  // The fixes behind i are not yet moved, and fixes[kept - 1] is the last one that was kept.
  for (size_t i = first + 1; i < n; ++i) {
    const bool last = i + 1 == n;
    const bool drop =
        fast(kept - 1, i) && (last ? kept >= 2 && !fast(kept - 2, kept - 1) : fast(i, i + 1));
    if (!drop) fixes[kept++] = fixes[i];
  }
  fixes.resize(kept);
  return n - kept;
}

}  // namespace

CleanCounts Clean(std::vector<Fix>& fixes, double max_speed_mps) {
  CleanCounts counts;
  if (!HaveTimes(fixes)) {
    counts.merged = MergeNeighbours(fixes, [](const Fix& a, const Fix& b) {
      return a.lat_e7 == b.lat_e7 && a.lon_e7 == b.lon_e7;
    });
    return counts;
  }
  counts.sorted = SortByTime(fixes);
  counts.merged =
      MergeNeighbours(fixes, [](const Fix& a, const Fix& b) { return a.time_ms == b.time_ms; });
  counts.dropped_speed = DropFast(fixes, max_speed_mps);
  return counts;
}

}  // namespace spoor
