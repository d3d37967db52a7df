#include "geo/measure/free_space.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace spoor {
namespace {

constexpr size_t kNumbersPerPoint = 5;
constexpr double kNoLengthM = 1e-100;  // below it directions lose their meaning to underflow

double SquareM2(double ax_m, double ay_m, double bx_m, double by_m) {
  const double dx_m = ax_m - bx_m, dy_m = ay_m - by_m;
  return dx_m * dx_m + dy_m * dy_m;
}

// Instead of the place where what is reached of a side begins: all that is free, of the side along
// that point.
double AllFreeOf(size_t point) { return -1 - static_cast<double>(point); }
bool IsAllFree(double from_m) { return from_m < 0; }
size_t PointOf(double all_free) { return static_cast<size_t>(-1 - all_free); }

}  // namespace

FreeSpace::FreeSpace(PlaneView rows, PlaneView columns, MeasureWork& work) {
  double* numbers = work.Numbers(kNumbersPerPoint * (rows.size() + columns.size()));
  rows_ = Prepare(rows, numbers);
  columns_ = Prepare(columns, numbers + kNumbersPerPoint * rows.size());
  next_ = MakeFrontier();
}

FreeSpace::Line FreeSpace::Prepare(PlaneView line, double* numbers) {
  const size_t n = line.size();
  double* __restrict x_m = numbers;
  double* __restrict y_m = numbers + n;
  double* __restrict east = numbers + 2 * n;
  double* __restrict north = numbers + 3 * n;
  double* __restrict length_m = numbers + 4 * n;
  for (size_t i = 0; i < n; ++i) {
    x_m[i] = line[i].x_m;
    y_m[i] = line[i].y_m;
  }
  for (size_t i = 0; i + 1 < n; ++i) {
    const double dx_m = x_m[i + 1] - x_m[i], dy_m = y_m[i + 1] - y_m[i];
    const double length = std::sqrt(dx_m * dx_m + dy_m * dy_m);
    const bool is_leg = length > kNoLengthM;  // otherwise any direction does
    const double inverse = 1 / (is_leg ? length : 1);
    east[i] = is_leg ? dx_m * inverse : 1;
    north[i] = is_leg ? dy_m * inverse : 0;
    length_m[i] = is_leg ? length : 0;
  }
  return {.points = n, .x_m = x_m, .y_m = y_m, .east = east, .north = north, .length_m = length_m};
}

// The point lies at `along` on the line through the leg, `beside` it; what is near are the places
// no further than `half` from there.  Ends are decided by their own distance, by which all four
// cells around a corner agree about it, and a leg that is only touched there counts as touched.
FreeSpace::Part FreeSpace::FreePart(double x_m, double y_m, const Line& line, size_t leg,
                                    double leash_m2) {
  const double px_m = x_m - line.x_m[leg], py_m = y_m - line.y_m[leg];
  const double length_m = line.length_m[leg];
  const bool near_start = px_m * px_m + py_m * py_m <= leash_m2;
  const bool near_end = SquareM2(x_m, y_m, line.x_m[leg + 1], line.y_m[leg + 1]) <= leash_m2;
  if (near_start && near_end) return {.from_m = 0, .to_m = length_m};
  const double along_m = px_m * line.east[leg] + py_m * line.north[leg];
  const double beside_m = px_m * line.north[leg] - py_m * line.east[leg];
  const double half_m2 = leash_m2 - beside_m * beside_m;
  if (half_m2 < 0 && !near_start && !near_end) return {.from_m = 1, .to_m = 0};
  const double half_m = std::sqrt(std::max(half_m2, 0.0));
  Part free = {.from_m = std::max(along_m - half_m, 0.0),
               .to_m = std::min(along_m + half_m, length_m)};
  if (near_start) free = {.from_m = 0, .to_m = std::max(free.to_m, 0.0)};
  if (near_end) free = {.from_m = std::min(free.from_m, length_m), .to_m = length_m};
  return free;
}

FreeSpace::Part FreeSpace::OnColumns(size_t i, size_t j, double leash_m2) const {
  return FreePart(rows_.x_m[i], rows_.y_m[i], columns_, j, leash_m2);
}

FreeSpace::Part FreeSpace::OnRows(size_t i, size_t j, double leash_m2) const {
  return FreePart(columns_.x_m[j], columns_.y_m[j], rows_, i, leash_m2);
}

double FreeSpace::FromOnColumns(double from_m, size_t j, double leash_m2) const {
  return IsAllFree(from_m) ? OnColumns(PointOf(from_m), j, leash_m2).from_m : from_m;
}

