#include "engine/fingerprint/smooth_line.h"

#include <algorithm>

#include "engine/fingerprint/step.h"

namespace spoor {
namespace {

// Fixes that are rounded to whole seconds may seem this much nearer in time than they were.
constexpr uint64_t kClockStepMs = 1000;

// The limits of params in our units.
struct Limits {
  static constexpr uint64_t kFarthest = 3'000'000'000;  // no step is longer; its square fits

  uint64_t gap_units, gap_ms;
  uint64_t micro_units_per_ms;  // speed

  explicit Limits(const IndexParams& p)
      : gap_units(static_cast<uint64_t>(p.max_gap_m / kMetersPerUnit)),
        gap_ms(static_cast<uint64_t>(p.max_gap_s * 1000)),
        micro_units_per_ms(static_cast<uint64_t>(p.max_speed_mps * 1000 / kMetersPerUnit)) {}

  bool IsGap(const Step& step) const { return step.ms > gap_ms || step.IsLonger(gap_units); }

  bool IsTooFast(const Step& step) const {
    const uint64_t ms = std::max(step.ms, kClockStepMs);
    if (ms >= kFarthest * 1'000'000 / micro_units_per_ms) return false;
    return step.IsLonger(ms * micro_units_per_ms / 1'000'000);
  }
};

// The indices of the fixes that can be believed: all but those whose steps on both sides are too
// fast; at an end the one step there is, when the next one is not.
void KeepPossible(TrajectoryView fixes, const Limits& limits, std::vector<uint32_t>& kept) {
  const size_t n = fixes.size();
  kept.clear();
  kept.reserve(n);
  const bool check = fixes[0].has_time() && limits.micro_units_per_ms > 0 && n > 2;
  const auto fast = [&](size_t i) {
    return check && limits.IsTooFast(Step(fixes[i], fixes[i + 1]));
  };
  bool before =
      check && !fast(1);  // of the first fix: dropped when its step is fast, the next is not
  for (size_t i = 0; i < n; ++i) {
    const bool after = i + 1 < n ? fast(i) : check && !fast(n - 3);
    if (!(before && after)) kept.push_back(static_cast<uint32_t>(i));
    before = after;
  }
}

// A point of a stretch relative to the first one, unwrapped: a line that circles the Earth goes on.
struct ClockedPoint {
  int64_t x = 0, y = 0;
  int64_t clock = 0;  // milliseconds, or units along the way
};

// round(sum / n) towards the nearest, halves up, so that moving all by one moves the mean by one.
int64_t RoundedMean(uint64_t sum, int64_t n) {
  const auto doubled = static_cast<int64_t>(2 * sum) + n;
  const int64_t quotient = doubled / (2 * n);
  return quotient - (doubled % (2 * n) < 0);
}

// Replaces each point by the mean of those within `half` of it by the clock, less towards the ends.
// The sums run modulo 2^64: only lines that circle the Earth thousands of times could overflow.
void Smooth(const std::vector<ClockedPoint>& clocked, int64_t half, WorldPoint* points) {
  const WorldPoint origin = points[0];
  const int64_t end = clocked.back().clock;
  uint64_t sum_x = 0, sum_y = 0;
  size_t lo = 0, hi = 0;  // the window is [lo, hi)
  for (size_t i = 0; i < clocked.size(); ++i) {
    const int64_t now = clocked[i].clock;
    const int64_t reach = std::min({half, now, end - now});
    for (; hi < clocked.size() && clocked[hi].clock <= now + reach; ++hi) {
      sum_x += static_cast<uint64_t>(clocked[hi].x);
      sum_y += static_cast<uint64_t>(clocked[hi].y);
    }
    for (; clocked[lo].clock < now - reach; ++lo) {
      sum_x -= static_cast<uint64_t>(clocked[lo].x);
      sum_y -= static_cast<uint64_t>(clocked[lo].y);
    }
    if (hi - lo == 1) continue;
    const auto n = static_cast<int64_t>(hi - lo);
    points[i] = {.x = origin.x + static_cast<uint32_t>(RoundedMean(sum_x, n)),
                 .y = origin.y + static_cast<uint32_t>(RoundedMean(sum_y, n))};
  }
}

// Moves the stretch to its end in `out`.
void EndStretch(std::vector<ClockedPoint>& clocked, int64_t half, SmoothLine& out) {
  if (half > 0) Smooth(clocked, half, out.points.data() + (out.points.size() - clocked.size()));
  clocked.clear();
  out.ends.push_back(static_cast<uint32_t>(out.points.size()));
}

}  // namespace

void MakeSmoothLine(TrajectoryView fixes, const IndexParams& params, SmoothLine& out) {
  thread_local std::vector<ClockedPoint> clocked;
  clocked.clear();
  out.points.clear();
  out.ends.clear();

  const Limits limits(params);
  const bool timed = fixes[0].has_time();
  const auto half = static_cast<int64_t>(timed ? params.smoothing_s * 1000 / 2
                                               : params.smoothing_m / kMetersPerUnit / 2);
  KeepPossible(fixes, limits, out.fixes);
  out.points.reserve(out.fixes.size());
  for (size_t i = 0; i < out.fixes.size(); ++i) {
    const Fix& fix = fixes[out.fixes[i]];
    const WorldPoint point = ToWorld(fix);
    ClockedPoint here;
    if (i > 0) {
      const Step step(fixes[out.fixes[i - 1]], fix);
      if (limits.IsGap(step)) {
        EndStretch(clocked, half, out);
      } else {
        const ClockedPoint& last = clocked.back();
        const WorldPoint before = out.points.back();
        here = {.x = last.x + static_cast<int32_t>(point.x - before.x),
                .y = last.y + (int64_t{point.y} - before.y),
                .clock = last.clock + (timed ? static_cast<int64_t>(step.ms) : step.Units())};
      }
    }
    clocked.push_back(here);
    out.points.push_back(point);
  }
  EndStretch(clocked, half, out);
}

}  // namespace spoor
