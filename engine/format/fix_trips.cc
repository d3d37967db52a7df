#include "engine/format/fix_trips.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

namespace spoor {
namespace {

constexpr size_t kOpenBytes = 512;  // beside its fixes, about

std::string TripId(absl::string_view object, const Fix& first) {
  if (!first.has_time()) return std::string(object);
  return absl::StrCat(object, "/",
                      absl::FormatTime("%Y-%m-%dT%H:%M:%E*SZ", absl::FromUnixMillis(first.time_ms),
                                       absl::UTCTimeZone()));
}

}  // namespace

void FixTrips::Reject(uint64_t line, absl::string_view object, FieldError error,
                      const RecordSink& sink) {
  ++fixes_;
  ParsedRecord record = RejectedRecord(line, std::move(error));
  if (IsValidName(object)) record.id = std::string(object);
  sink(std::move(record));
}

FixTrips::Open& FixTrips::TripOf(const FeedFix& fix) {
  const auto [known, is_new] = open_.try_emplace(fix.object, trips_.end());
  if (!is_new) {
    trips_.splice(trips_.end(), trips_, known->second);
    return trips_.back();
  }
  Open& open = trips_.emplace_back(options_, fix.line);
  known->second = std::prev(trips_.end());
  open.draft.trip.object = std::string(fix.object);
  return open;
}

void FixTrips::Add(const FeedFix& fix, const RecordSink& sink) {
  if (!IsValidName(fix.object)) {
    return Reject(fix.line, "",
                  {.field = std::string(names_.object),
                   .value = Shown(fix.object),
                   .allowed = std::string(kNameAllowed)},
                  sink);
  }
  Open* open = &TripOf(fix);
  const std::vector<Fix>& fixes = open->draft.trip.fixes;
  if (!fixes.empty() && !options_.clean) {
    const bool goes_back = fix.fix.time_ms < fixes.back().time_ms;
    if (goes_back || fix.fix.has_time() != fixes.back().has_time()) {
      return Reject(fix.line, fix.object,
                    {.field = std::string(names_.time),
                     .value = fix.fix.has_time() ? ShownSeconds(fix.fix.time_ms) : "",
                     .allowed = fixes.back().has_time()
                                    ? absl::StrCat("at least ", ShownSeconds(fixes.back().time_ms),
                                                   ", the time of the fix before; clean sorts")
                                    : "no time, as the fix before has none"},
                    sink);
    }
  }
  ++fixes_;
  if (fixes.size() == options_.max_fixes) {
    End(std::prev(trips_.end()), sink);
    open = &TripOf(fix);
  }
  open->draft.trip.fixes.push_back(fix.fix);
  MakeRoom(*open, sink);
}

void FixTrips::End(Trips::iterator trip, const RecordSink& sink) {
  Trajectory& t = trip->draft.trip;
  const std::string object = t.object, id = TripId(object, t.fixes[0]);
  if (IsValidName(id)) {
    t.id = TrajectoryId(id);
  } else {
    trip->draft.Reject(std::string(names_.object), object, "a name that leaves room for a time");
  }
  bytes_ -= trip->counted_bytes;
  ParsedRecord record = trip->draft.Finish({.id = names_.object, .fixes = names_.fix});
  open_.erase(object);
  trips_.erase(trip);
  sink(std::move(record));
}

void FixTrips::MakeRoom(Open& grown, const RecordSink& sink) {
  const size_t bytes = kOpenBytes + grown.draft.trip.fixes.capacity() * sizeof(Fix);
  bytes_ += bytes - grown.counted_bytes;
  grown.counted_bytes = bytes;
  if (bytes_ <= options_.max_held_bytes) return;
  // Half of them at once, so that the room lasts for a while; the one that grows, last.
  while (!trips_.empty() && bytes_ > options_.max_held_bytes / 2) End(trips_.begin(), sink);
}

void FixTrips::Finish(const RecordSink& sink) {
  while (!trips_.empty()) End(trips_.begin(), sink);
}

}  // namespace spoor
