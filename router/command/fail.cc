#include <boost/json.hpp>
#include <ostream>

#include "router/api.h"
#include "router/command/command.h"
#include "router/command/commands.h"
#include "router/command/json_text.h"

namespace spoor {
namespace {

int ExitCodeOf(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kOutOfRange:
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kAlreadyExists:
      return kUsage;
    case absl::StatusCode::kAborted:  // an input that breaks off
      return kIncomplete;
    case absl::StatusCode::kDataLoss:
      return kDamaged;
    case absl::StatusCode::kCancelled:
      return kInterrupted;
    default:
      return kUnreachable;
  }
}

int ExitCodeOf(int http_status) {
  if (http_status == 404) return kIncomplete;
  if (http_status == 429 || http_status >= 500) return kUnreachable;
  return kUsage;
}

}  // namespace

int Fail(Terminal& terminal, const absl::Status& status) {
  const absl::string_view message = status.message();
  terminal.err << "spoor: " << std::string(message.data(), message.size()) << '\n';
  return ExitCodeOf(status);
}

int Fail(Terminal& terminal, const ApiResponse& problem, const std::string& about) {
  const std::string where = about.empty() ? "" : about + ": ";
  boost::json::error_code broken;
  const boost::json::value body = boost::json::parse(problem.body, broken);
  if (broken || !body.is_object()) {
    terminal.err << "spoor: " << where << "the server answered " << problem.status << '\n';
    return ExitCodeOf(problem.status);
  }
  const boost::json::array& errors = ListMember(body, "errors");
  const std::string detail = TextMember(body, "detail");
  const bool details_follow = detail.empty() || !errors.empty();
  terminal.err << "spoor: " << where << (details_follow ? TextMember(body, "title") : detail)
               << '\n';
  for (const boost::json::value& error : errors) {
    const boost::json::value* value = Member(error, "value");
    terminal.err << "  " << TextMember(error, "field");
    if (value != nullptr) terminal.err << " is " << boost::json::serialize(*value);
    terminal.err << "; allowed: " << TextMember(error, "allowed") << '\n';
  }
  return ExitCodeOf(problem.status);
}

}  // namespace spoor
