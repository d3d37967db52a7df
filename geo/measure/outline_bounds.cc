#include "geo/measure/outline_bounds.h"

#include <algorithm>
#include <limits>
#include <vector>

#include "absl/container/fixed_array.h"

namespace spoor {
namespace {

constexpr size_t kPartsOnStack = 64;

// Assigns each run to a part, parts never falling.
template <typename Weights>
double LeastSum(const OutlineDistances& o, absl::Span<const float> apart_m,
                const Weights& weights) {
  const size_t runs = o.runs(), parts = o.parts();
  absl::FixedArray<double, kPartsOnStack> sum_m(parts, 0);  // with the last run on the part
  for (size_t r = 0; r < runs; ++r) {
    double best_m = std::numeric_limits<double>::infinity();
    const double weight = weights[r];
    for (size_t p = 0; p < parts; ++p) {
      best_m = std::min(best_m, sum_m[p]);
      sum_m[p] = best_m + weight * static_cast<double>(apart_m[p * runs + r]);
    }
  }
  return *std::ranges::min_element(sum_m);
}

}  // namespace

double Measure::BoundOfOutline(const OutlineDistances& o) const {
  const size_t runs = o.runs();
  absl::FixedArray<double, kPartsOnStack> nearest_m(runs, std::numeric_limits<double>::infinity());
  float gap_m = std::numeric_limits<float>::infinity();
  for (size_t p = 0; p < o.parts(); ++p) {
    for (size_t r = 0; r < runs; ++r) {
      nearest_m[r] = std::min<double>(nearest_m[r], o.from_points[p * runs + r]);
      gap_m = std::min(gap_m, o.from_line[p * runs + r]);
    }
  }
  absl::FixedArray<double, 4 * kPartsOnStack> to_box_m(o.query.size());
  double* to = to_box_m.data();
  for (size_t r = 0; r < runs; ++r) to = std::fill_n(to, o.run_points[r], nearest_m[r]);
  return LowerBound({.query = o.query,
                     .to_box_m = to_box_m,
                     .start_m = o.start_m,
                     .end_m = o.end_m,
                     .box_gap_m = gap_m});
}

double LongestOnBestWay(const OutlineDistances& o, absl::Span<const float> apart_m) {
  const size_t runs = o.runs();
  absl::FixedArray<float, kPartsOnStack> best(runs);  // to the cells of a part
  best[0] = apart_m[0];
  for (size_t r = 1; r < runs; ++r) best[r] = std::max(best[r - 1], apart_m[r]);
  for (size_t p = 1; p < o.parts(); ++p) {
    const float* m = apart_m.data() + p * runs;
    float diagonal = best[0];
    best[0] = std::max(best[0], m[0]);
    for (size_t r = 1; r < runs; ++r) {
      const float before = std::min({diagonal, best[r], best[r - 1]});
      diagonal = best[r];
      best[r] = std::max(before, m[r]);
    }
  }
  return best[runs - 1];
}

double LongestToNearest(const OutlineDistances& o, absl::Span<const float> apart_m) {
  const size_t runs = o.runs();
  absl::FixedArray<float, kPartsOnStack> nearest_m(runs, std::numeric_limits<float>::infinity());
  float longest_m = 0;
  for (size_t p = 0; p < o.parts(); ++p) {
    float nearest_run_m = std::numeric_limits<float>::infinity();
    for (size_t r = 0; r < runs; ++r) {
      const float apart = apart_m[p * runs + r];
      nearest_run_m = std::min(nearest_run_m, apart);
      nearest_m[r] = std::min(nearest_m[r], apart);
    }
    longest_m = std::max(longest_m, nearest_run_m);
  }
  return std::max(longest_m, *std::ranges::max_element(nearest_m));
}

double LongestOfPoints(const OutlineDistances& o) {
  const size_t runs = o.runs(), parts = o.parts();
  absl::FixedArray<float, kPartsOnStack> longest_m(parts, 0);  // with the last run on the part
  for (size_t r = 0; r < runs; ++r) {
    float best_m = std::numeric_limits<float>::infinity();
    for (size_t p = 0; p < parts; ++p) {
      best_m = std::min(best_m, longest_m[p]);
      longest_m[p] = std::max(best_m, o.from_points[p * runs + r]);
    }
  }
  return *std::ranges::min_element(longest_m);
}

double LeastSumOfRuns(const OutlineDistances& o, absl::Span<const float> apart_m) {
  return LeastSum(o, apart_m, o.run_points);
}

double LeastSumOfLines(const OutlineDistances& o, absl::Span<const double> amounts) {
  return LeastSum(o, o.from_line, amounts);
}

double LeastMeanOfParts(const OutlineDistances& o, absl::Span<const float> apart_m) {
  const size_t runs = o.runs();
  absl::FixedArray<double, kPartsOnStack> sum_m(runs, 0);  // with the last part on the run
  for (size_t p = 0; p < o.parts(); ++p) {
    double best_m = std::numeric_limits<double>::infinity();
    const double share = o.part_shares[p];
    for (size_t r = 0; r < runs; ++r) {
      best_m = std::min(best_m, sum_m[r]);
      sum_m[r] = best_m + share * static_cast<double>(apart_m[p * runs + r]);
    }
  }
  return *std::ranges::min_element(sum_m);
}

}  // namespace spoor
