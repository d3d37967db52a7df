#include <algorithm>
#include <cmath>
#include <numeric>

#include "absl/container/fixed_array.h"
#include "geo/measure/measure.h"
#include "geo/measure/outline_bounds.h"

namespace spoor {
namespace {

constexpr size_t kNumbersOnStack = 64;  // doubles per array; longer lines go to the heap

// The segments of a polyline, one array per number, so that a row of distances is one plain loop.
// The last point follows as a segment without length: it changes no distance, makes a lone point a
// polyline, and gives the last point of a line the distance 0, not a rounding error, to the line.
//
// A point at (px, py) from the start of a segment d lies at t = p.d / |d|^2 along it, beyond its
// ends by beyond = max(0, |t - 1/2| - 1/2) of its length, and |p x d| / |d| beside it.
class Segments {
 public:
  explicit Segments(PlaneView line) : size_(line.size()), numbers_(7 * size_) {
    double* __restrict x = x_, * __restrict y = y_, * __restrict dx = dx_, * __restrict dy = dy_;
    double* __restrict square = square_, * __restrict inverse = inverse_;
    for (size_t i = 0; i < size_; ++i) {
      x[i] = line[i].x_m;
      y[i] = line[i].y_m;
    }
    for (size_t i = 0; i + 1 < size_; ++i) {
      dx[i] = line[i + 1].x_m - line[i].x_m;
      dy[i] = line[i + 1].y_m - line[i].y_m;
      square[i] = dx[i] * dx[i] + dy[i] * dy[i];
      inverse[i] = 1 / square[i];
      half_[i] = 0.5;
    }
    for (size_t i = 0; i + 1 < size_; ++i) {
      if (square[i] < kTiny) MakePoint(i);
    }
    MakePoint(size_ - 1);
  }

  size_t size() const { return size_; }

  // out[j] = distance from p to segment j.
  void DistancesM(PlanePoint p, double* __restrict out) const {
    for (size_t j = 0; j < size_; ++j) {
      const double px = p.x_m - x_[j], py = p.y_m - y_[j];
      const double t = (px * dx_[j] + py * dy_[j]) * inverse_[j];
      const double cross = px * dy_[j] - py * dx_[j];
      const double outside = std::abs(t - half_[j]) - half_[j];
      const double beyond = 0.5 * (outside + std::abs(outside));  // max with 0, but quicker
      out[j] = std::sqrt(beyond * beyond * square_[j] + cross * cross * inverse_[j]);
    }
  }

 private:
  static constexpr double kTiny = 1e-100;  // whose inverse is still finite

  // Any direction does for a segment of which none is left.
  void MakePoint(size_t i) {
    dx_[i] = square_[i] = inverse_[i] = 1;
    dy_[i] = half_[i] = 0;
  }

  const size_t size_;
  absl::FixedArray<double, 7 * kNumbersOnStack> numbers_;
  double *const x_ = numbers_.data(), *const y_ = x_ + size_, *const dx_ = y_ + size_,
                *const dy_ = dx_ + size_, *const square_ = dy_ + size_,
                *const inverse_ = square_ + size_, *const half_ = inverse_ + size_;
};

// (already_m + mean) / 2 as Distance returns it: the same roundings in the same order, so that a
// part of a sum which exceeds the cutoff by this formula proves that the whole does.
double HalfMean(double already_m, double sum_m, size_t points) {
  return 0.5 * (already_m + sum_m / static_cast<double>(points));
}

// Returns the least sum of distances from the points, in order, to segments of `line` whose indices
// never decrease, or a part of it with HalfMean(already_m, part, |points|) > cutoff.
double MonotoneSum(PlaneView points, const Segments& line, double already_m, double cutoff,
                   MeasureWork& work) {
  const size_t m = line.size();
  absl::FixedArray<double, kNumbersOnStack> sums(m), distances_m(m);
  const double budget_m = (2 * cutoff - already_m) * static_cast<double>(points.size());
  line.DistancesM(points[0], sums.data());
  double least = *std::ranges::min_element(sums);
  work.cells += m;
  for (size_t i = 1; i < points.size() && !work.IsOver(); ++i) {
    work.cells += m;
    if (least > budget_m && HalfMean(already_m, least, points.size()) > cutoff) break;
    line.DistancesM(points[i], distances_m.data());
    double best_before = kInf;  // sum of the points before i, on segments up to j
    least = kInf;
    for (size_t j = 0; j < m; ++j) {
      best_before = std::min(best_before, sums[j]);
      sums[j] = best_before + distances_m[j];
      least = std::min(least, sums[j]);
    }
  }
  return least;
}

// The monotone point-to-polyline mean: the points of a are assigned, in order, to segments of b
// whose indices never decrease, at the least sum of point-to-segment distances, with a free start
// and end on b; the sum is divided by |a|, and averaged with the same from b to a.  Indifferent to
// how densely either line was sampled, hence good at sparse feeds.
class MonotoneMean final : public Measure {
 public:
  // A point of the query is no nearer to the other line than to its box, a point of the other line
  // no nearer to the query than the boxes are.
  double LowerBound(const EnvelopeDistances& e) const override {
    const double sum_m = std::accumulate(e.to_box_m.begin(), e.to_box_m.end(), 0.0);
    return BelowRounding(HalfMean(e.box_gap_m, sum_m, e.to_box_m.size()));
  }

  double BoundOfOutline(const OutlineDistances& o) const override {
    const double query_mean_m =
        LeastSumOfRuns(o, o.from_points) / static_cast<double>(o.query.size());
    const double half_m = BelowRounding(0.5 * query_mean_m);
    if (half_m > o.cutoff) return half_m;
    return BelowRounding(0.5 * (query_mean_m + LeastMeanOfParts(o, o.from_line)));
  }

  bool is_symmetric() const override { return true; }
  bool is_metric() const override { return false; }

 private:
  double Compute(PlaneView a, PlaneView b, double cutoff, MeasureWork& work) const override {
    const double a_sum_m = MonotoneSum(a, Segments(b), 0, cutoff, work);
    const double a_half_m = HalfMean(0, a_sum_m, a.size());
    if (a_half_m > cutoff) return a_half_m;
    const double a_mean_m = a_sum_m / static_cast<double>(a.size());
    const double b_sum_m = MonotoneSum(b, Segments(a), a_mean_m, cutoff, work);
    return HalfMean(a_mean_m, b_sum_m, b.size());
  }
};

}  // namespace

std::unique_ptr<Measure> MakeMonotoneMean(const MeasureParams&) {
  return std::make_unique<MonotoneMean>();
}

}  // namespace spoor
