#include <boost/json.hpp>
#include <ostream>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "router/command/command.h"
#include "router/command/commands.h"
#include "router/command/json_text.h"
#include "router/message/request.h"

namespace spoor {
namespace {

int ExitCodeOf(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kOutOfRange:
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kAlreadyExists:
      return kUsage;
    case absl::StatusCode::kAborted:  // an input that breaks off, a job that came to nothing
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

struct Flag {
  absl::string_view field, flag;
};

// What the members of requests are called on the command line.
constexpr Flag kFlags[] = {
    {"/query/id", "--id"},
    {"/query/coords", "--file"},
    {"/k", "--k"},
    {"/score", "--score"},
    {"/direction", "--direction"},
    {"/min_score", "--min-score"},
    {"/max_distance_m", "--max-distance-m"},
    {"/rerank/measure", "--measure"},
    {"/rerank/candidates", "--candidates"},
    {"/rerank/params", "--param"},
    {"/measure", "--measure"},
    {"/params", "--param"},
    {"/exact", "--exact"},
    {"/limit", "--limit"},
    {"/between", "--between"},
    {"/within", "--within"},
    {"/stretch", "--stretch"},
    {"/from", "--from"},
    {"/to", "--to"},
    {"/min_length_m", "--min-length-m"},
    {"/min_trajectories", "--min-trips"},
    {"/min_objects", "--min-objects"},
    {"/occurrences", "--occurrences"},
    {"/region/bbox", "--bbox"},
    {"/region/time", "--time"},
    {"/region/polygon", "--polygon"},
    {"/region/objects", "--object"},
    {"/region/tags", "--tag"},
    {"/filter/bbox", "--bbox"},
    {"/filter/time", "--time"},
    {"/filter/polygon", "--polygon"},
    {"/filter/relation", "--relation"},
    {"/filter/objects", "--object"},
    {"/filter/tags", "--tag"},
    {"/filter/exclude", "--exclude"},
};

// "--bbox /1" of "/filter/bbox/1", also where a job has it below "/select" or "/params".
std::string AsFlag(absl::string_view field) {
  absl::string_view rest = field;
  if (absl::StartsWith(rest, "/select/")) rest.remove_prefix(7);
  if (absl::StartsWith(rest, "/params/")) rest.remove_prefix(7);
  for (const Flag& flag : kFlags) {
    absl::string_view place = rest;
    if (!absl::ConsumePrefix(&place, flag.field) || (!place.empty() && place[0] != '/')) continue;
    return absl::StrCat(flag.flag, place.empty() ? "" : " ", place);
  }
  return std::string(field.data(), field.size());
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
  if (broken || TextMember(body, "type").empty()) {  // every error of spoor's says its type
    terminal.err << "spoor: " << where << "what answered " << problem.status
                 << " is no spoor server\n";
    return kUnreachable;
  }
  const boost::json::array& errors = ListMember(body, "errors");
  const std::string detail = TextMember(body, "detail");
  const bool details_follow = detail.empty() || !errors.empty();
  terminal.err << "spoor: " << where << (details_follow ? TextMember(body, "title") : detail)
               << '\n';
  for (const boost::json::value& error : errors) {
    const boost::json::value* value = Member(error, "value");
    terminal.err << "  " << AsFlag(TextMember(error, "field"));
    if (value != nullptr) terminal.err << " is " << JsonTextOf(*value);
    terminal.err << "; allowed: " << TextMember(error, "allowed") << '\n';
  }
  return ExitCodeOf(problem.status);
}

}  // namespace spoor
