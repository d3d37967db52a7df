#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "engine/format/reader.h"

namespace spoor {

// What a position that is none, as two numbers of a file, seems to be, for the end of a refusal:
// axes that are turned round ("; … lat and lon seem swapped …"), metres of a projection; empty when
// it looks like neither.  A position that is in range either way is taken at its word.
std::string CoordinateHint(absl::string_view lat, absl::string_view lon,
                           const ReadOptions& options);
// The same of a time that is out of range in the unit that the options say: a clock of
// milliseconds, microseconds or nanoseconds taken for seconds.
std::string TimeUnitHint(absl::string_view time, const ReadOptions& options);

}  // namespace spoor
