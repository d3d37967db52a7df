#pragma once

#include "router/api/api.h"
#include "router/api/route.h"
#include "router/jobs/join_jobs.h"

namespace spoor {

// What a job is like now, with that status where it is known; 404 where it is not.
ApiResponse AnswerJob(const ApiCall& call, const JobId& id, int status);

}  // namespace spoor