double FreeSpace::FromOnRows(double from_m, size_t i, double leash_m2) const {
  return IsAllFree(from_m) ? OnRows(i, PointOf(from_m), leash_m2).from_m : from_m;
}

FreeSpace::Frontier FreeSpace::MakeFrontier() const {
  Frontier out;
  out.reaches.reset(new Frontier::Reach[columns() - 1]);  // uninitialised
  return out;
}

void FreeSpace::Copy(const Frontier& from, Frontier& to) {
  to.row = from.row;
  to.along_start = from.along_start;
  to.size = from.size;
  std::copy_n(from.reaches.get(), from.size, to.reaches.get());
}

void FreeSpace::Start(double leash_m2, Frontier& frontier) const {
  frontier.row = 0;
  frontier.along_start = IsNear(0, 0, leash_m2);
  frontier.size = 0;
  for (uint32_t j = 0; j + 1 < columns() && IsNear(0, j, leash_m2); ++j) {
    frontier.reaches[frontier.size++] = {.leg = j, .from_m = 0};
  }
}

bool FreeSpace::Advance(size_t last, double leash_m2, Frontier& frontier, MeasureWork& work) {
  uint64_t cells = 0;
  while (frontier.row < last && frontier.size > 0) {
    next_.size = NextRow(frontier, leash_m2, next_.reaches.get(), cells);
    std::swap(next_.size, frontier.size);
    std::swap(next_.reaches, frontier.reaches);
    ++frontier.row;
    frontier.along_start = frontier.along_start && IsNear(frontier.row, 0, leash_m2);
  }
  work.cells += cells;
  return frontier.size > 0;
}

bool FreeSpace::IsThrough(double leash_m2, const Frontier& frontier) const {
  return frontier.row + 1 == rows() && frontier.size > 0 &&
         frontier.reaches[frontier.size - 1].leg + 2 == columns() &&
         IsNear(rows() - 1, columns() - 1, leash_m2);
}

// Walks up the cells between row points i and i + 1.  A cell is entered through its lower side
// (along row point i), or through its left one (along column point j), from the cell before.
// Entered from the left, all that is free of its upper side is reached, otherwise what is not
// before the place where it was entered; and likewise of its right side.
//
// Where both corners of a side are near it is free as a whole, where one is, it is not empty; and
// where all that is free is reached, where that begins is seldom asked.  So it is remembered by the
// number of the point instead, and only few sides are computed.
size_t FreeSpace::NextRow(const Frontier& now, double leash_m2, Frontier::Reach* out,
                          uint64_t& cells) const {
  const size_t i = now.row, legs = columns() - 1;
  const Frontier::Reach *entry = now.reaches.get(), *const end = entry + now.size;
  Frontier::Reach* reached = out;
  while (entry != end) {
    size_t j = entry->leg;
    bool from_left = j == 0 && now.along_start;
    double left_from_m = AllFreeOf(0);
    bool low_near = IsNear(i + 1, j, leash_m2);
    for (; j < legs; ++j) {
      const bool from_below = entry != end && entry->leg == j;
      if (!from_below && !from_left) break;
      ++cells;
      const bool high_near = IsNear(i + 1, j + 1, leash_m2);

      // The upper side, along row point i + 1.
      reached->leg = static_cast<uint32_t>(j);
      if (from_left && (low_near || high_near)) {
        (reached++)->from_m = low_near ? 0 : AllFreeOf(i + 1);
      } else if (!from_left && low_near && (high_near || entry->from_m == 0)) {
        (reached++)->from_m = entry->from_m;
      } else {
        const Part free = OnColumns(i + 1, j, leash_m2);
        double from_m = free.from_m;
        if (!from_left) from_m = std::max(from_m, FromOnColumns(entry->from_m, j, leash_m2));
        reached->from_m = from_m;
        reached += from_m <= free.to_m;
      }
      if (j + 1 == legs) {
        entry += from_below;
        break;
      }

      // The right side, along column point j + 1.
      if (from_below) {
        from_left = high_near || IsNear(i, j + 1, leash_m2) || !OnRows(i, j + 1, leash_m2).empty();
        left_from_m = AllFreeOf(j + 1);
        ++entry;
      } else if (!high_near || !IsNear(i, j + 1, leash_m2)) {
        const Part free = OnRows(i, j + 1, leash_m2);
        left_from_m = std::max(FromOnRows(left_from_m, i, leash_m2), free.from_m);
        from_left = left_from_m <= free.to_m;
      }
      low_near = high_near;
    }
  }
  return reached - out;
}

}  // namespace spoor
