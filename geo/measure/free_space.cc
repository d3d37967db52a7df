#include "geo/measure/free_space.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace spoor {

namespace {

constexpr size_t kNumbersPerPoint = 5;
constexpr double kNoLegM = -1;
constexpr size_t kBits = 64;           // cells that a word of a frontier tells of
constexpr size_t kAtOnce = 8;          // cells that kernels take together
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

constexpr uint64_t kLastBit = uint64_t{1} << (kBits - 1);

// The lowest `count` bits, of which there are at most 64.
uint64_t BitsBelow(size_t count) {
  return count < kBits ? (uint64_t{1} << count) - 1 : ~uint64_t{0};
}

bool IsSet(uint64_t bits, size_t bit) { return (bits >> bit & 1) != 0; }

}  // namespace

FreeSpace::FreeSpace(PlaneView rows, PlaneView columns, MeasureWork& work, const Kernels& kernels)
    : kernels_(kernels) {
  const size_t of_rows = kNumbersPerPoint * (rows.size() + kColumnPad);
  double* numbers = work.Numbers(of_rows + kNumbersPerPoint * (columns.size() + kColumnPad));
  rows_ = Prepare(rows, numbers);
  columns_ = Prepare(columns, numbers + of_rows);
}

LegColumns FreeSpace::Prepare(PlaneView line, double* numbers) {
  const size_t n = line.size(), room = n + kColumnPad;
  double* __restrict x_m = numbers;
  double* __restrict y_m = numbers + room;
  double* __restrict east = numbers + 2 * room;
  double* __restrict north = numbers + 3 * room;
  double* __restrict length_m = numbers + 4 * room;
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
  length_m[n - 1] = kNoLegM;
  for (size_t i = n; i < room; ++i) {
    x_m[i] = y_m[i] = kInf;
    length_m[i] = kNoLegM;
  }
  return {.points = n, .x_m = x_m, .y_m = y_m, .east = east, .north = north, .length_m = length_m};
}

// Where a point is, seen from a leg: `along` the straight line through it, and beside.
struct FreeSpace::Seen {
  double along_m, beside_m2;
};

FreeSpace::Seen FreeSpace::SeeFrom(const LegColumns& line, size_t leg, double x_m, double y_m) {
  const double px_m = x_m - line.x_m[leg], py_m = y_m - line.y_m[leg];
  const double beside_m = px_m * line.north[leg] - py_m * line.east[leg];
  return {.along_m = px_m * line.east[leg] + py_m * line.north[leg],
          .beside_m2 = beside_m * beside_m};
}

// Of a leg neither end of which is near something is free where the point is beside it, and not
// too far.
bool FreeSpace::HasFree(double x_m, double y_m, const LegColumns& line, size_t leg,
                        double leash_m2) {
  const Seen seen = SeeFrom(line, leg, x_m, y_m);
  return static_cast<int>(seen.beside_m2 <= leash_m2) & static_cast<int>(seen.along_m >= 0) &
         static_cast<int>(seen.along_m <= line.length_m[leg]);
}

// Free are the places no further than `half` from where the point is beside the leg.  Whether the
// ends are is decided by their own distance, by which all four cells around a corner agree about
// it.
FreeSpace::FreeInterval FreeSpace::FreeOnLeg(double x_m, double y_m, const LegColumns& line,
                                             size_t leg, double leash_m2) {
  const double length_m = line.length_m[leg];
  const bool near_start = SquareM2(x_m, y_m, line.x_m[leg], line.y_m[leg]) <= leash_m2;
  const bool near_end = SquareM2(x_m, y_m, line.x_m[leg + 1], line.y_m[leg + 1]) <= leash_m2;
  if (near_start && near_end) return {.from_m = 0, .to_m = length_m};
  if (!near_start && !near_end && !HasFree(x_m, y_m, line, leg, leash_m2)) {
    return {.from_m = 1, .to_m = 0};
  }
  const Seen seen = SeeFrom(line, leg, x_m, y_m);
  const double half_m = std::sqrt(std::max(leash_m2 - seen.beside_m2, 0.0));
  return {.from_m = near_start ? 0 : std::clamp(seen.along_m - half_m, 0.0, length_m),
          .to_m = near_end ? length_m : std::clamp(seen.along_m + half_m, 0.0, length_m)};
}

double FreeSpace::LeastM2(double floor_m2, double cutoff_m2, MeasureWork& work) const {
  const double one_m2 = kernels_.farthest_from_line_m2(rows_, columns_, floor_m2, cutoff_m2, work);
  if (one_m2 > cutoff_m2) return one_m2;
  return kernels_.farthest_from_line_m2(columns_, rows_, one_m2, cutoff_m2, work);
}

