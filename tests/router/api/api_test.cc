#include "router/api/api.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <filesystem>
#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "engine/format/reader.h"
#include "geo/measure/frechet.h"
#include "router/message/target.h"
#include "router/message/token.h"
#include "shard/rpc/call.h"
#include "tests/engine/flips.h"
#include "tests/geo/worlds.h"
#include "tests/router/api_world.h"

namespace spoor::testing {
namespace {

std::string Header(const ApiResponse& response, absl::string_view name) {
  for (const auto& [known, value] : response.headers) {
    if (known == name) return value;
  }
  return "-";
}

// Three trips eastwards, the second beside the first, the third far away; the fourth goes back.
std::string FourTrips() {
  std::string back = R"({"id":"back","coords":[)";
  for (int i = 99; i >= 0; --i) {
    absl::StrAppend(&back, i == 99 ? "" : ",", "[", 0.0005 * i, ",51.5,", 2000 - i, "]");
  }
  return EastRecord("a", 0, 100, R"("object":"cab","tags":{"mode":"taxi"},)") +
         EastRecord("b", 0.001, 100) + EastRecord("far", 20, 100) + back + "]}\n";
}

class ApiTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_EQ(At(world_.Load("c", FourTrips()), "/accepted"), "4"); }
  ApiResponse Similar(const std::string& body, ApiWorld::Headers headers = {}) {
    return world_.Send("POST", "/v1/collections/c/search/similar", body, std::move(headers));
  }
  ApiResponse Range(const std::string& body) {
    return world_.Send("POST", "/v1/collections/c/search/range", body);
  }
  ApiWorld world_;
};

TEST_F(ApiTest, DamageSparesWhatCanBeRead) {
  constexpr int kTrips = 400;
  std::string many;
  for (int i = 0; i < kTrips; ++i) many += EastRecord(absl::StrCat("t", 1000 + i), 0.001 * i, 100);
  ASSERT_EQ(At(world_.Load("many", many), "/accepted"), absl::StrCat(kTrips));
  world_.Restart(DamageRecords);
  const std::string trips = "/v1/collections/many/trajectories";
  int listed = 0, damaged = 0;
  std::string one;  // that cannot be read
  for (std::string cursor; cursor != "-";) {
    const auto page = world_.Send(
        "GET", absl::StrCat(trips, "?limit=100", cursor.empty() ? "" : "&cursor=", cursor));
    ASSERT_EQ(page.status, 200) << page.body;
    if (const std::string n = At(page, "/damaged"); n != "-") damaged += std::stoi(n);
    listed += static_cast<int>(ParseJson(page.body).at("trajectories").as_array().size());
    cursor = At(page, "/next");
  }
  EXPECT_GT(damaged, 0);
  EXPECT_EQ(listed + damaged, kTrips);
  for (int i = 0; i < kTrips && one.empty(); ++i) {
    const std::string id = absl::StrCat("t", 1000 + i);
    const auto got = world_.Send("GET", absl::StrCat(trips, "/", id));
    if (got.status == 200) continue;
    EXPECT_EQ(got.status, 500);
    EXPECT_EQ(At(got, "/type"), "/problems/data-loss");
    one = id;
  }
  ASSERT_NE(one, "");
  const auto search = [&](const std::string& body) {
    return world_.Send("POST", "/v1/collections/many/search/similar", body);
  };
  EXPECT_EQ(At(search(absl::StrCat(R"({"query":{"id":")", one, R"("}})")), "/type"),
            "/problems/data-loss");
  const auto nearest = search(
      R"({"query":{"coords":[[0,51.5],[0.04,51.5]]},"k":400,"exact":true,"rerank":{"measure":"hausdorff"}})");
  ASSERT_EQ(nearest.status, 200) << nearest.body;
  EXPECT_EQ(At(nearest, "/damaged"), absl::StrCat(damaged));
  EXPECT_EQ(At(nearest, "/exact"), "false");
  const auto box = world_.Send("POST", "/v1/collections/many/search/range",
                               R"({"filter":{"bbox":[-1,51,0.3,52],"relation":"within"}})");
  EXPECT_EQ(box.status, 200) << box.body;
  EXPECT_NE(At(world_.Send("GET", "/v1/collections/many"), "/damages"), "0");
  ASSERT_EQ(At(world_.Load("many", many), "/accepted"), absl::StrCat(kTrips));  // that mends it
  EXPECT_EQ(world_.Send("GET", absl::StrCat(trips, "/", one)).status, 200);
}

TEST_F(ApiTest, SearchByIdLeavesThatIdOut) {
  const ApiResponse answer = Similar(R"({"query":{"id":"a"}})");
  ASSERT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(At(answer, "/hits/0/id"), "b");
  EXPECT_EQ(At(answer, "/hits/0/direction"), "same");
  EXPECT_EQ(At(answer, "/hits/1"), "-");
  EXPECT_EQ(At(answer, "/exact"), "true");
  EXPECT_EQ(At(answer, "/slots"), R"({"asked":1,"answered":1,"failed":0})");
  EXPECT_EQ(At(answer, "/staleness_ms"), "0");
}

