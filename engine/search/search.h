#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "engine/fingerprint/fingerprint.h"
#include "engine/search/query.h"
#include "engine/segment/segment.h"
#include "engine/store/geometry_cache.h"

namespace spoor {

// A trajectory inside one search.
struct SegmentOrdinal {
  uint32_t segment = 0;  // index into the searched segments
  uint32_t ordinal = 0;
  friend auto operator<=>(const SegmentOrdinal&, const SegmentOrdinal&) = default;
};

// Gets the fixes of several trajectories, in the order of the places; a null for one that cannot be
// read and is to be left out.
using FetchGeometry = std::function<absl::StatusOr<std::vector<GeometryPtr>>(
    absl::Span<const SegmentOrdinal> places)>;

// A search of one snapshot: map over segments, then merge.  The pieces of state a search needs,
// borrowed.
struct SearchContext {
  absl::Span<const SegmentView> segments;
  const IndexParams* params = nullptr;  // of the generation that the segments belong to
  FetchGeometry fetch;
  const Patience* patience = nullptr;  // null: without end

  absl::Status CheckPatience() const {
    return patience == nullptr ? absl::OkStatus() : patience->CheckInTurn();
  }
  uint32_t FixesOf(const SegmentOrdinal& place) const;
};

// What a query asks to be shown of a trajectory, but for its fixes.
ShownRecord ShownOf(const Segment& segment, uint32_t ordinal, const Show& show);

// Fixes that are fetched together, at most, but one trajectory at least: what is held at once, and
// what is decoded between two looks at the clock.
inline constexpr uint64_t kFixesAtOnce = uint64_t{1} << 20;

// Fetches the fixes of the places, some at a time, and calls visit(index of the place, fixes) for
// each, in order.  Errors: those of patience and fetch.
absl::Status VisitGeometry(const SearchContext& context, absl::Span<const SegmentOrdinal> places,
                           const std::function<void(size_t index, TrajectoryView fixes)>& visit);

// The exact answer to the query over the live trajectories of the segments; position is left 0.
// Errors: those of patience and fetch.
//
// Score.  With A the query's geodabs and B a trajectory's, |A n B| / |A u B| or |A n B| / |A|; 0
// when they share none.  A hit shares at least one geodab, scores at least min_score and passes the
// filter.
//
// Direction.  Where geodabs have a strand (HasStrand), the opposite direction looks for
// FlipStrand(A); under scheme paper, for the geodabs of the query's fixes in reverse; `either`
// scores the better of both, kSame when they are equal.  Where the set is the same both ways, it
// decides nothing:
// - cells: direction is unknown; every direction finds the same hits, and they say kSame.
// - v2 with k = 1: the order of positions decides.  Take the shared geodabs in the order of their
//   first occurrence in the query, and count the steps on which their first occurrence in the
//   trajectory (an index into Fingerprint::occurrences) rises, and those on which it falls.  It
//   goes the same way if it rises at least as often as it falls, the opposite way if it falls at
//   least as often as it rises; `either` takes both, and says kSame unless it falls more often.
//
// Measure.  With rerank, the `candidates` best by (score, id) are ordered by (distance, id), and
// what is farther than max_distance_m is dropped.  The opposite direction measures the query in
// reverse, `either` the lesser of both (kSame when equal), and Hit::direction says which;
// Hit::score stays that of the fingerprints.  Distances are those on the plane around the query's
// fix n / 2.  Where the measure needs times, what has none is no hit, and a query that has none has
// no hits.
//
// Exact.  With query.exact every trajectory that passes the filter and scores at least min_score is
// a candidate, also if it shares no geodab, or goes the other way by its positions.  So it is
// where no more than query.exact_within() live, counted in the filter's homes, whatever else it
// says, and `elsewhere`.
//
// Answer.  exact is true without rerank, where the search was exact, and when all that may pass the
// filter were candidates.
absl::StatusOr<SearchAnswer> SearchSegments(const SearchContext& context, const Query& query);

// The two rounds of a search with rerank over several sets of segments: what each proposes is
// merged by (score, id), of the best `candidates` each measures its own, and the answers are merged
// by (distance, id); then the answer is that of SearchSegments over all of them, unless no more
// than query.exact_within() live in them and elsewhere: these are to be searched with `exact`.
// REQUIRES: query.rerank, not query.exact.
absl::StatusOr<Shortlist> ProposeSegments(const SearchContext& context, const Query& query);
// Aborted when one of the chosen is gone or has another version than it was proposed with: start
// over.  The answer's `exact` is left to the caller, who knows the others.
absl::StatusOr<SearchAnswer> RefineChosen(const SearchContext& context, const Query& query,
                                          absl::Span<const Hit> chosen);

// Ids of what meets the filter, ascending, after after_id.
absl::StatusOr<RangeAnswer> RangeSegments(const SearchContext& context, const RangeQuery& query);

// The definition of SearchSegments over trajectories in memory, every one looked at: the oracle
// that tests hold it to, and the rival that benchmarks run.
SearchAnswer BruteForceSearch(absl::Span<const Trajectory> trajectories, const IndexParams& params,
                              const Query& query);
RangeAnswer BruteForceRange(absl::Span<const Trajectory> trajectories, const RangeQuery& query);

}  // namespace spoor
