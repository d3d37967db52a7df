#pragma once

#include <functional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "router/message/json_writer.h"
#include "router/message/request.h"

namespace spoor {

// Collects what is wrong with a request, so that its sender hears of several mistakes at once.
class Problems {
 public:
  static constexpr size_t kMaxListed = 20;

  // field: a JSON Pointer into the body, "?name" for a query parameter, "{name}" for a part of the
  // path, or a header's name.  value: JSON text, or any text, or empty when there is none.
  void Add(std::string field, absl::string_view value, std::string allowed);
  bool ok() const { return list_.empty(); }
  bool full() const { return list_.size() >= kMaxListed; }
  ApiResponse Response(int status = 422) const;  // with all of them

 private:
  std::vector<FieldProblem> list_;
};

// Everything a problem can say.
struct ProblemText {
  int status = 500;
  absl::string_view name = "internal";  // of AllProblemKinds
  std::string detail;
  std::vector<FieldProblem> errors;
  std::function<void(JsonWriter&)> more;  // writes members of its own; may be null
  uint32_t retry_after_s = 0;             // 0: no such header, but with 429
};
ApiResponse MakeProblem(const ProblemText& text);

// {"field", "value", "allowed"}; the value as it was where that is JSON, else as a string.
void WriteFieldProblem(const FieldProblem& problem, JsonWriter& w);

// The beginning of a text as JSON: the value of a FieldProblem.
std::string Quoted(absl::string_view text);
// The first `max_bytes` of a text, cut between characters, with "..." where something is missing.
std::string Shortened(absl::string_view text, size_t max_bytes = 100);

// The kinds of problems: a name, which never changes, its usual status and its title.
struct ProblemKind {
  absl::string_view name;
  int status;
  absl::string_view title;
};
absl::Span<const ProblemKind> AllProblemKinds();

}  // namespace spoor
