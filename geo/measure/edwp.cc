#include <algorithm>
#include <array>
#include <utility>

#include "absl/container/fixed_array.h"
#include "geo/measure/measure.h"
#include "geo/measure/outline_bounds.h"

namespace spoor {
namespace {

// Edit distance with projections (Ranu, Deepak, Telang, Deshpande, Raghavan 2015): what it costs to
// make both lines the same by replacing steps of one by steps of the other, where a point may be
// inserted into a step to split it.  Square metres: distances, weighted by the length that they
// hold for; indifferent to how densely either line was sampled.
//
// As published, with e and f the first steps of what is left of both lines,
//
//   EDwP(a, b) = min of  replacement(e, f) + EDwP(rest of a, rest of b)
//                        EDwP(a with a point inserted into e, b)
//                        EDwP(a, b with a point inserted into f)
//   replacement(e, f) = (|e.start - f.start| + |e.end - f.end|) (|e| + |f|)
//
// 0 when nothing is left of both, infinite when of one.  The point inserted into e is the one of it
// that is nearest to the end of f.  Nothing bounds how many insertions come before a replacement,
// and each can lower the cost, so that as it is written this has no end.  What is computed, in
// quadratic time:
//
//   - An insertion is followed by the replacement it was made for: of the part of e before the
//     point by f.  So at most one of both lines is ever at an inserted point.
//   - The rest of a step depends on where its last point was inserted, and a dearer beginning may
//     leave the better rest.  So a cell remembers for each such point the cheapest way to it.
//     Points before the new one become that one: there are several only where a line comes back
//     along the step.  Of more than kMostWays the cheapest stay.  The answer is the cost of true
//     edits, and the least with such insertions unless a line came back more often than that.
//   - A line of one fix is one step without length.  What is replaced counts by its length, so that
//     any two lines without length have the distance 0, wherever they are.

// A line as the steps between its vertices.  One of a single fix has one step, without length.
class SteppedLine {
 public:
  explicit SteppedLine(PlaneView line) : line_(line), lengths_m_(vertices() - 1) {
    for (size_t i = 0; i + 1 < vertices(); ++i) lengths_m_[i] = DistanceM(Vertex(i), Vertex(i + 1));
  }

  size_t vertices() const { return std::max<size_t>(line_.size(), 2); }
  const PlanePoint& Vertex(size_t i) const { return line_[std::min(i, line_.size() - 1)]; }
  double LengthM(size_t i) const { return lengths_m_[i]; }  // of the step that begins at vertex i

  // The place at `share`, from 0 to 1, of that step.
  PlanePoint At(size_t i, double share) const {
    const PlanePoint &p = Vertex(i), &q = Vertex(i + 1);
    if (share <= 0) return p;
    if (share >= 1) return q;
    return {.x_m = p.x_m + share * (q.x_m - p.x_m), .y_m = p.y_m + share * (q.y_m - p.y_m)};
  }

  // The share at which that step is nearest to `to`.
  double Nearest(size_t i, const PlanePoint& to) const {
    const PlanePoint &p = Vertex(i), &q = Vertex(i + 1);
    const double dx = q.x_m - p.x_m, dy = q.y_m - p.y_m, square = dx * dx + dy * dy;
    if (square == 0) return 0;
    return std::clamp(((to.x_m - p.x_m) * dx + (to.y_m - p.y_m) * dy) / square, 0.0, 1.0);
  }

 private:
  const PlaneView line_;
  absl::FixedArray<double, 64> lengths_m_;
};

// One line is at a point inserted in the step that begins at its vertex, the other one at its
// vertex.
struct Insertion {
  double cost;   // the least of coming here
  double share;  // of the step
  PlanePoint at;
  double apart_m;  // between both lines
  double rest_m;   // from here to the end of the step
};

constexpr size_t kMostWays = 4;

// The points that one line may be at, each with its cheapest way.  Most often there is one.
class Insertions {
 public:
  bool empty() const { return size_ == 0; }
  const Insertion* begin() const { return ways_.data(); }
  const Insertion* end() const { return begin() + size_; }

