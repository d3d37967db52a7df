#pragma once

#include "router/jobs/job_record.h"
#include "router/message/json_writer.h"

namespace spoor {

// A job as the contract shows it: what was asked, how far it is, what there is of its result.
void WriteJob(const JobRecord& record, JsonWriter& w);

inline constexpr absl::string_view kJobStates[] = {"queued", "running", "done", "failed",
                                                   "cancelled"};  // as in JobState

}  // namespace spoor
