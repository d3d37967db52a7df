#include "router/message/openapi.h"

#include <gtest/gtest.h>

#include <functional>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "geo/measure/measure.h"
#include "router/api/openapi_kinds.h"
#include "router/api/route.h"
#include "router/jobs/kind.h"
#include "router/message/problem.h"
#include "tests/router/api_world.h"
#include "tests/router/json_schema.h"

namespace spoor::testing {
namespace {

using boost::json::value;

const value& Document() {
  static const auto* const document = new value(ParseJson(OpenApiJson()));
  return *document;
}

TEST(OpenApi, DescribesEveryRouteAndNoOther) {
  std::set<std::string> described, served;
  for (const auto& [path, item] : Document().at("paths").as_object()) {
    for (const auto& [method, operation] : item.as_object()) {
      if (method == "parameters") continue;
      described.insert(
          absl::StrCat(absl::AsciiStrToUpper(std::string(method)), " ", std::string(path)));
    }
  }
  for (const Route& route : AllRoutes())
    served.insert(absl::StrCat(route.method, " ", route.pattern));
  EXPECT_EQ(described, served);
}

TEST(OpenApi, DescribesEveryQueryParameter) {
  const SchemaChecker checker(Document());
  for (const Route& route : AllRoutes()) {
    const value& operation = Document().at_pointer(
        absl::StrCat("/paths/", absl::StrReplaceAll(route.pattern, {{"/", "~1"}}), "/",
                     absl::AsciiStrToLower(route.method)));
    std::set<std::string> described, taken = {"timeout_ms"};
    for (const value& parameter : operation.at("parameters").as_array()) {
      const auto* ref = parameter.as_object().if_contains("$ref");
      const value& p = ref == nullptr ? parameter : checker.Resolve(*ref);
      if (p.at("in") == "query") described.insert(std::string(p.at("name").as_string()));
    }
    for (const absl::string_view param : route.params) {
      taken.insert(param == "column." ? "columns" : std::string(param));
    }
    EXPECT_EQ(described, taken) << route.method << " " << route.pattern;
  }
}

// Generators make classes, functions and files of the names, on file systems that know no case.
TEST(OpenApi, NamesDifferInMoreThanCase) {
  std::set<std::string> seen;
  const auto add = [&](absl::string_view name) {
    EXPECT_TRUE(seen.insert(absl::AsciiStrToLower(name)).second) << name;
  };
  for (const auto& [kind, components] : Document().at("components").as_object()) {
    for (const auto& [name, component] : components.as_object()) add({name.data(), name.size()});
  }
  for (const auto& [path, item] : Document().at("paths").as_object()) {
    for (const auto& [method, operation] : item.as_object()) {
      if (method != "parameters") add(std::string(operation.at("operationId").as_string()));
    }
  }
}

// Calls visit(schema, where) for all objects of the document that look like schemas.
void ForEachSchema(
    const value& at, const std::string& where,
    const std::function<void(const boost::json::object&, const std::string&)>& visit) {
  if (at.is_array()) {
    size_t i = 0;
    for (const value& item : at.as_array())
      ForEachSchema(item, absl::StrCat(where, "/", i++), visit);
  }
  if (!at.is_object()) return;
  const auto& object = at.as_object();
  if (object.contains("type") || object.contains("oneOf")) visit(object, where);
  for (const auto& [name, member] : object) {
    ForEachSchema(member, absl::StrCat(where, "/", std::string(name)), visit);
  }
}

TEST(OpenApi, SchemasTellGeneratorsEnough) {
  int schemas = 0;
  ForEachSchema(Document(), "", [&](const boost::json::object& schema, const std::string& where) {
    ++schemas;
    const auto* type = schema.if_contains("type");
    if (type != nullptr && *type == "array") {
      EXPECT_TRUE(schema.contains("items")) << where;
    }
    // It counts characters, and what is meant are bytes.
    EXPECT_FALSE(schema.contains("maxLength")) << where;
    if (const auto* choices = schema.if_contains("oneOf")) {
      EXPECT_GE(choices->as_array().size(), 2u) << where;
    }
  });
  EXPECT_GT(schemas, 100);
  for (const auto& [path, item] : Document().at("paths").as_object()) {
    const std::string text(path);
    for (const auto& [method, operation] : item.as_object()) {
      if (method == "parameters") continue;
      for (const value& parameter : operation.at("parameters").as_array()) {
        const auto* name = parameter.as_object().if_contains("name");
        if (name == nullptr) continue;
        EXPECT_FALSE(absl::StrContains(std::string(name->as_string()), "{")) << text;
      }
    }
  }
}

// The body with every default of its schema written out.
value WithDefaults(const value& schema, const value& body) {
  const SchemaChecker checker(Document());
  const auto& s = schema.as_object();
  if (const auto* ref = s.if_contains("$ref")) return WithDefaults(checker.Resolve(*ref), body);
  if (!body.is_object() || !s.contains("properties")) return body;
  boost::json::object out = body.as_object();
  for (const auto& [name, property] : s.at("properties").as_object()) {
    if (auto* member = out.if_contains(name)) {
      *member = WithDefaults(property, *member);
    } else if (const auto* preset = property.as_object().if_contains("default")) {
      out.emplace(name, *preset);
    }
  }
  return out;
}

TEST(OpenApi, DefaultsWrittenOutMeanTheSame) {
  ApiWorld world;
  ASSERT_EQ(world.Load("c", EastRecord("a", 0, 80) + EastRecord("b", 0, 60)).status, 200);
  struct Row {
    std::string schema, path, body;
  };
  for (const Row& row : std::initializer_list<Row>{
           {"SimilarRequest", "/search/similar", R"({"query":{"id":"a"}})"},
           {"SimilarRequest", "/search/similar",
            R"({"query":{"id":"a"},"filter":{},"rerank":{"measure":"dtw"}})"},
           {"SimilarRequest", "/search/similar",
            R"({"query":{"id":"a"},"filter":{"bbox":[-1,50,1,52]},"consistency":"bounded"})"},
           {"RangeRequest", "/search/range", "{}"},
           {"RangeRequest", "/search/range", R"({"filter":{"objects":["x"]}})"}}) {
    const value schema = Document().at_pointer("/components/schemas/" + row.schema);
    const std::string full = boost::json::serialize(WithDefaults(schema, ParseJson(row.body)));
    EXPECT_GT(full.size(), row.body.size() + 40);
    const ApiResponse with = world.Send("POST", "/v1/collections/c" + row.path, full);
    ASSERT_EQ(with.status, 200) << full << with.body;
    const ApiResponse without = world.Send("POST", "/v1/collections/c" + row.path, row.body);
    value one = ParseJson(with.body), other = ParseJson(without.body);
    one.as_object().erase("took_ms");
    other.as_object().erase("took_ms");
    EXPECT_EQ(one, other) << full;
  }
  const std::string index = boost::json::serialize(
      WithDefaults(Document().at_pointer("/components/schemas/CollectionOrder"), ParseJson("{}")));
  EXPECT_EQ(world.Send("PUT", "/v1/collections/d", "{}").status, 201);
  EXPECT_EQ(world.Send("PUT", "/v1/collections/d", index).status, 200) << index;
}

TEST(OpenApi, WholeNumbersMayBeWrittenAsFractions) {
  ApiWorld world;
  ASSERT_EQ(world.Load("c", EastRecord("a", 0, 80)).status, 200);
  EXPECT_EQ(world
                .Send("POST", "/v1/collections/c/search/similar",
                      R"({"query":{"id":"a"},"k":3.0,"max_staleness_ms":1e3})")
                .status,
            200);
}

TEST(OpenApi, AServedPageTellsOfEveryTypeOfJob) {
  const auto page = ParseJson(OpenApiWithKinds());
  const auto& schemas = page.at("components").at("schemas");
  const auto& names = schemas.at("JobType").at("enum").as_array();
  ASSERT_EQ(names.size(), AllKinds().size());
  for (size_t i = 0; i < names.size(); ++i) {
    const std::string name(AllKinds()[i]->name);
    EXPECT_EQ(names[i].as_string(), name);
    const auto& params = schemas.at("JobParams").at("anyOf").at(i);
    EXPECT_EQ(params.at("title").as_string(), name);
    EXPECT_TRUE(params.at("allOf").at(0).is_object());
  }
}

TEST(OpenApi, EveryReferenceLeadsSomewhere) {
  const std::string text(OpenApiJson());
  const SchemaChecker checker(Document());
  int seen = 0;
  for (size_t at = text.find("\"#/"); at != std::string::npos;
       at = text.find("\"#/", at + 1), ++seen) {
    const std::string ref = text.substr(at + 1, text.find('"', at + 1) - at - 1);
    EXPECT_NO_THROW(static_cast<void>(checker.Resolve(value(ref)))) << ref;
  }
  EXPECT_GT(seen, 50);
}

// A request to each operation, and what it should answer.
struct Sample {
  std::string method, path, target, body;
  int status = 200;
  std::string accept = "application/json";
  std::string content_type = "application/json";
};

std::vector<Sample> MotifSamples() {
  const std::string path = "/v1/collections/{c}/search/motifs";
  const std::string target = "/v1/collections/c/search/motifs";
  const std::string between =
      R"({"between":[{"id":"a"},{"id":"b"}],"max_distance_m":"auto","min_length_m":1})";
  return {{"POST", path, target, "{}", 422},
          {"POST", path, target, between},
          {"POST", path, target, between, 200, "application/geo+json"},
          {"POST", path, target,
           R"({"within":{"id":"a"},"direction":"either","exact":{"min_fixes":3}})"},
          {"POST", path, target, R"({"stretch":{"id":"a"},"from":1,"to":40})"},
          {"POST", path, target, R"({"stretch":{"id":"a"},"from":1,"to":400})", 422},
          {"POST", path, target, R"({"region":{"bbox":[-1,50,1,53]},"min_length_m":1})"}};
}

std::vector<Sample> FixSamples() {
  const std::string path = "/v1/collections/{c}/fixes", target = "/v1/collections/c/fixes";
  return {{"POST", path, target + "?results=all&lateness_s=5",
           "{\"object\":\"f\",\"time\":9,\"lon\":1,\"lat\":1}\n"
           "{\"object\":\"f\",\"time\":1,\"lon\":1,\"lat\":1}\nnonsense\n",
           200, "*/*", "application/x-ndjson"},
          {"POST", path, target, "x", 415, "*/*", "text/csv"}};
}

std::vector<Sample> OtherSamples(const std::string& job) {
  const std::string c = "/v1/collections/{c}";
  const std::string search =
      R"({"query":{"id":"a"},"include":["geometry","matches","summary"],"explain":true,)"
      R"("rerank":{"measure":"dtw"},"filter":{"bbox":[-10,-10,10,60],"exclude":["z"]}})";
  const std::string geo = "application/geo+json", mf = "application/vnd.ogc.mf+json";
  return {
      {"GET", "/healthz", "/healthz", ""},
      {"GET", "/readyz", "/readyz", ""},
      {"GET", "/openapi.json", "/openapi.json", ""},
      {"GET", "/v1/collections", "/v1/collections?limit=1", ""},
      {"PUT", c, "/v1/collections/new", R"({"index":{"scheme":"cells","depth":30}})", 201},
      {"PUT", c, "/v1/collections/new", R"({"index":{"scheme":"cells","depth":30}})", 200},
      {"PUT", c, "/v1/collections/auto", "", 201},
      {"GET", c, "/v1/collections/c", ""},
      {"GET", c, "/v1/collections/none", "", 404},
      {"POST", c + "/trajectories", "/v1/collections/c/trajectories?clean=true&results=all",
       EastRecord("x", 0, 5) + "{}\n", 200, "*/*", "application/x-ndjson"},
      {"POST", c + "/trajectories", "/v1/collections/c/trajectories", "x", 415, "*/*",
       "text/plain"},
      {"GET", c + "/trajectories", "/v1/collections/c/trajectories?limit=1", ""},
      {"GET", c + "/trajectories", "/v1/collections/c/trajectories?limit=1", "", 200, geo},
      {"GET", c + "/trajectories", "/v1/collections/c/trajectories", "", 200, mf},
      {"GET", c + "/trajectories/{id}", "/v1/collections/c/trajectories/a", ""},
      {"GET", c + "/trajectories/{id}", "/v1/collections/c/trajectories/a", "", 200, mf},
      {"GET", c + "/trajectories/{id}", "/v1/collections/c/trajectories/a", "", 200, geo},
      {"GET", c + "/trajectories/{id}", "/v1/collections/c/trajectories/none", "", 404},
      {"PUT", c + "/trajectories/{id}", "/v1/collections/c/trajectories/a", EastRecord("a", 0, 20),
       428},
      {"POST", c + "/search/similar", "/v1/collections/c/search/similar", search},
      {"POST", c + "/search/similar", "/v1/collections/c/search/similar", search, 200, geo},
      {"POST", c + "/search/similar", "/v1/collections/c/search/similar",
       R"({"query":{"id":"a"},"exact":true,"explain":true,"rerank":{"measure":"dtw"}})"},
      {"POST", c + "/search/similar", "/v1/collections/c/search/similar", "{}", 422},
      {"POST", c + "/search/similar", "/v1/collections/c/search/similar", "{", 400},
      {"POST", c + "/search/range", "/v1/collections/c/search/range",
       R"({"limit":2,"include":["geometry","summary"],"explain":true})"},
      {"POST", c + "/search/range", "/v1/collections/c/search/range",
       R"({"limit":2,"explain":true})", 200, geo},
      {"POST", c + "/trajectories/delete", "/v1/collections/c/trajectories/delete",
       R"({"filter":{"objects":["x"]}})"},
      {"DELETE", c + "/trajectories/{id}", "/v1/collections/c/trajectories/x", "", 204},
      {"GET", "/v1/cluster", "/v1/cluster", ""},
      {"POST", c + "/jobs", "/v1/collections/c/jobs",
       R"({"type":"join","select":{"all":true},"params":{"min_score":0.5}})", 202},
      {"POST", c + "/jobs", "/v1/collections/c/jobs", R"({"type":"join"})", 422},
      {"GET", "/v1/jobs", "/v1/jobs", ""},
      {"POST", c + "/jobs", "/v1/collections/c/jobs?wait_ms=60000",
       R"({"type":"export","select":{"ids":["a","none"]}})", 200},
      {"POST", "/v1/jobs/{id}/resume", "/v1/jobs/join-none/resume", "", 404},
      {"GET", "/v1/jobs/{id}/result", "/v1/jobs/join-none/result", "", 404},
      {"GET", "/v1/jobs/{id}/result/{part}", "/v1/jobs/" + job + "/result/rows", ""},
      {"GET", "/v1/jobs/{id}/result/{part}", "/v1/jobs/" + job + "/result/none", "", 404},
      {"GET", "/v1/jobs/{id}", "/v1/jobs/" + job, ""},
      {"DELETE", "/v1/jobs/{id}", "/v1/jobs/none", "", 404},
      {"DELETE", c, "/v1/collections/new", "", 204},
  };
}

std::vector<Sample> OgcSamples() {
  const std::string c = "/ogc/collections/{c}", item = c + "/items/{id}";
  const std::string at = "/ogc/collections/c/items/a";
  return {{"GET", "/ogc", "/ogc", ""},
          {"GET", "/ogc", "/ogc?x=1", "", 400},
          {"GET", "/ogc/conformance", "/ogc/conformance", ""},
          {"GET", "/ogc/collections", "/ogc/collections", ""},
          {"GET", c, "/ogc/collections/c", ""},
          {"GET", c, "/ogc/collections/none", "", 404},
          {"GET", c + "/items", "/ogc/collections/c/items?limit=1", ""},
          {"GET", c + "/items", "/ogc/collections/c/items", "", 200, "application/geo+json"},
          {"GET", c + "/items", "/ogc/collections/c/items?bbox=1", "", 400},
          {"GET", item, at, "", 200, "application/geo+json"},
          {"GET", item, "/ogc/collections/c/items/none", "", 404},
          {"GET", item + "/tgsequence", at + "/tgsequence", ""},
          {"GET", item + "/tgsequence", at + "/tgsequence?leaf=x", "", 400}};
}

std::vector<Sample> Samples(const std::string& job) {
  std::vector<Sample> samples = MotifSamples();
  for (Sample& fixes : FixSamples()) samples.push_back(std::move(fixes));
  for (Sample& ogc : OgcSamples()) samples.push_back(std::move(ogc));
  for (Sample& other : OtherSamples(job)) samples.push_back(std::move(other));
  return samples;
}

// Where the document describes the answer: the schema, or null when it has no body.
const value* SchemaOf(const Sample& sample, const ApiResponse& answer) {
  const SchemaChecker checker(Document());
  const std::string pointer =
      absl::StrCat("/paths/", absl::StrReplaceAll(sample.path, {{"/", "~1"}}), "/",
                   absl::AsciiStrToLower(sample.method), "/responses/", answer.status);
  const value* response = &Document().at_pointer(pointer);
  if (const auto* ref = response->as_object().if_contains("$ref"))
    response = &checker.Resolve(*ref);
  const auto* content = response->as_object().if_contains("content");
  return content == nullptr ? nullptr : &content->at(answer.content_type).at("schema");
}

TEST(OpenApi, RealAnswersAreWhatItDescribes) {
  ApiWorld world;
  ASSERT_EQ(world
                .Load("c", EastRecord("a", 0, 80, R"("object":"o","tags":{"m":"n"},)") +
                               EastRecord("b", 0, 80) + R"({"id":"point","coords":[[1,2]]})")
                .status,
            200);
  const ApiResponse started = world.Send("POST", "/v1/collections/c/tune");
  ASSERT_EQ(started.status, 202);
  const SchemaChecker checker(Document());
  EXPECT_EQ(
      checker.Check(Document().at_pointer("/components/schemas/Job"), ParseJson(started.body)), "");
  for (const Sample& sample : Samples(At(started, "/id"))) {
    SCOPED_TRACE(absl::StrCat(sample.method, " ", sample.target, " as ", sample.accept));
    const ApiResponse answer =
        world.Send(sample.method, sample.target, sample.body,
                   {{"accept", sample.accept}, {"content-type", sample.content_type}});
    EXPECT_EQ(answer.status, sample.status) << answer.body;
    const value* schema = SchemaOf(sample, answer);
    EXPECT_EQ(schema == nullptr, answer.body.empty());
    if (schema != nullptr) {
      EXPECT_EQ(checker.Check(*schema, ParseJson(answer.body)), "") << answer.body;
    }
  }
}

TEST(OpenApi, TheCheckerFindsMistakes) {
  const SchemaChecker checker(Document());
  const auto check = [&](absl::string_view schema, absl::string_view text) {
    return checker.Check(Document().at_pointer(absl::StrCat("/components/schemas/", schema)),
                         ParseJson(text));
  };
  EXPECT_EQ(check("Slots", R"({"asked":1,"answered":1,"failed":0})"), "");
  EXPECT_NE(check("Slots", R"({"asked":1,"answered":1})"), "");
  EXPECT_NE(check("Slots", R"({"asked":1,"answered":1,"failed":"0"})"), "");
  EXPECT_NE(check("Slots", R"({"asked":1,"answered":1,"failed":-1})"), "");
  EXPECT_NE(check("Slots", R"({"asked":1,"answered":1,"failed":0,"more":1})"), "");
  EXPECT_NE(check("Box", "[1,2,3]"), "");
  EXPECT_NE(check("Area", R"({"type":"Point","coordinates":[]})"), "");
}

// Who adds a measure describes it there: what it is, its unit, and what it is told.
TEST(OpenApi, DescribesEveryMeasureAndItsParametersAndNoOther) {
  const value& measure = Document().at_pointer("/components/schemas/Measure");
  const std::string description(measure.at("description").as_string());
  std::set<std::string> described, registered, told, takes;
  for (const value& name : measure.at("enum").as_array()) described.emplace(name.as_string());
  const value& params = Document().at_pointer("/components/schemas/MeasureParams/properties");
  for (const auto& [name, schema] : params.as_object()) told.emplace(name);
  for (const MeasureEntry& entry : AllMeasures()) {
    registered.emplace(entry.name);
    for (const MeasureParam& param : entry.params()) takes.emplace(param.name);
    EXPECT_TRUE(absl::StrContains(description, absl::StrCat(entry.name, ": "))) << entry.name;
  }
  EXPECT_EQ(described, registered);
  EXPECT_EQ(told, takes);
}

TEST(OpenApi, NamesEveryKindOfProblem) {
  for (const ProblemKind& kind : AllProblemKinds()) {
    EXPECT_TRUE(absl::StrContains(OpenApiJson(), kind.name)) << kind.name;
  }
}

}  // namespace
}  // namespace spoor::testing
