#pragma once

#include <cstdint>

#include "geo/cell.h"

namespace spoor {
namespace internal {

// How a step crosses the borders of one axis of a grid.  Lengths are in world units.
struct BorderWalk {
  uint64_t left = 0;       // borders not yet crossed
  uint64_t to_border = 0;  // from the start of the step to the next of them
  uint64_t length = 0;     // of the step on this axis, at most 2^32
  uint64_t cell_size = 1;
  bool forward = true;  // towards higher coordinates

  double fraction() const { return static_cast<double>(to_border) / static_cast<double>(length); }

  // The new index of the cell beyond the next border.
  uint32_t Cross(uint32_t index) {
    --left;
    to_border += cell_size;
    return forward ? index + 1 : index - 1;
  }
};

// Which axis crosses its next border first: negative for a, positive for b, 0 when both at once.
// Borders belong to the cell beyond them for a forward step, which is there a moment earlier than a
// backward one.
inline int FirstToCross(const BorderWalk& a, const BorderWalk& b) {
  if (b.left == 0) return -1;
  if (a.left == 0) return 1;
  const uint64_t a_at = a.to_border * b.length;  // at most 2^31 * 2^32
  const uint64_t b_at = b.to_border * a.length;
  if (a_at != b_at) return a_at < b_at ? -1 : 1;
  return static_cast<int>(b.forward) - static_cast<int>(a.forward);
}

inline BorderWalk ColumnBorders(WorldPoint a, WorldPoint b, const Grid& grid) {
  const int shift = 32 - grid.column_bits();
  const uint32_t size = uint32_t{1} << shift;
  const uint32_t offset = (a.x + (grid.shifted ? size / 2 : 0)) & (size - 1);
  int64_t step = static_cast<int32_t>(b.x - a.x);
  if (step == INT32_MIN && a.x < b.x) step = -step;
  const int64_t columns = (offset + step) >> shift;  // towards the west for negative ones
  return {.left = static_cast<uint64_t>(columns < 0 ? -columns : columns),
          .to_border = step < 0 ? offset : size - offset,
          .length = static_cast<uint64_t>(step < 0 ? -step : step),
          .cell_size = size,
          .forward = step >= 0};
}

inline BorderWalk RowBorders(WorldPoint a, uint32_t a_row, WorldPoint b, uint32_t b_row,
                             const Grid& grid) {
  const int shift = 32 - grid.row_bits();
  const uint64_t size = uint64_t{1} << shift;
  const bool forward = b.y >= a.y;
  // More than size in the northernmost row of a shifted grid.
  const uint64_t offset = a.y + (grid.shifted ? size / 2 : 0) - (uint64_t{a_row} << shift);
  return {.left = forward ? b_row - a_row : a_row - b_row,
          .to_border = forward ? size - offset : offset,
          .length = forward ? b.y - a.y : a.y - b.y,
          .cell_size = size,
          .forward = forward};
}

}  // namespace internal

template <typename Visit>
bool WalkCells(WorldPoint a, WorldPoint b, Grid grid, int max_cells, Visit visit) {
  Cell cell = grid.At(a);
  const Cell last = grid.At(b);
  if (cell == last) return true;
  internal::BorderWalk columns = internal::ColumnBorders(a, b, grid);
  internal::BorderWalk rows = internal::RowBorders(a, cell.row, b, last.row, grid);
  const uint32_t column_mask = (uint32_t{1} << grid.column_bits()) - 1;
  for (int entered = 0; columns.left + rows.left > 0; ++entered) {
    if (entered >= max_cells) return false;
    const int first = internal::FirstToCross(columns, rows);
    const double fraction = first <= 0 ? columns.fraction() : rows.fraction();
    if (first <= 0) cell.column = columns.Cross(cell.column) & column_mask;
    if (first >= 0) cell.row = rows.Cross(cell.row);
    visit(cell, fraction);
  }
  return true;
}

}  // namespace spoor
