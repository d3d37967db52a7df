#pragma once

#include "geo/measure/kernel/kernels.h"
#include "geo/measure/kernel/lanes.h"

// Through an AlignmentTable in strips of as many rows as some registers have lanes, for every
// measure that is the least cost of an alignment.  Within a strip each lane has its row, and is one
// column behind the lane above, so that all neighbours are in registers:
//
//          column  0 1 2 3 4 5 6          step 5, of a register of four lanes:
//     lane 0       . . . . . #            # is computed, from
//     lane 1       . . . . #                left      what the same lane did in the last step
//     lane 2       . . . #                  up        what the lane above did in it
//     lane 3       . . #                    diagonal  what was `up` then
//
// The first lane's `up` comes from the last row of the strip above, which one array holds, and the
// last lane puts its cells there.  Column 0 is the border (i, 0): its fix of b lies infinitely far
// away, so that the only way there that costs less is down.
//
// A measure is a step:
//
//   Rows(i)                what it needs of the fixes of a from i on, one a lane
//   Cell(rows, r, n)       the costs of the cells of these fixes and b_backwards from r on, whose
//                          neighbours cost n
//   FirstRow(row, cutoff)  writes the border (0, j) for j = 0, 1, ..., as long as it is not above
//                          the cutoff, and returns the last j written
//   kAnyPart               whether b may end anywhere: the answer is the least of the last row
//
// REQUIRES: a cell costs at least as much as the cheapest of its neighbours.  So cells above the
// cutoff lie on no alignment below it, and a strip begins at the first column that the one above
// leaves below the cutoff, and ends when all lanes are above it: lines near each other cost a
// corridor.
namespace spoor {
namespace {

struct Neighbours {
  Lanes up;        // (i - 1, j)
  Lanes left;      // (i, j - 1)
  Lanes diagonal;  // (i - 1, j - 1)

  Lanes Least() const { return Min(up, Min(diagonal, left)); }
};

template <typename Step>
class Strips {
 public:
  Strips(const AlignmentTable& table, const Step& step, double cutoff)
      : a_size_(static_cast<ptrdiff_t>(table.a.size)),
        b_size_(static_cast<ptrdiff_t>(table.b_backwards.size)),
        step_(step),
        cutoff_(cutoff),
        row_(table.row) {}

  double Run(Effort& effort) {
    first_ = 0;
    last_ = step_.FirstRow(row_, cutoff_);
    for (ptrdiff_t i = 0;; i += kRows) {
      const ptrdiff_t rows = a_size_ - i < kRows ? a_size_ - i : kRows;
      const ptrdiff_t end = Sweep(i, rows);
      const ptrdiff_t columns = end - first_ - (rows - 1) - (first_ == 0 ? 1 : 0);
      effort.cells += static_cast<uint64_t>(rows * (columns > 1 ? columns : 1));
      if (i + rows == a_size_) return answer_;
      if (effort.cells >= effort.asks_at && AskIfOver(effort)) return kInfinity;
      last_ = end - kRows;
      while (first_ <= last_ && !(row_[first_] <= cutoff_)) ++first_;
      while (first_ <= last_ && !(row_[last_] <= cutoff_)) --last_;
      if (first_ > last_) return kInfinity;
    }
  }

 private:
  static constexpr ptrdiff_t kLaneCount = kLanes;
  static constexpr ptrdiff_t kRegisters = kLanes == 1 ? 4 : 2;  // whose chains run side by side
  static constexpr ptrdiff_t kRows = kLaneCount * kRegisters;
  static_assert(kRows <= static_cast<ptrdiff_t>(kColumnPad));

  // What the lanes of a strip know.  A variable of its own in Sweep, so that it stays in registers.
  struct Registers {
    typename Step::RowsOfA rows[kRegisters];
    Lanes left[kRegisters], diagonal[kRegisters];
    Lanes turned[kRegisters];  // the last cells, moved on by a lane, the last one first
    Lanes least[kRegisters];   // of all cells of a row
  };

