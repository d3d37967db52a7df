#include "geo/trips/open_trip.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

namespace spoor {
namespace {

bool IsEarlier(const Fix& fix, int64_t time_ms) { return fix.time_ms < time_ms; }

auto Place(const Fix& fix) { return std::tuple(fix.lat_e7, fix.lon_e7); }

}  // namespace

OpenTrip::OpenTrip(const LiveRules& rules, OpenState state, TripCutter::Sink sink)
    : rules_(rules), cutter_(rules.trips, std::move(sink)), settled_ms_(state.settled_ms) {
  if (state.fixes.empty()) return;
  newest_ = state.fixes.back();
  const auto waiting = std::find_if(state.fixes.begin(), state.fixes.end(),
                                    [this](const Fix& fix) { return fix.time_ms > settled_ms_; });
  waiting_.assign(waiting, state.fixes.end());
  state.fixes.erase(waiting, state.fixes.end());
  restored_ = state.fixes;
  if (state.phase == OpenPhase::kEnded) return;
  cutter_.Restore({.resting = state.phase == OpenPhase::kResting, .fixes = std::move(state.fixes)});
}

int64_t OpenTrip::late_before_ms() const {
  if (!newest_.has_time()) return kNoTime;
  const int64_t by_lateness = newest_.time_ms - rules_.lateness_ms;
  return settled_ms_ == kNoTime ? by_lateness : std::max(by_lateness, settled_ms_ + 1);
}

bool OpenTrip::HasSettled(const Fix& fix) const {
  const auto at = std::lower_bound(restored_.begin(), restored_.end(), fix.time_ms, &IsEarlier);
  return at != restored_.end() && *at == fix;
}

FixTaken OpenTrip::Add(const Fix& fix) {
  if (!waiting_.empty() && fix.time_ms > waiting_.back().time_ms) {
    waiting_.push_back(fix);
  } else {
    const auto at = std::lower_bound(waiting_.begin(), waiting_.end(), fix.time_ms, &IsEarlier);
    if (at != waiting_.end() && at->time_ms == fix.time_ms) {
      if (*at == fix) return FixTaken::kRepeated;
      if (fix.time_ms < late_before_ms()) return FixTaken::kLate;
      if (Place(fix) < Place(*at)) *at = fix;
      if (newest_.time_ms == fix.time_ms) newest_ = *at;
      return FixTaken::kRepeated;
    }
    if (fix.time_ms < late_before_ms())
      return HasSettled(fix) ? FixTaken::kRepeated : FixTaken::kLate;
    waiting_.insert(at, fix);
  }
  if (!newest_.has_time() || fix.time_ms > newest_.time_ms) newest_ = fix;
  if (waiting_.size() <= rules_.trips.max_fixes) return FixTaken::kAccepted;
  Settle();
  if (waiting_.size() > rules_.trips.max_fixes) SettleFirst(1);
  return FixTaken::kAccepted;
}

void OpenTrip::SettleFirst(size_t count) {
  if (count == 0) return;
  for (size_t i = 0; i < count; ++i) cutter_.Add(waiting_[i]);
  settled_ms_ = waiting_[count - 1].time_ms;
  waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<int64_t>(count));
}

void OpenTrip::Settle() {
  if (waiting_.empty()) return;
  const auto end = std::lower_bound(waiting_.begin(), waiting_.end(),
                                    newest_.time_ms - rules_.lateness_ms, &IsEarlier);
  SettleFirst(static_cast<size_t>(end - waiting_.begin()));
  // Nothing comes before that any more, so that nobody has to wait for what does.
  if (cutter_.IsSilentUntil(std::min(late_before_ms(), waiting_.front().time_ms))) cutter_.End();
}

void OpenTrip::End() {
  SettleFirst(waiting_.size());
  cutter_.End();
}

OpenState OpenTrip::state() const {
  TripCutter::Tail tail = cutter_.tail();
  OpenState state{.phase = tail.resting ? OpenPhase::kResting : OpenPhase::kMoving,
                  .settled_ms = settled_ms_,
                  .fixes = std::move(tail.fixes)};
  state.fixes.insert(state.fixes.end(), waiting_.begin(), waiting_.end());
  if (!state.fixes.empty()) return state;
  state.phase = OpenPhase::kEnded;
  state.fixes = {newest_};
  return state;
}

uint64_t OpenTrip::held() const {
  const TripCutter::Tail tail = cutter_.tail();
  return tail.fixes.size() - (tail.resting ? 1 : 0) + waiting_.size();
}

std::string TimeText(int64_t time_ms) {
  return absl::FormatTime("%E4Y-%m-%dT%H:%M:%E*SZ", absl::FromUnixMillis(time_ms),
                          absl::UTCTimeZone());
}

std::string TripName(absl::string_view object, int64_t first_ms) {
  return absl::StrCat(object, "/", TimeText(first_ms));
}

std::string OpenTripName(absl::string_view object) { return absl::StrCat(object, "/open"); }

}  // namespace spoor
