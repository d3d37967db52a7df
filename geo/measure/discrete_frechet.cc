#include <algorithm>
#include <cmath>

#include "geo/measure/measure.h"
#include "geo/measure/outline_bounds.h"
#include "geo/measure/rough_alignment.h"
#include "geo/measure/tables.h"

namespace spoor {
namespace {

// Discrete Frechet distance: the longest distance along the best alignment (Eiter, Mannila 1994).
// Metres.  Computed on squares, which have the same order, with one root at the end.
class DiscreteFrechet final : public Measure {
 public:
  double UpperBound(PlaneView a, PlaneView b, MeasureWork&) const override {
    return std::sqrt(AlignRoughly(a, b, FrechetCostM2(a, b)));
  }

  double LowerBound(const EnvelopeDistances& e) const override {
    return std::max({*std::ranges::max_element(e.to_box_m), e.start_m, e.end_m});
  }

  double BoundOfOutline(const OutlineDistances& o) const override {
    return std::max({LongestOnBestWay(o, o.from_points), o.start_m, o.end_m});
  }

  bool pairs_ends() const override { return true; }
  bool finds_by_bounds() const override { return true; }

  // Each fix is in a pair.
  double BoundOfFarFix(double gap_m) const override { return gap_m; }

  bool is_symmetric() const override { return true; }
  bool is_metric() const override { return true; }

 private:
  double Compute(PlaneView a, PlaneView b, double cutoff, MeasureWork& work) const override {
    // Every alignment holds both end pairs.
    const double ends_m2 = std::max(SquareM2(a.front(), b.front()), SquareM2(a.back(), b.back()));
    if (const double ends_m = std::sqrt(ends_m2); ends_m > cutoff) return ends_m;
    if (a.size() < b.size()) std::swap(a, b);
    double cutoff_m2 = SquaredCutoffM2(cutoff);
    if (cutoff == kInf && IsWorthACutoff(a, b)) cutoff_m2 = AlignRoughly(a, b, FrechetCostM2(a, b));
    const AlignmentTable table = LayOutTable(a, b, Third::kNothing, work);
    return std::sqrt(kernels_.discrete_frechet_m2(table, cutoff_m2, work));
  }

  const Kernels& kernels_ = BestKernels();
};

}  // namespace

std::unique_ptr<Measure> MakeDiscreteFrechet(const MeasureParams&) {
  return std::make_unique<DiscreteFrechet>();
}

}  // namespace spoor
