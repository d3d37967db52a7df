#include "engine/segment/line_cells.h"

#include <cassert>
#include <cmath>
#include <utility>

#include "engine/segment/sketch.h"

namespace spoor {
namespace {

constexpr int64_t kHeightE7 = 2 * int64_t{kMaxLatE7};

int ShiftOf(int level) { return 13 + 2 * level; }
constexpr int kPartShift = 11;  // of the parts of a cell of level 0

CellRows::ColumnRanges ColumnsOf(int64_t west_e7, int64_t width_e7, int shift) {
  const auto column = [shift](int64_t x) { return static_cast<uint32_t>(x >> shift); };
  const uint32_t last = column(kTurnE7 - 1);
  if (width_e7 >= kTurnE7) return {{{0, last}}, 1};
  int64_t west = west_e7;
  if (west < 0 || west >= kTurnE7) west %= kTurnE7;
  if (west < 0) west += kTurnE7;
  const int64_t east = west + width_e7;
  if (east < kTurnE7) return {{{column(west), column(east)}}, 1};
  return {{{column(west), last}, {0, column(east - kTurnE7)}}, 2};
}

// The own cells of a line at one level, those that lie within the tolerance of its sketch, some of
// them more than once.
class Raster {
 public:
  // Rows and columns are those of cells, or of parts of cells where the level is the finest.
  Raster(int level, size_t most)
      : level_(level),
        shift_(level == 0 ? kPartShift : ShiftOf(level)),
        parts_log_(level == 0 ? 2 : 0),
        most_(most) {}

  // The step as the tube around it.  False when there are more than `most` cells.
  bool Add(const SketchPoint& a, const SketchPoint& b, int64_t tolerance_e7) {
    const int64_t south = std::min(a.lat_e7, b.lat_e7) - tolerance_e7 + kMaxLatE7;
    const int64_t north = std::max(a.lat_e7, b.lat_e7) + tolerance_e7 + kMaxLatE7;
    const auto [west, east] = std::minmax(a.lon_e7, b.lon_e7);
    const auto column = [this](int64_t lon_e7) { return (lon_e7 + kMaxLonE7) >> shift_; };
    const bool narrow = column(west - tolerance_e7) == column(east + tolerance_e7);
    const double slope = a.lat_e7 == b.lat_e7 ? 0
                                              : static_cast<double>(b.lon_e7 - a.lon_e7) /
                                                    static_cast<double>(b.lat_e7 - a.lat_e7);
    const int64_t last = std::min(north, kHeightE7) >> shift_;
    for (int64_t row = std::max<int64_t>(south, 0) >> shift_; row <= last; ++row) {
      const int64_t from = (row << shift_) - kMaxLatE7;
      const auto [first, to] = narrow ? std::pair<int64_t, int64_t>(west, east)
                                      : Longitudes(a, b, slope, from - tolerance_e7,
                                                   from + (int64_t{1} << shift_) + tolerance_e7);
      if (!AddRow(static_cast<uint32_t>(row), first - tolerance_e7, to + tolerance_e7)) {
        return false;
      }
    }
    return true;
  }

  std::vector<LineCell> Take() { return std::move(cells_); }

 private:
  // Between which longitudes the step is where it is between two latitudes; two units too wide
  // rather than too narrow.
  static std::pair<int64_t, int64_t> Longitudes(const SketchPoint& a, const SketchPoint& b,
                                                double slope, int64_t south, int64_t north) {
    const auto [least, most] = std::minmax(a.lat_e7, b.lat_e7);
    if (least >= south && most <= north) return std::minmax(a.lon_e7, b.lon_e7);
    const auto at = [&, least = least, most = most](int64_t lat_e7) {
      const int64_t within = std::clamp(lat_e7, least, most);
      return a.lon_e7 + static_cast<int64_t>(slope * static_cast<double>(within - a.lat_e7));
    };
    const auto [west, east] = std::minmax({at(south), at(north)});
    return {west - 2, east + 2};
  }

  bool AddRow(uint32_t row, int64_t west_e7, int64_t east_e7) {
    for (const auto& [first, last] : ColumnsOf(west_e7 + kMaxLonE7, east_e7 - west_e7, shift_)) {
      const uint32_t first_cell = first >> parts_log_, last_cell = last >> parts_log_;
      if (cells_.size() + last_cell - first_cell >= most_) return false;
      for (uint32_t column = first_cell; column <= last_cell; ++column) {
        const CellKey key = MakeCellKey(level_, CellList::kOwn, row >> parts_log_, column);
        AddCell({key, level_ == 0 ? PartsOf(row, std::max(first, 4 * column),
                                            std::min(last, 4 * column + 3))
                                  : kAllParts});
      }
    }
    return true;
  }

