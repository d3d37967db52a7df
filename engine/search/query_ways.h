#pragma once

#include <vector>

#include "engine/fingerprint/fingerprint.h"
#include "engine/search/query.h"

namespace spoor {

// The geodabs that a trajectory must share to be like the query, in one direction.
struct Way {
  Direction direction = Direction::kSame;
  std::vector<Geodab> geodabs;  // ascending
  bool coarse = false;          // as in AskedSet
  double weight = 1;
};

// What the query looks for, by the scheme (see SearchSegments in search.h).
struct QueryWays {
  Fingerprint fingerprint;  // of the query as it is, all that it asks with
  std::vector<Way> ways;    // for each set that it asks with one, or two: same before opposite
  bool positional =
      false;  // one set for both directions: the order of shared positions tells them apart
};

// Who asks by containment asks with a part: it begins and ends where the whole need not.
inline Ends EndsOf(const Query& query) {
  return query.score == Score::kContainment ? Ends::kOpen : Ends::kMarked;
}

QueryWays MakeWays(const Query& query, const IndexParams& params);

// The same way back: fixes in reverse, times mirrored so that they still ascend.
std::vector<Fix> Reversed(TrajectoryView fixes);

// |A n B| / |A u B| or |A n B| / |A| of a query of `query` geodabs and a trajectory of `other` of
// which they share `shared`; 0 when they share none.
inline double ScoreOf(Score score, uint32_t shared, uint32_t query, uint32_t other) {
  if (shared == 0) return 0;
  const uint64_t whole = score == Score::kContainment ? query : uint64_t{query} + other - shared;
  return static_cast<double>(shared) / static_cast<double>(whole);
}

}  // namespace spoor
