#pragma once

#include <optional>
#include <vector>

#include "engine/cluster/eps_curve.h"
#include "engine/cluster/evolution.h"
#include "engine/cluster/stable_step.h"

namespace spoor {

// Trips that go together all the time, the segment clusters that this rests on, and what became of
// these.
struct StableDbscanTerms {
  std::optional<double> eps_m;  // none: proposed
  uint32_t min_samples = 5;
  SegmentRule rule = SegmentRule::kExact;
  bool stable = true;
  StableTerms step;                    // its eps_m is set here
  std::optional<WindowTerms> windows;  // sub-trajectory clusters as well
  bool silhouette = true;              // in time that grows with pairs of trips
  size_t threads = 1;
};

struct StableClusters {
  double eps_m = 0;
  std::optional<EpsCurve> proposed;
  std::optional<StepLabels> steps;
  Evolved evolved;
  // Clusters by falling size after the stable step, then by their first trips.
  std::vector<int32_t> labels, before;  // of each trip
  std::vector<Rejoining> decisions;     // clusters numbered as labels are
  std::optional<Silhouette> silhouette;
  std::vector<GroupRange> ranges;
  uint32_t clusters = 0;
};

// REQUIRES: the trips outlive the answer.  Errors of its parts.
absl::StatusOr<StableClusters> FindStableClusters(const AlignedTrips& trips,
                                                  const StableDbscanTerms& terms,
                                                  const Patience& patience);

// A silhouette of more pairs of steps than this is not made: it would take minutes.
inline constexpr double kMostSilhouetteSteps = 2e9;
inline constexpr double kMostSilhouetteSums = 8e6;  // of 16 bytes: a trip has one to each cluster

}  // namespace spoor
