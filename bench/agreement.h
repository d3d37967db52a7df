#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "geo/trajectory.h"

namespace spoor::bench {

struct AgreementOptions {
  std::vector<std::string> measures = {"monotone_mean", "frechet"};
  std::vector<uint64_t> candidates = {1000};  // that are re-ranked
  size_t queries = 200;
  int coarser = 1, finer = 4;  // one depth for all, beside that of TypicalParams
};

// Whether the first ten by fingerprints and a measure are the first ten by the measure: trips ask
// for what is like them, other than themselves, at the trips' own depths, and at one for all.
// Prints one table: the share of the exact ten that is found, and what that takes beside an exact
// search.
absl::Status PrintAgreement(const std::vector<Trajectory>& trips, const AgreementOptions& options);

}  // namespace spoor::bench
