#pragma once

#include <compare>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "geo/trajectory.h"

namespace spoor {

// Where a trajectory lives: the 32-bit Z-order prefix of the cell of the fix in the middle of the
// line (index n / 2), then 32 bits of the id's hash.  From the quantised fixes and the id alone,
// never from index parameters, so that every machine and every generation agrees. REQUIRES: fixes
// is not empty.
uint64_t HomeKey(TrajectoryView fixes, absl::string_view id);

// Where a trajectory stands among all: by home key, and by id among those of one key.  Records,
// and the ordinals of a segment, are in this order.
struct HomePlace {
  uint64_t home = 0;
  std::string id;
  friend auto operator<=>(const HomePlace&, const HomePlace&) = default;
};

// A 64-bit hash of a string, the same on every machine and for ever.
uint64_t StableHash(absl::string_view text);

}  // namespace spoor
