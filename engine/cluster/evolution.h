#pragma once

#include <cstdint>
#include <vector>

#include "absl/strings/string_view.h"
#include "engine/cluster/step_labels.h"

namespace spoor {

// What becomes of segment clusters from one interval to the next.  A cluster has an identity, which
// lasts as long as it survives.
//
//   survive  it goes on, whoever else joins      [a] -> [a]
//   absorb   it goes into another that survives  [b] -> [a]
//   merge    several become one, none of them most of it   [a, b] -> [c]
//   split    most of it goes on as one, others come of it  [a] -> [b, c]
//   birth    [] -> [c];  death  [a] -> []
//
// A cluster goes to where most of its members go (of equals the first), and dies where none of them
// is in a cluster.  Where several go to one, it is the one that brings more than half of them all.
// One that splits goes on alone; a part that comes of it is at least half from it, and nobody else
// goes there.  So every cluster of the interval before is in `from` of exactly one event, and every
// one of this interval in `to` of exactly one that is no absorb.
enum class Fate : uint8_t { kBirth, kDeath, kSurvive, kSplit, kMerge, kAbsorb };
inline constexpr absl::string_view kFates[] = {"birth", "death", "survive",
                                               "split", "merge", "absorb"};

struct ClusterEvent {
  uint32_t interval = 0;  // in which `to` are
  Fate fate = Fate::kBirth;
  std::vector<uint32_t> from, to;  // identities, ascending
  friend bool operator==(const ClusterEvent&, const ClusterEvent&) = default;
};

// Goes along the intervals, one at a time: what it has told does not depend on what is to come.
class Evolution {
 public:
  // `labels`: of the trips `in` an interval, ascending, kOutlier or below `clusters`.
  void Add(absl::Span<const uint32_t> in, absl::Span<const int32_t> labels, uint32_t clusters);

  const std::vector<ClusterEvent>& events() const { return events_; }
  // Of the clusters of the last interval that was added.
  const std::vector<uint32_t>& identities() const { return identities_; }

 private:
  std::vector<uint32_t> before_in_;
  std::vector<int32_t> before_labels_;
  std::vector<uint32_t> identities_;
  uint32_t interval_ = 0, next_ = 0;
  std::vector<ClusterEvent> events_;
};

// Of all intervals.  `identities`: of each interval's clusters.
struct Evolved {
  std::vector<ClusterEvent> events;
  std::vector<std::vector<uint32_t>> identities;
};
Evolved Evolve(const StepLabels& labels);

}  // namespace spoor
