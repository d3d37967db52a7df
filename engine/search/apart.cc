#include "engine/search/apart.h"

#include <cmath>

namespace spoor {
namespace {

[[gnu::always_inline]] inline float GapBetween(float low, float high, float other_low,
                                               float other_high) {
  const float below = other_low - high, above = low - other_high;
  const float gap = below > above ? below : above;
  return gap > 0 ? gap : 0;
}

// Also what lies beyond the last run, so that loops have one length: the next part writes over it.
[[gnu::always_inline]] inline void MeasureAll(const Runs& runs, size_t run_count,
                                              const Parts& parts, size_t part_count,
                                              Stretch stretch, float* __restrict out) {
  for (size_t p = 0; p < part_count; ++p, out += run_count) {
    const float south_m = parts.south_m[p], north_m = parts.north_m[p];
    const float west_m = parts.west_m[p], east_m = parts.east_m[p], less_m = parts.less_m[p];
    for (size_t r = 0; r < kMaxRuns; ++r) {
      const float y_m =
          stretch.along * GapBetween(runs.south_m[r], runs.north_m[r], south_m, north_m);
      const float x_m = stretch.across * GapBetween(runs.west_m[r], runs.east_m[r], west_m, east_m);
      const float apart_m = std::sqrt(x_m * x_m + y_m * y_m) - (less_m + runs.less_m[r]);
      out[r] = apart_m > 0 ? apart_m : 0;
    }
  }
}

using Function = void (*)(const Runs&, size_t, const Parts&, size_t, Stretch, float*);

void MeasurePlainly(const Runs& runs, size_t run_count, const Parts& parts, size_t part_count,
                    Stretch stretch, float* out) {
  MeasureAll(runs, run_count, parts, part_count, stretch, out);
}

#ifdef __x86_64__
// The same, eight numbers at a time.
[[gnu::target("avx2")]] void MeasureByAvx2(const Runs& runs, size_t run_count, const Parts& parts,
                                           size_t part_count, Stretch stretch, float* out) {
  MeasureAll(runs, run_count, parts, part_count, stretch, out);
}
#endif

Function Fastest() {
#ifdef __x86_64__
  if (__builtin_cpu_supports("avx2")) return MeasureByAvx2;
#endif
  return MeasurePlainly;
}

}  // namespace

void MeasureApart(const Runs& runs, size_t run_count, const Parts& parts, size_t part_count,
                  Stretch stretch, ApartTable& out) {
  static const Function fastest = Fastest();
  fastest(runs, run_count, parts, part_count, stretch, out.data());
}

}  // namespace spoor
