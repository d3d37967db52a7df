#pragma once

#include <cstddef>
#include <vector>

#include "absl/types/span.h"
#include "engine/search/join.h"
#include "engine/search/query.h"
#include "shard/questions/get.h"

// Sorted answers of several engines become one (design D1): pure functions.  An id may come from
// two of them while a trajectory moves home: the highest version wins, whatever it scores.
namespace spoor {

// Adds what another part, or round, of the same search has cost: counts and times add up, so that
// the times of parts that work side by side may sum to more than the search took.
void Add(SearchCost& sum, const SearchCost& part);
void Add(RangeCost& sum, const RangeCost& part);

// The k best by (score, id).  exact when all parts are; position is the least, so that the answer
// is never claimed newer than its oldest part; costs add up.
SearchAnswer MergeByScore(std::vector<SearchAnswer> parts, size_t k);
// The k nearest by (distance, id); every hit has a distance.
SearchAnswer MergeByDistance(std::vector<SearchAnswer> parts, size_t k);

// What the second round measures: the `candidates` best of all by (score, id), by the part that
// proposed them.
struct Chosen {
  std::vector<std::vector<Hit>> parts;  // as many as there were proposals
  bool all = false;                     // nothing that may pass the filter was left out
  uint64_t live = 0;                    // trajectories in all parts; may end above `candidates`
  uint64_t position = 0;                // the least of the parts'
  SearchCost cost;                      // of the first round
};
Chosen ChooseCandidates(std::vector<Shortlist> proposals, size_t candidates);

// The first `limit` ids, ascending, each with its highest version.
RangeAnswer MergeRanges(std::vector<RangeAnswer> parts, size_t limit);

// What several engines say to the same probes: in order, as far as all that have more have got.
JoinAnswer MergeJoins(std::vector<JoinAnswer> parts, size_t max_pairs);

// Of each of `ids` ids that were asked for, the highest version.
FoundRecords MergeFound(std::vector<FoundRecords> parts, size_t ids);
// What both have seen of a log, at least; nothing, of log 0, where they are of two.
LogPosition SeenByBoth(const LogPosition& a, const LogPosition& b);

// Adds another part of the same collection: figures add up; generation and parameters are those of
// the newest, the position that of the one furthest behind.
void Add(EngineStats& sum, const EngineStats& part);

}  // namespace spoor
