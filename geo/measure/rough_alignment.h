#pragma once

#include <algorithm>

#include "geo/local_plane.h"

namespace spoor {

// A step of an alignment to the pair (i, j): which of the two lines went on.
enum class Move { kBoth, kA, kB };

// The cost of the alignment that goes on, from each pair, to the nearest of the next three, until
// there is none, or a has come to its end where `open`; hence never below that of the best one.
// Starts at (0, first_of_b).
//
//   cost(before, move, i, j)   of the alignment that has come to (i, j), `before` of it
template <typename Cost>
double AlignGreedily(PlaneView a, PlaneView b, size_t first_of_b, bool open, Cost cost) {
  size_t i = 0, j = first_of_b;
  double total = cost(0, Move::kBoth, i, j);
  while (i + 1 < a.size() && j + 1 < b.size()) {
    const double both = SquareM2(a[i + 1], b[j + 1]), only_a = SquareM2(a[i + 1], b[j]),
                 only_b = SquareM2(a[i], b[j + 1]);
    if (both <= only_a && both <= only_b) {
      total = cost(total, Move::kBoth, ++i, ++j);
    } else if (only_a <= only_b) {
      total = cost(total, Move::kA, ++i, j);
    } else {
      total = cost(total, Move::kB, i, ++j);
    }
  }
  while (i + 1 < a.size()) total = cost(total, Move::kA, ++i, j);
  while (!open && j + 1 < b.size()) total = cost(total, Move::kB, i, ++j);
  return total;
}

// The cost of the alignment in which both lines go on evenly, by their numbers of fixes: what two
// recordings of one ride want where their noise leads the greedy one astray.
template <typename Cost>
double AlignEvenly(PlaneView a, PlaneView b, Cost cost) {
  const size_t steps = std::max(a.size(), b.size());
  double total = cost(0, Move::kBoth, 0, 0);
  size_t i = 0, j = 0;
  for (size_t s = 1; s < steps; ++s) {
    const size_t next_i = s * (a.size() - 1) / (steps - 1);
    const size_t next_j = s * (b.size() - 1) / (steps - 1);
    const Move move = next_i == i ? Move::kB : next_j == j ? Move::kA : Move::kBoth;
    total = cost(total, move, i = next_i, j = next_j);
  }
  return total;
}

// The lesser of both.
template <typename Cost>
double AlignRoughly(PlaneView a, PlaneView b, Cost cost) {
  return std::min(AlignEvenly(a, b, cost), AlignGreedily(a, b, 0, false, cost));
}

// Whether a table is so large that a cutoff from a rough alignment saves more than that costs.
inline bool IsWorthACutoff(PlaneView a, PlaneView b) {
  return a.size() * b.size() > size_t{64} * 64;
}

// Costs of the discrete Frechet distance, squared, and of dynamic time warping.
inline auto FrechetCostM2(PlaneView a, PlaneView b) {
  return [a, b](double before, Move, size_t i, size_t j) {
    return std::max(before, SquareM2(a[i], b[j]));
  };
}
inline auto WarpingCostM(PlaneView a, PlaneView b) {
  return [a, b](double before, Move, size_t i, size_t j) { return before + DistanceM(a[i], b[j]); };
}

}  // namespace spoor