  void Clear() { size_ = 0; }
  // The order of offers does not matter: of all ways the cheapest stay, of equal ones those that
  // leave more of the step.
  void Offer(const Insertion& way) {
    const auto before = [](const Insertion& a, const Insertion& b) {
      return std::pair(a.cost, a.share) < std::pair(b.cost, b.share);
    };
    Insertion* place = nullptr;
    for (size_t i = 0; i < size_ && place == nullptr; ++i) {
      if (ways_[i].share == way.share) place = &ways_[i];
    }
    if (place == nullptr && size_ < kMostWays) {
      ways_[size_++] = way;
      return;
    }
    if (place == nullptr) place = std::max_element(ways_.data(), ways_.data() + size_, before);
    if (before(way, *place)) *place = way;
  }

 private:
  std::array<Insertion, kMostWays> ways_;
  size_t size_ = 0;
};

// Up to vertex i of a and vertex j of b, where one of them may have gone on to an inserted point.
// No way in it is above the cutoff.
struct Cell {
  double both = kInf;  // the cost where none has
  double apart_m = 0;  // between the vertices
  Insertions in_a, in_b;

  bool Reached() const { return both < kInf || !in_a.empty() || !in_b.empty(); }
};

// What it costs to replace two pieces by each other: the distances of their ends, times what they
// cover.  The same to the last bit for the other piece as the first.
double Replacement(double apart_m, double then_apart_m, double length_m, double other_length_m) {
  return (apart_m + then_apart_m) * (length_m + other_length_m);
}

// The ways to be at `before`, as seen by the line into which a point is to be inserted.
struct WaysBefore {
  double both, apart_m;       // both lines at their vertices
  const Insertions& in_this;  // this line at a point inserted before
  const Insertions& in_other;
};

// Where the other line went, and how far.
struct Goal {
  PlanePoint to;
  double length_m;
};

// The cells from which ways lead to one.
struct Neighbours {
  const Cell &diagonal, &left, &up;
};

// Row by row through the cells of two lines.
class EditTable {
 public:
  EditTable(PlaneView a, PlaneView b, double cutoff) : a_(a), b_(b), cutoff_(cutoff) {}

  // The cost of the edits, infinite if it is > cutoff; adds to work.cells those it computed.
  double Run(MeasureWork& work) const;

 private:
  double CostOfBoth(const Cell& before, double apart_m, double a_length_m, double b_length_m) const;
  void Insert(const SteppedLine& line, size_t i, const Goal& goal, const WaysBefore& before,
              Insertions& out) const;
  // The ways to cell (i, j) from its neighbours (i - 1, j - 1), (i, j - 1) and (i - 1, j).
  void Fill(size_t i, size_t j, const Neighbours& from, Cell& cell) const;

