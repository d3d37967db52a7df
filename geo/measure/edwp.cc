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
  explicit Steps(PlaneView line) : line_(line), lengths_m_(vertices() - 1) {
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
  double cost = kInf;  // the least of coming here
  double share = 0;    // of the step
  PlanePoint at;
  double apart_m = 0;  // between both lines
  double rest_m = 0;   // from here to the end of the step

  // Of equal costs that which leaves more of the step: so the order of offers does not matter.
  void Offer(const Insertion& other) {
    if (std::pair(other.cost, other.share) < std::pair(cost, share)) *this = other;
  }
};

// Up to vertex i of a and vertex j of b, where one of them may have gone on to an inserted point.
struct Cell {
  double both = kInf;  // the cost where none has
  double apart_m = 0;  // between the vertices
  Insertion in_a, in_b;

  bool Below(double cutoff) const { return std::min({both, in_a.cost, in_b.cost}) <= cutoff; }
};

// What it costs to replace two pieces by each other: the distances of their ends, times what they
// cover.  The same to the last bit for the other piece as the first.
double Replacement(double apart_m, double then_apart_m, double length_m, double other_length_m) {
  return (apart_m + then_apart_m) * (length_m + other_length_m);
}

// Both lines went on to their vertices, which are apart_m apart, from `before`, with steps of these
// lengths.
double CostOfBoth(const Cell& before, double apart_m, double a_length_m, double b_length_m,
                  double cutoff) {
  const Insertion &in_a = before.in_a, &in_b = before.in_b;
  double cost = kInf;
  if (before.both <= cutoff) {
    cost = before.both + Replacement(before.apart_m, apart_m, a_length_m, b_length_m);
  }
  if (in_a.cost <= cutoff) {
    cost = std::min(cost, in_a.cost + Replacement(in_a.apart_m, apart_m, in_a.rest_m, b_length_m));
  }
  if (in_b.cost <= cutoff) {
    cost = std::min(cost, in_b.cost + Replacement(in_b.apart_m, apart_m, a_length_m, in_b.rest_m));
  }
  return cost;
}

// The ways to be at `before`, as seen by the line into which a point is to be inserted.
struct WaysBefore {
  double both, apart_m;      // both lines at their vertices
  const Insertion& in_this;  // this line at a point inserted before
  const Insertion& in_other;
};

// The other line went on to its vertex `to`, with a step of other_length_m, and this line to the
// point of the rest of its step i that is nearest to that.
Insertion Insert(const Steps& line, size_t i, const PlanePoint& to, double other_length_m,
                 const WaysBefore& before, double cutoff) {
  const PlanePoint& start = line.Vertex(i);
  const double share = line.Nearest(i, to);
  Insertion best;
  const bool from_vertex = std::min(before.both, before.in_other.cost) <= cutoff;
  if (from_vertex) {
    Insertion to_here{.share = share, .at = line.At(i, share)};
    to_here.apart_m = DistanceM(to_here.at, to);
    const double length_m = DistanceM(start, to_here.at);
    const Insertion& other = before.in_other;
    if (before.both <= cutoff) {
      to_here.cost =
          before.both + Replacement(before.apart_m, to_here.apart_m, length_m, other_length_m);
      best.Offer(to_here);
    }
    if (other.cost <= cutoff) {
      to_here.cost =
          other.cost + Replacement(other.apart_m, to_here.apart_m, length_m, other.rest_m);
      best.Offer(to_here);
    }
  }
  if (const Insertion& from = before.in_this; from.cost <= cutoff) {
    Insertion to_here{.share = std::max(share, from.share), .at = from.at};
    if (share > from.share) to_here.at = line.At(i, share);
    to_here.apart_m = DistanceM(to_here.at, to);
    to_here.cost = from.cost + Replacement(from.apart_m, to_here.apart_m,
                                           DistanceM(from.at, to_here.at), other_length_m);
    best.Offer(to_here);
  }
  if (best.cost <= cutoff) best.rest_m = DistanceM(best.at, line.Vertex(i + 1));
  return best;
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
  const PlanePoint &p = a.Vertex(i), &q = b.Vertex(j);
  cell.apart_m = DistanceM(p, q);
  if (i > 0 && j > 0) {
    cell.both = CostOfBoth(diagonal, cell.apart_m, a.LengthM(i - 1), b.LengthM(j - 1), cutoff);
  }
  if (i + 1 < a.vertices() && j > 0) {
    const WaysBefore before{left.both, left.apart_m, left.in_a, left.in_b};
    cell.in_a = Insert(a, i, q, b.LengthM(j - 1), before, cutoff);
  }
  if (i > 0 && j + 1 < b.vertices()) {
    const WaysBefore before{up.both, up.apart_m, up.in_b, up.in_a};
    cell.in_b = Insert(b, j, p, a.LengthM(i - 1), before, cutoff);
  }
  return cell;
}

// Row by row, and of each row only what is reached from a cell below the cutoff.
double Edwp::Compute(PlaneView a_line, PlaneView b_line, double cutoff, MeasureWork& work) const {
  const Steps a(a_line), b(b_line);
  constexpr size_t kOnStack = 64;
  absl::FixedArray<Cell, kOnStack> above_row(b.vertices()), this_row(b.vertices());
  const Cell nothing;
  Cell *above = above_row.data(), *row = this_row.data();
  size_t first = 0, last = 0;  // of the cells in `above` below the cutoff; there are none before
  for (size_t i = 0; i < a.vertices(); ++i) {
    const auto above_at = [&](size_t j) -> const Cell& {
      return i > 0 && j <= last ? above[j] : nothing;
    };
    size_t next_first = b.vertices(), next_last = 0;
    for (size_t j = first; j < b.vertices(); ++j) {
      const Cell& before = j > first ? above_at(j - 1) : nothing;
      const Cell& left = j > first ? row[j - 1] : nothing;
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
