#include <cstdint>

#include "engine/fingerprint/cell_runs.h"
#include "engine/fingerprint/schemes.h"
#include "geo/cell.h"

namespace spoor {

void AppendCells(TrajectoryView fixes, const IndexParams& params, std::vector<Occurrence>& out) {
  const int rest_bits = params.depth > 32 ? params.depth - 32 : 0;
  const uint64_t rest_mask = (uint64_t{1} << rest_bits) - 1;
  for (const CellRun& run : CellRuns(fixes, params.depth)) {
    const uint64_t prefix = ZPrefix(run.cell, params.depth);
    const uint64_t rest = ZOrder(run.cell, params.depth) & rest_mask;
    out.push_back({.geodab = prefix << 32 | rest, .from = run.from, .to = run.to});
  }
}

}  // namespace spoor