TEST_F(ApiTest, SearchByCoordsShowsObjectAndWhatIsIncluded) {
  std::string query = EastRecord("q", 0, 100);
  const std::string coords = query.substr(query.find("\"coords\""));
  const ApiResponse answer = Similar(
      absl::StrCat(R"({"include":["geometry","matches","summary"],"explain":true,"k":1,"query":{)",
                   coords.substr(0, coords.size() - 1), "}"));
  ASSERT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(At(answer, "/hits/0/id"), "a");
  EXPECT_EQ(At(answer, "/hits/0/score"), "1");
  EXPECT_EQ(At(answer, "/hits/0/object"), "cab");
  EXPECT_EQ(At(answer, "/hits/0/geometry/type"), "LineString");
  EXPECT_TRUE(absl::StrContains(
      answer.body, R"("coordinates":[[0,51.5],[0.0005,51.5],[0.001,51.5],[0.0015,51.5])"));
  EXPECT_EQ(At(answer, "/hits/0/times/1"), "1001");
  EXPECT_NE(At(answer, "/hits/0/matches/0/query/1"), "-");
  EXPECT_EQ(At(answer, "/hits/0/summary/fixes"), "100");
  EXPECT_NE(At(answer, "/explain/plan"), "-");
  EXPECT_EQ(At(answer, "/explain/slots"), R"([{"slot":0,"why":"everything","answered":true}])");
  EXPECT_EQ(At(answer, "/explain/pruned"), "0");
  EXPECT_EQ(At(answer, "/explain/nodes"), "1");
}

TEST_F(ApiTest, DirectionIsSameOppositeOrEither) {
  EXPECT_EQ(At(Similar(R"({"query":{"id":"a"},"direction":"opposite"})"), "/hits/0/id"), "back");
  const ApiResponse either = Similar(R"({"query":{"id":"a"},"direction":"either"})");
  EXPECT_EQ(ParseJson(either.body).at("hits").as_array().size(), 2u);
}

TEST_F(ApiTest, RerankOrdersByRisingDistance) {
  const ApiResponse answer =
      Similar(R"({"query":{"id":"a"},"exact":true,"k":3,"rerank":{"measure":"discrete_frechet"}})");
  ASSERT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(At(answer, "/hits/0/id"), "b");
  EXPECT_EQ(At(answer, "/hits/0/measure"), "discrete_frechet");
  EXPECT_EQ(At(answer, "/hits/2/id"), "far");
}

TEST_F(ApiTest, ExplainSaysWhatWasDoneAndHowLongItTook) {
  const ApiResponse answer = Similar(
      R"({"query":{"id":"a"},"exact":true,"explain":true,"k":1,"rerank":{"measure":"dtw"}})");
  ASSERT_EQ(answer.status, 200) << answer.body;
  const auto explain = ParseJson(answer.body).at("explain");
  EXPECT_GE(explain.at("refined").to_number<uint64_t>(), 1u);
  EXPECT_GE(explain.at("cells").to_number<uint64_t>(), 1u);
  EXPECT_GE(explain.at("bounded").to_number<uint64_t>(), 0u);
  EXPECT_EQ(explain.at("phases").as_object().size(), 5u);
  EXPECT_EQ(explain.at("nodes").to_number<uint64_t>(), 1u);

  const ApiResponse page =
      Range(R"({"explain":true,"filter":{"polygon":{"type":"Polygon",)"
            R"("coordinates":[[[20.01,51],[20.02,51],[20.015,52],[20.01,51]]]}}})");
  EXPECT_EQ(At(page, "/hits/0/id"), "far");
  EXPECT_EQ(At(page, "/explain/judged"), "1") << page.body;  // the others are nowhere near
  EXPECT_EQ(At(page, "/explain/read"), "1");                 // none of its ends is within
  EXPECT_NE(At(page, "/explain/phases/read_us"), "-");
  EXPECT_EQ(At(page, "/explain/slots"), R"([{"slot":0,"why":"everything","answered":true}])");
  EXPECT_EQ(At(Range("{}"), "/explain"), "-");
}

TEST_F(ApiTest, EveryRegisteredMeasureDecides) {
  for (const MeasureEntry& entry : AllMeasures()) {
    std::string params;
    for (const auto& [name, value] : SampleParams(entry.name, 100)) {
      absl::StrAppend(&params, params.empty() ? "" : ",", "\"", name, "\":", value);
    }
    for (const char* exact : {"true", "false"}) {
      const ApiResponse answer =
          Similar(absl::StrCat(R"({"query":{"id":"a"},"k":2,"rerank":{"measure":")", entry.name,
                               R"(","params":{)", params, R"(}},"exact":)", exact, "}"));
      ASSERT_EQ(answer.status, 200) << entry.name << answer.body;
      EXPECT_EQ(At(answer, "/hits/0/measure"), entry.name);
      EXPECT_NE(At(answer, "/hits/0/distance_m"), "-") << entry.name;
    }
  }
}

