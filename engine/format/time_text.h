#pragma once

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "engine/format/decimal.h"
#include "geo/enum_names.h"

namespace spoor {

inline constexpr absl::string_view kTimeTextAllowed =
    "Unix seconds, or RFC 3339 such as 2024-05-01T12:00:00Z, years 0000 … 9999";

// In which unit numbers count time since 1970.
enum class TimeUnit { kSeconds, kMilliseconds, kMicroseconds, kNanoseconds };
inline constexpr absl::string_view kTimeUnits[] = {"s", "ms", "us", "ns"};
static_assert(AreNamesOf<TimeUnit>(kTimeUnits, {{TimeUnit::kSeconds, "s"},
                                                {TimeUnit::kMilliseconds, "ms"},
                                                {TimeUnit::kMicroseconds, "us"},
                                                {TimeUnit::kNanoseconds, "ns"}}));
const Axis& AxisOf(TimeUnit unit);

// How a source writes times.
struct TimeForm {
  TimeUnit unit = TimeUnit::kSeconds;
  std::string format;  // of texts, as absl::ParseTime has it: "%d/%m/%Y %H:%M"; "" is RFC 3339
  absl::TimeZone zone = absl::UTCTimeZone();  // of a text that names none
};

// Milliseconds of a time in RFC 3339 ("2024-05-01T12:00:00.25+02:00"), rounded to the nearest, or
// kOutOfRange (decimal.h) when it is none or falls outside years 0000 to 9999.  As databases write
// it, a space may stand for the T, and +02 or +0200 for +02:00.  A time without an offset is of
// form.zone, which is UTC unless somebody says otherwise.  A leap second is the second after it.
// With a form.format the text has to look like that instead.
int64_t ParseTimeText(absl::string_view text, const TimeForm& form = {});

// Milliseconds since 1970 of what a clock on the wall of the zone shows, itself counted as if it
// were in UTC.
int64_t FromWallClock(int64_t wall_ms, absl::TimeZone zone);

}  // namespace spoor
