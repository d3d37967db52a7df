#pragma once

#include "absl/status/statusor.h"
#include "engine/search/join.h"
#include "router/reads/routed.h"

namespace spoor {

// A step of a join: records in the order of their homes, slot by slot, until there is something to
// tell.  Sees at least what the terms say, and may see later changes.
class WalkRead : public RoutedRead {
 public:
  WalkRead(const WalkQuery& query, const JoinTerms& terms, const Patience& patience)
      : query_(query), terms_(terms), patience_(patience) {}
  absl::Status By(const Routed& routed) override;

  WalkAnswer answer;

 private:
  const WalkQuery& query_;
  const JoinTerms& terms_;
  const Patience& patience_;
};
absl::StatusOr<WalkAnswer> Walk(const CollectionReader& collection, const WalkQuery& query,
                                const JoinTerms& terms, const Patience& patience);

// What the steps of a join demand of a read.
ReadTerms TermsOf(const JoinTerms& terms);

}  // namespace spoor
