#pragma once

#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "engine/cluster/segment_distance.h"

namespace spoor {

// DBSCAN on the steps of one interval.  A step with at least min_samples steps within eps_m, itself
// among them, is a core; cores within eps_m of each other are of one cluster; any other step within
// eps_m of a core goes to the nearest one (of equally near ones the first), else it is an outlier.
//
// kComponent is the closure of splitting and merging instead: the components of the graph of all
// steps within eps_m, of which those without a core are outliers.  Both are the same for all data
// if and only if min_samples <= 3: then no step that is not a core can lie between two clusters.
enum class SegmentRule : uint8_t { kExact, kComponent };

struct SegmentTerms {
  double eps_m = 100;
  uint32_t min_samples = 5;
  SegmentRule rule = SegmentRule::kExact;
};

inline constexpr int32_t kOutlier = -1;

struct SegmentClusters {
  std::vector<int32_t> labels;  // of each step; clusters are numbered by their first steps
  std::vector<bool> core;
  uint32_t clusters = 0;
};

// A grid over the middles of the steps, no lists of neighbours: memory grows with the steps alone.
// Of a clump of steps that all begin and all end close together one is looked at.
SegmentClusters ClusterSteps(absl::Span<const MovedStep> steps, const SegmentTerms& terms);

}  // namespace spoor
