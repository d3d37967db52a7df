#pragma once

#include <cstdint>

#include "absl/strings/string_view.h"

namespace spoor {

inline constexpr absl::string_view kTimeTextAllowed =
    "Unix seconds, or RFC 3339 such as 2024-05-01T12:00:00Z, years 0000 … 9999";

// What a time says without an offset from UTC.
enum class NoZone { kRefused, kUtc };

// Milliseconds of a time as in RFC 3339 ("2024-05-01T12:00:00.25+02:00"; a space may stand for the
// T), rounded to the nearest, or kOutOfRange (decimal.h) when it is none or falls outside years
// 0000 to 9999.  A leap second is the second after it.
int64_t ParseTimeText(absl::string_view text, NoZone no_zone);

}  // namespace spoor
