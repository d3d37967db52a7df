#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "engine/motif/motif.h"
#include "engine/wait/patience.h"
#include "geo/trajectory.h"

namespace spoor {

// Of all pairs of trips the k that have the least exact pair (btm.h): two sub-trajectories of more
// than so many steps, one of each, by the least discrete Frechet distance.
struct ClosestQuery {
  uint32_t steps = 20;
  size_t k = 10;  // 1 ... kMostMotifs
  Direction direction = Direction::kSame;

  // A pair of longer trips is more than may be compared: they are left out.
  static constexpr size_t kMostFixes = 2896;
};

// What it took.
struct ClosestCost {
  uint64_t trips = 0;   // that are long enough, and not too long
  uint64_t pairs = 0;   // of these
  uint64_t opened = 0;  // that were compared
  uint32_t rounds = 0;
  double within_m = 0;  // no pair that was not compared is as near as that; infinite: all were
};

struct ClosestAnswer {
  // By distance, then the lesser id, then the other one, as ExactMotifBetween tells them, the trip
  // of the lesser id first.
  std::vector<Motif> motifs;
  std::vector<TrajectoryId> too_long;
  ClosestCost cost;
};

// What it holds beside the trips, at most, for each of their fixes.
inline constexpr uint64_t kClosestBytesOfFix = 32;

// Proven.  A round asks for pairs that may be within a distance: of any part long enough a block of
// fixes, one of those into which the trip is cut, lies within it altogether, and each fix of the
// block must have one of the other trip within the distance, which a grid of cells tells.  These
// pairs are compared, with the k-th best distance as the cutoff.  Rounds ask for twice the distance
// until it is no less than that of the k-th.  So pairs are opened that come near for as long, and
// nearly all are not.
//
// `shown` hears how many of the trips of this round are done.  Errors: those of the patience.
// REQUIRES: trips are by id, distinct.
absl::StatusOr<ClosestAnswer> ClosestPairs(
    absl::Span<const Trajectory> trips, const ClosestQuery& query, const Patience& patience,
    const std::function<void(uint64_t done, uint64_t total)>& shown);

}  // namespace spoor
