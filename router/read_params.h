#pragma once

#include "engine/format/reader.h"
#include "router/api.h"
#include "router/problem.h"
#include "router/target.h"

namespace spoor {

// How the body of an upload is to be read, by the parameters of its target.
ReadOptions ReadOptionsFromParams(const Target& target, const ApiLimits& limits,
                                  Problems& problems);

}  // namespace spoor
