#include <algorithm>
#include <memory>
#include <utility>

#include "engine/stay/make_stays.h"

namespace spoor {
namespace {

// A baseline (Hariharan, Toyama 2004): fixes of which no two are farther apart than the distance.
class DiameterStays final : public StayFinder {
 public:
  using StayFinder::StayFinder;

 private:
  bool Extends(const PlanePoint& place, double /*after_s*/) override {
    const double most_m2 = rules().distance_m * rules().distance_m;
    const PlanePoint corner{.x_m = std::max(place.x_m - least_.x_m, most_.x_m - place.x_m),
                            .y_m = std::max(place.y_m - least_.y_m, most_.y_m - place.y_m)};
    if (SquareM2(corner, {}) <= most_m2) return true;  // near all of the box that holds them
    return std::all_of(places_.begin(), places_.end(),
                       [&](const PlanePoint& p) { return SquareM2(p, place) <= most_m2; });
  }
  void Joined(const PlanePoint& place, bool begins) override {
    if (begins) {
      places_.clear();
      least_ = most_ = place;
    }
    places_.push_back(place);
    least_ = {.x_m = std::min(least_.x_m, place.x_m), .y_m = std::min(least_.y_m, place.y_m)};
    most_ = {.x_m = std::max(most_.x_m, place.x_m), .y_m = std::max(most_.y_m, place.y_m)};
  }
  bool Lasted(std::optional<int64_t> /*left_ms*/) const override { return LastedByItsFixes(); }

  std::vector<PlanePoint> places_;
  PlanePoint least_, most_;
};

}  // namespace

std::unique_ptr<StayFinder> MakeDiameterStays(const StayRules& rules, StaySink sink) {
  return std::make_unique<DiameterStays>(rules, std::move(sink));
}

}  // namespace spoor
