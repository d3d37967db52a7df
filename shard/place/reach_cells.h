#pragma once

#include <cstdint>
#include <vector>

#include "geo/box.h"
#include "geo/cell.h"
#include "geo/trajectory.h"

namespace spoor {

// The cells of one unshifted grid that lines cross and boxes cover, such that a line that meets a
// box has a cell in common with it.  Thread safety: pure functions and values.

// Appends the Z-order codes of the cells of the line through the fixes, with repetitions.  False
// when the line would have too many (4 M): then it counts as crossing all.
// REQUIRES: fixes is not empty, depth <= 32.
bool AppendLineCells(TrajectoryView fixes, int depth, std::vector<uint32_t>* out);

// The columns and rows of a box; columns may wrap.
class BoxCells {
 public:
  BoxCells(const Box& box, int depth);

  uint64_t count() const { return uint64_t{columns_} * rows_; }
  bool Contains(Cell cell) const {
    return ((cell.column - column_) & mask_) < columns_ && cell.row - row_ < rows_;
  }
  // Calls visit(Z-order code) for each cell until it returns true; whether one did.
  template <typename Visit>
  bool Any(Visit visit) const {
    for (uint32_t r = 0; r < rows_; ++r) {
      for (uint32_t c = 0; c < columns_; ++c) {
        const Cell cell{.column = (column_ + c) & mask_, .row = row_ + r};
        if (visit(static_cast<uint32_t>(ZOrder(cell, depth_)))) return true;
      }
    }
    return false;
  }

 private:
  int depth_;
  uint32_t mask_;                  // of column numbers
  uint32_t column_ = 0, row_ = 0;  // the south-western one
  uint32_t columns_ = 0, rows_ = 0;
};

// The cell with this Z-order code.
Cell CellOfZOrder(uint32_t code, int depth);

}  // namespace spoor
