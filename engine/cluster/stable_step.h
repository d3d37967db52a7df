#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "engine/cluster/companions.h"
#include "engine/cluster/silhouette.h"

namespace spoor {

// Lets outliers rejoin a cluster that they left for a while.
//
// o is considered by cluster C when it shares C's segment cluster in at least one interval.  Where
// it is away, delta_j = max(0, d(o, anchor) - eps), the anchor being the nearest member (or core)
// of C's segment cluster; D_j(o, x) = d_j(o, x), less delta_j where o is away.  T_C is the least
// over all considered o and all x in C of max_j D_j(o, x), and at most cap * eps.  o stays with C
// if for some x the mean of d_j(o, x) is below T_C.  All is decided on the clusters as they were.
enum class StrayAnchor : uint8_t { kMember, kCore };
enum class Several : uint8_t { kSilhouette, kMean };  // which of several clusters it joins
inline constexpr absl::string_view kAnchors[] = {"member", "core"};
inline constexpr absl::string_view kSeverals[] = {"silhouette", "mean"};

struct StableTerms {
  double eps_m = 0;
  StrayAnchor anchor = StrayAnchor::kMember;
  std::optional<double> cap = 3;  // of eps
  bool strict = false;            // also at least half of the intervals in C's segment cluster
  uint32_t min_overlap = 1;
  Several several = Several::kMean;
};

// Away from the cluster in at most half of the intervals, or more; never further than eps beyond
// eps, or further.
enum class StrayCase : uint8_t { kFewSmall, kFewLarge, kManySmall, kManyLarge };
inline constexpr absl::string_view kStrayCases[] = {"few_small", "few_large", "many_small",
                                                    "many_large"};

// Why an outlier rejoined a cluster, or did not.
struct Rejoining {
  uint32_t trip = 0;
  uint32_t cluster = 0;  // that it joins, or that is nearest of those that considered it
  bool rejoined = false;
  double mean_m = 0, threshold_m = 0;
  std::vector<IntervalRange> away;
  StrayCase stray = StrayCase::kFewSmall;
};

struct StableResult {
  std::vector<Rejoining> decisions;  // by trip
  std::vector<int32_t> labels;       // of all trips, after it
};

// `silhouette`: of the clusters as they are, for Several::kSilhouette; may be null, then the mean
// decides. InvalidArgument where more than kMostStrayPairs pairs would be compared; errors of
// patience.
inline constexpr uint64_t kMostStrayPairs = 20'000'000'000;
struct StableInput {
  const StepLabels& labels;
  const TripGroups& groups;
  IntervalRange range;
  const Silhouette* silhouette = nullptr;
};
absl::StatusOr<StableResult> RejoinStrays(const StableInput& input, const StableTerms& terms,
                                          const Patience& patience);

}  // namespace spoor