FreeSpace::FreeInterval FreeSpace::OnColumns(size_t i, size_t j, double leash_m2) const {
  return FreeOnLeg(rows_.x_m[i], rows_.y_m[i], columns_, j, leash_m2);
}

FreeSpace::FreeInterval FreeSpace::OnRows(size_t i, size_t j, double leash_m2) const {
  return FreeOnLeg(columns_.x_m[j], columns_.y_m[j], rows_, i, leash_m2);
}

double FreeSpace::FromOnColumns(double from_m, size_t j, double leash_m2) const {
  return IsAllFree(from_m) ? OnColumns(PointOf(from_m), j, leash_m2).from_m : from_m;
}

double FreeSpace::FromOnRows(double from_m, size_t i, double leash_m2) const {
  return IsAllFree(from_m) ? OnRows(i, PointOf(from_m), leash_m2).from_m : from_m;
}

FreeSpace::Frontier FreeSpace::MakeFrontier() const {
  Frontier out;  // uninitialised
  out.words.reset(new Frontier::Word[(columns() + kBits - 1) / kBits]);
  out.from_m.reset(new double[columns()]);
  return out;
}

void FreeSpace::Copy(const Frontier& from, Frontier& to) {
  to.row = from.row;
  to.along_start = from.along_start;
  to.begin = from.begin;
  to.end = from.end;
  for (size_t w = from.begin; w < from.end; ++w) {
    const Frontier::Word word = to.words[w] = from.words[w];
    for (uint64_t rest = word.reached & ~word.whole; rest != 0; rest &= rest - 1) {
      const size_t leg = w * kBits + std::countr_zero(rest);
      to.from_m[leg] = from.from_m[leg];
    }
  }
}

void FreeSpace::Start(double leash_m2, Frontier& frontier) const {
  const size_t legs = columns() - 1;
  size_t reached = 0;
  while (reached < legs && IsNear(0, reached, leash_m2)) ++reached;
  frontier.row = 0;
  frontier.along_start = reached > 0;
  frontier.begin = 0;
  frontier.end = (reached + kBits - 1) / kBits;
  for (size_t w = 0; w < frontier.end; ++w) {
    const uint64_t bits = BitsBelow(std::min(reached - w * kBits, kBits));
    frontier.words[w] = {.reached = bits, .whole = bits};
  }
}

// The cells between row points i and i + 1, a word at a time, from the left.
//
// A cell is entered through its lower side (along row point i), or through its left one (along
// column point j), from the cell before.  Entered from the left, all that is free of its upper side
// is reached, otherwise what is not before the place where it was entered; and likewise of its
// right side.  So most of a word follows from which sides have anything free, and only two kinds of
// cells are looked at one by one: those entered from below alone, where a run of cells begins, and
// those entered from the left alone, where it ends.
//
// Where all that is free is reached, where that begins is seldom asked.  So it is remembered by the
// number of the point instead, and only few sides are computed.
class FreeSpace::CellsOfRow {
 public:
  CellsOfRow(const FreeSpace& space, double leash_m2, Frontier& frontier)
      : space_(space),
        leash_m2_(leash_m2),
        i_(frontier.row),
        legs_(space.columns() - 1),
        frontier_(frontier) {}

  // Moves the frontier on by one row; returns the number of cells that were reached.
  uint64_t Pass() {
    is_entered_ = frontier_.along_start;
    entered_from_m_ = AllFreeOf(0);
    const size_t begin = frontier_.begin, end = frontier_.end;
    const size_t words = (legs_ + kBits - 1) / kBits;
    frontier_.begin = frontier_.end = 0;
    for (size_t w = is_entered_ ? 0 : begin; w < end || (is_entered_ && w < words); ++w) {
      const bool is_told = w >= begin && w < end;
      PassWord(w, is_told ? frontier_.words[w] : Frontier::Word{.reached = 0, .whole = 0});
      if (frontier_.words[w].reached == 0) continue;
      if (frontier_.empty()) frontier_.begin = w;
      frontier_.end = w + 1;
    }
    ++frontier_.row;
    frontier_.along_start = frontier_.along_start && space_.IsNear(i_ + 1, 0, leash_m2_);
    return cells_;
  }

 private:
  void PassWord(size_t w, Frontier::Word now) {
    frontier_.words[w] = {.reached = 0, .whole = 0};
    if (now.reached == 0 && !is_entered_) return;
    first_ = w * kBits;
    size_ = std::min(legs_ - first_, kBits);
    now_ = now;
    const size_t lowest = is_entered_ ? 0 : std::countr_zero(now.reached);
    known_ = lowest / kAtOnce * kAtOnce;
    upper_ = right_ = 0;
    LookAt(std::min<size_t>(std::bit_width(now.reached), size_ - 1));

    const uint64_t left = EnteredFromLeft();
    cells_ += std::popcount(now.reached | left);
    frontier_.words[w].whole = frontier_.words[w].reached = left & upper_;
    for (uint64_t rest = now.reached & upper_ & ~left; rest != 0; rest &= rest - 1) {
      PassFromBelow(std::countr_zero(rest), frontier_.words[w]);
    }
  }

