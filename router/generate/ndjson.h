#pragma once

#include <string>

#include "geo/trajectory.h"

namespace spoor {

// Appends the trajectory as one line of our NDJSON, with its line end:
// {"id":"a","object":"b","tags":{"mode":"taxi"},"coords":[[lon,lat,t],...]}.  Object, tags and
// times are left out where there are none.  Numbers are exact: what is read back is the same
// trajectory.
void AppendNdjson(const Trajectory& trajectory, std::string* out);

}  // namespace spoor