  static CellParts PartsOf(uint32_t row, uint32_t first, uint32_t last) {
    const uint32_t columns = (2U << last % 4) - (1U << first % 4);
    return static_cast<CellParts>(columns << 4 * (row % 4));
  }

  // A line is in the same few cells for a while.
  void AddCell(const LineCell& cell) {
    const size_t recent = std::min<size_t>(cells_.size(), 4);
    for (auto at = cells_.end(); at != cells_.end() - static_cast<ptrdiff_t>(recent);) {
      if ((--at)->key != cell.key) continue;
      at->parts |= cell.parts;
      return;
    }
    cells_.push_back(cell);
  }

  const int level_, shift_, parts_log_;
  const size_t most_;
  std::vector<LineCell> cells_;
};

// A cell's own row and column.
struct Place {
  uint32_t row, column;
};
Place PlaceOf(CellKey cell) {
  constexpr uint64_t kPlaceBits = (uint64_t{1} << 59) - 1;
  return {static_cast<uint32_t>((cell & kPlaceBits) >> 24),
          static_cast<uint32_t>(cell & 0xFF'FFFF)};
}

// Cells of one key become one.
void SortCells(std::vector<LineCell>& cells) {
  std::sort(cells.begin(), cells.end(),
            [](const LineCell& a, const LineCell& b) { return a.key < b.key; });
  size_t kept = 0;
  for (size_t i = 1; i < cells.size(); ++i) {
    if (cells[i].key == cells[kept].key) {
      cells[kept].parts |= cells[i].parts;
    } else {
      cells[++kept] = cells[i];
    }
  }
  cells.resize(std::min(cells.size(), kept + 1));
}

// The cells of one level more, in which those of the last one lie.
std::vector<LineCell> Coarser(const std::vector<LineCell>& cells, int level) {
  std::vector<LineCell> out;
  for (const LineCell& cell : cells) {
    const Place at = PlaceOf(cell.key);
    const CellKey up = MakeCellKey(level, CellList::kThrough, at.row / 4, at.column / 4);
    if (out.empty() || out.back().key != up) out.push_back({up, kAllParts});
  }
  SortCells(out);
  return out;
}

}  // namespace

std::vector<LineCell> LineCells(absl::string_view sketch, const Fix& start, uint32_t fixes) {
  const size_t most = 128 + fixes / 4;
  for (int level = 0; level < kCellLevels; ++level) {
    const bool coarsest = level + 1 == kCellLevels;
    Raster raster(level, coarsest ? SIZE_MAX : 4 * most);
    bool fits = true;
    const bool sound = ForEachSketchStep(
        sketch, start, [&](const SketchPoint& a, const SketchPoint& b, int64_t tolerance_e7) {
          return fits = raster.Add(a, b, tolerance_e7);
        });
    assert(sound);
    static_cast<void>(sound);
    if (!fits) continue;
    std::vector<LineCell> cells = raster.Take();
    SortCells(cells);
    if (cells.size() > most && !coarsest) continue;
    std::vector<LineCell> above = cells;
    for (int up = level + 1; up < kThroughLevels; ++up) {
      above = Coarser(above, up);
      cells.insert(cells.end(), above.begin(), above.end());
    }
    return cells;  // ascending, as levels do
  }
  return {};
}

namespace {

CellRows BoxRows(const Box& box, int shift) {
  const auto row = [shift](int32_t lat_e7) {
    return static_cast<uint32_t>((int64_t{lat_e7} + kMaxLatE7) >> shift);
  };
  const int64_t width =
      int64_t{box.east_e7} - box.west_e7 + (box.crosses_antimeridian() ? kTurnE7 : 0);
  return {.first_row = row(box.south_e7),
          .last_row = row(box.north_e7),
          .columns = ColumnsOf(int64_t{box.west_e7} + kMaxLonE7, width, shift)};
}

}  // namespace

CellRows BoxCellRows(const Box& box, int level) { return BoxRows(box, ShiftOf(level)); }

CellRows BoxPartRows(const Box& box) { return BoxRows(box, kPartShift); }

CellParts PartsAmong(const CellRows& parts, CellKey cell) {
  const Place at = PlaceOf(cell);
  uint32_t columns = 0, out = 0;
  for (uint32_t i = 0; i < 4; ++i) {
    for (const auto& [first, last] : parts.columns) {
      const uint32_t column = 4 * at.column + i;
      if (first <= column && column <= last) columns |= 1U << i;
    }
  }
  for (uint32_t i = 0; i < 4; ++i) {
    const uint32_t row = 4 * at.row + i;
    if (parts.first_row <= row && row <= parts.last_row) out |= columns << 4 * i;
  }
  return static_cast<CellParts>(out);
}

}  // namespace spoor
