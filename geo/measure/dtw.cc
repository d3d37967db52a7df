#include <algorithm>

#include "geo/measure/measure.h"
#include "geo/measure/outline_bounds.h"
#include "geo/measure/rough_alignment.h"
#include "geo/measure/tables.h"

namespace spoor {
namespace {

// Dynamic time warping: the sum of the distances along the best alignment (Vintsyuk 1968).  Metres.
class Dtw final : public Measure {
 public:
  double UpperBound(PlaneView a, PlaneView b, MeasureWork&) const override {
    return AlignRoughly(a, b, WarpingCostM(a, b));
  }

  // Each point of the query is in a pair of its own, the first one in the pair of both first
  // points, the last one in that of both last.
  double LowerBound(const EnvelopeDistances& e) const override {
    const double first_m = std::max(e.to_box_m.front(), e.start_m);
    const double last_m = std::max(e.to_box_m.back(), e.end_m);
    if (e.to_box_m.size() == 1) return std::max(first_m, last_m);  // perhaps one pair for all
    double sum_m = first_m;
    for (size_t i = 1; i + 1 < e.to_box_m.size(); ++i) sum_m += e.to_box_m[i];
    return BelowRounding(sum_m + last_m);
  }

  double BoundOfOutline(const OutlineDistances& o) const override {
    const double of_runs_m = BelowRounding(LeastSumOfRuns(o, o.from_points));
    if (of_runs_m > o.cutoff) return of_runs_m;
    const double of_parts_m = BelowRounding(o.points * LeastMeanOfParts(o, o.from_points));
    return std::max({of_runs_m, of_parts_m, o.start_m, o.end_m});
  }

  bool pairs_ends() const override { return true; }

  // Each fix is in a pair.
  double BoundOfFarFix(double gap_m) const override { return gap_m; }

  bool is_symmetric() const override { return true; }
  bool is_metric() const override { return false; }

 private:
  double Compute(PlaneView a, PlaneView b, double cutoff, MeasureWork& work) const override {
    if (a.size() < b.size()) std::swap(a, b);
    if (cutoff == kInf && IsWorthACutoff(a, b)) cutoff = AlignRoughly(a, b, WarpingCostM(a, b));
    return kernels_.dtw_m(LayOutTable(a, b, Third::kNothing, work), cutoff, work);
  }

  const Kernels& kernels_ = BestKernels();
};

}  // namespace

std::unique_ptr<Measure> MakeDtw(const MeasureParams&) { return std::make_unique<Dtw>(); }

}  // namespace spoor
