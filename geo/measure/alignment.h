#pragma once

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/container/fixed_array.h"
#include "geo/local_plane.h"

namespace spoor {

// Costs of the three alignments that one more step can extend to cell (i, j).
struct Neighbours {
  double up;        // (i - 1, j)
  double left;      // (i, j - 1)
  double diagonal;  // (i - 1, j - 1)

  double Min() const { return std::min({up, left, diagonal}); }
};

// The border of measures that align every point with another one.
inline double Unreachable(size_t) { return std::numeric_limits<double>::infinity(); }

// The table behind DTW, discrete Frechet and the edit distances: cell (i, j) is the cost of the
// best alignment of the first i points of a with the first j of b.  Returns the last cell, keeps
// two rows, on the stack where b is short.
//
//   border(k)                cost of the cells (k, 0) and (0, k), k >= 1
//   step(p, q, neighbours)   cost of an inner cell; REQUIRES: never below neighbours.Min()
//
// So costs never fall along an alignment, and a row that exceeds cutoff everywhere proves that the
// answer does.
template <typename Border, typename Step>
double Align(PlaneView a, PlaneView b, double cutoff, Border border, Step step) {
  constexpr size_t kOnStack = 256;  // cells, 2 KiB a row
  absl::FixedArray<double, kOnStack> above_row(b.size() + 1), this_row(b.size() + 1);
  double *above = above_row.data(), *row = this_row.data();
  above[0] = 0;
  for (size_t j = 1; j <= b.size(); ++j) above[j] = border(j);
  for (size_t i = 1; i <= a.size(); ++i) {
    double least = row[0] = border(i);
    for (size_t j = 1; j <= b.size(); ++j) {
      row[j] = step(a[i - 1], b[j - 1], Neighbours{above[j], row[j - 1], above[j - 1]});
      least = std::min(least, row[j]);
    }
    if (least > cutoff) return least;
    std::swap(above, row);
  }
  return above[b.size()];
}

}  // namespace spoor
