#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "engine/cluster/aligned.h"
#include "geo/trajectory.h"

namespace spoor {

class JobRun;

// The selected trips as a job clusters them: all in its memory, by id, on one plane.
struct ClusteredTrips {
  std::vector<TrajectoryId> ids;
  std::vector<std::vector<Fix>> fixes;  // without times
  std::vector<TripToAlign> lines;
  std::vector<std::string> tags;      // of the tag that was asked for; empty: it has none
  std::vector<TrajectoryId> skipped;  // that have no times, where these are needed; by id
};

// InvalidArgument where that, and so many bytes for each trip and each fix, is more than the job's
// memory: before the first is read where the count alone says so.  Errors of run.
struct GatherTerms {
  bool needs_times = false;
  std::string tag;  // empty: none
  uint64_t bytes_of_trip = 0, bytes_of_fix = 0;
};
absl::StatusOr<ClusteredTrips> GatherToCluster(JobRun& run, const GatherTerms& terms);

}  // namespace spoor
