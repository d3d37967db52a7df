#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "absl/strings/string_view.h"
#include "geo/box.h"
#include "geo/fix.h"

namespace spoor {

// Which cells a line passes, for finding the lines that meet a box.
//
// Ten levels of square cells (in degrees): of the finest one, 2^13 1e-7 degrees (91 m of latitude)
// wide, and of each level four times as wide as those of the one before.  A line is listed in the
// cells of its *own* level, the finest at which it has at most 128 + fixes / 4 of them, and
// *through* cells of the levels above, up to the fifth.  So the number of its cells is bounded
// however long it is, and a box is looked up at one level of cells that suit it, together with what
// is at its own level above that one.
inline constexpr int kCellLevels = 10, kThroughLevels = 5;

// A cell of a level in its list: ordered by level, list, row, column.
using CellKey = uint64_t;
enum class CellList : uint8_t { kThrough = 0, kOwn = 1 };
inline CellKey MakeCellKey(int level, CellList list, uint32_t row, uint32_t column) {
  return uint64_t{static_cast<uint32_t>(level)} << 60 | uint64_t{list == CellList::kOwn} << 59 |
         uint64_t{row} << 24 | column;
}

constexpr bool IsFinest(CellKey key) { return key >> 60 == 0; }

// Parts of a cell: bit 4 * row + column.
using CellParts = uint16_t;
inline constexpr CellParts kAllParts = 0xFFFF;

struct LineCell {
  CellKey key;
  CellParts parts;  // kAllParts where the level is not the finest
};
// The cells of a line, ascending: all that are within its sketch's tolerance of the sketch, hence
// all that the line passes; and so their parts.
std::vector<LineCell> LineCells(absl::string_view sketch, const Fix& start, uint32_t fixes);

// The cells of one level that a box meets: rows of at most two ranges of columns.
struct CellRows {
  struct Columns {
    uint32_t first, last;
  };
  struct ColumnRanges {
    Columns range[2] = {};
    uint32_t count = 0;
    const Columns* begin() const { return range; }
    const Columns* end() const { return range + count; }
  };
  uint32_t first_row = 0, last_row = 0;
  ColumnRanges columns;

  uint32_t rows() const { return last_row - first_row + 1; }
};
CellRows BoxCellRows(const Box& box, int level);
// The same of the parts of cells of the finest level.
CellRows BoxPartRows(const Box& box);
// Which parts of a cell of the finest level are among them.
CellParts PartsAmong(const CellRows& parts, CellKey cell);

}  // namespace spoor
