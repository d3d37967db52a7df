#include "router/message/request_search.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "geo/enum_names.h"
#include "geo/measure/measure.h"
#include "router/message/request_filter.h"
#include "router/message/request_geometry.h"
#include "router/message/token.h"

namespace spoor {
namespace {

constexpr absl::string_view kScores[] = {"jaccard", "containment"};
static_assert(AreNamesOf<Score>(kScores, {{Score::kJaccard, "jaccard"},
                                          {Score::kContainment, "containment"}}));
static_assert(AreNamesOf<Direction>(kDirections, {{Direction::kSame, "same"},
                                                  {Direction::kOpposite, "opposite"},
                                                  {Direction::kEither, "either"}}));
constexpr absl::string_view kConsistencies[] = {"eventual", "bounded", "session"};
constexpr uint64_t kMaxCandidates = 100'000;
// Of bounded reads: followers are rarely further behind, and lists do not wait for days.
constexpr uint64_t kDefaultStalenessMs = 1000, kMaxStalenessMs = 3'600'000;

}  // namespace

bool ReadAskedTrip(const JsonValue& value, const ApiLimits& limits, AskedTrip& trip,
                   Problems& problems, ApiResponse* refusal) {
  ObjectReader object(value, problems);
  const auto id = object.Text("id");
  const auto coords = object.Find("coords");
  object.Finish();
  trip.field = value.Pointer();
  if (id.has_value() == coords.has_value() && problems.ok()) {
    problems.Add(trip.field, "", "either id or coords");
  }
  if (id) {
    if (!IsValidName(*id)) problems.Add(trip.field + "/id", "", std::string(kIdAllowed));
    trip.id = std::string(*id);
  } else if (coords) {
    const auto list = coords->AsArray();
    if (list && list->size() > limits.max_fixes) {
      *refusal = Problem(413, "too-large",
                         absl::StrCat("a query may have ", limits.max_fixes, " positions"),
                         {{coords->Pointer(), absl::StrCat(list->size()),
                           absl::StrCat("at most ", limits.max_fixes, " positions")}});
      return false;
    }
    trip.fixes = ReadCoords(*coords, problems);
  }
  return true;
}

MeasureParams ReadMeasureParams(const JsonValue& value, Problems& problems) {
  MeasureParams params;
  const auto object = value.AsObject();
  if (!object) problems.Add(value.Pointer(), value.Text(), "an object of numbers");
  if (!object) return params;
  for (const auto& field : *object) {
    const absl::string_view name(field.key.data(), field.key.size());
    const JsonValue member(field.value, &value, name);
    const auto number = member.AsNumber();
    if (number) {
      params.emplace_back(std::string(name), *number);
    } else {
      problems.Add(member.Pointer(), member.Text(), "a number");
    }
    if (problems.full()) break;
  }
  return params;
}

namespace {

void ReadRerank(const JsonValue& value, SimilarRequest& request, Problems& problems) {
  ObjectReader object(value, problems);
  Rerank rerank;
  const auto name = object.Text("measure");
  rerank.candidates = object.Uint("candidates", 1, kMaxCandidates).value_or(rerank.candidates);
  MeasureParams params;
  if (const auto given = object.Find("params")) params = ReadMeasureParams(*given, problems);
  object.Finish();
  if (!name && problems.ok())
    problems.Add(value.Pointer() + "/measure", "", "the name of a measure");
  if (!name) return;
  auto measure = MakeMeasure(*name, params);
  if (measure.ok()) {
    rerank.measure = *std::move(measure);
    rerank.name = std::string(*name);
    rerank.params = std::move(params);
    request.query.rerank = std::move(rerank);
  } else {
    const bool unknown = measure.status().code() == absl::StatusCode::kNotFound;
    JsonWriter text;
    text.String(Shortened(*name, 80));
    problems.Add(value.Pointer() + (unknown ? "/measure" : "/params"), unknown ? text.Take() : "",
                 std::string(measure.status().message()));
  }
}

Include ReadInclude(const JsonValue& value, absl::Span<const absl::string_view> known,
                    Problems& problems) {
  Include include;
  const auto list = value.AsArray();
  if (!list)
    problems.Add(value.Pointer(), value.Text(),
                 absl::StrCat("a list of: ", absl::StrJoin(known, ", ")));
  if (!list) return include;
  size_t index = 0;
  for (const simdjson::dom::element element : *list) {
    const JsonValue item(element, &value, index++);
    const absl::string_view name = item.AsText().value_or("");
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      problems.Add(item.Pointer(), item.Text(), absl::StrJoin(known, ", "));
      if (problems.full()) break;
    }
    include.geometry |= name == "geometry";
    include.matches |= name == "matches";
    include.summary |= name == "summary";
    include.tags |= name == "tags";
  }
  return include;
}

void CheckTogether(const SimilarRequest& request, bool has_rerank, Problems& problems) {
  if (has_rerank) return;
  if (request.query.exact) problems.Add("/exact", "true", "true only with rerank");
  if (request.query.max_distance_m) problems.Add("/max_distance_m", "", "only with rerank");
}

}  // namespace

