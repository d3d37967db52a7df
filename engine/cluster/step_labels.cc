#include "engine/cluster/step_labels.h"

#include <atomic>
#include <thread>

namespace spoor {

StepLabels::StepLabels(const AlignedTrips& trips)
    : trips_(&trips),
      labels_(trips.steps(), kOutlier),
      core_(trips.steps()),
      clusters_(trips.intervals()),
      in_(trips.steps()),
      begin_(trips.intervals() + 1) {
  for (uint32_t t = 0; t < trips.size(); ++t) {
    for (uint32_t j = trips.first(t); j < trips.end(t); ++j) ++begin_[j + 1];
  }
  for (size_t j = 1; j < begin_.size(); ++j) begin_[j] += begin_[j - 1];
  std::vector<size_t> next(begin_.begin(), begin_.end());
  for (uint32_t t = 0; t < trips.size(); ++t) {
    for (uint32_t j = trips.first(t); j < trips.end(t); ++j) in_[next[j]++] = t;
  }
}

std::vector<std::vector<uint32_t>> StepLabels::MembersIn(uint32_t interval) const {
  std::vector<std::vector<uint32_t>> out(clusters_[interval]);
  for (const uint32_t t : In(interval)) {
    if (const int32_t label = Of(t, interval); label != kOutlier) {
      out[static_cast<size_t>(label)].push_back(t);
    }
  }
  return out;
}

void StepLabels::Set(uint32_t interval, const SegmentClusters& found) {
  const absl::Span<const uint32_t> in = In(interval);
  for (size_t i = 0; i < in.size(); ++i) {
    const size_t at = trips_->IndexOf(in[i], interval);
    labels_[at] = found.labels[i];
    core_[at] = found.core[i] ? 1 : 0;
  }
  clusters_[interval] = found.clusters;
}

absl::StatusOr<StepLabels> LabelSteps(const AlignedTrips& trips, const SegmentTerms& terms,
                                      size_t threads, const Patience& patience) {
  StepLabels out(trips);
  std::atomic<uint32_t> next{0};
  std::atomic<bool> stopped{false};
  const auto work = [&] {
    std::vector<MovedStep> steps;
    for (uint32_t j = next++; j < trips.intervals() && !stopped; j = next++) {
      if (!patience.Check().ok()) stopped = true;
      steps.clear();
      for (const uint32_t t : out.In(j)) steps.push_back(trips.StepOf(t, j));
      out.Set(j, ClusterSteps(steps, terms));
    }
  };
  std::vector<std::thread> others;
  for (size_t i = 1; i < threads; ++i) others.emplace_back(work);
  work();
  for (std::thread& t : others) t.join();
  if (stopped) return patience.Check();
  return out;
}

}  // namespace spoor
