#pragma once

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "engine/fingerprint/index_params.h"
#include "engine/search/query.h"
#include "geo/trajectory.h"

namespace spoor {

// The self-test that needs no labels: a trip is cut into its even and its odd fixes; the even ones
// ask, and the odd ones should be the first answer among the odd ones of all trips.

// Every second fix, from the first (parity 0) or the second (parity 1) on.
std::vector<Fix> HalfOf(TrajectoryView fixes, size_t parity);

// The even fixes of a trip, whose number is the right answer.
struct HalfQuery {
  uint32_t wanted = 0;
  std::vector<Fix> fixes;
};

// At most `count` queries, drawn by seed among the trips of at least 20 fixes, or, when there are
// fewer than count / 4 of these, of at least 4.
std::vector<HalfQuery> DrawHalfQueries(absl::Span<const Trajectory> trips, size_t count,
                                       uint64_t seed);

// Receivers err, and not by themselves each second: a first-order autoregressive process on each
// axis.
struct Drift {
  double sigma_m = 20;
  double seconds =
      20;  // how long an error lasts: correlation exp(-dt / seconds); none without times
  uint64_t seed = 1;
};
void AddDrift(const Drift& drift, std::vector<Fix>& fixes);

// What a set of parameters is worth by the self-test.
struct HalfSplitResult {
  std::vector<double>
      ranks;  // of the right answer to each query by Jaccard, from 1; ties count half
  double postings_per_query = 0;  // the cost: what counting reads
};

// Errors: those of patience.
absl::StatusOr<HalfSplitResult> RunHalfSplit(absl::Span<const Trajectory> trips,
                                             absl::Span<const HalfQuery> queries,
                                             const IndexParams& params, const Patience& patience);

}  // namespace spoor
