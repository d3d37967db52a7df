#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "engine/fingerprint/index_params.h"
#include "geo/trajectory.h"

namespace spoor::bench {

struct SelfTestOptions {
  std::string measure = "monotone_mean";
  size_t candidates = 3000;  // that are re-ranked
  size_t queries = 300;
  double drop = 0;     // share of the fixes of a query that get lost
  double noise_m = 0;  // standard deviation of the error of each fix of a query, on each axis
  uint64_t seed = 7;
};

// The half-split self-test (shard/tune/half_split.h) of one data set: the even fixes of a trip ask,
// the odd ones should be the first answer among the odd ones of all trips.  Prints three rows of a
// table: by fingerprints alone, by the measure over the candidates that they propose, by the
// measure over everything.
//
// The rival is a plain scan in which the distance of the tenth best so far is the cutoff; all
// targets are projected beforehand.
//
// REQUIRES: every trip has at least four fixes.
absl::Status RunSelfTest(const std::string& name, const std::vector<Trajectory>& trips,
                         const IndexParams& params, const SelfTestOptions& options);

// The heading of the table.
void PrintSelfTestHeading();

}  // namespace spoor::bench
