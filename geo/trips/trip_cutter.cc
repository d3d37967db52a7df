#include "geo/trips/trip_cutter.h"

#include <utility>

#include "geo/local_plane.h"

namespace spoor {

TripCounts& TripCounts::operator+=(const TripCounts& other) {
  trips += other.trips;
  fixes += other.fixes;
  resting += other.resting;
  too_short += other.too_short;
  same_time += other.same_time;
  out_of_order += other.out_of_order;
  return *this;
}

void TripCutter::Add(const Fix& fix) {
  if (fix.time_ms <= last_ms_) {
    ++(fix.time_ms == last_ms_ ? counts_.same_time : counts_.out_of_order);
    return;
  }
  if (IsSilentUntil(fix.time_ms) || open_.size() >= rules_.max_fixes) End();
  last_ms_ = fix.time_ms;
  resting_ ? Rest(fix) : Begin(fix);
}

// Or goes on with the trip.
void TripCutter::Begin(const Fix& fix) {
  open_.push_back(fix);
  if (rules_.dwell_ms == 0) return;
  if (HaversineM(open_[anchor_], fix) > rules_.dwell_m) anchor_ = open_.size() - 1;
  if (fix.time_ms - open_[anchor_].time_ms >= rules_.dwell_ms) Arrive(fix);
}

void TripCutter::Arrive(const Fix& now) {
  size_t end = anchor_;
  while (HaversineM(open_[end], now) > rules_.dwell_m / 4) ++end;  // at the latest it is `now`
  const size_t behind = open_.size() - end - 1;
  resting_ = Resting{.there = open_[end], .last = {}};
  if (behind > 0) {
    resting_->last = now;
    counts_.resting += behind - 1;
  }
  open_.resize(end + 1);
  if (end > 0) return GiveOut();
  ++counts_.resting;  // it has been here since it was seen first
  open_.clear();
}

void TripCutter::Rest(const Fix& fix) {
  const bool stays = HaversineM(resting_->there, fix) <= rules_.dwell_m;
  const std::optional<Fix> last = resting_->last;
  if (stays) {
    counts_.resting += last ? 1 : 0;
    resting_->last = fix;
    return;
  }
  resting_.reset();
  if (last) Begin(*last);
  Begin(fix);
}

void TripCutter::End() {
  if (resting_) {
    counts_.resting += resting_->last ? 1 : 0;
  } else if (!open_.empty()) {
    GiveOut();
  }
  resting_.reset();
  open_.clear();
  anchor_ = 0;
}

TripCutter::Tail TripCutter::tail() const {
  if (!resting_) return {.resting = false, .fixes = open_};
  Tail tail{.resting = true, .fixes = {resting_->there}};
  if (resting_->last) tail.fixes.push_back(*resting_->last);
  return tail;
}

void TripCutter::Restore(Tail tail) {
  if (tail.fixes.empty()) return;
  last_ms_ = tail.fixes.back().time_ms;
  if (tail.resting) {
    resting_ = Resting{.there = tail.fixes[0], .last = {}};
    if (tail.fixes.size() > 1) resting_->last = tail.fixes[1];
    return;
  }
  open_ = std::move(tail.fixes);
  for (size_t i = 1; i < open_.size(); ++i) {
    if (HaversineM(open_[anchor_], open_[i]) > rules_.dwell_m) anchor_ = i;
  }
}

void TripCutter::GiveOut() {
  std::vector<Fix> trip = std::exchange(open_, {});
  anchor_ = 0;
  double length_m = 0;
  for (size_t i = 1; i < trip.size() && length_m < rules_.min_length_m; ++i) {
    length_m += HaversineM(trip[i - 1], trip[i]);
  }
  if (trip.size() < rules_.min_fixes || length_m < rules_.min_length_m) {
    counts_.too_short += trip.size();
    return;
  }
  ++counts_.trips;
  counts_.fixes += trip.size();
  sink_(std::move(trip));
}

}  // namespace spoor
