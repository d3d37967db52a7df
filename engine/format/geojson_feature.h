#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "engine/format/json_cursor.h"
#include "engine/format/record.h"

namespace spoor {

// The members of a JSON object, in the order of the text: (key, the bytes of the value).
using JsonMembers = std::vector<std::pair<std::string, absl::string_view>>;

// More than any table that was ever exported; a bound on what a record may cost.
inline constexpr size_t kMaxMembers = 10'000;

// Reads an object of at most kMaxMembers distinct keys.  False, and a note in the draft under
// field, when the text is not JSON (then the field is ""), not an object, or has a key twice or
// too many.
bool ReadMembers(absl::string_view text, absl::string_view field, absl::string_view allowed,
                 RecordDraft& draft, JsonMembers& out);
// The value of a key, or an empty text.
absl::string_view FindMember(const JsonMembers& members, absl::string_view key);

// One Feature (RFC 7946) as a record.
//
// Its geometry is a Point, a LineString, or a MultiLineString that is one line cut at 180 degrees,
// whose two positions at each cut belong to no fix.  The third number of a position is an altitude
// and is ignored.  Times are in one place, one for each position:
//
//   * the property coordTimes, times, datetimes or coordinateProperties.times
//   * temporalGeometry, a MovingPoint (OGC Moving Features), which also has the positions
//   * where there is none of these, the fourth numbers of the positions
//
// `id` is the Feature's, or else the property's; a number is taken as it is written.  The
// properties `object` and `tags` are those of a record.  Other properties are tags when they are
// scalars; one that holds an array or an object is refused, because it may hold the times under
// another name.  Other members of the Feature are ignored, and what is null counts as absent.
inline constexpr FieldNames kFeatureFields{.id = "/id", .fixes = "/geometry/coordinates"};
ParsedRecord ReadFeature(absl::string_view text, uint64_t line, const ReadOptions& options);

}  // namespace spoor
