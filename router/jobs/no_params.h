#pragma once

#include <memory>

#include "absl/strings/string_view.h"
#include "router/jobs/kind.h"

namespace spoor {

// For kinds that have no params.

inline constexpr absl::string_view kNoParamsSchema =
    R"({"type": "object", "properties": {}, "additionalProperties": false})";

template <typename Work>
std::unique_ptr<const JobWork> ReadNoParams(const JsonValue* params, JsonWriter& filled,
                                            Problems& problems) {
  if (params != nullptr) ObjectReader(*params, problems).Finish();
  filled.BeginObject();
  filled.EndObject();
  return std::make_unique<const Work>();
}

}  // namespace spoor
