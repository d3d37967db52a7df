#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "engine/format/json_cursor.h"
#include "engine/format/record.h"

namespace spoor {

// The parts of a record that all formats write in JSON.  Each function reads the value at the
// cursor and puts it into the draft; when the value is not allowed it notes so under its field and
// passes over the value; when the text is not JSON it leaves the cursor broken.

// Whether a number may stand for a text: GeoJSON's ids may be numbers.  null is taken for "not
// said".
enum class NameKind { kString, kStringNumberOrNull };

// A scalar as a tag of this name: numbers and words as they are written.
void AddTag(absl::string_view name, absl::string_view value, absl::string_view field,
            RecordDraft& draft);

// An id or an object.  Leaves `out` as it is when there is none or it is not allowed.
void ReadName(JsonCursor& in, absl::string_view field, NameKind kind, RecordDraft& draft,
              std::string& out);

// {"mode": "taxi", …}
void ReadTags(JsonCursor& in, absl::string_view field, RecordDraft& draft);
// Of a text that is such an object and no more.
void ReadTagsText(absl::string_view text, absl::string_view field, RecordDraft& draft);

// What the numbers of a position behind lon and lat are.
enum class ThirdNumber {
  kTime,          // one, a time, or none in all positions
  kAltitudeTime,  // an altitude, which is ignored, and then a time; or only the first, or none
  kIgnored,       // any number of them, of any meaning
};

// [[lon, lat, …], …], behind the fixes that the draft has.
void ReadCoords(JsonCursor& in, absl::string_view field, ThirdNumber third, RecordDraft& draft);

// [time, …], or [[time, …], …] as lines are cut, one for each fix that the draft has: numbers or
// texts in the form that the draft's options name.
void ReadTimes(JsonCursor& in, absl::string_view field, RecordDraft& draft);

}  // namespace spoor
