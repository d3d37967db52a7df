#include <algorithm>

#include "geo/measure/measure.h"
#include "geo/measure/rough_alignment.h"
#include "geo/measure/tables.h"

namespace spoor {
namespace {

constexpr PlanePoint kGap{};

// Edit distance with real penalty (Chen, Ng 2004): the least sum that makes one line of the other,
// where to pair two fixes costs their distance and to leave one out its distance to the gap point.
// Metres.  The gap point is the origin of the plane, which a search puts into its query: so it is a
// metric among lines on one plane, and the same pair differs from plane to plane.
class Erp final : public Measure {
 public:
  double UpperBound(PlaneView a, PlaneView b, MeasureWork&) const override {
    return AlignRoughly(a, b, [&](double before, Move move, size_t i, size_t j) {
      if (move == Move::kBoth) return before + DistanceM(a[i], b[j]);
      return before + DistanceM(move == Move::kA ? a[i] : b[j], kGap);
    });
  }

  // Each fix of the query is paired with one in the box, or left out.
  double LowerBound(const EnvelopeDistances& e) const override {
    double sum_m = 0;
    for (size_t i = 0; i < e.query.size(); ++i) {
      sum_m += std::min(e.to_box_m[i], DistanceM(e.query[i], kGap));
    }
    return BelowRounding(sum_m);
  }

  bool is_symmetric() const override { return true; }
  bool is_metric() const override { return true; }

 private:
  double Compute(PlaneView a, PlaneView b, double cutoff, MeasureWork& work) const override {
    if (a.size() < b.size()) std::swap(a, b);
    return kernels_.erp_m(LayOutTable(a, b, Third::kToOriginM, work), cutoff, work);
  }

  const Kernels& kernels_ = BestKernels();
};

}  // namespace

std::unique_ptr<Measure> MakeErp(const MeasureParams&) { return std::make_unique<Erp>(); }

}  // namespace spoor
