#pragma once

#include <vector>

#include "engine/cluster/aligned.h"
#include "engine/wait/patience.h"

namespace spoor {

// A proposal for eps: the distances from steps to their (min_samples - 1)-th nearest others, in
// falling order, and where that curve bends most: furthest below the chord between its ends.
struct EpsCurve {
  double eps_m = 0;
  size_t steps = 0;  // that were looked at: an even sample of all
  double share = 0;  // of them that have a neighbourhood at eps
};
absl::StatusOr<EpsCurve> ProposeEps(const AlignedTrips& trips, uint32_t min_samples,
                                    const Patience& patience);
// The value of a falling curve where it bends; 0 of an empty one.
double BendOf(const std::vector<double>& falling, size_t* at);

}  // namespace spoor
