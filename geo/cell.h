#pragma once

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "geo/fix.h"

namespace spoor {

inline constexpr int kMaxDepth = 60;

// A position as a 32-bit fraction of the world in each axis, from the south-west corner: the
// integers that all grids are cut from.  Longitude 180 is -180 (the place has one cell); latitude
// 90 is the last unit below it.
struct WorldPoint {
  uint32_t x = 0;  // 2^32 units = 360 degrees eastwards, wraps
  uint32_t y = 0;  // 2^32 units = 180 degrees northwards, does not wrap

  friend bool operator==(const WorldPoint&, const WorldPoint&) = default;
};

inline WorldPoint ToWorld(const Fix& fix) {
  const uint64_t east_e7 = static_cast<uint64_t>(int64_t{fix.lon_e7} + kMaxLonE7);
  const uint64_t north_e7 = static_cast<uint64_t>(int64_t{fix.lat_e7} + kMaxLatE7);
  const uint64_t y = (north_e7 << 32) / (2 * uint64_t{kMaxLatE7});
  return {.x = static_cast<uint32_t>((east_e7 << 32) / (2 * uint64_t{kMaxLonE7})),
          .y = static_cast<uint32_t>(y - (y >> 32))};
}

// A cell of a grid: its column and row.
struct Cell {
  uint32_t column = 0, row = 0;

  friend bool operator==(const Cell&, const Cell&) = default;
};

// The geohash cells of one depth: longitude is bisected first, so there are 2^ceil(depth/2) columns
// and 2^floor(depth/2) rows.  Columns wrap; rows are clamped at the poles.  Cells shrink in width
// with the cosine of the latitude: at depth 36 a cell is 153 m wide at the equator, 95 m in London,
// and 76 m high everywhere.
//
// A shifted grid lies half a cell further south-west on both axes, so that what trembles on a
// border of one grid rests inside a cell of the other.  Its southernmost row is half a cell high,
// its northernmost one and a half.
struct Grid {
  int depth = 34;  // 2 ... kMaxDepth
  bool shifted = false;

  int column_bits() const { return (depth + 1) / 2; }
  int row_bits() const { return depth / 2; }
  Cell At(WorldPoint p) const {
    const uint32_t half_x = shifted ? uint32_t{1} << (31 - column_bits()) : 0;
    const uint32_t half_y = shifted ? uint32_t{1} << (31 - row_bits()) : 0;
    const uint32_t y = p.y + half_y < half_y ? ~uint32_t{0} : p.y + half_y;
    return {.column = (p.x + half_x) >> (32 - column_bits()), .row = y >> (32 - row_bits())};
  }
  // Degrees of the middle of a cell of an unshifted grid; exact in binary.
  double MiddleLatDeg(Cell c) const;
  double MiddleLonDeg(Cell c) const;
};

// The bits of column and row interleaved, column first, in the low `depth` bits: the geohash as an
// integer, which orders cells along the Z-order curve.
uint64_t ZOrder(Cell c, int depth);

// The first 32 bits of the Z-order code, zero-padded where cells are coarser.
uint32_t ZPrefix(Cell c, int depth);

// The textual geohash (base 32) of the first 5 * length bits.  length 1 ... 12.
std::string Geohash(const Fix& fix, int length);

// Calls visit(cell, fraction) for every cell that the straight step from a to b enters after a's
// own cell, in order; fraction in [0, 1] says where on the step.  Steps go the short way round, and
// a step of exactly half the world does not cross the antimeridian.  Stops after max_cells calls,
// and returns false when there would have been more.
//
// A cell holds its southern and western border, not the other two, and the cells of a step are
// those that hold a point of it: a step north-east through a corner goes to the diagonal cell at
// once, a step north-west through a corner touches the cell north-east of the corner on its way. So
// the cells from b to a are those from a to b, backwards, and the way ends in b's own cell.
//
// Integer arithmetic only, except for the fraction.
template <typename Visit>
bool WalkCells(WorldPoint a, WorldPoint b, Grid grid, int max_cells, Visit visit);

}  // namespace spoor

#include "geo/cell_walk.h"  // IWYU pragma: export