TEST_F(ApiTest, ADistanceThatIsFedBackKeepsItsHit) {
  for (int i = 0; i < 20; ++i) {  // some 7 m further each
    world_.Load("near", EastRecord(absl::StrCat("n", i), 30 + 1.111e-4 * i, 7));
  }
  for (const char* measure : {"frechet", "dtw", "synchronous", "edwp"}) {
    const auto ask = [&](const std::string& more) {
      return world_.Send("POST", "/v1/collections/near/search/similar",
                         absl::StrCat(R"({"query":{"id":"n0"},"k":19,"exact":true,)", more,
                                      R"("rerank":{"measure":")", measure, "\"}}"));
    };
    const ApiResponse all = ask("");
    ASSERT_EQ(all.status, 200) << all.body;
    // As they are written: boost's reader may be off by the last bit.
    const std::vector<std::string> pieces = absl::StrSplit(all.body, R"("distance_m":)");
    ASSERT_EQ(pieces.size(), 20u);
    for (int rank = 0; rank < 19; ++rank) {
      const std::string& piece = pieces[rank + 1];
      const std::string distance = piece.substr(0, piece.find(','));
      if (absl::string_view(measure) == "frechet") {
        EXPECT_EQ(std::fmod(std::stod(distance), kFrechetStepM), 0) << distance;
      }
      const ApiResponse within = ask(absl::StrCat(R"("max_distance_m":)", distance, ","));
      EXPECT_NE(At(within, absl::StrCat("/hits/", rank, "/id")), "-") << measure << " " << rank;
      EXPECT_EQ(At(within, absl::StrCat("/hits/", rank + 1, "/id")), "-") << measure;
    }
  }
}

TEST_F(ApiTest, ACutoffMayBeAsFarAsAnyMeasureGoes) {
  const ApiResponse answer = Similar(
      R"({"query":{"id":"a"},"exact":true,"max_distance_m":1e15,"rerank":{"measure":"edwp"}})");
  EXPECT_EQ(answer.status, 200) << answer.body;
  EXPECT_NE(At(answer, "/hits/2/id"), "-") << "square metres";
}

TEST_F(ApiTest, MeasuresThatNeedTimesHaveNothingToSayOfTripsWithout) {
  world_.Load("t", EastRecord("timed", 0, 9) + EastRecord("too", 0, 9) +
                       R"({"id":"bare","coords":[[0,51.5],[0.0005,51.5],[0.001,51.5]]})");
  const auto ask = [&](absl::string_view id, absl::string_view measure) {
    return world_.Send(
        "POST", "/v1/collections/t/search/similar",
        absl::StrCat(R"({"query":{"id":")", id, R"("},"exact":true,"rerank":)", measure, "}"));
  };
  for (const char* measure : {R"({"measure":"synchronous"})",
                              R"({"measure":"edr","params":{"tolerance_m":9,"max_time_s":5}})",
                              R"({"measure":"lcss","params":{"tolerance_m":9,"max_time_s":5}})"}) {
    const ApiResponse timed = ask("timed", measure);
    EXPECT_EQ(At(timed, "/hits/0/id"), "too") << timed.body;
    EXPECT_EQ(At(timed, "/hits/1/id"), "-") << measure;
    const ApiResponse bare = ask("bare", measure);
    EXPECT_EQ(bare.status, 422) << bare.body;
    EXPECT_EQ(At(bare, "/errors/0/field"), "/query/id") << bare.body;
  }
  EXPECT_EQ(At(ask("bare", R"({"measure":"edr","params":{"tolerance_m":9}})"), "/hits/1/id"),
            "too");
}

TEST_F(ApiTest, AnswersSayHowFarThePlaneMayBeOff) {
  const auto error = [&](const std::string& body) {
    const std::string text = At(Similar(body), "/plane_error");
    return text == "-" ? -1.0 : std::stod(text);
  };
  EXPECT_EQ(error(R"({"query":{"id":"a"}})"), -1);
  const double near = error(R"({"query":{"id":"a"},"k":1,"rerank":{"measure":"dtw"}})");
  EXPECT_GT(near, 0);
  EXPECT_LT(near, 1e-6);
  const double far = error(R"({"query":{"id":"a"},"exact":true,"rerank":{"measure":"dtw"}})");
  EXPECT_GT(far, 0.006);  // one of them is 20 degrees of longitude away, 1390 km
  EXPECT_LT(far, 0.03);
}

TEST_F(ApiTest, GeoJsonAnswersHaveFeatures) {
  const ApiResponse answer =
      Similar(R"({"query":{"id":"a"}})", {{"accept", "application/geo+json"}});
  EXPECT_EQ(answer.content_type, "application/geo+json");
  EXPECT_EQ(At(answer, "/type"), "FeatureCollection");
  EXPECT_EQ(At(answer, "/features/0/id"), "b");
  EXPECT_EQ(At(answer, "/features/0/properties/rank"), "1");
  EXPECT_EQ(At(answer, "/features/0/geometry/type"), "LineString");
  const ApiResponse one = world_.Send("GET", "/v1/collections/c/trajectories/a", "",
                                      {{"accept", "application/geo+json"}});
  EXPECT_EQ(At(one, "/properties/object"), "cab");
  EXPECT_EQ(At(one, "/properties/tags/mode"), "taxi");
}

// A record, whichever log it is in.
std::string WithoutVersion(const ApiResponse& response) {
  boost::json::value record = ParseJson(response.body);
  EXPECT_EQ(record.as_object().erase("version"), 1u) << response.body;
  return boost::json::serialize(record);
}

