#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "engine/wait/patience.h"
#include "router/cluster.h"
#include "router/jobs/job_order.h"
#include "router/jobs/job_store.h"

namespace spoor {

// What has become of a job whose maker ended before it had kept the ids.
inline constexpr absl::string_view kIdsNotKept =
    "the process that was to keep the ids of the selection ended before: start the job anew";

// The record of a job that was ordered, which begins: with a new id, as of now.  One whose ids are
// yet to be kept apart has failed so far, so that no other process takes it up before.  Errors: as
// Jobs::Start.
absl::StatusOr<JobRecord> NewJobRecord(Cluster& cluster, JobStore& store,
                                       absl::string_view collection, const JobOrder& order,
                                       const Patience& patience);

// Ids that are too many for a record lie in a part that is no result (Selection::ids_apart): these
// become durable, and the record, which this process has claimed, knows where they are.  Errors of
// the store.
absl::Status KeepIdsApart(JobStore& store, const std::vector<std::string>& ids, JobRecord& record);

}  // namespace spoor
