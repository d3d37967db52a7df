#pragma once

#include <optional>

#include "engine/fingerprint/index_params.h"
#include "router/message/json_reader.h"
#include "router/message/json_writer.h"

namespace spoor {

// "auto" (nothing is returned) or an object of index parameters; what it leaves out takes its
// scheme's default.  What is wrong is reported.
std::optional<IndexParams> ReadIndexParams(const JsonValue& value, Problems& problems);

// All of them, as an object that ReadIndexParams takes.
void WriteIndexParams(const IndexParams& params, JsonWriter& w);

}  // namespace spoor
