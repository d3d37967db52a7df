#pragma once

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "engine/format/decimal.h"
#include "engine/format/reader.h"

namespace spoor {

// Numbers and times as cells of a table hold them.  They are wider than JSON's: "+1", ".5", "nan",
// and "47,1" where the options say that a comma is the point; but 0x2F is no number.

bool IsNumber(absl::string_view cell, const ReadOptions& options);
// In units of the axis, or kOutOfRange.
int64_t CellUnits(absl::string_view cell, const Axis& axis, const ReadOptions& options);
// Milliseconds, by the options' form of times, or kOutOfRange.
int64_t CellTime(absl::string_view cell, const ReadOptions& options);
// The same of "155.5329374 1200", days since the begin of one and milliseconds on top, by the
// clocks of the options' zone.
int64_t CellDays(absl::string_view cell, int64_t day0_ms, const ReadOptions& options);
// Whether the cell may well be a time, though nobody has said so: "3/1/2024 12:00", "12:00:05".
bool LooksLikeTime(absl::string_view cell);
// What CellTime takes, for people.
std::string CellTimeAllowed(const ReadOptions& options);

}  // namespace spoor
