#pragma once

#include "absl/status/statusor.h"
#include "engine/search/query.h"
#include "router/reads/routed.h"

namespace spoor {

// A search of several parts is what a single engine that held them all would say (design D1).
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
// What is to be shown of the hits comes with the round that decides, of the same snapshots.
// Errors: as Rounds; Aborted when trajectories changed under it again and again.
absl::StatusOr<Read<SearchAnswer>> Search(const Parts& parts, const Query& query,
                                          const Patience& patience);

// The same over the slots that may know something.  Errors: as CollectionReader says.
class SimilarRead : public RoutedRead {
 public:
  SimilarRead(const Query& query, const ReadTerms& terms, const Patience& patience)
      : query_(query), terms_(terms), patience_(patience) {}
  absl::Status By(const Routed& routed) override;
  const Query& query() const { return query_; }

  Read<SearchAnswer> read;

 private:
  absl::StatusOr<Read<SearchAnswer>> Of(const AskedSlots& asked, const Routed& routed) const;

  const Query& query_;
  const ReadTerms& terms_;
  const Patience& patience_;
};
absl::StatusOr<Read<SearchAnswer>> Search(const CollectionReader& collection, const Query& query,
                                          const ReadTerms& terms, const Patience& patience);

}  // namespace spoor
