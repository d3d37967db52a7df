#pragma once

#include "absl/status/statusor.h"
#include "engine/fingerprint/index_params.h"
#include "engine/motif/motif.h"
#include "engine/wait/patience.h"

namespace spoor {

// How finely trips are compared: by the cells of the collection, or by coarser ones that suit the
// trip with the longer steps (engine/fingerprint/own_depths.h); scheme v2 always, whose strands
// tell directions apart.
struct MotifScale {
  int depth = 0;
  double cell_m = 0;      // the shorter side of a cell where the first trip is half way
  double diagonal_m = 0;  // what cells allow: two places in one of them are no further apart
};

// That of cells of a depth; those near a pole count as if they were wider.
MotifScale ScaleAt(int depth, const Fix& middle);

// The stretches that two trips share, longest first: maximal, in neither trip overlapping one
// another, each at least min_length_m long on both, within max_distance_m by continuous Frechet
// (the cells' diagonal where it is not given).  Grams that both have are the anchors; along a chain
// of these the courses are followed to where they part.  What shares no gram is not found: never
// exact.  The distance of each occurrence is that between the two.
// Errors: those of the patience.
absl::StatusOr<MotifAnswer> MotifsBetween(const MotifTrip& a, const MotifTrip& b,
                                          const MotifTerms& terms, const IndexParams& params,
                                          const Patience& patience);

// The stretches that a trip has more than once, likewise: no two occurrences of any motif overlap.
// Distances and directions are those to the first occurrence; that of the first is to the second.
absl::StatusOr<MotifAnswer> MotifsWithin(const MotifTrip& trip, const MotifTerms& terms,
                                         const IndexParams& params, const Patience& patience);

}  // namespace spoor
