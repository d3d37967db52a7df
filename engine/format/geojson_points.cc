#include "engine/format/geojson_points.h"

#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "engine/format/coordinate_hint.h"
#include "engine/format/geojson_feature.h"
#include "engine/format/json_record.h"

namespace spoor {
namespace {

constexpr absl::string_view kTimeNames[] = {"time", "timestamp", "datetime", "date_time"};
constexpr absl::string_view kObjectNames[] = {
    "object", "user", "user_id", "uid", "vehicle", "vehicle_id", "device_id", "mmsi", "track_id"};

// Views into the feature.
struct TimedPoint {
  absl::string_view coordinates, time, object;
  std::string time_name, object_name;
};

// The first member of one of these names that is a number or a text.
absl::string_view FindScalar(const JsonMembers& members, absl::Span<const absl::string_view> names,
                             std::string& found) {
  for (const absl::string_view name : names) {
    for (const auto& [key, value] : members) {
      const char c = value.empty() ? '\0' : value[0];
      const bool scalar = c == '"' || c == '-' || (c >= '0' && c <= '9');
      if (!scalar || !absl::EqualsIgnoreCase(key, name)) continue;
      found = key;
      return value;
    }
  }
  return {};
}

bool FindTimedPoint(absl::string_view feature, const ReadOptions& options, TimedPoint& out) {
  if (!absl::StrContains(feature, "\"Point\"")) return false;  // most are not looked at any further
  RecordDraft ignored(options, 1);
  JsonMembers members, geometry, properties;
  if (!ReadMembers(feature, "", "", ignored, members) ||
      !ReadMembers(FindMember(members, "geometry"), "", "", ignored, geometry) ||
      !ReadMembers(FindMember(members, "properties"), "", "", ignored, properties) ||
      FindMember(geometry, "type") != "\"Point\"") {
    return false;
  }
  out.coordinates = FindMember(geometry, "coordinates");
  out.time = FindScalar(properties, kTimeNames, out.time_name);
  out.object = FindScalar(properties, kObjectNames, out.object_name);
  return !out.time.empty() && !out.object.empty();
}

FieldError PropertyError(absl::string_view name, absl::string_view value, std::string allowed) {
  return {.field = absl::StrCat("/properties", PointerStep(name)),
          .value = Shown(value),
          .allowed = std::move(allowed)};
}

}  // namespace

bool IsTimedPoint(absl::string_view feature, const ReadOptions& options) {
  TimedPoint point;
  return FindTimedPoint(feature, options, point);
}

void AddTimedPoint(absl::string_view feature, uint64_t line, const ReadOptions& options,
                   FixTrips& trips, const RecordSink& sink) {
  TimedPoint point;
  FindTimedPoint(feature, options, point);
  RecordDraft draft(options, line);
  std::string object;
  JsonCursor object_in(point.object);
  ReadName(object_in, "", NameKind::kStringNumberOrNull, draft, object);
  if (object.empty()) {
    return trips.Reject(
        line, "", PropertyError(point.object_name, point.object, std::string(kNameAllowed)), sink);
  }
  const std::string list = absl::StrCat("[", point.coordinates, "]");
  JsonCursor in(list);
  ReadCoords(in, "/geometry/coordinates", ThirdNumber::kIgnored, draft);
  if (!in.AtEnd()) draft.Reject("/geometry/coordinates", point.coordinates, "[lon, lat, …]");
  const bool no_place = draft.rejected() || draft.trip.fixes.size() != 1 ||
                        RecordDraft::IsOutOfRange(draft.trip.fixes[0]);
  if (no_place) {
    draft.Reject("/geometry/coordinates", point.coordinates, "[-180 … 180, -90 … 90]");
    return trips.Reject(line, object, draft.Finish(kFeatureFields).error, sink);
  }
  int64_t time_ms = kOutOfRange;
  const std::string times = absl::StrCat("[", point.time, "]");
  JsonCursor times_in(times);
  ReadTimes(times_in, "", draft);
  if (!draft.rejected() && !RecordDraft::IsOutOfRange(draft.trip.fixes[0])) {
    time_ms = draft.trip.fixes[0].time_ms;
  }
  if (time_ms == kOutOfRange) {
    return trips.Reject(
        line, object,
        PropertyError(point.time_name, point.time,
                      absl::StrCat(kTimeTextAllowed, TimeUnitHint(point.time, options))),
        sink);
  }
  trips.Add({.object = object, .fix = draft.trip.fixes[0], .line = line}, sink);
}

}  // namespace spoor
