#pragma once

#include <utility>

#include "absl/status/statusor.h"
#include "router/reads/routed.h"
#include "shard/map/mapper.h"

namespace spoor {

// A step of a job: some rows of a mapper, in the order of the homes, slot by slot, until there is
// something to tell.  Sees at least what the terms say.
class MapRead : public RoutedRead {
 public:
  MapRead(MapQuery query, const JoinTerms& terms, const Patience& patience)
      : query_(std::move(query)), terms_(terms), patience_(patience) {}
  absl::Status By(const Routed& routed) override;

  MapAnswer answer;

 private:
  const MapQuery query_;
  const JoinTerms& terms_;
  const Patience& patience_;
};
absl::StatusOr<MapAnswer> Map(const CollectionReader& collection, const MapQuery& query,
                              const JoinTerms& terms, const Patience& patience);

}  // namespace spoor
