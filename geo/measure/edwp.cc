#include <algorithm>
#include <limits>
#include <utility>

#include "absl/container/fixed_array.h"
#include "geo/measure/measure.h"

namespace spoor {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();

// A line as the steps between its vertices.  One of a single fix has one step, without length.
class Steps {
 public:
  explicit Steps(PlaneView line) : line_(line) {}

  size_t vertices() const { return std::max<size_t>(line_.size(), 2); }
  const PlanePoint& Vertex(size_t i) const { return line_[std::min(i, line_.size() - 1)]; }

  // The place at `share`, from 0 to 1, of the step that begins at vertex i.
  PlanePoint At(size_t i, double share) const {
    const PlanePoint &p = Vertex(i), &q = Vertex(i + 1);
    if (share <= 0) return p;
    if (share >= 1) return q;
    return {.x_m = p.x_m + share * (q.x_m - p.x_m), .y_m = p.y_m + share * (q.y_m - p.y_m)};
  }

  // The share at which this step, from the share `from` on, is nearest to `to`.
  double Nearest(size_t i, double from, const PlanePoint& to) const {
    const PlanePoint &p = Vertex(i), &q = Vertex(i + 1);
    const double dx = q.x_m - p.x_m, dy = q.y_m - p.y_m, square = dx * dx + dy * dy;
    if (square == 0) return from;
    return std::clamp(((to.x_m - p.x_m) * dx + (to.y_m - p.y_m) * dy) / square, from, 1.0);
  }

 private:
  const PlaneView line_;
};

// The least cost of having come to a point inserted in a step, and where that is.
struct Insertion {
  double cost = kInf;
  double share = 0;

  // Of equal costs that which leaves more of the step: so the order of offers does not matter.
  void Offer(double other_cost, double other_share) {
    if (std::pair(other_cost, other_share) < std::pair(cost, share))
      *this = {other_cost, other_share};
  }
};

// Up to vertex i of a and vertex j of b, where one of them may have gone on to a point inserted in
// the step that begins there.
struct Cell {
  double both = kInf;  // none has
  Insertion in_a, in_b;

  // Calls visit(cost, share of a's step, share of b's) for each way to be here below the cutoff.
  template <typename Visit>
  void ForEachWay(double cutoff, Visit visit) const {
    if (both <= cutoff) visit(both, 0.0, 0.0);
    if (in_a.cost <= cutoff) visit(in_a.cost, in_a.share, 0.0);
    if (in_b.cost <= cutoff) visit(in_b.cost, 0.0, in_b.share);
  }

  bool Below(double cutoff) const { return std::min({both, in_a.cost, in_b.cost}) <= cutoff; }
};

// To replace the piece from p to p_to by that from q to q_to, or the other way round: the distances
// of their ends, times what both cover.
double Replacement(PlanePoint p, PlanePoint p_to, PlanePoint q, PlanePoint q_to) {
  return (DistanceM(p, q) + DistanceM(p_to, q_to)) * (DistanceM(p, p_to) + DistanceM(q, q_to));
}

// A place of a line: a share of the step that begins at vertex i.
struct Place {
  const Steps& line;
  size_t i;
  double share;

  PlanePoint At() const { return line.At(i, share); }
};

// `goes` goes to its next vertex, `stays` to the point of the rest of its step that is nearest to
// that: {cost, share}.
std::pair<double, double> Insert(const Place& stays, const Place& goes) {
  const PlanePoint& to = goes.line.Vertex(goes.i + 1);
  const double share = stays.line.Nearest(stays.i, stays.share, to);
  return {Replacement(stays.At(), stays.line.At(stays.i, share), goes.At(), to), share};
}

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
// that is nearest to the end of f.  What is computed, in quadratic time:
//
//   - An insertion is followed by the replacement it was made for: of the part of e before the
//     point by f.  So at most one of both lines is ever at an inserted point.
//   - The rest of a step depends on where its last point was inserted.  A cell remembers that of
//   its
//     cheapest way, of equal ones that with more of the step left.  The answer is the cost of true
//     edits, and exceeds the least only where a dearer beginning would have left a better rest.
//   - A line of one fix is one step without length: two of them have the distance 0.
class Edwp final : public Measure {
 public:
  // Over the query's steps: the distance from a step to the box, a convex function along it, is
  // below the mean of the ends of each piece of it, and at least half of what the ends of the step
  // have left when its length is taken off.
  double LowerBound(const EnvelopeDistances& e) const override {
    double sum_m2 = 0;
    for (size_t i = 0; i + 1 < e.query.size(); ++i) {
      const double length_m = DistanceM(e.query[i], e.query[i + 1]);
      const double middle_m = (e.to_box_m[i] + e.to_box_m[i + 1] - length_m) / 2;
      sum_m2 += 2 * length_m * std::max({middle_m, e.box_gap_m, 0.0});
    }
    return BelowRounding(sum_m2);
  }

