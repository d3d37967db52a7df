#pragma once

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "router/jobs/kind.h"
#include "router/jobs/selection.h"
#include "router/message/request.h"

namespace spoor {

// A job as a client asks for it: the body of POST /v1/collections/{c}/jobs, read and checked.
struct JobOrder {
  const Kind* kind = nullptr;
  std::string select, params;  // JSON, with all defaults
  Selection selection;
  uint64_t keep_for_s = uint64_t{7} * 24 * 3600;
  std::optional<WrittenTo> written;  // "token": at least what was written then
  static constexpr uint64_t kMaxKeepForS = uint64_t{366} * 24 * 3600;
};
// False, with `refusal` set, when something is wrong.
bool ReadJobOrder(const JsonValue& body, const ApiLimits& limits, JobOrder& order,
                  ApiResponse* refusal);
// Of a text.  InvalidArgument.
absl::StatusOr<JobOrder> JobOrderOf(const std::string& body);

}  // namespace spoor
