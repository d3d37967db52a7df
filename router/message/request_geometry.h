#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "geo/box.h"
#include "geo/fix.h"
#include "geo/region.h"
#include "router/message/json_reader.h"

namespace spoor {

// Positions, times, boxes and areas of requests.  Everything that is wrong is reported to problems;
// what is returned then is of no use.

// [[lon, lat] or [lon, lat, t], ...]: at least one, all with times or none, times never going back.
std::vector<Fix> ReadCoords(const JsonValue& value, Problems& problems);

// Unix seconds or an RFC 3339 string, in milliseconds.
std::optional<int64_t> TimeFromSeconds(double seconds);
std::optional<int64_t> TimeFromText(absl::string_view text);  // either of both

// [from, to], each a number or a string.
std::optional<std::pair<int64_t, int64_t>> ReadTimeSpan(const JsonValue& value, Problems& problems);

// West, south, east, north in degrees; west > east crosses the antimeridian.
inline constexpr absl::string_view kBoxAllowed =
    "[west, south, east, north] in degrees, west and east -180 … 180, -90 <= south <= north <= 90; "
    "west > east crosses the antimeridian";
std::optional<Box> BoxFromDegrees(const std::array<double, 4>& wsen);
std::optional<Box> ReadBox(const JsonValue& value, Problems& problems);

// A GeoJSON Polygon or MultiPolygon.  An edge leads the way that its longitudes say, so that none
// may step by more than 180 degrees: it could as well be meant to cross the antimeridian, where
// GeoJSON has areas cut (RFC 7946, 3.1.9).
std::shared_ptr<const Region> ReadRegion(const JsonValue& value, Problems& problems);

}  // namespace spoor
