#pragma once

#include <cstdint>
#include <vector>

#include "geo/cell.h"
#include "geo/trajectory.h"

namespace spoor {

// Consecutive fixes, first and last, in one cell.
struct CellRun {
  Cell cell;
  uint32_t from = 0, to = 0;
};

// The normalisation of the published scheme: the cell of each fix, consecutive duplicates merged.
// Nothing is cleaned, and cells between two fixes are not seen.
inline std::vector<CellRun> CellRuns(TrajectoryView fixes, int depth) {
  const Grid grid{.depth = depth};
  std::vector<CellRun> runs;
  for (uint32_t i = 0; i < fixes.size(); ++i) {
    const Cell cell = grid.At(ToWorld(fixes[i]));
    if (runs.empty() || runs.back().cell != cell) {
      runs.push_back({.cell = cell, .from = i, .to = i});
    } else {
      runs.back().to = i;
    }
  }
  return runs;
}

}  // namespace spoor
