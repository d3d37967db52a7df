#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace spoor {

// A request target, taken apart and percent-decoded.
struct Target {
  std::vector<std::string>
      segments;  // "/v1/jobs/a%2Fb" -> "v1", "jobs", "a/b"; "/" -> one empty one
  std::vector<std::pair<std::string, std::string>> params;

  const std::string* Param(absl::string_view name) const;  // null when absent
};

// InvalidArgument when it does not begin with '/', an escape is broken, or a parameter comes twice.
absl::StatusOr<Target> ParseTarget(absl::string_view text);

// Undoes %XX; nothing when an escape is broken.
std::optional<std::string> PercentDecode(absl::string_view text, bool plus_is_space);
// For a path segment or a query value.
std::string PercentEncode(absl::string_view text);

}  // namespace spoor
