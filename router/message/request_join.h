#pragma once

#include "engine/search/join.h"
#include "router/message/json_reader.h"
#include "router/message/json_writer.h"

namespace spoor {

// The params of a join, whose filter is read elsewhere.  Null: none were sent, which is a problem.
JoinQuery ReadJoinParams(const JsonValue* value, Problems& problems);
// The same with all defaults.
void WriteJoinParams(const JoinQuery& query, JsonWriter& w);

}  // namespace spoor
