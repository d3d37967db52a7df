#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "geo/trajectory.h"

namespace spoor::bench {

// Trips of one kind.
struct Kind {
  std::string name;
  std::vector<Trajectory> trips;
};

// Drifters of an ocean, a fix in six hours, some of them off San Francisco.
Kind Drifters(size_t count);
// Flights between ten cities, a fix in 10, 30 or 60 s.
Kind Flights(size_t count);

// Whether each kind of trip is found in a collection of all kinds as well as alone: the half-split
// self-test (shard/tune/half_split.h) by fingerprints, of `queries` trips of each kind, at the
// trips' own depths and at one for all.  Prints one table.
absl::Status PrintMix(const std::vector<Kind>& kinds, size_t queries);

}  // namespace spoor::bench