ReadTerms ReadTermsMembers(ObjectReader& object, Problems& problems) {
  ReadTerms terms;
  const auto consistency = object.OneOf("consistency", kConsistencies);
  const auto token = object.Text("token");
  const auto max_staleness_ms = object.Uint("max_staleness_ms", 0, kMaxStalenessMs);
  terms.allow_partial = object.Bool("allow_partial").value_or(false);
  if (consistency == size_t{1}) {
    terms.max_staleness_ms = static_cast<uint32_t>(max_staleness_ms.value_or(kDefaultStalenessMs));
  } else if (max_staleness_ms.value_or(kDefaultStalenessMs) != kDefaultStalenessMs) {
    problems.Add("/max_staleness_ms", "", "only with consistency bounded");
  }
  terms.written = ReadToken(token, "/token", problems);
  if (!token && consistency == size_t{2}) {
    problems.Add("/token", "", "the token of a write's answer, for consistency session");
  }
  return terms;
}

std::optional<WrittenTo> ReadToken(const std::optional<absl::string_view>& text,
                                   const std::string& field, Problems& problems) {
  if (!text) return std::nullopt;
  auto written = DecodeToken(*text);
  JsonWriter shown;
  shown.String(Shortened(*text, 80));
  if (!written) problems.Add(field, shown.Take(), "the token of a write's answer");
  return written;
}

std::optional<WrittenTo> TokenParam(const Target& target, Problems& problems) {
  std::optional<absl::string_view> text;
  if (const std::string* given = target.Param("token")) text = *given;
  return ReadToken(text, "?token", problems);
}

ReadTerms TermsFromParams(const Target& target, Problems& problems) {
  ReadTerms terms;
  const size_t consistency = ChoiceParam(target, "consistency", kConsistencies, problems);
  const auto max_staleness_ms = static_cast<uint32_t>(
      UintParam(target, "max_staleness_ms", {0, kMaxStalenessMs}, kDefaultStalenessMs, problems));
  if (consistency == 1) {
    terms.max_staleness_ms = max_staleness_ms;
  } else if (max_staleness_ms != kDefaultStalenessMs) {
    problems.Add("?max_staleness_ms", "", "only with consistency bounded");
  }
  terms.written = TokenParam(target, problems);
  if (consistency == 2 && target.Param("token") == nullptr) {
    problems.Add("?token", "", "the token of a write's answer, for consistency session");
  }
  return terms;
}

bool ReadSimilar(const JsonValue& body, const ApiLimits& limits, SimilarRequest& request,
                 ApiResponse* refusal) {
  static constexpr absl::string_view kIncludes[] = {"geometry", "matches", "summary", "tags"};
  Problems problems;
  ObjectReader object(body, problems);
  Query& query = request.query;
  const auto asked = object.Find("query");
  if (!asked && problems.ok()) problems.Add("/query", "", "{\"id\"} or {\"coords\"}");
  AskedTrip trip;
  if (asked && !ReadAskedTrip(*asked, limits, trip, problems, refusal)) return false;
  request.query_id = std::move(trip.id);
  query.fixes = std::move(trip.fixes);
  query.k = object.Uint("k", 1, kMaxPage).value_or(query.k);
  query.min_score = object.Number("min_score", 0, 1).value_or(query.min_score);
  query.max_distance_m = object.Number("max_distance_m", 0, kMaxDistance);
  query.score = static_cast<Score>(object.OneOf("score", kScores).value_or(0));
  query.direction = static_cast<Direction>(object.OneOf("direction", kDirections).value_or(0));
  const auto rerank = object.Find("rerank");
  if (rerank) ReadRerank(*rerank, request, problems);
  query.exact = object.Bool("exact").value_or(false);
  if (const auto filter = object.Find("filter")) query.filter = ReadFilter(*filter, problems);
  if (const auto include = object.Find("include"))
    request.include = ReadInclude(*include, kIncludes, problems);
  query.matches = request.include.matches;
  request.explain = object.Bool("explain").value_or(false);
  request.terms = ReadTermsMembers(object, problems);
  object.Finish();
  CheckTogether(request, rerank.has_value(), problems);
  if (!problems.ok()) *refusal = problems.Response();
  return problems.ok();
}

bool ReadRange(const JsonValue& body, absl::string_view collection, RangeRequest& request,
               ApiResponse* refusal) {
  static constexpr absl::string_view kIncludes[] = {"geometry", "summary", "tags"};
  Problems problems;
  ObjectReader object(body, problems);
  RangeQuery& query = request.query;
  if (const auto filter = object.Find("filter")) query.filter = ReadFilter(*filter, problems);
  query.limit = object.Uint("limit", 1, kMaxPage).value_or(query.limit);
  if (const auto cursor = object.Find("cursor")) {
    const auto after_id = DecodeCursor(TrajectoriesList(collection), cursor->AsText().value_or(""));
    if (!after_id)
      problems.Add("/cursor", cursor->Text(), "the `next` of an earlier page of this list");
    query.after_id = after_id.value_or("");
  }
  if (const auto include = object.Find("include"))
    request.include = ReadInclude(*include, kIncludes, problems);
  request.explain = object.Bool("explain").value_or(false);
  request.terms = ReadTermsMembers(object, problems);
  object.Finish();
  if (!problems.ok()) *refusal = problems.Response();
  return problems.ok();
}

}  // namespace spoor
