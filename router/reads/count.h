#pragma once

#include "absl/status/statusor.h"
#include "engine/engine.h"
#include "router/reads/routed.h"

namespace spoor {

// Sums over the parts; what is said of whole nodes too, so no node should have two of them.
absl::StatusOr<Read<EngineStats>> Count(const Parts& parts, const Patience& patience);

// Of the whole collection: records are counted once, on one replica of each slot; bytes on every
// node.
class CountRead : public RoutedRead {
 public:
  explicit CountRead(const Patience& patience) : patience_(patience) {}
  absl::Status By(const Routed& routed) override;

  CollectionCounts counts;

 private:
  const Patience& patience_;
};

}  // namespace spoor
