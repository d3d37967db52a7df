#pragma once

#include <cstdint>
#include <vector>

#include "engine/cluster/step_labels.h"

namespace spoor {

// Who is together all the time.  Two trips are companions within some intervals when they are both
// there in at least `min_overlap` of them, and in the same segment cluster in each of these.  A
// trip that is an outlier in any of its own is an outlier.  Where all trips are there all the time
// being companions is an equivalence; otherwise groups are what it connects.  A group has at least
// two.
struct IntervalRange {
  uint32_t first = 0, end = 0;  // [first, end)
  friend bool operator==(const IntervalRange&, const IntervalRange&) = default;
};
struct TripGroups {
  std::vector<std::vector<uint32_t>> groups;  // each ascending; by falling size, then first trip
  std::vector<uint32_t> outliers;             // of those that are there; ascending
  friend bool operator==(const TripGroups&, const TripGroups&) = default;
};

// In time that grows with the steps, and not with pairs of trips: by hashes of runs of labels.
class Companions {
 public:
  explicit Companions(const StepLabels& labels);
  // Of the trips among `trips` that are there; ascending.
  TripGroups Within(IntervalRange range, uint32_t min_overlap,
                    absl::Span<const uint32_t> trips) const;
  TripGroups Whole(uint32_t min_overlap) const;

 private:
  struct Member {
    uint32_t trip, slot;
    IntervalRange span;
  };
  uint64_t HashOf(uint32_t trip, IntervalRange span) const;
  bool IsClear(uint32_t trip, IntervalRange span) const;

  const StepLabels& labels_;
  // One more than steps a trip: of the labels before each step.
  std::vector<uint64_t> hash_, power_;
  std::vector<uint32_t> outliers_before_;
};

// Sub-trajectory clusters: the groups within each window of `window` intervals, a new one every
// `step`; neighbouring windows with the same groups are one range.  The last window may be short; a
// step longer than the window leaves holes.
struct WindowTerms {
  uint32_t window = 10, step = 5, min_overlap = 1;
};
struct GroupRange {
  IntervalRange range;
  bool is_short = false;  // it is, or ends with, a window that is
  TripGroups groups;
};
std::vector<IntervalRange> WindowsOf(uint32_t intervals, const WindowTerms& terms);
// Adds a window's groups, to the last range where they are the same.
void AddWindow(GroupRange next, std::vector<GroupRange>& ranges);

// Clusters by falling size, then by their first trips.
void OrderGroups(std::vector<std::vector<uint32_t>>& groups);

}  // namespace spoor