TEST_F(ApiTest, AGeoJsonAnswerCanBeWrittenBack) {
  const ApiResponse one = world_.Send("GET", "/v1/collections/c/trajectories/a", "",
                                      {{"accept", "application/geo+json"}});
  const ApiResponse written = world_.Send("POST", "/v1/collections/copy/trajectories", one.body,
                                          {{"content-type", "application/geo+json"}});
  ASSERT_EQ(At(written, "/accepted"), "1") << written.body;
  EXPECT_EQ(WithoutVersion(world_.Send("GET", "/v1/collections/copy/trajectories/a")),
            WithoutVersion(world_.Send("GET", "/v1/collections/c/trajectories/a")));
}

TEST_F(ApiTest, ARecordComesBackAsItWasSentAndCanBeSentAgain) {
  const ApiResponse answer = world_.Send("GET", "/v1/collections/c/trajectories/a");
  EXPECT_TRUE(absl::StartsWith(
      answer.body, R"({"id":"a","object":"cab","tags":{"mode":"taxi"},"summary":{"fixes":100,)"))
      << answer.body;
  EXPECT_TRUE(absl::StrContains(answer.body, R"("coords":[[0,51.5,1000],[0.0005,51.5,1001],)"));
  const ApiResponse written = world_.Load("copy", absl::StrReplaceAll(answer.body, {{"\n", ""}}));
  EXPECT_EQ(At(written, "/accepted"), "1") << written.body;
  EXPECT_EQ(WithoutVersion(world_.Send("GET", "/v1/collections/copy/trajectories/a")),
            WithoutVersion(answer));
}

TEST_F(ApiTest, IdsArePercentEncodedInPaths) {
  const std::string id = "a/b \xC3\xA4?%";
  ASSERT_EQ(At(world_.Load("c", EastRecord(id, 40, 20)), "/accepted"), "1");
  const std::string path = "/v1/collections/c/trajectories/" + PercentEncode(id);
  EXPECT_EQ(At(world_.Send("GET", path), "/id"), id);
  const ApiResponse deleted = world_.Send("DELETE", path);
  EXPECT_EQ(deleted.status, 204);
  EXPECT_TRUE(DecodeToken(Header(deleted, "Spoor-Token")).has_value());
  EXPECT_EQ(world_.Send("DELETE", path).status, 404);
}

TEST_F(ApiTest, RangePagesById) {
  std::string cursor;
  std::string ids;
  for (int page = 0; page < 10; ++page) {
    const ApiResponse answer =
        Range(cursor.empty() ? R"({"limit":1})"
                             : absl::StrCat(R"({"limit":1,"cursor":")", cursor, R"("})"));
    ASSERT_EQ(answer.status, 200) << answer.body;
    ids += At(answer, "/hits/0/id") + " ";
    cursor = At(answer, "/next");
    if (cursor == "-") break;
  }
  EXPECT_EQ(ids, "a b back far ");
}

TEST_F(ApiTest, FiltersSelect) {
  const auto ids = [](const ApiResponse& answer) {
    EXPECT_EQ(answer.status, 200) << answer.body;
    std::string text;
    const auto document = ParseJson(answer.body);
    for (const auto& hit : document.at("hits").as_array())
      text += std::string(hit.at("id").as_string()) + " ";
    return text;
  };
  EXPECT_EQ(ids(Range(R"({"filter":{"bbox":[19,51,21,52]}})")), "far ");
  EXPECT_EQ(ids(Range(R"({"filter":{"objects":["cab"]}})")), "a ");
  EXPECT_EQ(ids(Range(R"({"filter":{"tags":{"mode":["bus","taxi"]}}})")), "a ");
  EXPECT_EQ(ids(Range(R"({"filter":{"time":[1950,5000]}})")), "back ");
  EXPECT_EQ(ids(Range(R"({"filter":{"time":["1970-01-01T00:00:00Z","1970-01-01T00:16:40Z"]}})")),
            "a b far ");
  EXPECT_EQ(ids(Range(R"({"filter":{"exclude":["a","b"]}})")), "back far ");
  EXPECT_EQ(
      ids(Range(
          R"({"filter":{"polygon":{"type":"Polygon","coordinates":[[[19,51],[21,51],[21,52],[19,52],[19,51]]]},)"
          R"("relation":"within"}})")),
      "far ");
}

TEST_F(ApiTest, ListTakesItsFilterFromTheQuery) {
  const ApiResponse answer =
      world_.Send("GET", "/v1/collections/c/trajectories?bbox=-1,51,1,52&time=0,1500&object=cab");
  EXPECT_EQ(At(answer, "/trajectories/0/id"), "a") << answer.body;
  EXPECT_EQ(At(answer, "/trajectories/0/tags/mode"), "taxi");
  EXPECT_EQ(At(answer, "/trajectories/1"), "-");
}

TEST_F(ApiTest, DeleteWhereDeletesWhatMeetsTheFilter) {
  const ApiResponse answer = world_.Send("POST", "/v1/collections/c/trajectories/delete",
                                         R"({"filter":{"bbox":[19,51,21,52]}})");
  EXPECT_EQ(At(answer, "/deleted"), "1") << answer.body;
  EXPECT_EQ(world_.Send("GET", "/v1/collections/c/trajectories/far").status, 404);
  EXPECT_EQ(At(world_.Send("GET", "/v1/collections/c"), "/trajectories"), "3");
}

