#include "engine/stay/stay_finder.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <numbers>
#include <utility>

namespace spoor {
namespace {

constexpr double kMetresPerUnit = kEarthRadiusM * std::numbers::pi / 180 / kUnitsPerDegree;

}  // namespace

StayFinder::StayFinder(const StayRules& rules, StaySink sink)
    : rules_(rules), sink_(std::move(sink)) {}

void StayFinder::Add(const Fix& fix) {
  assert(fix.has_time());
  to_come_.push_back({fix, added_++});
  Drain();
}

void StayFinder::Finish() {
  while (run_.count > 0) {
    End(std::nullopt, /*open=*/true);
    Drain();
  }
}

void StayFinder::Drain() {
  while (!to_come_.empty()) {
    const Numbered next = to_come_.front();
    to_come_.pop_front();
    Step(next);
  }
}

void StayFinder::Step(const Numbered& next) {
  if (run_.count == 0) return Begin(next);
  const int64_t after_ms = next.fix.time_ms - run_.last.time_ms;
  const double after_s = static_cast<double>(after_ms) / 1000;
  if (rules_.max_gap_s && after_s > *rules_.max_gap_s) {
    to_come_.push_front(next);
    return End(std::nullopt, /*open=*/false);
  }
  run_.longest_gap_ms = std::max(run_.longest_gap_ms, after_ms);
  const PlanePoint place = PlaceOf(next.fix);
  if (Extends(place, after_s)) return Take(next, place);
  to_come_.push_front(next);
  End(next.fix.time_ms, /*open=*/false);
}

void StayFinder::Begin(const Numbered& first) {
  run_ = {.first = first.fix,
          .last = first.fix,
          .first_index = first.index,
          .count = 1,
          .cos_lat = std::cos(first.fix.lat_deg() * std::numbers::pi / 180)};
  if (rules_.restart == StayRules::Restart::kSlide) held_.push_back(first);
  Joined({}, /*begins=*/true);
}

void StayFinder::Take(const Numbered& next, const PlanePoint& place) {
  const double weight_s = static_cast<double>(next.fix.time_ms - run_.last.time_ms) / 1000;
  run_.weight_s += weight_s;
  run_.weighted_x += weight_s * run_.last_place.x_m;
  run_.weighted_y += weight_s * run_.last_place.y_m;
  run_.sum_x += place.x_m;
  run_.sum_y += place.y_m;
  run_.last = next.fix;
  run_.last_place = place;
  ++run_.count;
  if (rules_.restart == StayRules::Restart::kSlide) held_.push_back(next);
  Joined(place, /*begins=*/false);
}

PlanePoint StayFinder::PlaceOf(const Fix& fix) const {
  return {.x_m = LonDeltaE7(run_.first.lon_e7, fix.lon_e7) * kMetresPerUnit * run_.cos_lat,
          .y_m = (fix.lat_e7 - run_.first.lat_e7) * kMetresPerUnit};
}

PlanePoint StayFinder::Centroid(double last_weight_s) const {
  const double weight_s = run_.weight_s + last_weight_s;
  if (weight_s <= 0) {
    const auto count = static_cast<double>(run_.count);
    return {.x_m = run_.sum_x / count, .y_m = run_.sum_y / count};
  }
  return {.x_m = (run_.weighted_x + last_weight_s * run_.last_place.x_m) / weight_s,
          .y_m = (run_.weighted_y + last_weight_s * run_.last_place.y_m) / weight_s};
}

bool StayFinder::LastedByItsFixes() const {
  return run_.count > 1 &&
         static_cast<double>(run_.last.time_ms - run_.first.time_ms) >= rules_.duration_s * 1000;
}

void StayFinder::End(std::optional<int64_t> left_ms, bool open) {
  if (Lasted(left_ms)) {
    Tell(left_ms, open);
  } else if (!held_.empty()) {
    to_come_.insert(to_come_.begin(), held_.begin() + 1, held_.end());
  }
  held_.clear();
  run_.count = 0;
}

void StayFinder::Tell(std::optional<int64_t> left_ms, bool open) const {
  const int64_t depart_ms = left_ms.value_or(run_.last.time_ms);
  const PlanePoint c = Centroid(static_cast<double>(depart_ms - run_.last.time_ms) / 1000);
  const double lat_e7 = run_.first.lat_e7 + c.y_m / kMetresPerUnit;
  const double east_e7 = run_.cos_lat <= 0 ? 0 : c.x_m / (kMetresPerUnit * run_.cos_lat);
  int64_t lon_e7 = run_.first.lon_e7 + std::llround(east_e7);
  if (lon_e7 > kMaxLonE7) lon_e7 -= kTurnE7;
  if (lon_e7 < -kMaxLonE7) lon_e7 += kTurnE7;
  sink_({.first = run_.first_index,
         .last = run_.first_index + run_.count - 1,
         .arrive_ms = run_.first.time_ms,
         .last_ms = run_.last.time_ms,
         .depart_ms = depart_ms,
         .open = open,
         .gap_s = static_cast<double>(run_.longest_gap_ms) / 1000,
         .centroid = {static_cast<int32_t>(std::llround(lat_e7)), static_cast<int32_t>(lon_e7)}});
}

}  // namespace spoor
