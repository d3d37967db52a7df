#pragma once

#include "absl/status/statusor.h"
#include "engine/motif/region.h"
#include "router/reads/routed.h"

namespace spoor {

// Stretches that trips share, over several parts: what a single engine that held them all would say
// (engine/motif/region.h).  Who follows a stretch is asked in one round.  Of a region, runs are
// counted in two, then rounds for some trips of the runs that lead and one for the followers follow
// one another until there are enough; each part answers each round by what it has then.
// Of runs no more travel at once than a message holds.  Errors: as Rounds.
absl::StatusOr<Read<MotifAnswer>> Stretch(const Parts& parts, const IndexParams& params,
                                          const StretchQuery& query, const Patience& patience);
absl::StatusOr<Read<MotifAnswer>> RegionStretches(const Parts& parts, const IndexParams& params,
                                                  const RegionQuery& query,
                                                  const Patience& patience,
                                                  uint64_t runs_at_once = RunQuery::kMostOfMessage);

// The same over the slots that may know something.  Errors: as CollectionReader says.
absl::StatusOr<Read<MotifAnswer>> Stretch(const CollectionReader& collection,
                                          const StretchQuery& query, const ReadTerms& terms,
                                          const Patience& patience);
absl::StatusOr<Read<MotifAnswer>> RegionStretches(const CollectionReader& collection,
                                                  const RegionQuery& query, const ReadTerms& terms,
                                                  const Patience& patience);

}  // namespace spoor
