#pragma once

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "router/jobs/job_record.h"

namespace spoor {

// The checkpoint that versions before 0.9 kept of a join, as the record of a job: what it was asked
// for, how far it got, and how much of its result is good.  DataLoss.
absl::StatusOr<JobRecord> DecodeOldJoin(absl::string_view bytes);

}  // namespace spoor
