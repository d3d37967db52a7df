#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "engine/fingerprint/fingerprint.h"
#include "engine/segment/segment.h"

namespace spoor {

// In which directions a trajectory goes the query's way; both when its order does not tell.
struct DirectionSet {
  bool same = true, opposite = true;
};

// Tells the direction of trajectories of one segment where geodabs have no strand, by the order of
// the shared positions (see SearchSegments in search.h).  REQUIRES: query and segment outlive it.
//
// Thread safety: none.
class WayOrder {
 public:
  WayOrder(const Fingerprint& query, const Segment& segment);

  DirectionSet Of(uint32_t ordinal);

 private:
  const Segment& segment_;
  std::vector<std::pair<uint32_t, uint32_t>>
      first_;                             // (term, its first position in the query), ascending
  std::vector<uint32_t> first_in_other_;  // by index into the forward set
  std::vector<std::pair<uint32_t, uint32_t>> shared_;  // (position in the query, in the other)
};

}  // namespace spoor