TEST_F(ApiTest, ATokenIsKeptAndAFutureOneTimesOut) {
  const std::string token = At(world_.Load("c", EastRecord("new", 30, 20)), "/token");
  const auto ask = [&](const std::string& text) {
    return Similar(
        absl::StrCat(R"({"query":{"id":"new"},"consistency":"session","token":")", text, R"("})"));
  };
  EXPECT_EQ(ask(token).status, 200);
  auto future = *DecodeToken(token);
  future.position.next[0] += 1000;
  const ApiResponse late =
      world_.Send("POST", "/v1/collections/c/search/similar?timeout_ms=20",
                  absl::StrCat(R"({"query":{"id":"new"},"token":")", EncodeToken(future), R"("})"));
  EXPECT_EQ(At(late, "/type"), "/problems/deadline");
  ASSERT_EQ(world_.Load("other", EastRecord("new", 30, 20)).status, 200);
  const std::string foreign = At(world_.Load("other", EastRecord("x", 30, 20)), "/token");
  EXPECT_EQ(At(ask(foreign), "/type"), "/problems/foreign-token");
}

TEST_F(ApiTest, CollectionsAreCreatedOnceShownListedAndDropped) {
  const std::string body = R"({"index":{"scheme":"paper"}})";
  const ApiResponse created = world_.Send("PUT", "/v1/collections/p", body);
  EXPECT_EQ(created.status, 201) << created.body;
  EXPECT_EQ(Header(created, "Location"), "/v1/collections/p");
  EXPECT_EQ(At(created, "/index/depth"), "36");
  EXPECT_EQ(At(created, "/index/k"), "6");
  EXPECT_EQ(world_.Send("PUT", "/v1/collections/p", body).status, 200);
  EXPECT_EQ(world_.Send("PUT", "/v1/collections/p", R"({"index":{"scheme":"paper","k":5}})").status,
            409);
  EXPECT_EQ(At(world_.Send("PUT", "/v1/collections/auto"), "/index"), "auto");
  const ApiResponse list = world_.Send("GET", "/v1/collections?limit=2");
  EXPECT_EQ(At(list, "/collections/1/name"), "c");
  const ApiResponse next =
      world_.Send("GET", "/v1/collections?limit=2&cursor=" + At(list, "/next"));
  EXPECT_EQ(At(next, "/collections/0/name"), "p");
  EXPECT_EQ(At(next, "/next"), "-");
  EXPECT_EQ(world_.Send("DELETE", "/v1/collections/p").status, 204);
  EXPECT_EQ(world_.Send("GET", "/v1/collections/p").status, 404);
}

TEST_F(ApiTest, WhatACollectionShowsCreatesItsLike) {
  const auto shown = ParseJson(world_.Send("GET", "/v1/collections/c").body);
  const std::string body =
      absl::StrCat(R"({"index":)", boost::json::serialize(shown.at("index")), "}");
  EXPECT_EQ(world_.Send("PUT", "/v1/collections/like", body).status, 201);
  EXPECT_EQ(world_.Send("PUT", "/v1/collections/c", body).status, 200);
}

TEST(Api, CollectionsAreLimitedInNumber) {
  ApiWorld world({}, {.max_collections = 1});
  EXPECT_EQ(world.Send("PUT", "/v1/collections/one").status, 201);
  EXPECT_EQ(At(world.Send("PUT", "/v1/collections/two"), "/type"),
            "/problems/too-many-collections");
  EXPECT_EQ(At(world.Load("two", EastRecord("a", 0, 5)), "/type"),
            "/problems/too-many-collections");
}

TEST_F(ApiTest, TuneIsAJob) {
  const ApiResponse started = world_.Send("POST", "/v1/collections/c/tune", R"({"apply":false})");
  ASSERT_EQ(started.status, 202) << started.body;
  const std::string path = Header(started, "Location");
  EXPECT_EQ(path, "/v1/jobs/" + At(started, "/id"));
  EXPECT_EQ(At(started, "/type"), "tune");
  EXPECT_EQ(At(world_.Send("GET", path), "/collection"), "c");
  EXPECT_EQ(At(world_.Send("GET", "/v1/jobs"), "/jobs/0/id"), At(started, "/id"));
  const ApiResponse cancelled = world_.Send("DELETE", path);
  EXPECT_EQ(cancelled.status, 202) << cancelled.body;  // also of one that is done, which goes
}

TEST_F(ApiTest, AnExpiredRequestIsNotBegun) {
  ApiRequest request{.method = "GET", .target = "/v1/collections", .headers = {}, .body = ""};
  Patience patience;
  patience.deadline = std::chrono::steady_clock::now();
  EXPECT_EQ(At(world_.api().Handle(request, patience), "/type"), "/problems/deadline");
  request.target = "/healthz?timeout_ms=5";
  const auto deadline = world_.api().PatienceFor(request).deadline;
  EXPECT_LE(deadline, std::chrono::steady_clock::now() + std::chrono::milliseconds(5));
}

