#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "router/cluster.h"
#include "router/message/body_source.h"

namespace spoor {

// A request, whatever carried it.
struct ApiRequest {
  std::string method;  // "GET"
  std::string target;  // path and query as sent: "/v1/collections/taxis?x=1"
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case
  std::string body;  // whole and decoded; empty for uploads, which stream
};

struct ApiResponse {
  int status = 200;
  std::string content_type = "application/json";
  std::vector<std::pair<std::string, std::string>> headers = {};  // besides type and length
  std::string body = {};
  std::shared_ptr<BodySource> rest = nullptr;  // behind the body; usually null
  std::string cause = {};  // of a 5xx, for who runs the server: it may name files and code
};

struct ApiLimits {
  uint64_t max_body_bytes = uint64_t{16} << 20;    // of anything but an upload
  uint64_t max_upload_bytes = uint64_t{64} << 30;  // of one upload, decoded
  size_t max_record_bytes = size_t{64} << 20;
  size_t max_fixes = 1'000'000;                    // of one trajectory, also of a query
  uint64_t max_answer_bytes = uint64_t{32} << 20;  // pages end early; what has no pages is refused
  uint64_t default_timeout_ms = 30'000;            // uploads have none
  uint64_t max_timeout_ms = 600'000;
};

// application/problem+json of RFC 9457.
struct FieldProblem {
  std::string field, value, allowed;
};
ApiResponse Problem(int status, absl::string_view name, absl::string_view detail,
                    std::vector<FieldProblem> errors = {});
// The problem that tells of a failed call: 404 for NotFound, 429 for an overload and so on.
ApiResponse ProblemFromStatus(const absl::Status& status);
// The same for a read of a collection: too few slots where they cannot be reached, and the token of
// another log.  terms: of a read whose client may ask for a partial answer, else null.
ApiResponse ProblemFromRead(const absl::Status& status, const ReadTerms* terms = nullptr);
ApiResponse ForeignToken();

}  // namespace spoor
