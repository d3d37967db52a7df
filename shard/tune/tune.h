#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "engine/fingerprint/index_params.h"
#include "engine/wait/patience.h"
#include "geo/trajectory.h"

namespace spoor {

// One row of what tune measured: parameters and how well halves of a trip find each other by them.
struct TuneRow {
  IndexParams params;
  double recall_at_10 = 0;    // of the fingerprints alone
  double recall_at_1000 = 0;  // what re-ranking can still save
  double mean_rank = 0;
  double postings_per_query = 0;  // the cost
};

struct TuneResult {
  std::vector<TuneRow> rows;  // best first
  IndexParams best;
  bool applied = false;
};

struct TuneOptions {
  size_t sample = 20'000;  // trajectories
  size_t queries = 1'000;
  uint64_t seed = 1;
  std::optional<IndexParams> in_force = std::nullopt;
};

// Chooses index parameters on trajectories themselves, without labels: every second fix of a trip
// is a query, whose target is the other half among the other halves of all; a sweep over depth, k
// and t, best first.  Each trip's own depths are tried, and one for all, from somewhat coarser than
// what suits the typical trip to the finest, and on while the coarsest is the best.  What is in
// force is tried too, and stays the best unless something is better by the ranks and finds no less
// within the first ten. progress(done, total); total may grow.
absl::StatusOr<TuneResult> Tune(const std::vector<Trajectory>& sample, const TuneOptions& options,
                                const Patience& patience,
                                const std::function<void(uint64_t, uint64_t)>& progress);

}  // namespace spoor