TEST_F(ApiTest, ProbesAnswer) {
  EXPECT_EQ(At(world_.Send("GET", "/healthz"), "/status"), "alive");
  EXPECT_EQ(At(world_.Send("HEAD", "/readyz"), "/status"), "ready");
  Similar("{");
  const ApiResponse metrics = world_.Send("GET", "/metrics");
  EXPECT_TRUE(absl::StartsWith(metrics.content_type, "application/openmetrics-text"));
  for (const absl::string_view line :
       {"spoor_records_accepted_total 4\n", "spoor_trajectories{collection=\"c\"} 4\n",
        "spoor_requests_total{route=\"POST /v1/collections/{c}/search/similar\",status=\"400\"} "
        "1\n",
        "spoor_request_seconds_count{route=\"POST /v1/collections/{c}/trajectories\"} 1\n",
        "spoor_mapped_bytes{collection=\"c\"} 0\n", "spoor_memory_budget_bytes ",
        "spoor_memory_used_bytes{for=\"segments\"} ", "process_resident_anonymous_bytes "}) {
    EXPECT_TRUE(absl::StrContains(metrics.body, line)) << line << metrics.body;
  }
  EXPECT_TRUE(absl::EndsWith(metrics.body, "# EOF\n"));
}

TEST_F(ApiTest, MetricsTellHowTheStoresDo) {
  const std::string before = world_.Send("GET", "/metrics").body;
  const auto figure = [](const std::string& metrics, const std::string& name) -> double {
    const size_t at = metrics.find(absl::StrCat("\n", name, " "));
    EXPECT_NE(at, std::string::npos) << name << metrics;
    return at == std::string::npos ? -1 : std::stod(metrics.substr(at + name.size() + 2));
  };
  for (const char* name :
       {"memtables_waiting", "table_readers_bytes", "sst_bytes", "live_sst_bytes", "level0_files",
        "pending_compaction_bytes", "running_compactions", "running_flushes", "write_stopped",
        "delayed_write_bytes_per_second", "background_errors"}) {
    EXPECT_GE(figure(before, absl::StrCat("spoor_store_", name, "{collection=\"c\"}")), 0) << name;
  }
  EXPECT_GE(figure(before, "spoor_store_snapshots{collection=\"c\"}"), 1) << "that of the view";
  EXPECT_GT(figure(before, "spoor_block_cache_capacity_bytes"), 1e6);
  ASSERT_EQ(world_.Load("c", EastRecord("more", 0, 3000)).status, 200);
  const std::string after = world_.Send("GET", "/metrics").body;
  const std::string buffers = "spoor_store_memtable_bytes{collection=\"c\"}";
  EXPECT_GT(figure(before, buffers), 0);
  const std::string log = "spoor_store_wal_bytes{collection=\"c\"}";
  EXPECT_GT(figure(after, log), figure(before, log));
}

TEST_F(ApiTest, FiguresComeInBothTextFormats) {
  const std::string old =
      world_.Send("GET", "/metrics", "", {{"accept", "text/plain"}}).content_type;
  EXPECT_EQ(old, "text/plain; version=0.0.4; charset=utf-8");
  const ApiResponse answer = world_.Send("GET", "/metrics", "", {{"accept", "text/plain"}});
  EXPECT_TRUE(absl::StrContains(answer.body, "# TYPE spoor_records_accepted_total counter\n"));
  EXPECT_FALSE(absl::StrContains(answer.body, "# EOF"));
  EXPECT_EQ(Header(answer, "Vary"), "Accept");
  const std::string prometheus =
      "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.1";
  EXPECT_TRUE(absl::StrContains(world_.Send("GET", "/metrics", "", {{"accept", prometheus}}).body,
                                "# EOF\n"));
}

// What openapi-generator and its like send.
TEST_F(ApiTest, WhoTakesProblemsTakesAnAnswer) {
  const ApiWorld::Headers problems = {{"accept", "application/problem+json"}};
  const ApiResponse read = world_.Send("GET", "/v1/collections/c/trajectories/a", "", problems);
  EXPECT_EQ(read.status, 200);
  EXPECT_EQ(read.content_type, "application/json");
  EXPECT_EQ(world_.Send("DELETE", "/v1/collections/c/trajectories/a", "", problems).status, 204);
  // An answer without a body is of every type.
  EXPECT_EQ(world_.Send("DELETE", "/v1/collections/c", "", {{"accept", "text/html"}}).status, 204);
}

TEST_F(ApiTest, AnAnswerThatIsKnownIsNotSentAgain) {
  const ApiResponse whole = world_.Send("GET", "/openapi.json");
  const std::string tag = Header(whole, "ETag");
  ASSERT_NE(tag, "");
  for (const std::string& known : {tag, std::string("*"), "\"other\", " + tag, tag.substr(2)}) {
    const ApiResponse same = world_.Send("GET", "/openapi.json", "", {{"if-none-match", known}});
    EXPECT_EQ(same.status, 304) << known;
    EXPECT_EQ(same.body, "");
    EXPECT_EQ(Header(same, "ETag"), tag);
  }
  const ApiWorld::Headers other = {{"if-none-match", "\"other\""}};
  EXPECT_EQ(world_.Send("GET", "/openapi.json", "", other).body, whole.body);
}

