#pragma once

#include <cstdint>
#include <optional>

#include "absl/status/statusor.h"
#include "engine/motif/motif.h"
#include "engine/wait/patience.h"
#include "geo/local_plane.h"

namespace spoor {

// The pair of sub-trajectories with the least discrete Frechet distance of which each has more than
// a number of steps (Tang, Yiu, Mouratidis, Wang: Efficient Motif Discovery in Spatial Trajectories
// Using Discrete Frechet Distance, EDBT 2017): a[i..ie] and b[j..je] with ie - i > steps and
// je - j > steps; of one trip with itself also ie < j.

// Fixes, both ends included.
struct ExactPair {
  uint32_t a_from = 0, a_to = 0, b_from = 0, b_to = 0;
  double distance_m = 0;
};

// What it took.  A start (i, j) is pruned by the first of the paper's bounds that exceeds the least
// distance: its own cell; the cross, the nearest pairs in the next row and column; the bands, the
// same over the next `steps` of them.
struct ExactCost {
  uint64_t starts = 0, by_cell = 0, by_cross = 0, by_bands = 0;
  uint64_t opened = 0;  // starts from which ways were searched
  uint64_t decisions =
      0;               // distances at which all starts together were asked whether one gets through
  uint64_t cells = 0;  // computed, over all of this
};

struct ExactResult {
  std::optional<ExactPair> pair;  // none where no two parts are long enough
  ExactCost cost;
};

// So many pairs of fixes may be compared: it keeps the distances of all.
inline constexpr uint64_t kMostExactCells = uint64_t{1} << 23;

// Proven; the same on every machine.  InvalidArgument, which says what is allowed, where there are
// more than kMostExactCells pairs of fixes; errors of the patience.
//
// Unlike the paper, which opens starts one by one in the order of their bounds, it asks of a
// distance whether any start gets through with it: one pass backwards over all cells tells how far
// each may get, and few starts that may get far enough remain to be opened.  The distances between
// the least bound and the best pair so far are halved until none is left.  O(nm log nm) but for
// these starts.
absl::StatusOr<ExactResult> LeastFrechetPair(PlaneView a, PlaneView b, uint32_t steps,
                                             const Patience& patience);
// The same, or none where no pair is within a distance, which costs less.
struct ExactWithin {
  uint32_t steps = 0;
  double distance_m = 0;
};
absl::StatusOr<ExactResult> LeastFrechetPairWithin(PlaneView a, PlaneView b,
                                                   const ExactWithin& within,
                                                   const Patience& patience);
// Of one trip with itself.
absl::StatusOr<ExactResult> LeastFrechetPair(PlaneView a, uint32_t steps, const Patience& patience);

// The same as an answer: at most one motif, or none where it is above terms.max_distance_m.  In the
// opposite direction the second part is gone backwards.  Of the terms only that and the direction
// count.
absl::StatusOr<MotifAnswer> ExactMotifBetween(const MotifTrip& a, const MotifTrip& b,
                                              const MotifTerms& terms, uint32_t steps,
                                              const Patience& patience);
absl::StatusOr<MotifAnswer> ExactMotifWithin(const MotifTrip& trip, const MotifTerms& terms,
                                             uint32_t steps, const Patience& patience);

}  // namespace spoor