  bool is_symmetric() const override { return true; }
  bool is_metric() const override { return false; }

 private:
  static Cell CellFrom(const Steps& a, const Steps& b, size_t i, size_t j, double cutoff,
                       const Cell& diagonal, const Cell& left, const Cell& up);

  double Compute(PlaneView a_line, PlaneView b_line, double cutoff,
                 MeasureWork& work) const override;
};

// The cell (i, j) from its neighbours (i - 1, j - 1), (i, j - 1) and (i - 1, j).
Cell Edwp::CellFrom(const Steps& a, const Steps& b, size_t i, size_t j, double cutoff,
                    const Cell& diagonal, const Cell& left, const Cell& up) {
  Cell cell;
  diagonal.ForEachWay(cutoff, [&](double cost, double a_share, double b_share) {
    cell.both = std::min(cell.both, cost + Replacement(a.At(i - 1, a_share), a.Vertex(i),
                                                       b.At(j - 1, b_share), b.Vertex(j)));
  });
  if (i + 1 < a.vertices()) {
    left.ForEachWay(cutoff, [&](double cost, double a_share, double b_share) {
      const auto [more, share] = Insert({a, i, a_share}, {b, j - 1, b_share});
      cell.in_a.Offer(cost + more, share);
    });
  }
  if (j + 1 < b.vertices()) {
    up.ForEachWay(cutoff, [&](double cost, double a_share, double b_share) {
      const auto [more, share] = Insert({b, j, b_share}, {a, i - 1, a_share});
      cell.in_b.Offer(cost + more, share);
    });
  }
  return cell;
}

// Row by row, and of each row only what is reached from a cell below the cutoff.
double Edwp::Compute(PlaneView a_line, PlaneView b_line, double cutoff, MeasureWork& work) const {
  const Steps a(a_line), b(b_line);
  constexpr size_t kOnStack = 64;
  absl::FixedArray<Cell, kOnStack> above_row(b.vertices()), this_row(b.vertices());
  Cell *above = above_row.data(), *row = this_row.data();
  size_t first = 0, last = 0;  // of the cells in `above` below the cutoff; there are none before
  for (size_t i = 0; i < a.vertices(); ++i) {
    const auto above_at = [&](size_t j) { return i > 0 && j <= last ? above[j] : Cell{}; };
    size_t next_first = b.vertices(), next_last = 0;
    for (size_t j = first; j < b.vertices(); ++j) {
      const Cell before = j > first ? above_at(j - 1) : Cell{};
      const Cell left = j > first ? row[j - 1] : Cell{};
      row[j] = CellFrom(a, b, i, j, cutoff, before, left, above_at(j));
      if (i == 0 && j == 0) row[j].both = 0;
      ++work.cells;
      if (row[j].Below(cutoff)) {
        next_first = std::min(next_first, j);
        next_last = j;
      } else if (j > last) {
        break;  // nothing leads to the rest of the row
      }
    }
    if (next_first == b.vertices()) return kInf;
    std::swap(above, row);
    first = next_first;
    last = next_last;
  }
  return last + 1 == b.vertices() ? above[last].both : kInf;
}

}  // namespace

std::unique_ptr<Measure> MakeEdwp(const MeasureParams&) { return std::make_unique<Edwp>(); }

}  // namespace spoor
