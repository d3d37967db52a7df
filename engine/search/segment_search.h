#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "engine/search/proposals.h"
#include "engine/search/query_ways.h"
#include "engine/segment/segment.h"
#include "engine/segment/segment_filter.h"

namespace spoor {

// One way of a query over one segment.  Borrowed.
struct SegmentSearch {
  const Segment& segment;
  const SegmentFilter& filter;
  const Way& way;
  Score score;
  size_t keep;               // how many of the best are wanted
  double floor;              // what scores less, before the way's weight, does not count
  bool all_unsure;           // something else than the filter decides about each trajectory
  const Patience* patience;  // may be null
  uint32_t from = 0;         // ordinals below do not count
};

// The trajectories, with their scores before the way's weight, that may be among the `keep` best,
// by (score, id), of those that share a geodab, reach the floor and may pass the filter. Everything
// with a score above the least of the answer is in it, and all ties; what is not sure is in it
// beside `keep` sure ones.
//
// Three plans.  Where the filter lists so few that this costs less, these are scored from their
// forward sets, and no list is read.  Counting reads all lists.  Rare-first reads the shortest
// lists first: a trajectory in none of them can share no more geodabs than there are lists left, so
// that once the best known scores exceed what that would give, only those already met matter; of
// them the ones whose bound reaches the best known scores are scored from their forward sets.
// (Bayardo, Ma & Srikant, Scaling Up All Pairs Similarity Search, WWW 2007; Zhu et al., JOSIE,
// SIGMOD 2019.)
absl::StatusOr<std::vector<Proposal>> SearchSegment(const SegmentSearch& search, SearchCost& cost);

// How many of the geodabs, ascending, a trajectory of the segment has.
uint32_t SharedWith(const std::vector<Geodab>& geodabs, const Segment& segment, uint32_t ordinal);

}  // namespace spoor
