#pragma once

#include <string>

#include "absl/status/status.h"
#include "engine/cluster/stable_dbscan.h"
#include "router/jobs/clustered_trips.h"

namespace spoor {

class JobRun;

// What a job that clusters tells, as rows of its parts.
struct ClusterTale {
  const ClusteredTrips& trips;
  const AlignedTrips& aligned;
  const StableClusters& found;
  AlignTerms align;
  std::string truth;  // a tag; empty: none
  bool groups = false;
};
absl::Status TellClusters(JobRun& run, const ClusterTale& tale);

}  // namespace spoor
