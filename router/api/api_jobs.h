#pragma once

#include "router/api/api.h"
#include "router/api/route.h"
#include "router/jobs/jobs.h"

namespace spoor {

// What a job is like now, with that status where it is known; 404 where it is not.
ApiResponse AnswerJob(const ApiCall& call, const JobId& id, int status);

ApiResponse NoSuchJobProblem();
// Null, with `refusal` set, when this process keeps none.
Jobs* JobsOf(const ApiCall& call, ApiResponse* refusal);

}  // namespace spoor
