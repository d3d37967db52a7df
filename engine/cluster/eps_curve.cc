#include "engine/cluster/eps_curve.h"

#include <algorithm>

#include "engine/cluster/segment_distance.h"

namespace spoor {

double BendOf(const std::vector<double>& falling, size_t* at) {
  *at = 0;
  if (falling.empty()) return 0;
  const double high = falling.front(), low = falling.back();
  double furthest = -1;
  const auto last = static_cast<double>(std::max<size_t>(falling.size() - 1, 1));
  for (size_t i = 0; i < falling.size(); ++i) {
    const double below = (high + (low - high) * static_cast<double>(i) / last) - falling[i];
    if (below > furthest) furthest = below, *at = i;
  }
  return falling[*at];
}

absl::StatusOr<EpsCurve> ProposeEps(const AlignedTrips& trips, uint32_t min_samples,
                                    const Patience& patience) {
  constexpr size_t kMostIntervals = 8, kMostSteps = 256, kMostOthers = 20'000;
  std::vector<double> curve;
  const uint32_t m = trips.intervals();
  const uint32_t looked = std::min<uint32_t>(m, kMostIntervals);
  for (uint32_t i = 0; i < looked; ++i) {
    const auto interval = static_cast<uint32_t>((uint64_t{2} * i + 1) * m / (uint64_t{2} * looked));
    std::vector<MovedStep> steps;
    for (uint32_t t = 0; t < trips.size(); ++t) {
      if (trips.IsIn(t, interval)) steps.push_back(trips.StepOf(t, interval));
    }
    const size_t stride = std::max<size_t>(1, steps.size() / kMostOthers);
    for (size_t s = 0; s < steps.size(); s += std::max<size_t>(1, steps.size() / kMostSteps)) {
      if (absl::Status st = patience.CheckInTurn(); !st.ok()) return st;
      std::vector<double> to;
      for (size_t o = s % stride; o < steps.size(); o += stride) {
        if (o != s) to.push_back(StepDistanceM(steps[s], steps[o]));
      }
      const size_t k = std::max<uint32_t>(min_samples, 2) - 2;
      if (to.size() <= k) continue;
      std::nth_element(to.begin(), to.begin() + static_cast<ptrdiff_t>(k), to.end());
      curve.push_back(to[k]);
    }
  }
  std::sort(curve.rbegin(), curve.rend());
  EpsCurve out{.steps = curve.size()};
  size_t at = 0;
  out.eps_m = BendOf(curve, &at);
  if (!curve.empty()) {
    out.share = static_cast<double>(curve.size() - at) / static_cast<double>(curve.size());
  }
  return out;
}

}  // namespace spoor
