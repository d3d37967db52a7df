#pragma once

#include "absl/types/span.h"
#include "engine/fingerprint/index_params.h"
#include "geo/trajectory.h"

namespace spoor {

// The parameters with one depth for all that suit trajectories like these: cells at least twice
// as wide as the typical step between fixes, but no smaller than depth 35 (a fix a second: 100 to
// 150 m; a fix a minute in a city: about 800 m); smoothing where its window holds at least
// three fixes; gaps no shorter than ten steps.  Of fewer than three trips nothing is concluded:
// IndexParams().
IndexParams TypicalParams(absl::Span<const Trajectory> trips);

}  // namespace spoor
