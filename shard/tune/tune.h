#pragma once

#include <functional>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "engine/engine.h"
#include "shard/job.h"
#include "shard/tune/job_board.h"

namespace spoor {

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

// The work of a tune job: samples the collection, tunes, and with apply re-indexes it with the
// best.
absl::Status TuneCollection(Engine& engine, bool apply, JobBoard::Running& job);

}  // namespace spoor
