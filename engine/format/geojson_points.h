#pragma once

#include <cstdint>

#include "absl/strings/string_view.h"
#include "engine/format/fix_trips.h"

namespace spoor {

inline constexpr FixTrips::Names kPointFields{
    .object = "/properties/object", .fix = "/geometry/coordinates", .time = "/properties/time"};

// Whether a feature is a fix of a feed: a Point whose properties tell a time and who was there, by
// the names that programs give them, whatever their case: time, timestamp, datetime, date_time;
// object, user, user_id, uid, vehicle, vehicle_id, device_id, mmsi, track_id.  Any other Point is
// a trip of one fix.
bool IsTimedPoint(absl::string_view feature, const ReadOptions& options);

// Adds such a feature, or rejects it.  REQUIRES: IsTimedPoint(feature).
void AddTimedPoint(absl::string_view feature, uint64_t line, const ReadOptions& options,
                   FixTrips& trips, const RecordSink& sink);

}  // namespace spoor
