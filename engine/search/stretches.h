#pragma once

#include <vector>

#include "engine/fingerprint/fingerprint.h"
#include "engine/search/query.h"

namespace spoor {

// The grams of the query as a trajectory that goes in `direction` has them, with fix indices of the
// query.
std::vector<Occurrence> QueryOccurrences(const Query& query, const IndexParams& params,
                                         const Fingerprint& fingerprint, Direction direction);

// The stretches that a query and a hit share: shared geodabs are anchors, the i-th occurrence in
// the one with the i-th in the other (from behind in the opposite direction); an anchor that
// continues a stretch in both, with no more fixes between than it has itself, joins it.  In the
// order of the query.
std::vector<Match> SharedStretches(const std::vector<Occurrence>& query,
                                   const std::vector<Occurrence>& hit, Direction direction);

}  // namespace spoor
