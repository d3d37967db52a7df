#pragma once

#include "absl/strings/string_view.h"

namespace spoor {

// The description of the HTTP API, OpenAPI 3.1, as router/openapi.json has it.
absl::string_view OpenApiJson();

}  // namespace spoor
