#include "router/api/api_jobs.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <set>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "router/message/body_source.h"
#include "router/message/event_stream.h"
#include "tests/router/api_world.h"

namespace spoor {
namespace {

namespace json = boost::json;
using testing::ApiWorld;
using testing::At;
using testing::EastRecord;

std::string Whole(const ApiResponse& response) {
  std::string text = response.body;
  if (response.rest == nullptr) return text;
  const absl::Status read = ReadAll(*response.rest, [&](absl::string_view piece) {
    text.append(piece.data(), piece.size());
    return absl::OkStatus();
  });
  EXPECT_TRUE(read.ok()) << read;
  return text;
}

class JobsApi : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string records;
    for (int i = 0; i < 12; ++i) {
      records += EastRecord(absl::StrCat("t", i), 0.01 * i, 20,
                            i % 3 == 0 ? R"("tags":{"mode":"bus","line":"4,5"},)"
                                       : absl::StrCat(R"("object":"o)", i % 3, R"(",)"));
    }
    records += R"({"id":"dateline","coords":[[179.9995,1],[-179.9995,1.0000001]]})"
               "\n";
    ASSERT_EQ(world_.Load("c", records).status, 200);
  }
  ApiResponse Post(const std::string& body, const std::string& query = "?wait_ms=30000") {
    return world_.Send("POST", "/v1/collections/c/jobs" + query, body);
  }
  ApiResponse Get(const std::string& target, const std::string& accept = "application/json") {
    return world_.Send("GET", target, "", {{"accept", accept}});
  }
  // The records of a collection, without their versions.
  std::set<std::string> RecordsOf(const std::string& collection) {
    std::set<std::string> out;
    const auto page = testing::ParseJson(
        world_.Send("GET", "/v1/collections/" + collection + "/trajectories?limit=100").body);
    for (const auto& entry : page.at("trajectories").as_array()) {
      auto record =
          testing::ParseJson(
              world_
                  .Send("GET", absl::StrCat("/v1/collections/", collection, "/trajectories/",
                                            std::string(entry.at("id").as_string())))
                  .body)
              .as_object();
      record.erase("version");
      out.insert(json::serialize(record));
    }
    return out;
  }
  ApiWorld world_;
};

TEST_F(JobsApi, ASmallJobIsThereAtOnce) {
  const ApiResponse done = Post(R"({"type":"export","select":{"all":true},"keep_for_s":60})");
  ASSERT_EQ(done.status, 200) << done.body;
  EXPECT_EQ(At(done, "/state"), "done");
  EXPECT_EQ(At(done, "/type"), "export");
  EXPECT_EQ(At(done, "/select"), R"({"all":true})");
  EXPECT_EQ(At(done, "/params"), "{}");
  EXPECT_EQ(At(done, "/steps/0/name"), "write");
  EXPECT_EQ(At(done, "/steps/0/state"), "done");
  EXPECT_EQ(At(done, "/parts/0/name"), "trajectories");
  EXPECT_EQ(At(done, "/parts/0/rows"), "13");
  EXPECT_EQ(At(done, "/parts/0/geometry"), "true");
  EXPECT_EQ(At(done, "/progress/done"), "13");
  EXPECT_NE(At(done, "/as_of"), "-");
  EXPECT_NE(At(done, "/ended"), "-");
  EXPECT_EQ(Post(R"({"type":"export","select":{"all":true}})", "").status, 202);
  EXPECT_EQ(Post(R"({"type":"export","select":{"all":true}})", "?wait_ms=x").status, 422);
}

TEST_F(JobsApi, AnExportLoadsBackInEveryFormat) {
  const std::string id = At(Post(R"({"type":"export","select":{"all":true}})"), "/id");
  const std::string result = "/v1/jobs/" + id + "/result/trajectories";
  const auto truth = RecordsOf("c");
  ASSERT_EQ(truth.size(), 13u);
  const ApiResponse lines = Get(result, "application/x-ndjson");
  ASSERT_EQ(lines.status, 200);
  ASSERT_EQ(world_.Load("lines", Whole(lines)).status, 200);
  EXPECT_EQ(RecordsOf("lines"), truth);
  const ApiResponse features = Get(result, "application/geo+json");
  ASSERT_EQ(features.status, 200) << features.body;
  EXPECT_EQ(At(features, "/complete"), "true");
  ASSERT_EQ(world_
                .Send("POST", "/v1/collections/features/trajectories", features.body,
                      {{"content-type", "application/geo+json"}})
                .status,
            200);
  EXPECT_EQ(RecordsOf("features"), truth);
  const ApiResponse table = Get(result, "text/csv");
  ASSERT_EQ(table.status, 200);
  EXPECT_TRUE(absl::StartsWith(table.body, "id,object,lon,lat,time,tags_json\n")) << table.body;
  const ApiResponse loaded = world_.Send("POST", "/v1/collections/table/trajectories", table.body,
                                         {{"content-type", "text/csv"}});
  ASSERT_EQ(loaded.status, 200) << loaded.body;
  EXPECT_EQ(At(loaded, "/accepted"), "13") << loaded.body;
  EXPECT_EQ(RecordsOf("table"), truth);
  for (const std::string& type :
       {std::string("application/gpx+xml"), std::string("application/vnd.ogc.mf+json")}) {
    const ApiResponse document = Get(result, type);
    ASSERT_EQ(document.status, 200) << document.body;
    const std::string copy = type == "application/gpx+xml" ? "gpx" : "mf";
    ASSERT_EQ(world_
                  .Send("POST", "/v1/collections/" + copy + "/trajectories", document.body,
                        {{"content-type", type}})
                  .status,
              200);
    EXPECT_EQ(RecordsOf(copy), truth) << type;
  }
}

