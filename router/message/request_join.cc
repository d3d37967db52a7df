#include "router/message/request_join.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "geo/measure/measure.h"
#include "router/message/request_filter.h"
#include "router/message/request_search.h"
#include "router/message/token.h"

namespace spoor {
namespace {

constexpr absl::string_view kTypes[] = {"join"};
constexpr absl::string_view kJoinScores[] = {"jaccard"};

// {"filter"} | {"all": true}
void ReadSelect(const JsonValue& value, JoinRequest& request, Problems& problems) {
  constexpr absl::string_view kAllowed = "{\"filter\": …} or {\"all\": true}";
  ObjectReader object(value, problems);
  const auto filter = object.Find("filter");
  const auto all = object.Bool("all");
  object.Finish();
  if (!problems.ok()) return;
  if (filter.has_value() == all.has_value() || (all && !*all)) {
    problems.Add(value.Pointer(), value.Text(), std::string(kAllowed));
  } else if (filter) {
    request.query.filter = ReadFilter(*filter, problems);
  }
}

void ReadMeasure(const JsonValue& at, absl::string_view name, ObjectReader& object,
                 JoinRequest& request, Problems& problems) {
  MeasureParams params;
  if (const auto given = object.Find("params")) params = ReadMeasureParams(*given, problems);
  auto measure = MakeMeasure(name, params);
  if (!measure.ok()) {
    const bool unknown = absl::IsNotFound(measure.status());
    problems.Add(at.Pointer() + (unknown ? "/measure" : "/params"), unknown ? Quoted(name) : "",
                 std::string(measure.status().message()));
    return;
  }
  request.query.measure = Rerank{
      .measure = *std::move(measure), .name = std::string(name), .params = std::move(params)};
}

void ReadParams(const JsonValue& value, JoinRequest& request, Problems& problems) {
  ObjectReader object(value, problems);
  const auto score = object.Number("min_score", 0, 1);
  const auto measure = object.Text("measure");
  if (measure) ReadMeasure(value, *measure, object, request, problems);
  request.query.max_distance_m = object.Number("max_distance_m", 0, kMaxDistance);
  object.OneOf("score", kJoinScores);
  request.query.direction =
      static_cast<Direction>(object.OneOf("direction", kDirections).value_or(0));
  object.Finish();
  if (!problems.ok()) return;
  if (score.has_value() == measure.has_value()) {
    problems.Add(value.Pointer(), "", "either min_score, or measure with max_distance_m");
  } else if (score && !(*score > 0)) {
    problems.Add(value.Pointer() + "/min_score", "0", "above 0, at most 1");
  } else if (measure.has_value() != request.query.max_distance_m.has_value()) {
    problems.Add(value.Pointer() + "/max_distance_m", "", "with measure, and only then");
  }
  request.query.min_score = score.value_or(0);
}

}  // namespace

bool ReadJoin(const JsonValue& body, JoinRequest& request, ApiResponse* refusal) {
  Problems problems;
  ObjectReader object(body, problems);
  const auto type = object.OneOf("type", kTypes);
  if (!type && problems.ok()) problems.Add("/type", "", "join");
  const auto select = object.Find("select");
  const auto params = object.Find("params");
  const auto token = object.Text("token");
  object.Finish();
  if (!select && problems.ok()) {
    problems.Add("/select", "", "{\"filter\": …} or {\"all\": true}");
  }
  if (!params && problems.ok()) {
    problems.Add("/params", "", "either min_score, or measure with max_distance_m");
  }
  if (select) ReadSelect(*select, request, problems);
  if (params) ReadParams(*params, request, problems);
  if (token) {
    request.written = DecodeToken(*token);
    if (!request.written) problems.Add("/token", Quoted(*token), "the token of a write's answer");
  }
  if (!problems.ok()) *refusal = problems.Response();
  return problems.ok();
}

absl::StatusOr<JoinRequest> JoinRequestOf(const std::string& body) {
  JsonDocument document;
  if (absl::Status s = document.Parse(body); !s.ok()) return s;
  JoinRequest request;
  ApiResponse refusal;
  if (ReadJoin(document.root(), request, &refusal)) return request;
  return absl::InvalidArgumentError("the request of the job is not valid in this version");
}

}  // namespace spoor
