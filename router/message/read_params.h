#pragma once

#include "engine/format/reader.h"
#include "router/message/problem.h"
#include "router/message/request.h"
#include "router/message/target.h"

namespace spoor {

// How the body of an upload is to be read, by the parameters of its target.
ReadOptions ReadOptionsFromParams(const Target& target, const ApiLimits& limits,
                                  Problems& problems);

}  // namespace spoor
