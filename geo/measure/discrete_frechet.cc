#include <algorithm>
#include <cmath>

#include "geo/measure/alignment.h"
#include "geo/measure/measure.h"
#include "geo/measure/outline_bounds.h"

namespace spoor {
namespace {

double SquareM2(PlanePoint a, PlanePoint b) {
  const double dx_m = a.x_m - b.x_m, dy_m = a.y_m - b.y_m;
  return dx_m * dx_m + dy_m * dy_m;
}

// Discrete Frechet distance: the longest distance along the best alignment (Eiter, Mannila 1994).
// Computed on squares, which have the same order, with one root at the end.
class DiscreteFrechet final : public Measure {
 public:
  double LowerBound(const EnvelopeDistances& e) const override {
    return std::max({*std::ranges::max_element(e.to_box_m), e.start_m, e.end_m});
  }

  double BoundOfOutline(const OutlineDistances& o) const override {
    return std::max({LongestOnBestWay(o, o.from_points), o.start_m, o.end_m});
  }

  bool pairs_ends() const override { return true; }
  bool is_symmetric() const override { return true; }
  bool is_metric() const override { return true; }

 private:
  double Compute(PlaneView a, PlaneView b, double cutoff, MeasureWork& work) const override {
    work.cells += a.size() * b.size();
    // Every alignment holds both end pairs.
    const double ends_m2 = std::max(SquareM2(a.front(), b.front()), SquareM2(a.back(), b.back()));
    if (const double ends_m = std::sqrt(ends_m2); ends_m > cutoff) return ends_m;
    // Raised, so that the root of what exceeds it exceeds the cutoff after all rounding.
    const double cutoff_m2 = cutoff * cutoff * (1 + 1e-15);
    return std::sqrt(
        Align(a, b, cutoff_m2, Unreachable, [](PlanePoint p, PlanePoint q, const Neighbours& n) {
          return std::max(SquareM2(p, q), n.Min());
        }));
  }
};

}  // namespace

std::unique_ptr<Measure> MakeDiscreteFrechet(const MeasureParams&) {
  return std::make_unique<DiscreteFrechet>();
}

}  // namespace spoor