TEST_F(ApiTest, ReadsTakeBoundsAndPartialAnswers) {
  const ApiResponse answer = Similar(
      R"({"query":{"id":"a"},"consistency":"bounded","max_staleness_ms":0,"allow_partial":true})");
  EXPECT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(Range(R"({"consistency":"bounded"})").status, 200);
}

TEST_F(ApiTest, TheClusterIsShown) {
  const ApiResponse answer = world_.Send("GET", "/v1/cluster");
  EXPECT_EQ(At(answer, "/nodes/0/up"), "true") << answer.body;
  EXPECT_EQ(At(answer, "/collections/0/name"), "c");
  EXPECT_EQ(At(answer, "/collections/0/nodes/0/ready"), "true");
}

TEST(Api, ACollectionThatCannotBeOpenedSaysWhyAndTheOthersAreServed) {
  ApiWorld world;
  ASSERT_EQ(world.Load("good", EastRecord("a", 0, 5)).status, 200);
  ASSERT_EQ(world.Load("bad", EastRecord("a", 0, 5)).status, 200);
  world.Restart([](const std::string& data) {
    std::filesystem::remove(data + "/collections/bad.2/store/CURRENT");
  });
  EXPECT_EQ(world.Send("GET", "/v1/collections/good/trajectories/a").status, 200);
  EXPECT_EQ(world.Send("GET", "/readyz").status, 200);
  const ApiResponse listed = world.Send("GET", "/v1/collections");
  EXPECT_EQ(At(listed, "/collections/0/name"), "good");
  EXPECT_EQ(At(listed, "/collections/1"), "-");
  EXPECT_EQ(At(listed, "/unusable/0/name"), "bad");
  const std::string reason = "collection 'bad' cannot be opened: damaged store: ";
  EXPECT_TRUE(absl::StartsWith(At(listed, "/unusable/0/problem"), reason)) << listed.body;
  const ApiResponse cluster = world.Send("GET", "/v1/cluster");
  EXPECT_EQ(At(cluster, "/collections/0/nodes/0/ready"), "false");
  EXPECT_EQ(At(cluster, "/collections/1/nodes/0/ready"), "true");
  EXPECT_TRUE(absl::StartsWith(At(cluster, "/nodes/0/problem"), reason)) << cluster.body;
  EXPECT_TRUE(
      absl::StrContains(world.Send("GET", "/metrics").body, "\nspoor_collections_unusable 1\n"));
  for (const auto& [method, target] : std::vector<std::pair<std::string, std::string>>{
           {"GET", "/v1/collections/bad"},
           {"PUT", "/v1/collections/bad"},
           {"GET", "/v1/collections/bad/trajectories/a"},
           {"POST", "/v1/collections/bad/trajectories"}}) {
    const ApiResponse refused =
        world.Send(method, target, method == "POST" ? EastRecord("b", 0, 5) : "",
                   {{"content-type", "application/x-ndjson"}});
    EXPECT_EQ(refused.status, 500) << method << target;
    EXPECT_TRUE(absl::StartsWith(At(refused, "/detail"), reason)) << refused.body;
  }
  world.Restart([](const std::string& data) {  // what was there is there still
    EXPECT_TRUE(std::filesystem::exists(data + "/collections/bad.2/store/IDENTITY"));
  });
  EXPECT_EQ(world.Send("DELETE", "/v1/collections/bad").status, 204);
  EXPECT_EQ(world.Send("DELETE", "/v1/collections/bad").status, 404);
  EXPECT_EQ(At(world.Send("GET", "/v1/collections"), "/unusable"), "-");
}

TEST(Api, FailedReadsSayWhenToComeAgain) {
  const ApiResponse few = ProblemFromRead(absl::UnavailableError("node b is away"));
  EXPECT_EQ(few.status, 503);
  EXPECT_EQ(At(few, "/type"), "/problems/too-few-slots");
  EXPECT_EQ(Header(few, "Retry-After"), "1");
  EXPECT_FALSE(absl::StrContains(few.body, "allow_partial"));  // that nobody offered
  ReadTerms terms;
  const absl::Status away = absl::UnavailableError("node b is away");
  EXPECT_TRUE(absl::StrContains(ProblemFromRead(away, &terms).body, "allow_partial"));
  terms.allow_partial = true;
  EXPECT_TRUE(absl::StrContains(ProblemFromRead(away, &terms).body, "no slot"));
  EXPECT_FALSE(absl::StrContains(ProblemFromRead(away, &terms).body, "allow_partial"));
  const ApiResponse busy = ProblemFromRead(OverloadError("", std::chrono::milliseconds(2001)));
  EXPECT_EQ(busy.status, 429);
  EXPECT_EQ(Header(busy, "Retry-After"), "3");
  EXPECT_EQ(ProblemFromRead(absl::ResourceExhaustedError("")).status, 507);
  EXPECT_EQ(At(ProblemFromRead(absl::FailedPreconditionError("")), "/type"),
            "/problems/foreign-token");
}

