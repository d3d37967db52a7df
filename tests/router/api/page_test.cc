#include "router/api/page.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "tests/format/read_all.h"
#include "tests/format/walks.h"
#include "tests/router/api_world.h"
#include "tests/router/joined_nodes.h"

namespace spoor::testing {
namespace {

using Trips = std::map<std::string, Trajectory>;

std::string HeaderOf(const ApiResponse& response, absl::string_view name) {
  for (const auto& [known, value] : response.headers) {
    if (known == name) return value;
  }
  return "";
}

// The query that a Link header goes on with; empty where there is none.
std::string NextOf(const ApiResponse& page) {
  const std::string header = HeaderOf(page, "Link");
  absl::string_view link = header;
  if (link.empty()) return "";
  EXPECT_TRUE(absl::ConsumePrefix(&link, "<?") && absl::ConsumeSuffix(&link, ">; rel=\"next\""))
      << link;
  return absl::StrCat("?", link);
}

// All pages as one client reads them, each by itself.
Trips ReadPages(Api& api, const TripText& text, std::string query, size_t* pages) {
  Trips trips;
  const std::string type(MediaTypeOf(text.representation));
  for (*pages = 0; !query.empty(); ++*pages) {
    const ApiRequest request{.method = "GET",
                             .target = absl::StrCat("/v1/collections/c/trajectories", query),
                             .headers = {{"accept", type}},
                             .body = ""};
    const ApiResponse page = api.Handle(request, api.PatienceFor(request));
    EXPECT_EQ(page.status, 200) << page.body;
    EXPECT_TRUE(absl::StartsWith(page.content_type, type)) << page.content_type;
    const Outcome outcome = ReadWhole((*FindFormat(type))->name, page.body);
    EXPECT_EQ(outcome.rejected(), 0u) << Render(outcome);
    for (const ParsedRecord& record : outcome.records) {
      const bool is_new = trips.emplace(record.id, *record.trajectory).second;
      EXPECT_TRUE(is_new) << record.id << " is on two pages";
    }
    query = NextOf(page);
  }
  return trips;
}

// A record as the store keeps it: of what is asked for by id.
Trips Stored(Api& api, const Trips& trips) {
  Trips stored;
  for (const auto& [id, trip] : trips) {
    const ApiRequest request{
        .method = "GET",
        .target = absl::StrCat("/v1/collections/c/trajectories/", PercentEncode(id)),
        .headers = {{"accept", "application/x-ndjson"}},
        .body = ""};
    const ApiResponse one = api.Handle(request, api.PatienceFor(request));
    EXPECT_EQ(one.status, 200) << one.body;
    const Outcome outcome = ReadWhole("ndjson", one.body);
    if (outcome.good() == 1) stored.emplace(id, *outcome.records[0].trajectory);
  }
  return stored;
}

class TripPages : public ::testing::Test {
 protected:
  TripPages() {
    Rng rng(7);
    std::string lines;
    for (const size_t fixes : {1, 2, 40}) {
      for (int i = 0; i < 6; ++i) {
        Trajectory trip = RandomTrip(rng, fixes);
        trip.id = TrajectoryId(absl::StrCat(fixes, "-", i, trip.id.value()));
        lines += RecordLine(trip) + "\n";
        trips_.emplace(trip.id.value(), std::move(trip));
      }
    }
    EXPECT_EQ(At(world_.Load("c", lines), "/accepted"), absl::StrCat(trips_.size()));
  }

  ApiResponse Get(const std::string& rest, const std::string& accept) {
    return world_.Send("GET", "/v1/collections/c/trajectories" + rest, "", {{"accept", accept}});
  }

