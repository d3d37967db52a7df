#include "router/message/request_join.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "geo/measure/measure.h"
#include "router/message/request_search.h"

namespace spoor {
namespace {

constexpr absl::string_view kJoinScores[] = {"jaccard"};

void ReadMeasure(const JsonValue& at, absl::string_view name, ObjectReader& object,
                 JoinQuery& query, Problems& problems) {
  MeasureParams params;
  if (const auto given = object.Find("params")) params = ReadMeasureParams(*given, problems);
  auto measure = MakeMeasure(name, params);
  if (!measure.ok()) {
    const bool unknown = absl::IsNotFound(measure.status());
    problems.Add(at.Pointer() + (unknown ? "/measure" : "/params"), unknown ? Quoted(name) : "",
                 std::string(measure.status().message()));
    return;
  }
  query.measure = Rerank{
      .measure = *std::move(measure), .name = std::string(name), .params = std::move(params)};
}

}  // namespace

JoinQuery ReadJoinParams(const JsonValue* value, Problems& problems) {
  JoinQuery query;
  if (value == nullptr) {
    if (problems.ok()) {
      problems.Add("/params", "", "either min_score, or measure with max_distance_m");
    }
    return query;
  }
  ObjectReader object(*value, problems);
  const auto score = object.Number("min_score", 0, 1);
  const auto measure = object.Text("measure");
  if (measure) ReadMeasure(*value, *measure, object, query, problems);
  query.max_distance_m = object.Number("max_distance_m", 0, kMaxDistance);
  object.OneOf("score", kJoinScores);
  query.direction = static_cast<Direction>(object.OneOf("direction", kDirections).value_or(0));
  object.Finish();
  if (!problems.ok()) return query;
  if (score.has_value() == measure.has_value()) {
    problems.Add(value->Pointer(), "", "either min_score, or measure with max_distance_m");
  } else if (score && !(*score > 0)) {
    problems.Add(value->Pointer() + "/min_score", "0", "above 0, at most 1");
  } else if (measure.has_value() != query.max_distance_m.has_value()) {
    problems.Add(value->Pointer() + "/max_distance_m", "", "with measure, and only then");
  }
  query.min_score = score.value_or(0);
  return query;
}

void WriteJoinParams(const JoinQuery& query, JsonWriter& w) {
  w.BeginObject();
  if (query.measure) {
    w.Member("measure", query.measure->name);
    w.Key("params");
    w.BeginObject();
    for (const auto& [name, number] : query.measure->params) w.Key(name), w.Double(number);
    w.EndObject();
  } else {
    w.Key("min_score");
    w.Double(query.min_score);
    w.Member("score", kJoinScores[0]);
  }
  if (query.max_distance_m) w.Key("max_distance_m"), w.Double(*query.max_distance_m);
  w.Member("direction", kDirections[static_cast<size_t>(query.direction)]);
  w.EndObject();
}

}  // namespace spoor
