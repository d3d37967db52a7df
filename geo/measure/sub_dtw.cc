#include <algorithm>
#include <limits>
#include <numeric>

#include "geo/measure/best_part.h"
#include "geo/measure/measure.h"
#include "geo/measure/rough_alignment.h"
#include "geo/measure/tables.h"

namespace spoor {
namespace {

// The least dynamic time warping distance of a, the query, to a part of b: to consecutive fixes of
// it, one at least (Sakurai, Faloutsos, Yamamuro 2007).  Metres.  Of parts equally near, PartOf
// names the one that ends first and, of these, the shortest.
class SubDtw final : public Measure {
 public:
  double UpperBound(PlaneView a, PlaneView b, MeasureWork&) const override {
    return AlignGreedily(a, b, NearestToFirst(a, b), true, WarpingCostM(a, b));
  }

  // Each fix of the query is in a pair of its own.
  double LowerBound(const EnvelopeDistances& e) const override {
    return BelowRounding(std::accumulate(e.to_box_m.begin(), e.to_box_m.end(), 0.0));
  }

  bool seeks_part() const override { return true; }

  std::pair<uint32_t, uint32_t> PartOf(PlaneView a, PlaneView b, MeasureWork& work) const override {
    const double least_m = Distance(a, b, std::numeric_limits<double>::infinity(), work);
    return FirstEndingPart(
        a, b, {least_m, work},
        [](PlanePoint p, PlanePoint q, double before) { return DistanceM(p, q) + before; },
        [](double c, double d) { return c == d; });
  }

  bool is_symmetric() const override { return false; }
  bool is_metric() const override { return false; }

 private:
  double Compute(PlaneView a, PlaneView b, double cutoff, MeasureWork& work) const override {
    return kernels_.sub_dtw_m(LayOutTable(a, b, Third::kNothing, work), cutoff, work);
  }

  const Kernels& kernels_ = BestKernels();
};

}  // namespace

std::unique_ptr<Measure> MakeSubDtw(const MeasureParams&) { return std::make_unique<SubDtw>(); }

}  // namespace spoor
