#pragma once

#include <limits>

#include "engine/cluster/aligned.h"

namespace spoor {

// The mean of the distances of two trips' steps over the intervals in which both are; infinite
// where these are fewer than min_overlap, or as soon as the mean is proven to be cutoff_m or more.
double MeanStepDistanceM(const AlignedTrips& trips, uint32_t a, uint32_t b, uint32_t min_overlap,
                         double cutoff_m = std::numeric_limits<double>::infinity());

}  // namespace spoor
