#include "geo/trips/clean.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

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

// The longest runs that end at fixes which were seen lately, and at those which end the longest.
class Runs {
 public:
  // The runs that end at each fix; a run goes back along `before`.
  struct Run {
    size_t before = kNone;
    size_t first = 0;
    size_t fixes = 1;
  };
  static constexpr size_t kNone = SIZE_MAX;

  Runs(const std::vector<Fix>& fixes, double max_speed_mps)
      : fixes_(fixes), max_speed_mps_(max_speed_mps), runs_(fixes.size()) {}

  // REQUIRES: all fixes before i were added.
  void Add(size_t i);
  // Where the best run ends: it has the most fixes, then lasts the longest, then ends last.
  size_t Best() const;
  const Run& at(size_t i) const { return runs_[i]; }

 private:
  // Spikes in a row that a run outlives, and fixes behind a jump until they are seen as a run: the
  // ends that a fix is tried against are bounded, so that noise costs no more than a line.
  static constexpr size_t kEnds = 8;

  bool IsLonger(size_t a, size_t b) const { return runs_[a].fixes > runs_[b].fixes; }
  void KeepLongest(size_t i);

  const std::vector<Fix>& fixes_;
  const double max_speed_mps_;
  std::vector<Run> runs_;
  std::vector<size_t> longest_;  // ends, the longest first
};

void Runs::Add(size_t i) {
  Run& run = runs_[i];
  run.first = i;
  const auto try_end = [&](size_t end) {
    if (runs_[end].fixes < run.fixes || IsFast(fixes_[end], fixes_[i], max_speed_mps_))
      return false;
    run = {.before = end, .first = runs_[end].first, .fixes = runs_[end].fixes + 1};
    return true;
  };
  for (const size_t end : longest_) {
    if (try_end(end)) break;
  }
  for (size_t end = i; end > 0 && i - end < kEnds; --end) try_end(end - 1);
  KeepLongest(i);
}

void Runs::KeepLongest(size_t i) {
  const auto behind = std::ranges::find_if(longest_, [&](size_t end) { return !IsLonger(end, i); });
  longest_.insert(behind, i);
  if (longest_.size() > kEnds) longest_.pop_back();
}

size_t Runs::Best() const {
  const auto lasts = [&](size_t end) {  // times may lie further apart than 64 bits count
    return static_cast<double>(fixes_[end].time_ms) -
           static_cast<double>(fixes_[runs_[end].first].time_ms);
  };
  size_t best = 0;
  for (size_t i = 1; i < runs_.size(); ++i) {
    if (IsLonger(best, i)) continue;
    if (IsLonger(i, best) || lasts(i) >= lasts(best)) best = i;
  }
  return best;
}

uint64_t DropFast(std::vector<Fix>& fixes, double max_speed_mps) {
  const auto is_fast = [&](const Fix& a, const Fix& b) { return IsFast(a, b, max_speed_mps); };
  if (std::ranges::adjacent_find(fixes, is_fast) == fixes.end()) return 0;
  Runs runs(fixes, max_speed_mps);
  for (size_t i = 0; i < fixes.size(); ++i) runs.Add(i);
  const size_t best = runs.Best();
  if (runs.at(best).fixes == 1) return 0;  // nothing tells which of them is right
  std::vector<Fix> kept;
  for (size_t i = best; i != Runs::kNone; i = runs.at(i).before) kept.push_back(fixes[i]);
  std::ranges::reverse(kept);
  const uint64_t dropped = fixes.size() - kept.size();
  fixes = std::move(kept);
  return dropped;
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
