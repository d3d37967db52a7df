#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "geo/enum_names.h"
#include "geo/trajectory.h"
#include "geo/trips/open_trip.h"

namespace spoor {

// The open trip of an object as a record of its collection, which every read sees: its id is
// OBJECT/open, and its tags say how far it is cut:
//
//   "feed": "moving" | "resting" | "ended", "feed_settled": "2024-05-01T12:00:00Z"
inline constexpr absl::string_view kFeedTag = "feed", kFeedSettledTag = "feed_settled";

// Of those that have fixes, as a filter has them.
std::map<std::string, std::vector<std::string>> TagsOfOpenTrips();

Trajectory OpenRecord(absl::string_view object, OpenState state);
// Nothing where the record is none of these: somebody has stored it.
std::optional<OpenState> ReadOpenRecord(Trajectory record);

}  // namespace spoor
