#pragma once

#include "router/api.h"
#include "router/join_jobs.h"
#include "router/route.h"

namespace spoor {

// What a job is like now, with that status where it is known; 404 where it is not.
ApiResponse AnswerJob(const ApiCall& call, const JobId& id, int status);

}  // namespace spoor