  // The strip that begins at row i.  Returns the step that it did not do any more.
  ptrdiff_t Sweep(ptrdiff_t i, ptrdiff_t rows) {
    Registers lanes;
    for (ptrdiff_t u = 0; u < kRegisters; ++u) {
      lanes.rows[u] = step_.Rows(i + u * kLaneCount);
      lanes.left[u] = lanes.diagonal[u] = lanes.turned[u] = lanes.least[u] = All(kInfinity);
    }
    ptrdiff_t t = first_;
    for (; t <= last_; ++t) Go(lanes, t, All(row_[t]));
    const ptrdiff_t end = b_size_ + rows;
    for (; t < end && AnyBelowCutoff(lanes); ++t) Go(lanes, t, All(kInfinity));
    if (i + rows == a_size_) KeepAnswer(lanes, rows - 1, t);
    return t;
  }

  // Every lane goes on by a column, the first one to column t; the cell above that costs `above`.
  [[gnu::always_inline]] void Go(Registers& lanes, ptrdiff_t t, Lanes above) {
    for (ptrdiff_t u = kRegisters; u-- > 0;) {
      const Lanes up = WithFirst(lanes.turned[u], u > 0 ? lanes.turned[u - 1] : above);
      const Lanes cell = step_.Cell(lanes.rows[u], b_size_ - t + u * kLaneCount,
                                    {up, lanes.left[u], lanes.diagonal[u]});
      lanes.diagonal[u] = up;
      lanes.left[u] = cell;
      lanes.turned[u] = Turned(cell);
      if constexpr (Step::kAnyPart) lanes.least[u] = Min(lanes.least[u], cell);
    }
    row_[t - (kRows - 1)] = First(lanes.turned[kRegisters - 1]);
  }

  [[gnu::always_inline]] bool AnyBelowCutoff(const Registers& lanes) const {
    Lanes least = Min(lanes.left[0], lanes.diagonal[0]);
    for (ptrdiff_t u = 1; u < kRegisters; ++u) {
      least = Min(least, Min(lanes.left[u], lanes.diagonal[u]));
    }
    return AnyAtMost(least, cutoff_);
  }

  // Of the last strip, which did not do the step `end` any more.
  void KeepAnswer(const Registers& lanes, ptrdiff_t last_lane, ptrdiff_t end) {
    if (!Step::kAnyPart && end < b_size_ + last_lane + 1) return;
    for (ptrdiff_t u = 0; u < kRegisters; ++u) {
      if (u != last_lane / kLaneCount) continue;
      answer_ = Lane(Step::kAnyPart ? lanes.least[u] : lanes.left[u], last_lane % kLaneCount);
    }
  }

  const ptrdiff_t a_size_, b_size_;
  const Step step_;
  const double cutoff_;
  double* const row_;
  ptrdiff_t first_ = 0, last_ = 0;  // columns of row_ from the first to the last below the cutoff
  double answer_ = kInfinity;
};

class StepOverTable {
 public:
  struct RowsOfA {
    Lanes x_m, y_m;
  };

  explicit StepOverTable(const AlignmentTable& t) : a_(t.a), b_(t.b_backwards) {}

  RowsOfA Rows(ptrdiff_t i) const { return {Load(a_.x_m + i), Load(a_.y_m + i)}; }

 protected:
  Lanes SquaresM2(const RowsOfA& rows, ptrdiff_t r) const {
    return SquareM2(rows.x_m - Load(b_.x_m + r), rows.y_m - Load(b_.y_m + r));
  }
  ptrdiff_t b_size() const { return static_cast<ptrdiff_t>(b_.size); }

