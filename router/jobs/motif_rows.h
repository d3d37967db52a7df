#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "engine/motif/motif.h"
#include "engine/wait/patience.h"
#include "geo/trajectory.h"

namespace spoor {

class JobRun;

// What kinds of jobs about shared stretches have in common.

// A row: a motif as search/motifs tells it.
absl::StatusOr<std::string> MotifRow(const Motif& motif, const Patience& patience);

// All that is selected, by id, without times.  InvalidArgument where that, and so many bytes more
// for each fix, is more than the job's memory; the message says what is allowed.
absl::StatusOr<std::vector<Trajectory>> GatherTrips(JobRun& run, uint64_t bytes_of_fix);

}  // namespace spoor