TEST_F(JobsApi, PagesOfAPartMakeItWhole) {
  const std::string id = At(Post(R"({"type":"stats","select":{"all":true}})"), "/id");
  const std::string result = "/v1/jobs/" + id + "/result";
  std::vector<std::string> rows;
  std::string next;
  do {
    const auto page = Get(result + "/objects?limit=2" + (next.empty() ? "" : "&cursor=" + next));
    ASSERT_EQ(page.status, 200) << page.body;
    const auto document = testing::ParseJson(page.body);
    for (const auto& row : document.at("rows").as_array()) rows.push_back(json::serialize(row));
    next = At(page, "/next") == "-" ? "" : At(page, "/next");
    EXPECT_EQ(At(page, "/complete"), next.empty() ? "true" : "false");
  } while (!next.empty());
  EXPECT_EQ(rows.size(), 3u);  // o1, o2 and those without an object
  EXPECT_EQ(At(Get(result), "/rows/0/trips"), At(Get(result + "/objects"), "/rows/0/trips"));
  const ApiResponse table = Get(result + "/hours", "text/csv");
  EXPECT_TRUE(absl::StartsWith(table.body, "hour,trips,fixes,metres\n0,12,240,")) << table.body;
  EXPECT_EQ(Get(result + "/hours", "application/geo+json").status, 406);
  EXPECT_EQ(Get(result + "/hours", "application/gpx+xml").status, 406);
  EXPECT_EQ(Get(result + "/none").status, 404);
  EXPECT_EQ(Get(result + "/hours?cursor=" + "xx").status, 422);
  EXPECT_EQ(At(Get("/v1/jobs/" + id), "/summary/trips"), "13");
}

TEST_F(JobsApi, ListsTakeFilters) {
  Post(R"({"type":"stats","select":{"all":true}})");
  Post(R"({"type":"export","select":{"all":true}})");
  ASSERT_EQ(world_.Load("d", EastRecord("x", 0, 5)).status, 200);
  world_.Send("POST", "/v1/collections/d/jobs?wait_ms=30000",
              R"({"type":"export","select":{"all":true}})");
  const auto count = [&](const std::string& query) {
    const ApiResponse list = Get("/v1/jobs" + query);
    EXPECT_EQ(list.status, 200) << list.body;
    return testing::ParseJson(list.body).at("jobs").as_array().size();
  };
  EXPECT_EQ(count(""), 3u);
  EXPECT_EQ(count("?type=export"), 2u);
  EXPECT_EQ(count("?collection=c&type=export"), 1u);
  EXPECT_EQ(count("?state=done"), 3u);
  EXPECT_EQ(count("?state=failed"), 0u);
  EXPECT_EQ(Get("/v1/jobs?type=none").status, 422);
  EXPECT_EQ(Get("/v1/jobs?state=none").status, 422);
  const ApiResponse page = Get("/v1/jobs?type=export&limit=1");
  EXPECT_EQ(testing::ParseJson(Get("/v1/jobs?type=export&limit=1&cursor=" + At(page, "/next")).body)
                .at("jobs")
                .as_array()
                .size(),
            1u);
}

TEST_F(JobsApi, EventsTellUntilTheEnd) {
  const std::string id = At(Post(R"({"type":"stats","select":{"all":true}})", ""), "/id");
  const ApiResponse events = Get("/v1/jobs/" + id + "/events", "text/event-stream");
  ASSERT_EQ(events.status, 200) << events.body;
  EXPECT_EQ(events.content_type, "text/event-stream");
  EventReader reader;
  std::string last;
  ASSERT_TRUE(reader
                  .Feed(Whole(events),
                        [&](absl::string_view data) {
                          last = std::string(data);
                          return absl::OkStatus();
                        })
                  .ok());
  EXPECT_EQ(testing::ParseJson(last).at("state").as_string(), "done");
  EXPECT_EQ(Get("/v1/jobs/none/events", "text/event-stream").status, 404);
}

TEST_F(JobsApi, NamesWhatIsWrongWithASelection) {
  const auto field = [&](const std::string& select) {
    const auto answer = Post(absl::StrCat(R"({"type":"export","select":)", select, "}"));
    EXPECT_EQ(answer.status, 422) << select << answer.body;
    return At(answer, "/errors/0/field");
  };
  EXPECT_EQ(field("{}"), "/select");
  EXPECT_EQ(field(R"({"all":true,"filter":{}})"), "/select");
  EXPECT_EQ(field(R"({"ids":[""]})"), "/select/ids/0");
  EXPECT_EQ(field(R"({"job":"x"})"), "/select");
  EXPECT_EQ(field(R"({"job":"x","part":"y","where":3})"), "/select/where");
  EXPECT_EQ(field(R"({"similar":{"query":{"id":"a"},"k":20000}})"), "/select/similar/k");
  EXPECT_EQ(field(R"({"job":"none","part":"trajectories"})"), "/select");
  EXPECT_EQ(
      At(Post(R"({"type":"export","select":{"all":true},"params":{"x":1}})"), "/errors/0/field"),
      "/params/x");
  EXPECT_EQ(Post(R"({"type":"export","select":{"all":true},"keep_for_s":-1})").status, 422);
}

TEST_F(JobsApi, WhatIsKeptForNoTimeGoes) {
  const std::string id =
      At(Post(R"({"type":"export","select":{"all":true},"keep_for_s":0})"), "/id");
  while (Get("/v1/jobs/" + id).status == 200) {
    world_.jobs().AwaitChange(0, std::chrono::steady_clock::now() + std::chrono::milliseconds(20));
  }
  EXPECT_EQ(Get("/v1/jobs/" + id).status, 404);
}

}  // namespace
}  // namespace spoor
