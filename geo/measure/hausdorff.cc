#include <algorithm>
#include <cmath>

#include "geo/measure/measure.h"
#include "geo/measure/outline_bounds.h"
#include "geo/measure/rough_alignment.h"
#include "geo/measure/tables.h"

namespace spoor {
namespace {

// The Hausdorff distance of the fixes: the larger of both directed ones (directed_hausdorff.cc).
// Metres.  Knows places, no order and no direction.
class Hausdorff final : public Measure {
 public:
  double UpperBound(PlaneView a, PlaneView b, MeasureWork&) const override {
    return std::sqrt(AlignRoughly(a, b, FrechetCostM2(a, b)));
  }

  double LowerBound(const EnvelopeDistances& e) const override {
    return std::max(*std::ranges::max_element(e.to_box_m), e.box_gap_m);
  }

  // Its own way to the query.
  double BoundOfFarFix(double gap_m) const override { return gap_m; }

  double BoundOfOutline(const OutlineDistances& o) const override {
    return LongestToNearest(o, o.from_points);
  }

  bool is_symmetric() const override { return true; }
  bool is_metric() const override { return true; }

 private:
  double Compute(PlaneView a, PlaneView b, double cutoff, MeasureWork& work) const override {
    const auto [a_columns, b_columns] = LayOutLines(a, b, work);
    const double cutoff_m2 = SquaredCutoffM2(cutoff);
    const double there_m2 = kernels_.farthest_m2(a_columns, b_columns, 0, cutoff_m2, work);
    if (there_m2 > cutoff_m2) return std::sqrt(there_m2);
    return std::sqrt(kernels_.farthest_m2(b_columns, a_columns, there_m2, cutoff_m2, work));
  }

  const Kernels& kernels_ = BestKernels();
};

}  // namespace

std::unique_ptr<Measure> MakeHausdorff(const MeasureParams&) {
  return std::make_unique<Hausdorff>();
}

}  // namespace spoor
