#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "geo/trajectory.h"

namespace spoor {

// Where somebody was between his fixes: on the line between them (straight in latitude and
// longitude, the short way round), as far along as the time has gone.
//
// REQUIRES of both: fixes is not empty and all have times.

// At a moment; nothing before the first fix and after the last.  At a time of several fixes: the
// first of them.
std::optional<Fix> FixAt(TrajectoryView fixes, int64_t time_ms);

// The part from one moment to another, both included, with a position at either end where the line
// goes on beyond it; empty where the two do not overlap.  REQUIRES: from_ms <= to_ms.
std::vector<Fix> PartOfTime(TrajectoryView fixes, int64_t from_ms, int64_t to_ms);

}  // namespace spoor
