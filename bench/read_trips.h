#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "geo/trajectory.h"

namespace spoor::bench {

// The trips of an NDJSON file, plain or compressed by zstd.  NotFound when there is no such file.
absl::StatusOr<std::vector<Trajectory>> ReadNdjson(const std::string& path);

// The trips of the PLT files in a tar archive compressed by zstd: six lines of heading, then
// latitude, longitude, 0, altitude, days since 1899-12-30, date, time.  Positions out of range and
// fixes that do not come later than the one before are left out; a silence of 20 minutes begins
// another trip.
absl::StatusOr<std::vector<Trajectory>> ReadPltArchive(const std::string& path);

}  // namespace spoor::bench
