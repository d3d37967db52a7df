#pragma once

#include <cstddef>
#include <vector>

#include "absl/status/statusor.h"
#include "engine/search/query_ways.h"
#include "engine/search/search.h"
#include "engine/segment/segment_format.h"

namespace spoor {

// What the fingerprints propose, with its exact score.
struct Candidate {
  double score = 0;
  Direction direction =
      Direction::kSame;  // of the better score; kSame where the scheme cannot tell
  SegmentOrdinal place;
};

// The order of (score, id): best first.
struct BetterFirst {
  absl::Span<const SegmentView> segments;

  bool operator()(const Candidate& a, const Candidate& b) const {
    if (a.score != b.score) return a.score > b.score;
    const auto id = [this](const SegmentOrdinal& p) {
      return segments[p.segment].segment->id(p.ordinal);
    };
    return id(a.place) < id(b.place);
  }
};

// How many candidates are asked for.
struct CandidateLimit {
  size_t keep = 0;
  bool any_direction = false;  // the order of positions decides about nothing
};

// The `keep` best trajectories, by (score, id), of those that share a geodab, score at least
// query.min_score, go in query.direction, and pass the filter; fewer when there are no more.  In no
// order.
absl::StatusOr<std::vector<Candidate>> FindCandidates(const SearchContext& context,
                                                      const Query& query, const QueryWays& ways,
                                                      CandidateLimit limit, SearchCost& cost);

// All of them that live behind a place.
absl::StatusOr<std::vector<Candidate>> FindAllAfter(const SearchContext& context,
                                                    const Query& query, const QueryWays& ways,
                                                    const HomePlace& after, SearchCost& cost);

// Which of the trajectories that SegmentFilter could not decide about meet the filter.
absl::StatusOr<std::vector<bool>> AdmitByFixes(const SearchContext& context, const Filter& filter,
                                               const std::vector<SegmentOrdinal>& places);

}  // namespace spoor
