#pragma once

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "engine/search/join.h"
#include "router/cluster.h"
#include "router/message/json_reader.h"
#include "router/message/request.h"

namespace spoor {

// A join as a client asks for it: the body of POST /v1/collections/{c}/jobs.
struct JoinRequest {
  JoinQuery query;                   // both of a pair pass its filter
  std::optional<WrittenTo> written;  // "token": at least what was written then
};
// False, with `refusal` set, when something is wrong.
bool ReadJoin(const JsonValue& body, JoinRequest& request, ApiResponse* refusal);
// The same of the text that a job has kept.  InvalidArgument.
absl::StatusOr<JoinRequest> JoinRequestOf(const std::string& body);

}  // namespace spoor
