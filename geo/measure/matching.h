#pragma once

#include <algorithm>
#include <cmath>
#include <limits>

#include "absl/container/fixed_array.h"
#include "geo/measure/kernel/kernels.h"
#include "geo/measure/measure.h"
#include "geo/measure/outline_bounds.h"
#include "geo/measure/tables.h"

namespace spoor {

// When EDR and LCSS take two fixes for the same: no farther apart than tolerance_m, and, where
// max_time_s is finite, no more than that between their times, each counted from the start of its
// trajectory.  The distance is that of the plane, not the larger of both coordinates as published,
// so that nothing depends on where north is.
struct Matching {
  double tolerance_m;
  double max_time_s;

  // In the order of measures.def.
  explicit Matching(const MeasureParams& params)
      : tolerance_m(params[0].second), max_time_s(params[1].second) {}

  bool timed() const { return max_time_s < std::numeric_limits<double>::infinity(); }

  bool Match(const PlanePoint& a, const PlanePoint& b) const {
    return SquareM2(a, b) <= tolerance_m * tolerance_m && std::abs(a.t_s - b.t_s) <= max_time_s;
  }

  // How many fixes of the query match none of a trajectory that e is true of.
  size_t SurelyUnmatched(const EnvelopeDistances& e) const {
    size_t count = 0;
    for (const double to_box_m : e.to_box_m) count += BelowRounding(to_box_m) > tolerance_m;
    return count;
  }

  // The same from an outline, with respect to the order in which fixes are matched: of the query
  // how many fixes, of the other line which share of its own.
  struct Unmatched {
    double of_query, share_of_other;
  };
  Unmatched SurelyUnmatched(const OutlineDistances& o) const {
    absl::FixedArray<float, 256> is_far(o.from_points.size());
    std::ranges::transform(o.from_points, is_far.begin(), [&](float apart_m) {
      return BelowRounding(apart_m) > tolerance_m ? 1.0F : 0.0F;
    });
    return {.of_query = LeastSumOfRuns(o, is_far),
            .share_of_other = BelowRounding(LeastMeanOfParts(o, is_far))};
  }

  // The least number of fixes to leave out or, at the cost of `substitution` each, to take for
  // another, until both lines match; or more than cutoff.
  double Edits(PlaneView a, PlaneView b, double substitution, double cutoff,
               MeasureWork& work) const {
    if (a.size() < b.size()) std::swap(a, b);
    const EditCosts costs{.tolerance_m2 = tolerance_m * tolerance_m,
                          .max_time_s = max_time_s,
                          .substitution = substitution};
    const Third third = timed() ? Third::kTimeS : Third::kNothing;
    return BestKernels().edits(LayOutTable(a, b, third, work), costs, cutoff, work);
  }
};

}  // namespace spoor
