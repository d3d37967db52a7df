#include "engine/search/query.h"

namespace spoor {

uint64_t Query::exact_within() const {
  if (exact) return UINT64_MAX;
  if (!rerank) return 0;
  // Of a score bounds know nothing, and whole groups fail the filter only by their place.
  const bool bounded =
      min_score == 0 && !filter.time_ms && filter.objects.empty() && filter.tags.empty();
  return bounded && rerank->measure->finds_by_bounds() ? UINT64_MAX : rerank->candidates;
}

}  // namespace spoor
