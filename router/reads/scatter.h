#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "engine/search/join.h"
#include "engine/search/query.h"
#include "router/cluster.h"
#include "shard/questions/node_messages.h"
#include "shard/rpc/channel.h"

namespace spoor {

// A part of a collection, and who answers for it.
struct CollectionPart {
  Channel* channel = nullptr;           // to a node, or to any replica of these homes
  HomeSet homes;                        // no home is in two parts
  std::vector<ReadReport::Slot> slots;  // that these are, for the report
  uint32_t node = 0;                    // that is asked first, for the report
};

// What is said to every part.
struct ScatterTerms {
  ReadDemand demand;
  uint64_t epoch = 0;  // of the placement that the parts are made by
  bool allow_partial = false;
};

// One question to all parts, one answer: what a single engine that held them all would say (design
// D1).
//
//   * A search with rerank takes two rounds, unless there is one part only: first each proposes,
//     then the best of all are measured where they are; when one of these has changed in between,
//     it starts over.
//     Where so few live in them and elsewhere that the search is exact (engine/search/search.h),
//     the second round is an exact search of all parts.
//   * An exact search asks the parts where the query is at home first, because they are likely to
//     hold the nearest; the others then need not look further than the k-th of these, and those
//     where nothing so near can live (router/reads/far_homes.h) are not asked.  With max_distance_m
//     there is a limit from the start: all that may hold something within it are asked at once.
//
// A part that fails makes the answer an error, that of the part.  With allow_partial the others
// answer without it, unless all fail: the report says so, and `exact` is false.  The parts then get
// nine tenths of the time, so that there is some left to answer in.
//
// Errors: Unavailable, overload and so on of the parts; InvalidArgument, NotFound, Cancelled and
// StaleEpochError of any part, also with allow_partial; Aborted when trajectories changed under it
// again and again.  Thread safety: const methods may be called from any number of threads;
// REQUIRES: not on a thread of the channels, which outlive it.
class Scatter {
 public:
  Scatter(std::string collection, std::vector<CollectionPart> parts, ScatterTerms terms = {});

  absl::StatusOr<Read<SearchAnswer>> Search(const Query& query, const Patience& patience) const;
  absl::StatusOr<Read<RangeAnswer>> Range(const RangeQuery& query, const Patience& patience) const;
  absl::StatusOr<Read<FoundRecords>> Get(absl::Span<const TrajectoryId> ids,
                                         const Patience& patience) const;
  // Steps of a join (scatter_join.cc).  Walks one part.  REQUIRES: there is one.
  absl::StatusOr<Read<WalkAnswer>> Walk(const WalkQuery& query, const Patience& patience) const;
  // asked[i]: the probes that part i may have partners of, ascending indices.  Between the parts a
  // trajectory may show twice while it moves home, in two versions.
  absl::StatusOr<Read<JoinAnswer>> Probe(absl::Span<const JoinProbe> probes,
                                         const std::vector<std::vector<uint32_t>>& asked,
                                         const JoinQuery& query, const Patience& patience) const;
  // Sums over the parts; what is said of whole nodes too, so no node should have two of them.
  absl::StatusOr<Read<EngineStats>> Count(const Patience& patience) const;

 private:
  absl::StatusOr<Read<SearchAnswer>> InOneRound(const Query& query, const Patience& patience) const;
  absl::StatusOr<Read<SearchAnswer>> InTwoRounds(const Query& query,
                                                 const Patience& patience) const;
  absl::StatusOr<Read<SearchAnswer>> NearestFirst(const Query& query,
                                                  const Patience& patience) const;

  const std::string collection_;
  const std::vector<CollectionPart> parts_;
  const ScatterTerms terms_;
};

}  // namespace spoor
