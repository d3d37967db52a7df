#include <algorithm>
#include <cmath>
#include <limits>

#include "geo/measure/best_part.h"
#include "geo/measure/measure.h"
#include "geo/measure/rough_alignment.h"
#include "geo/measure/tables.h"

namespace spoor {
namespace {

// The least discrete Frechet distance of a, the query, to a part of b: to consecutive fixes of it,
// one at least.  Metres.  Of parts equally near, PartOf names the one that ends first and, of
// these, the shortest.
class SubDiscreteFrechet final : public Measure {
 public:
  double UpperBound(PlaneView a, PlaneView b, MeasureWork&) const override {
    return std::sqrt(AlignGreedily(a, b, NearestToFirst(a, b), true, FrechetCostM2(a, b)));
  }

  double LowerBound(const EnvelopeDistances& e) const override {
    return *std::ranges::max_element(e.to_box_m);
  }

  bool seeks_part() const override { return true; }

  std::pair<uint32_t, uint32_t> PartOf(PlaneView a, PlaneView b, MeasureWork& work) const override {
    const double least_m = Distance(a, b, std::numeric_limits<double>::infinity(), work);
    return FirstEndingPart(
        a, b, {least_m, work},
        [](PlanePoint p, PlanePoint q, double before) { return std::max(before, DistanceM(p, q)); },
        [&](double c, double d) { return c <= least_m && d <= least_m; });
  }

  bool is_symmetric() const override { return false; }
  bool is_metric() const override { return false; }

 private:
  double Compute(PlaneView a, PlaneView b, double cutoff, MeasureWork& work) const override {
    const AlignmentTable table = LayOutTable(a, b, Third::kNothing, work);
    return std::sqrt(kernels_.sub_discrete_frechet_m2(table, SquaredCutoffM2(cutoff), work));
  }

  const Kernels& kernels_ = BestKernels();
};

}  // namespace

std::unique_ptr<Measure> MakeSubDiscreteFrechet(const MeasureParams&) {
  return std::make_unique<SubDiscreteFrechet>();
}

}  // namespace spoor
