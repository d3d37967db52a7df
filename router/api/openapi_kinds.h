#pragma once

#include <string>

namespace spoor {

// The page that describes the API, with the types of jobs that there are and the schema of the
// params of each: what router/openapi.json leaves to the table of kinds.
std::string OpenApiWithKinds();

}  // namespace spoor
