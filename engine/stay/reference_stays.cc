#include <memory>
#include <utility>

#include "engine/stay/make_stays.h"

namespace spoor {
namespace {

// A baseline (Ye, Zheng, Chen, Feng, Xie 2009): fixes that are near the first one of the stay.
class ReferenceStays final : public StayFinder {
 public:
  using StayFinder::StayFinder;

 private:
  bool Extends(const PlanePoint& place, double /*after_s*/) override {
    return SquareM2(place, {}) <= rules().distance_m * rules().distance_m;
  }
  bool Lasted(std::optional<int64_t> /*left_ms*/) const override { return LastedByItsFixes(); }
};

}  // namespace

std::unique_ptr<StayFinder> MakeReferenceStays(const StayRules& rules, StaySink sink) {
  return std::make_unique<ReferenceStays>(rules, std::move(sink));
}

}  // namespace spoor
