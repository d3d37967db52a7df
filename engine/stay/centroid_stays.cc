#include <memory>
#include <utility>

#include "engine/stay/make_stays.h"

namespace spoor {
namespace {

// A fix belongs to the stay while it is near the centroid of what came before it, each fix weighted
// by the time until the next one; and the stay lasts until the first fix outside.  So a parked car
// whose receiver sleeps is a stay of one fix.
class CentroidStays final : public StayFinder {
 public:
  using StayFinder::StayFinder;

 private:
  bool Extends(const PlanePoint& place, double after_s) override {
    return SquareM2(place, Centroid(after_s)) <= rules().distance_m * rules().distance_m;
  }
  bool Lasted(std::optional<int64_t> left_ms) const override {
    const int64_t until_ms = left_ms.value_or(run().last.time_ms);
    return static_cast<double>(until_ms - run().first.time_ms) >= rules().duration_s * 1000;
  }
};

}  // namespace

std::unique_ptr<StayFinder> MakeCentroidStays(const StayRules& rules, StaySink sink) {
  return std::make_unique<CentroidStays>(rules, std::move(sink));
}

}  // namespace spoor