  const SteppedLine a_, b_;
  const double cutoff_;
};

// Both lines went on to their vertices, which are apart_m apart, from `before`, with steps of these
// lengths.
double EditTable::CostOfBoth(const Cell& before, double apart_m, double a_length_m,
                             double b_length_m) const {
  double cost = kInf;
  if (before.both < kInf) {
    cost = before.both + Replacement(before.apart_m, apart_m, a_length_m, b_length_m);
  }
  for (const Insertion& in_a : before.in_a) {
    cost = std::min(cost, in_a.cost + Replacement(in_a.apart_m, apart_m, in_a.rest_m, b_length_m));
  }
  for (const Insertion& in_b : before.in_b) {
    cost = std::min(cost, in_b.cost + Replacement(in_b.apart_m, apart_m, a_length_m, in_b.rest_m));
  }
  return cost <= cutoff_ ? cost : kInf;
}

// The other line went on to its next vertex, and this line to the point of the rest of its step i
// that is nearest to that.
void EditTable::Insert(const SteppedLine& line, size_t i, const Goal& goal,
                       const WaysBefore& before, Insertions& out) const {
  const double share = line.Nearest(i, goal.to);
  const auto offer = [&](Insertion way) {
    if (way.cost > cutoff_) return;
    way.rest_m = DistanceM(way.at, line.Vertex(i + 1));
    out.Offer(way);
  };
  if (before.both < kInf || !before.in_other.empty()) {
    Insertion here{.cost = kInf, .share = share, .at = line.At(i, share)};
    here.apart_m = DistanceM(here.at, goal.to);
    const double length_m = DistanceM(line.Vertex(i), here.at);
    if (before.both < kInf) {
      here.cost = before.both + Replacement(before.apart_m, here.apart_m, length_m, goal.length_m);
    }
    for (const Insertion& other : before.in_other) {
      here.cost = std::min(
          here.cost, other.cost + Replacement(other.apart_m, here.apart_m, length_m, other.rest_m));
    }
    offer(here);
  }
  for (const Insertion& from : before.in_this) {
    Insertion here{.cost = kInf, .share = std::max(share, from.share), .at = from.at};
    if (share > from.share) here.at = line.At(i, share);
    here.apart_m = DistanceM(here.at, goal.to);
    here.cost = from.cost +
                Replacement(from.apart_m, here.apart_m, DistanceM(from.at, here.at), goal.length_m);
    offer(here);
  }
}

void EditTable::Fill(size_t i, size_t j, const Neighbours& from, Cell& cell) const {
  const auto& [diagonal, left, up] = from;
  const PlanePoint &p = a_.Vertex(i), &q = b_.Vertex(j);
  cell.both = kInf;
  cell.in_a.Clear();
  cell.in_b.Clear();
  cell.apart_m = DistanceM(p, q);
  if (i > 0 && j > 0) {
    cell.both = CostOfBoth(diagonal, cell.apart_m, a_.LengthM(i - 1), b_.LengthM(j - 1));
  }
  if (i + 1 < a_.vertices() && j > 0) {
    const WaysBefore before{left.both, left.apart_m, left.in_a, left.in_b};
    Insert(a_, i, {q, b_.LengthM(j - 1)}, before, cell.in_a);
  }
  if (i > 0 && j + 1 < b_.vertices()) {
    const WaysBefore before{up.both, up.apart_m, up.in_b, up.in_a};
    Insert(b_, j, {p, a_.LengthM(i - 1)}, before, cell.in_b);
  }
}

// Row by row, and of each row only what is reached from another cell.
double EditTable::Run(MeasureWork& work) const {
  constexpr size_t kOnStack = 64;
  absl::FixedArray<Cell, kOnStack> above_row(b_.vertices()), this_row(b_.vertices());
  const Cell nothing{};
  Cell *above = above_row.data(), *row = this_row.data();
  size_t first = 0, last = 0;  // of the cells in `above` that are reached; there are none before
  for (size_t i = 0; i < a_.vertices(); ++i) {
    const auto above_at = [&](size_t j) -> const Cell& {
      return i > 0 && j <= last ? above[j] : nothing;
    };
    size_t next_first = b_.vertices(), next_last = 0;
    for (size_t j = first; j < b_.vertices(); ++j) {
      const Cell& before = j > first ? above_at(j - 1) : nothing;
      const Cell& left = j > first ? row[j - 1] : nothing;
      Fill(i, j, {before, left, above_at(j)}, row[j]);
      if (i == 0 && j == 0) row[j].both = 0;
      ++work.cells;
      if (row[j].Reached()) {
        next_first = std::min(next_first, j);
        next_last = j;
      } else if (j > last) {
        break;  // nothing leads to the rest of the row
      }
    }
    if (next_first == b_.vertices() || work.IsOver()) return kInf;
    std::swap(above, row);
    first = next_first;
    last = next_last;
  }
  return last + 1 == b_.vertices() ? above[last].both : kInf;
}

// What an EditTable says, with a bound.
class Edwp final : public Measure {
 public:
  // Over the query's steps: the distance from a step to the box, a convex function along it, is
  // below the mean of the ends of each piece of it.
  double LowerBound(const EnvelopeDistances& e) const override {
    double sum_m2 = 0;
    for (size_t i = 0; i + 1 < e.query.size(); ++i) {
      const double length_m = DistanceM(e.query[i], e.query[i + 1]);
      sum_m2 += 2 * length_m * e.FromStepM(i, length_m);
    }
    return BelowRounding(sum_m2);
  }

  double BoundOfOutline(const OutlineDistances& o) const override {
    return std::max(Measure::BoundOfOutline(o),
                    BelowRounding(2 * LeastSumOfLines(o, o.run_length_m)));
  }

  absl::string_view unit() const override { return "m²"; }
  bool is_symmetric() const override { return true; }
  bool is_metric() const override { return false; }

 private:
  double Compute(PlaneView a, PlaneView b, double cutoff, MeasureWork& work) const override {
    return EditTable(a, b, cutoff).Run(work);
  }
};

}  // namespace

std::unique_ptr<Measure> MakeEdwp(const MeasureParams&) { return std::make_unique<Edwp>(); }

}  // namespace spoor