  ApiWorld world_;
  Trips trips_;
};

TEST_F(TripPages, ComeInEveryFormAndAreReadAsTheyWereWritten) {
  for (const TripText& text : AllTripTexts()) {
    SCOPED_TRACE(text.ending);
    if (text.representation == Representation::kGeoJson) continue;  // goes on by its `next`
    size_t pages = 0;
    EXPECT_EQ(ReadPages(world_.api(), text, "?limit=5", &pages), trips_);
    EXPECT_EQ(pages, (trips_.size() + 4) / 5);
  }
  EXPECT_EQ(Stored(world_.api(), trips_), trips_);
}

TEST_F(TripPages, KeepTheFilterOnTheWay) {
  ASSERT_EQ(world_
                .Load("c", EastRecord("far-1", 10, 5, R"("object":"o 1&2",)") +
                               EastRecord("far-2", 10, 5, R"("object":"o 1&2",)") +
                               EastRecord("far-3", 10, 5))
                .status,
            200);
  size_t pages = 0;
  const Trips found = ReadPages(world_.api(), *FindTripText(Representation::kGpx),
                                "?limit=1&bbox=9,51,11,52&object=o%201%262", &pages);
  EXPECT_EQ(pages, 2u);
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found.begin()->first, "far-1");
}

TEST_F(TripPages, EndEarlyRatherThanExceedTheLimitOfAnAnswer) {
  ApiWorld small({.max_answer_bytes = 300});
  std::string lines;
  for (int i = 0; i < 9; ++i) lines += EastRecord(absl::StrCat("t", i), 0.01 * i, 10);
  ASSERT_EQ(At(small.Load("c", lines), "/accepted"), "9");
  size_t pages = 0;
  EXPECT_EQ(ReadPages(small.api(), *FindTripText(Representation::kCsv), "?limit=9", &pages).size(),
            9u);
  EXPECT_GT(pages, 4u);
}

TEST_F(TripPages, WhatAFormCannotHoldIsRefusedAndSaysSo) {
  ASSERT_EQ(world_.Load("c", R"({"id":"bell","tags":{"x":"\u0007"},"coords":[[1,2]]})").status,
            200);
  const ApiResponse page = Get("", "application/gpx+xml");
  EXPECT_EQ(page.status, 406);
  EXPECT_TRUE(absl::StrContains(At(page, "/detail"), "ndjson")) << page.body;
  EXPECT_EQ(Get("/bell", "application/gpx+xml").status, 406);
  EXPECT_EQ(Get("/bell", "text/csv").status, 200);
  EXPECT_EQ(Get("", "text/html").status, 406);
  EXPECT_TRUE(absl::StrContains(Get("", "text/html").body, "application/gpx+xml"));
}

TEST_F(TripPages, EachFormOfARecordHasATagOfItsOwn) {
  std::map<std::string, std::string> tags;
  const std::string id = "/" + PercentEncode(trips_.begin()->first);
  for (const TripText& text : AllTripTexts()) {
    const std::string type(MediaTypeOf(text.representation));
    const std::string tag = HeaderOf(Get(id, type), "ETag");
    EXPECT_TRUE(tags.emplace(tag, type).second) << tag << " is also of " << tags[tag];
  }
}

// From nodes that hold a part of it each: as from the engine that holds all.
TEST(TripPagesOfACluster, AreWhatOneEngineWouldWrite) {
  Rng rng(11);
  const TempDir files;
  const RandomCollection c = MakeCollection(
      rng, {.min_trajectories = 60, .max_trajectories = 90, .max_fixes = 30, .routes = 0}, files);
  JoinedNodes nodes(rng, 3, c);
  ClusterOfNodes cluster(nodes.collection);
  Api api(cluster, {});
  Trips truth;
  for (const Trajectory& trip : c.live) truth.emplace(trip.id.value(), trip);
  ASSERT_GT(truth.size(), 20u);
  for (const TripText& text : AllTripTexts()) {
    SCOPED_TRACE(text.ending);
    if (text.representation == Representation::kGeoJson) continue;
    size_t pages = 0;
    EXPECT_EQ(ReadPages(api, text, "?limit=17", &pages), truth);
    EXPECT_GT(pages, 1u);
  }
}

}  // namespace
}  // namespace spoor::testing
