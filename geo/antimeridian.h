#pragma once

#include <vector>

#include "geo/trajectory.h"

namespace spoor {

// Whether some step goes the short way round over 180 degrees.
bool CrossesAntimeridian(TrajectoryView fixes);

// The line cut where it crosses 180 degrees, as RFC 7946 (3.1.9) wants it, so that no part crosses.
// At each cut both parts get a position more, on either side of 180 degrees, at the latitude and
// time in between; whoever joins the parts again takes these two away, whatever stands beside them.
//
//   178,0  -179,3   ->   178,0  180,2   and   -180,2  -179,3
std::vector<std::vector<Fix>> CutAtAntimeridian(TrajectoryView fixes);

}  // namespace spoor
