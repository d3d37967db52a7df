#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "geo/local_plane.h"
#include "geo/measure/measure.h"
#include "geo/measure/rough_alignment.h"

namespace spoor {

// Of the alignments of a with a part of b that cost at most `cutoff`: the part that ends first and,
// of these, the one that starts last.  Row by row, and of each row what a cell below the cutoff
// reaches.
//
//   cost(p, q, before)   of an alignment with the pair (p, q) added, never below `before`
//   same(c, d)           whether two costs below the cutoff are as good as each other
//
// Any part once limit.work is stopped.  REQUIRES: some alignment costs no more.
struct PartLimit {
  double cutoff;
  MeasureWork& work;
};
template <typename Cost, typename Same>
std::pair<uint32_t, uint32_t> FirstEndingPart(PlaneView a, PlaneView b, PartLimit limit, Cost cost,
                                              Same same) {
  const double cutoff = limit.cutoff;
  struct Ending {
    double cost = kInf;
    uint32_t start = 0;
  };
  const auto better = [&](const Ending& c, const Ending& d) {
    return same(c.cost, d.cost) ? (c.start < d.start ? d : c) : (d.cost < c.cost ? d : c);
  };
  std::vector<Ending> above(b.size()), row(b.size());
  for (uint32_t j = 0; j < b.size(); ++j) above[j] = {.cost = 0, .start = j};
  size_t first = 0, last = b.size() - 1;  // of the cells in `above` below the cutoff
  const auto above_at = [&](size_t j) { return first <= j && j <= last ? above[j] : Ending{}; };
  for (size_t i = 0; i < a.size(); ++i) {
    if (limit.work.IsOver()) return {0, 0};
    size_t next_first = b.size(), next_last = 0;
    for (size_t j = first; j < b.size(); ++j) {
      ++limit.work.cells;
      Ending before = above_at(j);
      if (i > 0 && j > 0) before = better(before, above_at(j - 1));
      if (j > first) before = better(before, row[j - 1]);
      const double here = cost(a[i], b[j], before.cost);
      row[j] = here <= cutoff ? Ending{.cost = here, .start = before.start} : Ending{};
      if (here <= cutoff) {
        next_first = std::min(next_first, j);
        next_last = j;
      } else if (j > last) {
        break;  // nothing leads to the rest of the row
      }
    }
    std::swap(above, row);
    first = next_first;
    last = next_last;
  }
  return {above[first].start, static_cast<uint32_t>(first)};
}

// The fix of b that is nearest to the first of a, where a greedy alignment with a part may begin.
inline size_t NearestToFirst(PlaneView a, PlaneView b) {
  size_t nearest = 0;
  for (size_t j = 1; j < b.size(); ++j) {
    if (SquareM2(a.front(), b[j]) < SquareM2(a.front(), b[nearest])) nearest = j;
  }
  return nearest;
}

}  // namespace spoor
