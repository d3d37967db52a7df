#include "engine/cluster/trip_distance.h"

#include <algorithm>

namespace spoor {

double MeanStepDistanceM(const AlignedTrips& trips, uint32_t a, uint32_t b, uint32_t min_overlap,
                         double cutoff_m) {
  constexpr double kNever = std::numeric_limits<double>::infinity();
  const uint32_t first = std::max(trips.first(a), trips.first(b));
  const uint32_t end = std::min(trips.end(a), trips.end(b));
  if (first >= end || end - first < std::max(min_overlap, 1U)) return kNever;
  const double most = cutoff_m * (end - first);
  if (most < kNever) {
    double at_least = 0;
    for (uint32_t j = first; j < end; ++j) {
      at_least += StepDistanceAtLeastM(trips.StepOf(a, j), trips.StepOf(b, j));
      if (at_least > most * (1 + 1e-9)) return kNever;
    }
  }
  double sum = 0;
  for (uint32_t j = first; j < end; ++j) {
    sum += StepDistanceM(trips.StepOf(a, j), trips.StepOf(b, j));
  }
  const double mean = sum / (end - first);
  return mean < cutoff_m ? mean : kNever;
}

}  // namespace spoor
