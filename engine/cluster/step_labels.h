#pragma once

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "engine/cluster/aligned.h"
#include "engine/cluster/segment_clusters.h"

namespace spoor {

// The segment clusters of all intervals: which one each step is of.
class StepLabels {
 public:
  // REQUIRES: the trips outlive it.
  explicit StepLabels(const AlignedTrips& trips);

  const AlignedTrips& trips() const { return *trips_; }
  // REQUIRES: the trip is in the interval.
  int32_t Of(uint32_t trip, uint32_t interval) const {
    return labels_[trips_->IndexOf(trip, interval)];
  }
  bool IsCore(uint32_t trip, uint32_t interval) const {
    return core_[trips_->IndexOf(trip, interval)] != 0;
  }
  uint32_t clusters(uint32_t interval) const { return clusters_[interval]; }
  // Those that are in the interval, ascending.
  absl::Span<const uint32_t> In(uint32_t interval) const {
    return absl::MakeConstSpan(in_).subspan(begin_[interval],
                                            begin_[interval + 1] - begin_[interval]);
  }
  // The trips of each cluster of the interval, ascending.
  std::vector<std::vector<uint32_t>> MembersIn(uint32_t interval) const;

  // Of different intervals from several threads.
  void Set(uint32_t interval, const SegmentClusters& found);

 private:
  const AlignedTrips* trips_;
  std::vector<int32_t> labels_;
  std::vector<uint8_t> core_;
  std::vector<uint32_t> clusters_, in_;
  std::vector<size_t> begin_;
};

// Errors of patience.  `threads`: how many intervals at once; the answer is the same.
absl::StatusOr<StepLabels> LabelSteps(const AlignedTrips& trips, const SegmentTerms& terms,
                                      size_t threads, const Patience& patience);

}  // namespace spoor