// A file's name is not for clients, but who runs the server must hear of it.
TEST(Api, WhyTheServerFailedIsToldToItsOperatorOnly) {
  const absl::Status damaged = absl::DataLossError("damaged record in /var/lib/spoor/x");
  for (const ApiResponse& answer : {ProblemFromStatus(damaged), ProblemFromRead(damaged)}) {
    EXPECT_EQ(answer.status, 500);
    EXPECT_TRUE(absl::StrContains(answer.cause, "damaged record in /var/lib/spoor/x"));
    EXPECT_FALSE(absl::StrContains(answer.body, "/var/lib"));
  }
  EXPECT_EQ(ProblemFromStatus(absl::NotFoundError("x")).cause, "");
}

TEST(Api, LimitsOfQueriesAndAnswersAreKept) {
  ApiWorld world({.max_fixes = 120, .max_answer_bytes = 4000});
  ASSERT_EQ(world.Load("c", EastRecord("a", 0, 100) + EastRecord("b", 0, 100)).status, 200);
  const std::string query = EastRecord("q", 0, 121);
  const ApiResponse large =
      world.Send("POST", "/v1/collections/c/search/similar",
                 R"({"query":{)" + query.substr(query.find("\"coords\""), query.size()) + "}");
  EXPECT_EQ(large.status, 413) << large.body;
  EXPECT_EQ(At(large, "/errors/0/field"), "/query/coords");
  const ApiResponse wide =
      world.Send("POST", "/v1/collections/c/search/similar",
                 R"({"query":{"coords":[[0,51.5],[0.04,51.5]]},"include":["geometry"],)"
                 R"("exact":true,"rerank":{"measure":"dtw"}})");
  EXPECT_EQ(wide.status, 413) << wide.body;
  const ApiResponse page =  // a page ends early instead
      world.Send("POST", "/v1/collections/c/search/range", R"({"include":["geometry"]})");
  EXPECT_EQ(page.status, 200);
  EXPECT_EQ(ParseJson(page.body).at("hits").as_array().size(), 2u) << page.body.size();
}

TEST(Preconditions, ARecordIsReplacedOnlyWhereItIsWhatWasRead) {
  ApiWorld world;
  ASSERT_EQ(world.Load("c", EastRecord("a", 0, 20)).status, 200);
  const std::string path = "/v1/collections/c/trajectories/a";
  const auto tag_of = [&](const std::string& accept) {
    const ApiResponse got = world.Send("GET", path, "", {{"accept", accept}});
    for (const auto& [name, value] : got.headers) {
      if (name == "ETag") return value;
    }
    return std::string();
  };
  const auto put = [&](const std::string& header, const std::string& value, double lon) {
    return world
        .Send("PUT", path, EastRecord("a", lon, 20),
              {{"content-type", "application/json"}, {header, value}})
        .status;
  };
  const std::string first = tag_of("application/json");
  EXPECT_EQ(absl::StrCat("\"", At(world.Send("GET", path), "/version"), "\""), first);
  EXPECT_NE(tag_of("application/geo+json"), first) << "it looks otherwise";
  EXPECT_EQ(world.Send("GET", path, "", {{"if-none-match", first}}).status, 304);
  EXPECT_EQ(put("if-match", tag_of("application/geo+json"), 1), 204);
  EXPECT_EQ(put("if-match", first, 2), 412);
  EXPECT_EQ(At(world.Send("GET", path), "/coords/0/0"), "1");
  EXPECT_EQ(world.Send("DELETE", path, "", {{"if-match", first}}).status, 412);
  EXPECT_EQ(put("if-none-match", "*", 3), 412);
  EXPECT_EQ(world.Send("DELETE", path, "", {{"if-match", tag_of("*/*")}}).status, 204);
  EXPECT_EQ(put("if-match", "*", 3), 412);
  EXPECT_EQ(put("if-none-match", "*", 3), 201);
  const std::string whole = world.Send("GET", path).body;
  const ApiResponse same = world.Send(
      "PUT", path, whole, {{"content-type", "application/json"}, {"if-match", tag_of("*/*")}});
  EXPECT_EQ(same.status, 204) << same.body;
  EXPECT_EQ(world.Send("GET", path).body, whole);
  ASSERT_EQ(world.Send("DELETE", "/v1/collections/c").status, 204);
  ASSERT_EQ(world.Load("c", EastRecord("a", 0, 20)).status, 200);
  EXPECT_EQ(put("if-match", first, 2), 412) << "a record of the former collection";
}

TEST(Preconditions, OfManyWhoReplaceTheSameVersionOneDoes) {
  ApiWorld world;
  ASSERT_EQ(world.Load("c", EastRecord("a", 0, 20)).status, 200);
  const std::string path = "/v1/collections/c/trajectories/a";
  for (int round = 0; round < 20; ++round) {
    const std::string tag = absl::StrCat("\"", At(world.Send("GET", path), "/version"), "\"");
    std::atomic<int> made = 0, refused = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&, i] {
        const ApiResponse put =
            world.Send("PUT", path, EastRecord("a", 1 + round * 4 + i, 20),
                       {{"content-type", "application/json"}, {"if-match", tag}});
        ++(put.status == 204 ? made : refused);
        EXPECT_TRUE(put.status == 204 || put.status == 412) << put.body;
      });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(made, 1) << round;
    EXPECT_EQ(refused, 3) << round;
  }
}

}  // namespace
}  // namespace spoor::testing
