#include "shard/place/reach_cells.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace spoor {
namespace {

constexpr uint64_t kMaxLineCells = uint64_t{1} << 22;

// A point of the world is a fix rounded down, at most one unit away on each axis; so is each point
// of the walk between two of them, with half a unit more where a step is walked in two halves.
// Boxes are rounded too.  So many units around a box hold all of it.
constexpr int64_t kMarginUnits = 4;

int32_t WrapLonE7(int64_t lon_e7) {
  if (lon_e7 > kMaxLonE7) lon_e7 -= kTurnE7;
  if (lon_e7 < -kMaxLonE7) lon_e7 += kTurnE7;
  return static_cast<int32_t>(lon_e7);
}

class LineWalk {
 public:
  LineWalk(int depth, std::vector<uint32_t>* out)
      : grid_{.depth = depth}, most_(out->size() + kMaxLineCells), out_(*out) {}

  void Start(const Fix& fix) { Push(grid_.At(ToWorld(fix))); }

  bool Step(const Fix& a, const Fix& b) {
    const int32_t east_e7 = LonDeltaE7(a.lon_e7, b.lon_e7);
    if (east_e7 != kMaxLonE7 && east_e7 != -kMaxLonE7) return Walk(a, b);
    // Half the world: which way round is a convention of whoever asks, so both ways.
    for (const int64_t quarter_e7 : {kMaxLonE7 / 2, -kMaxLonE7 / 2}) {
      const Fix middle{.lat_e7 = static_cast<int32_t>((int64_t{a.lat_e7} + b.lat_e7) / 2),
                       .lon_e7 = WrapLonE7(a.lon_e7 + quarter_e7)};
      if (!Walk(a, middle) || !Walk(middle, b)) return false;
    }
    return true;
  }

 private:
  bool Walk(const Fix& a, const Fix& b) {
    const int left = static_cast<int>(most_ - std::min<uint64_t>(most_, out_.size()));
    return WalkCells(ToWorld(a), ToWorld(b), grid_, left, [this](Cell c, double) { Push(c); });
  }
  void Push(Cell cell) {
    const auto code = static_cast<uint32_t>(ZOrder(cell, grid_.depth));
    if (out_.empty() || out_.back() != code) out_.push_back(code);
  }

  const Grid grid_;
  const uint64_t most_;
  std::vector<uint32_t>& out_;
};

// The numbers of the first and the last row between two latitudes, margin included.
std::pair<uint32_t, uint32_t> RowsOf(const Box& box, const Grid& grid) {
  constexpr int64_t kTop = ~uint32_t{0};
  const auto row = [&](int32_t lat_e7, int64_t margin) {
    const int64_t y = int64_t{ToWorld({.lat_e7 = lat_e7}).y} + margin;
    return grid.At({.x = 0, .y = static_cast<uint32_t>(std::clamp<int64_t>(y, 0, kTop))}).row;
  };
  return {row(box.south_e7, -kMarginUnits), row(box.north_e7, kMarginUnits)};
}

// Takes every second bit, from the lowest.
uint32_t Gather(uint32_t code) {
  uint32_t x = code & 0x55555555;
  x = (x | x >> 1) & 0x33333333;
  x = (x | x >> 2) & 0x0f0f0f0f;
  x = (x | x >> 4) & 0x00ff00ff;
  return (x | x >> 8) & 0x0000ffff;
}

}  // namespace

bool AppendLineCells(TrajectoryView fixes, int depth, std::vector<uint32_t>* out) {
  assert(!fixes.empty() && depth <= 32);
  LineWalk walk(depth, out);
  walk.Start(fixes[0]);
  for (size_t i = 1; i < fixes.size(); ++i) {
    if (!walk.Step(fixes[i - 1], fixes[i])) return false;
  }
  return true;
}

BoxCells::BoxCells(const Box& box, int depth)
    : depth_(depth), mask_((uint32_t{1} << Grid{.depth = depth}.column_bits()) - 1) {
  const Grid grid{.depth = depth};
  const auto [first_row, last_row] = RowsOf(box, grid);
  row_ = first_row;
  rows_ = last_row - first_row + 1;
  constexpr uint64_t kTurn = uint64_t{1} << 32;
  // Not by subtracting points of the world: there -180 and 180 degrees are one.
  int64_t width_e7 = int64_t{box.east_e7} - box.west_e7;
  if (width_e7 < 0) width_e7 += kTurnE7;
  const uint64_t width =
      (static_cast<uint64_t>(width_e7) << 32) / uint64_t{kTurnE7} + 2 * kMarginUnits + 1;
  const uint32_t west = ToWorld({.lon_e7 = box.west_e7}).x - static_cast<uint32_t>(kMarginUnits);
  const uint64_t cell = kTurn >> grid.column_bits();
  column_ = grid.At({.x = west}).column;
  const uint64_t columns = (west % cell + width) / cell + 1;
  columns_ = static_cast<uint32_t>(std::min<uint64_t>(columns, uint64_t{mask_} + 1));
}

Cell CellOfZOrder(uint32_t code, int depth) {
  const uint32_t odd = Gather(code >> 1), even = Gather(code);
  return depth % 2 == 1 ? Cell{.column = even, .row = odd} : Cell{.column = odd, .row = even};
}

}  // namespace spoor
