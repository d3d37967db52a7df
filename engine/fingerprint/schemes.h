#pragma once

#include <vector>

#include "engine/fingerprint/fingerprint.h"
#include "engine/fingerprint/index_params.h"
#include "engine/fingerprint/smooth_line.h"
#include "geo/trajectory.h"

namespace spoor {

// Scheme v2: the cleaned line of a trip, of which grams are taken at one depth or at several.
struct CleanWay {
  SmoothLine line;
  bool smoothed = false;
};
// Overwrites out.  REQUIRES: fixes is not empty; Validate(params) is OK and names this scheme.
void MakeWay(TrajectoryView fixes, const IndexParams& params, CleanWay& out);

// One function per scheme: appends the selected grams of the fixes, in the order of the way, grid
// after grid.  `marked`: with a cell outside the world before the first and behind the last.
// REQUIRES: as above.
void AppendV2(const CleanWay& way, const IndexParams& params, int depth, bool marked,
              std::vector<Occurrence>& out);
void AppendPaper(TrajectoryView fixes, const IndexParams& params, std::vector<Occurrence>& out);
void AppendCells(TrajectoryView fixes, const IndexParams& params, std::vector<Occurrence>& out);

}  // namespace spoor
