#pragma once

#include <vector>

#include "engine/fingerprint/fingerprint.h"
#include "engine/fingerprint/index_params.h"
#include "geo/trajectory.h"

namespace spoor {

// One function per scheme: appends the selected grams of the fixes, in the order of the way, grid
// after grid.  REQUIRES: fixes is not empty; Validate(params) is OK and names this scheme.
void AppendV2(TrajectoryView fixes, const IndexParams& params, Ends ends,
              std::vector<Occurrence>& out);
void AppendPaper(TrajectoryView fixes, const IndexParams& params, std::vector<Occurrence>& out);
void AppendCells(TrajectoryView fixes, const IndexParams& params, std::vector<Occurrence>& out);

}  // namespace spoor
