// What a search has found and what it has cost, as the client reads it: an Api on a cluster whose
// answers are given.
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "engine/reader.h"
#include "router/api/api.h"
#include "router/message/openapi.h"
#include "router/reads/get.h"
#include "router/reads/range.h"
#include "router/reads/similar.h"
#include "tests/geo/worlds.h"
#include "tests/router/api_world.h"
#include "tests/router/json_schema.h"

namespace spoor::testing {
namespace {

absl::Status Never() { return absl::UnimplementedError("not asked here"); }

Engine::Found Record(const TrajectoryId& id) {
  return {.trajectory = {.id = id, .fixes = Fixes("51.5:0, 51.5:0.01, 51.5:0.02")}, .version = 1};
}

class GivenCollection : public ClusterCollection {
 public:
  absl::Status Ask(RoutedRead& read, const ReadTerms&, const Patience&) const override {
    if (auto* const similar = dynamic_cast<SimilarRead*>(&read)) {
      similar->read = {.answer = found, .report = report};
      for (Hit& hit : similar->read.answer.hits) {
        hit.shown = ShownOf(Record(hit.id), *similar->query().show);
      }
    } else if (auto* const range = dynamic_cast<RangeRead*>(&read)) {
      range->read = {.answer = page, .report = report};
    } else if (auto* const get = dynamic_cast<GetRead*>(&read)) {
      for (size_t i = 0; i < get->ids.size(); ++i) {
        get->read.answer[i] = Record(get->ids[i]);
      }
    } else {
      return Never();
    }
    return absl::OkStatus();
  }
  absl::StatusOr<CollectionCounts> Count(const Patience&) const override { return Never(); }
  std::optional<IndexParams> Params() const override { return std::nullopt; }
  void Write(std::vector<Trajectory>, Written done) override { done(Never()); }
  void Delete(std::vector<Engine::Deletion>, Written done) override { done(Never()); }
  void ChangeIf(ConditionalChange, Written done) override { done(Never()); }
  absl::Status AwaitApplied(const WrittenTo&, Applied, const Patience&) const override {
    return Never();
  }
  SearchAnswer found;
  RangeAnswer page;
  ReadReport report;
};

class GivenCluster : public Cluster {
 public:
  absl::StatusOr<Created> Create(absl::string_view, std::optional<IndexParams>,
                                 const Patience&) override {
    return Never();
  }
  absl::StatusOr<std::shared_ptr<ClusterCollection>> Find(absl::string_view) override {
    return collection;
  }
  std::vector<std::string> Names() const override { return {}; }
  absl::Status Drop(absl::string_view, const Patience&) override { return Never(); }
  absl::StatusOr<ClusterDescription> Describe(const Patience&) override { return Never(); }
  absl::Status Ready() const override { return absl::OkStatus(); }

  std::shared_ptr<GivenCollection> collection = std::make_shared<GivenCollection>();
};

class SearchAnswerTest : public ::testing::Test {
 protected:
  SearchAnswerTest() {
    GivenCollection& c = *cluster_.collection;
    c.found.hits.push_back(
        {.id = TrajectoryId("a"), .version = 1, .score = 0.25, .distance_m = 12.3456});
    c.found.hits[0].part = {1, 2};
    c.found.hits.push_back({.id = TrajectoryId("b"), .version = 1, .distance_m = 20});
    c.found.cost = {.segments = 1,
                    .query_geodabs = 2,
                    .postings = 3,
                    .postings_read = 4,
                    .candidates = 5,
                    .verified = 6,
                    .bounded = 7,
                    .refined = 8,
                    .cells = 9,
                    .plan = "bounds",
                    .fingerprint_us = 10,
                    .propose_us = 11,
                    .bound_us = 12,
                    .read_us = 13,
                    .measure_us = 14};
    c.page.ids = {TrajectoryId("a")};
    c.page.cost = {.judged = 1, .read = 2, .judge_us = 3, .read_us = 4};
    c.report = {.asked = 2, .answered = 1, .failed = 1, .pruned = 3, .nodes = 2, .rounds = 5};
    c.report.slots = {{.slot = 4, .why = AskedFor::kReach, .answered = true},
                      {.slot = 9, .why = AskedFor::kToken, .answered = false}};
  }

  ApiResponse Send(const std::string& path, const std::string& body, const std::string& accept) {
    const ApiRequest request{.method = "POST",
                             .target = absl::StrCat("/v1/collections/c/search/", path),
                             .headers = {{"content-type", "application/json"}, {"accept", accept}},
                             .body = body};
    return api_.Handle(request, api_.PatienceFor(request));
  }
  ApiResponse Similar(const std::string& accept = "application/json") {
    return Send("similar",
                R"({"query":{"coords":[[0,51.5]]},"explain":true,"rerank":{"measure":"dtw"}})",
                accept);
  }

  // What the document says is wrong with it.
  static std::string Described(const ApiResponse& answer, const std::string& schema) {
    static const auto* const document = new boost::json::value(ParseJson(OpenApiJson()));
    return SchemaChecker(*document).Check(document->at_pointer("/components/schemas/" + schema),
                                          ParseJson(answer.body));
  }

  GivenCluster cluster_;
  Api api_{cluster_, {}};
};

constexpr char kAsked[] =
    R"("slots":[{"slot":4,"why":"reach","answered":true},{"slot":9,"why":"token","answered":false}],)"
    R"("pruned":3,"nodes":2,"rounds":5})";

TEST_F(SearchAnswerTest, EveryFigureOfTheCostHasItsName) {
  const ApiResponse answer = Similar();
  ASSERT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(
      At(answer, "/explain"),
      absl::StrCat(R"({"plan":"bounds","segments":1,"query_geodabs":2,"postings":3,)",
                   R"("postings_read":4,"candidates":5,"verified":6,"bounded":7,)",
                   R"("refined":8,"cells":9,"phases":{"fingerprint_us":10,)",
                   R"("propose_us":11,"bound_us":12,"read_us":13,"measure_us":14},)", kAsked));
  EXPECT_EQ(At(answer, "/slots"), R"({"asked":2,"answered":1,"failed":1})");
  EXPECT_EQ(Described(answer, "SimilarAnswer"), "");
}

TEST_F(SearchAnswerTest, EveryFigureOfAPageHasItsName) {
  const ApiResponse answer = Send("range", R"({"explain":true})", "application/json");
  ASSERT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(At(answer, "/explain"),
            absl::StrCat(R"({"judged":1,"read":2,"phases":{"judge_us":3,"read_us":4},)", kAsked));
  EXPECT_EQ(Described(answer, "RangeAnswer"), "");
  const ApiResponse features = Send("range", R"({"explain":true})", "application/geo+json");
  EXPECT_EQ(At(features, "/explain/judged"), "1");
  EXPECT_EQ(Described(features, "FeatureCollection"), "");
}

TEST_F(SearchAnswerTest, AHitSaysWhichOfItsFixesTheDistanceIsTo) {
  const ApiResponse answer = Similar();
  EXPECT_EQ(At(answer, "/hits/0/part"), R"({"from":1,"to":2})");
  EXPECT_EQ(At(answer, "/hits/0/distance_m"), "1.23456E1");
  EXPECT_EQ(At(answer, "/hits/1/part"), "-");
  const ApiResponse features = Similar("application/geo+json");
  EXPECT_EQ(At(features, "/features/0/properties/part"), R"({"from":1,"to":2})");
  EXPECT_EQ(At(features, "/features/1/properties/part"), "-");
  EXPECT_EQ(Described(features, "FeatureCollection"), "");
}

}  // namespace
}  // namespace spoor::testing
