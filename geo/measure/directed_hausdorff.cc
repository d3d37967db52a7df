#include <algorithm>
#include <cmath>

#include "geo/measure/measure.h"
#include "geo/measure/rough_alignment.h"
#include "geo/measure/tables.h"

namespace spoor {
namespace {

// The directed Hausdorff distance of the fixes: from the fix of a, the query, that is farthest from
// all of b, to the nearest of b.  Metres.  Small where a runs along b, whatever else b does, in any
// order and direction.
class DirectedHausdorff final : public Measure {
 public:
  double UpperBound(PlaneView a, PlaneView b, MeasureWork&) const override {
    return std::sqrt(AlignRoughly(a, b, FrechetCostM2(a, b)));
  }

  double LowerBound(const EnvelopeDistances& e) const override {
    return *std::ranges::max_element(e.to_box_m);
  }

  bool is_symmetric() const override { return false; }
  bool is_metric() const override { return false; }

 private:
  double Compute(PlaneView a, PlaneView b, double cutoff, MeasureWork& work) const override {
    const auto [a_columns, b_columns] = LayOutLines(a, b, work);
    const double cutoff_m2 = SquaredCutoffM2(cutoff);
    return std::sqrt(kernels_.farthest_m2(a_columns, b_columns, 0, cutoff_m2, work));
  }

  const Kernels& kernels_ = BestKernels();
};

}  // namespace

std::unique_ptr<Measure> MakeDirectedHausdorff(const MeasureParams&) {
  return std::make_unique<DirectedHausdorff>();
}

}  // namespace spoor