  const Columns a_, b_;
};

// Of measures that align every fix with another one.
struct NoBorders {
  static constexpr bool kAnyPart = false;
  static ptrdiff_t FillFirstRow(double* row, ptrdiff_t) {
    row[0] = 0;
    return 0;
  }
};

// Of measures that leave out what they like at both ends of b.
struct FreeEnds {
  static constexpr bool kAnyPart = true;
  static ptrdiff_t FillFirstRow(double* row, ptrdiff_t b_size) {
    for (ptrdiff_t j = 0; j <= b_size; ++j) row[j] = 0;
    return b_size;
  }
};

template <typename Borders>
struct FrechetStep : StepOverTable, Borders {
  using StepOverTable::StepOverTable;
  Lanes Cell(const RowsOfA& rows, ptrdiff_t r, const Neighbours& n) const {
    return Max(SquaresM2(rows, r), n.Least());
  }
  ptrdiff_t FirstRow(double* row, double) const { return this->FillFirstRow(row, b_size()); }
};

template <typename Borders>
struct WarpingStep : StepOverTable, Borders {
  using StepOverTable::StepOverTable;
  Lanes Cell(const RowsOfA& rows, ptrdiff_t r, const Neighbours& n) const {
    return Sqrt(SquaresM2(rows, r)) + n.Least();
  }
  ptrdiff_t FirstRow(double* row, double) const { return this->FillFirstRow(row, b_size()); }
};

// Steps of measures that look at the third column as well.
struct StepWithThird : StepOverTable {
  struct RowsOfA : StepOverTable::RowsOfA {
    Lanes third;
  };
  using StepOverTable::StepOverTable;
  RowsOfA Rows(ptrdiff_t i) const { return {StepOverTable::Rows(i), Load(a_.third + i)}; }
};

struct ErpStep : StepWithThird {
  static constexpr bool kAnyPart = false;
  using StepWithThird::StepWithThird;

  Lanes Cell(const RowsOfA& rows, ptrdiff_t r, const Neighbours& n) const {
    const Lanes both = n.diagonal + Sqrt(SquaresM2(rows, r));
    return Min(n.up + rows.third, Min(both, n.left + Load(b_.third + r)));
  }
  ptrdiff_t FirstRow(double* row, double cutoff) const {
    ptrdiff_t j = 0;
    row[0] = 0;
    while (j < b_size() && row[j] <= cutoff) {
      ++j;
      row[j] = row[j - 1] + b_.third[b_size() - j];
    }
    return j;
  }
};

template <typename Base>
struct EditStep : Base {
  static constexpr bool kAnyPart = false;
  EditStep(const AlignmentTable& t, const EditCosts& c)
      : Base(t),
        tolerance_m2_(All(c.tolerance_m2)),
        max_time_s_(All(c.max_time_s)),
        substitution_(All(c.substitution)) {}

  Lanes Cell(const typename Base::RowsOfA& rows, ptrdiff_t r, const Neighbours& n) const {
    Lanes cost = SelectAtMost(this->SquaresM2(rows, r), tolerance_m2_, All(0), substitution_);
    if constexpr (requires { rows.third; }) {
      const Lanes apart_s = rows.third - Load(this->b_.third + r);
      cost = SelectAtMost(Max(apart_s, -apart_s), max_time_s_, cost, substitution_);
    }
    return Min(Min(n.up, n.left) + All(1), n.diagonal + cost);
  }
  ptrdiff_t FirstRow(double* row, double cutoff) const {
    ptrdiff_t j = 0;
    row[0] = 0;
    while (j < this->b_size() && row[j] <= cutoff) {
      ++j;
      row[j] = static_cast<double>(j);
    }
    return j;
  }

 private:
  const Lanes tolerance_m2_, max_time_s_, substitution_;
};

template <typename Step>
double RunStep(const AlignmentTable& table, double cutoff, Effort& effort) {
  return Strips<Step>(table, Step(table), cutoff).Run(effort);
}

double RunEdits(const AlignmentTable& t, const EditCosts& c, double cutoff, Effort& effort) {
  using Anywhen = EditStep<StepOverTable>;
  using InTime = EditStep<StepWithThird>;
  if (t.a.third == nullptr) return Strips<Anywhen>(t, Anywhen(t, c), cutoff).Run(effort);
  return Strips<InTime>(t, InTime(t, c), cutoff).Run(effort);
}

}  // namespace
}  // namespace spoor