  // Makes sides known, up to those of that cell.
  void LookAt(size_t cell) {
    if (cell < known_) return;
    const size_t begin = known_;
    known_ = cell / kAtOnce * kAtOnce + kAtOnce;
    const FreeSides sides = space_.kernels_.free_sides(space_.rows_, i_, space_.columns_,
                                                       first_ + begin, first_ + known_, leash_m2_);
    upper_ |= sides.upper << begin;
    right_ |= sides.right << begin;
  }

  // The cells that are entered through their left sides.  Of the right side of a cell that is
  // entered from below all that is free is reached.  Sets what enters the next word.
  uint64_t EnteredFromLeft() {
    const uint64_t from_below = now_.reached & right_;
    uint64_t left = (from_below << 1 | (is_entered_ ? 1 : 0)) & BitsBelow(size_);
    const double entered_from_m = entered_from_m_;
    const bool was_entered = is_entered_;
    is_entered_ = (from_below & kLastBit) != 0;
    entered_from_m_ = AllFreeOf(first_ + kBits);
    for (uint64_t rest = left & ~now_.reached; rest != 0; rest &= rest - 1) {
      const size_t cell = std::countr_zero(rest);
      left |= Follow(cell, cell == 0 && was_entered ? entered_from_m : AllFreeOf(first_ + cell));
    }
    return left;
  }

  // Goes right from a cell that is entered from the left alone, at from_m, as long as the cells
  // are; returns those that are entered so.
  uint64_t Follow(size_t cell, double from_m) {
    uint64_t entered = 0;
    for (; first_ + cell + 1 < legs_; ++cell) {
      LookAt(cell);
      const size_t point = first_ + cell + 1;
      if (!IsSet(right_, cell)) break;
      if (!space_.IsNear(i_, point, leash_m2_) || !space_.IsNear(i_ + 1, point, leash_m2_)) {
        const FreeInterval free = space_.OnRows(i_, point, leash_m2_);
        from_m = std::max(space_.FromOnRows(from_m, i_, leash_m2_), free.from_m);
        if (!(from_m <= free.to_m)) break;
      }
      if (cell + 1 == kBits) {
        is_entered_ = true;
        entered_from_m_ = from_m;
        break;
      }
      entered |= uint64_t{1} << (cell + 1);
      if (IsSet(now_.reached, cell + 1)) break;
    }
    LookAt(cell);
    return entered;
  }

  // Of a cell that is entered from below alone, and has something free of its upper side.
  void PassFromBelow(size_t cell, Frontier::Word& next) {
    const size_t leg = first_ + cell;
    double from_m = IsSet(now_.whole, cell) ? AllFreeOf(i_) : frontier_.from_m[leg];
    if (!space_.IsNear(i_ + 1, leg, leash_m2_) || !space_.IsNear(i_ + 1, leg + 1, leash_m2_)) {
      const FreeInterval free = space_.OnColumns(i_ + 1, leg, leash_m2_);
      from_m = std::max(space_.FromOnColumns(from_m, leg, leash_m2_), free.from_m);
      if (!(from_m <= free.to_m)) return;
    }
    frontier_.from_m[leg] = from_m;
    next.reached |= uint64_t{1} << cell;
  }

  const FreeSpace& space_;
  const double leash_m2_;
  const size_t i_, legs_;
  Frontier& frontier_;
  uint64_t cells_ = 0;

  // What enters the word from the left, and where that begins, as Frontier::from_m.
  bool is_entered_;
  double entered_from_m_;

  // Of the word: its first cell, how many it has, how many of them are known, and of those known
  // where upper and right sides have anything free.
  size_t first_, size_, known_;
  uint64_t upper_, right_;
  Frontier::Word now_;
};

bool FreeSpace::Advance(size_t last, double leash_m2, Frontier& frontier, MeasureWork& work) const {
  while (frontier.row < last && !frontier.empty()) {
    if (work.IsOver()) return false;
    work.cells += CellsOfRow(*this, leash_m2, frontier).Pass();
  }
  return !frontier.empty();
}

bool FreeSpace::IsThrough(double leash_m2, const Frontier& frontier) const {
  const size_t last_leg = columns() - 2;
  return frontier.row + 1 == rows() && !frontier.empty() && frontier.end == last_leg / kBits + 1 &&
         IsSet(frontier.words[last_leg / kBits].reached, last_leg % kBits) &&
         IsNear(rows() - 1, columns() - 1, leash_m2);
}

}  // namespace spoor
