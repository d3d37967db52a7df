#pragma once

#include "absl/status/statusor.h"
#include "engine/search/query.h"
#include "router/reads/routed.h"

namespace spoor {

// A page of what meets the filter in these parts.
absl::StatusOr<Read<RangeAnswer>> Range(const Parts& parts, const RangeQuery& query,
                                        const Patience& patience);

// The same over the slots that may have some.
class RangeRead : public RoutedRead {
 public:
  RangeRead(const RangeQuery& query, const ReadTerms& terms, const Patience& patience)
      : query_(query), terms_(terms), patience_(patience) {}
  absl::Status By(const Routed& routed) override;

  Read<RangeAnswer> read;

 private:
  const RangeQuery& query_;
  const ReadTerms& terms_;
  const Patience& patience_;
};
absl::StatusOr<Read<RangeAnswer>> Range(const CollectionReader& collection, const RangeQuery& query,
                                        const ReadTerms& terms, const Patience& patience);

}  // namespace spoor
