#include <chrono>

#include "absl/strings/str_cat.h"
#include "router/page.h"
#include "router/problem.h"
#include "router/record_json.h"
#include "router/request_filter.h"
#include "router/request_search.h"
#include "router/route.h"
#include "router/token.h"

namespace spoor {
namespace {

ApiResponse UnknownTrajectory() {
  return Problem(404, "unknown-trajectory", "the collection has no trajectory of this id");
}

std::string TokenOf(const Engine& engine, const WriteResult& result) {
  return EncodeToken({.log_id = engine.Stats().log_id, .position = result.position});
}

}  // namespace

ApiResponse ServeListTrajectories(const Call& call) {
  Problems problems;
  RangeQuery query;
  query.filter = FilterFromParams(call.target, problems);
  query.limit = UintParam(call.target, "limit", {1, kMaxPage}, query.limit, problems);
  query.after_id = CursorParam(call.target, problems);
  if (!problems.ok()) return problems.Response();
  ApiResponse refusal;
  const Collection collection = CollectionOf(call, &refusal);
  if (collection == nullptr) return refusal;
  return AnswerPage(call, *collection, query,
                    {.list = "trajectories", .include = {.summary = true, .tags = true}});
}

ApiResponse ServeGetTrajectory(const Call& call) {
  ApiResponse refusal;
  const Collection collection = CollectionOf(call, &refusal);
  if (collection == nullptr) return refusal;
  const auto found = collection->Get(TrajectoryId(call.names[1]));
  if (found.status().code() == absl::StatusCode::kNotFound) return UnknownTrajectory();
  if (!found.ok()) return ProblemFromStatus(found.status());
  JsonWriter w;
  if (call.geojson) {
    WriteFeature(*found, w);
  } else {
    WriteRecord(*found, w);
  }
  return AnswerOf(call, w.Take());
}

ApiResponse ServeDeleteTrajectory(const Call& call) {
  ApiResponse refusal;
  const Collection collection = CollectionOf(call, &refusal);
  if (collection == nullptr) return refusal;
  const auto result = collection->Delete({TrajectoryId(call.names[1])});
  if (!result.ok()) return ProblemFromStatus(result.status());
  if (result->deleted == 0) return UnknownTrajectory();
  return {.status = 204,
          .content_type = "",
          .headers = {{"Spoor-Token", TokenOf(*collection, *result)}},
          .body = ""};
}

ApiResponse ServeDeleteWhere(const Call& call) {
  const auto start = std::chrono::steady_clock::now();
  Problems problems;
  ObjectReader object(*call.body, problems);
  Filter filter;
  const auto given = object.Find("filter");
  if (given) filter = ReadFilter(*given, problems);
  object.Finish();
  if (problems.ok() && filter.empty()) {  // a slip must not empty a collection
    problems.Add("/filter", "", "at least one condition; DELETE the collection to drop everything");
  }
  if (!problems.ok()) return problems.Response();
  ApiResponse refusal;
  const Collection collection = CollectionOf(call, &refusal);
  if (collection == nullptr) return refusal;
  const auto result = collection->DeleteWhere(filter, call.patience);
  if (!result.ok()) return ProblemFromStatus(result.status());
  JsonWriter w;
  w.BeginObject();
  w.MemberUint("deleted", result->deleted);
  w.Member("token", TokenOf(*collection, *result));
  w.Key("took_ms");
  w.Rounded(
      std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count(),
      3);
  w.EndObject();
  return AnswerOf(call, w.Take());
}

}  // namespace spoor
