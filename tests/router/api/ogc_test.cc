// The read paths of OGC API - Features and Moving Features: what the standards say that answers
// have, and the examples that they give, loaded and asked for.
#include "router/api/ogc.h"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "router/message/trip_text.h"
#include "tests/format/read_all.h"
#include "tests/router/api_world.h"
#include "tests/router/joined_nodes.h"

namespace spoor::testing {
namespace {

namespace json = boost::json;

// The trajectory of the examples of OGC API - Moving Features (22-003r3), "car1" of "mfc-1", with
// the times of its MF-JSON.
constexpr char kCar[] = R"({"id":"mf-1","object":"car1","tags":{"state":"test1"},"coords":[)"
                        R"([139.757083,35.627701,1310680861],[139.757399,35.627701,1310680862],)"
                        R"([139.757555,35.627688,1310680863],[139.757651,35.627596,1310680864],)"
                        R"([139.757716,35.627483,1310680865]]})";
constexpr char kStill[] = R"({"id":"still","coords":[[139.7,35.6],[139.8,35.7]]})";

class OgcTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const std::string lines = absl::StrCat(kCar, "\n", kStill, "\n", EastRecord("x1", 0, 5),
                                           EastRecord("x2", 0, 5), EastRecord("x3", 0, 5));
    ASSERT_EQ(At(world_.Load("mfc-1", lines), "/accepted"), "5");
  }
  ApiResponse Get(const std::string& path, ApiWorld::Headers headers = {}) {
    return world_.Send("GET", path, "", std::move(headers));
  }
  // Of the features of a page.
  std::set<std::string> IdsOf(const ApiResponse& page) {
    EXPECT_EQ(page.status, 200) << page.body;
    std::set<std::string> ids;
    if (page.status != 200) return ids;
    const json::value document = ParseJson(page.body);
    for (const auto& feature : document.at("features").as_array()) {
      ids.emplace(feature.at("id").as_string());
    }
    return ids;
  }
  std::string LinkOf(const ApiResponse& page, absl::string_view rel) {
    const json::value document = ParseJson(page.body);
    for (const auto& link : document.at("links").as_array()) {
      if (link.at("rel").as_string() == std::string(rel))
        return std::string(link.at("href").as_string());
    }
    return "";
  }
  ApiWorld world_;
  const std::string items_ = "/ogc/collections/mfc-1/items";
  const std::string times_ = items_ + "/mf-1/tgsequence";
};

// 17-069r4, /req/core/root-success, /req/core/conformance-success; and each link leads somewhere.
TEST_F(OgcTest, EverythingIsFoundByLinksFromTheLandingPage) {
  const ApiResponse landing = Get("/ogc");
  for (const absl::string_view rel : {"service-desc", "conformance", "data"}) {
    const std::string path = LinkOf(landing, rel);
    ASSERT_NE(path, "") << rel;
    EXPECT_EQ(Get(path).status, 200) << path;
  }
  std::set<std::string> classes;
  const json::value conformance = ParseJson(Get(LinkOf(landing, "conformance")).body);
  for (const auto& each : conformance.at("conformsTo").as_array())
    classes.emplace(each.as_string());
  EXPECT_TRUE(classes.contains("http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core"));
  EXPECT_TRUE(classes.contains("http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/geojson"));
  const ApiResponse collections = Get(LinkOf(landing, "data"));
  EXPECT_EQ(At(collections, "/collections/0/id"), "mfc-1");
  EXPECT_EQ(At(collections, "/collections/0/itemType"), "movingfeature");
  EXPECT_EQ(At(collections, "/collections/0/extent/spatial/bbox/0/2"), "1.398E2");
  const json::value first = ParseJson(collections.body).at("collections").at(0);
  for (const auto& link : first.at("links").as_array()) {
    EXPECT_EQ(Get(std::string(link.at("href").as_string())).status, 200) << json::serialize(link);
  }
  EXPECT_EQ(At(Get("/ogc/collections/mfc-1"), "/id"), "mfc-1");
}

TEST_F(OgcTest, LinksAreAbsoluteWhereTheClientSaysHowItFoundTheServer) {
  const ApiWorld::Headers headers = {{"host", "data.example.org"}, {"x-forwarded-proto", "https"}};
  EXPECT_EQ(LinkOf(Get("/ogc", headers), "data"), "https://data.example.org/ogc/collections");
  EXPECT_EQ(LinkOf(Get(items_, {{"host", "127.0.0.1:8080"}}), "self"),
            "http://127.0.0.1:8080" + items_);
  EXPECT_EQ(LinkOf(Get("/ogc"), "data"), "/ogc/collections");
}

// The example movingFeature.json of 22-003r3.
TEST_F(OgcTest, AnItemIsAsTheStandardsExample) {
  const ApiResponse item = Get(items_ + "/mf-1");
  EXPECT_EQ(item.content_type, "application/geo+json");
  EXPECT_EQ(At(item, "/id"), "mf-1");
  EXPECT_EQ(At(item, "/type"), "Feature");
  EXPECT_EQ(At(item, "/geometry/type"), "LineString");
  EXPECT_EQ(At(item, "/geometry/coordinates/4/0"), "1.39757716E2");
  EXPECT_EQ(At(item, "/properties/object"), "car1");
  EXPECT_EQ(At(item, "/properties/tags/state"), "test1");
  EXPECT_EQ(At(item, "/bbox/3"), "3.5627701E1");
  EXPECT_EQ(At(item, "/time/0"), "2011-07-14T22:01:01Z");
  EXPECT_EQ(At(item, "/crs/properties/name"), "urn:ogc:def:crs:OGC:1.3:CRS84");
  EXPECT_EQ(LinkOf(item, "self"), items_ + "/mf-1");
  EXPECT_EQ(LinkOf(item, "collection"), "/ogc/collections/mfc-1");
  EXPECT_EQ(At(Get(items_ + "/still"), "/time"), "-");
  EXPECT_EQ(Get(items_ + "/none").status, 404);
  EXPECT_EQ(Get("/ogc/collections/none/items/a").status, 404);
}

TEST_F(OgcTest, ItemsAreFilteredAndPagedByLinks) {
  std::set<std::string> all;
  int pages = 0;
  for (std::string path = items_ + "?limit=2"; !path.empty(); ++pages) {
    const ApiResponse page = Get(path);
    EXPECT_EQ(LinkOf(page, "self"), path);
    EXPECT_EQ(At(page, "/numberReturned"), absl::StrCat(IdsOf(page).size()));
    EXPECT_NE(At(page, "/timeStamp"), "-");
    all.merge(IdsOf(page));
    path = LinkOf(page, "next");
  }
  EXPECT_EQ(pages, 3);
  EXPECT_EQ(all, (std::set<std::string>{"mf-1", "still", "x1", "x2", "x3"}));
  const std::set<std::string> tokyo = {"mf-1", "still"};
  EXPECT_EQ(IdsOf(Get(items_ + "?bbox=139,35,140,36")), tokyo);
  EXPECT_EQ(IdsOf(Get(items_ + "?bbox=139,35,-50,140,36,9000")), tokyo) << "with heights";
  EXPECT_EQ(IdsOf(Get(items_ + "?limit=1000000")).size(), 5u) << "17-069r4, 7.15.2: no error";
  const ApiResponse none = Get(items_ + "?bbox=1,1,2,2");
  EXPECT_EQ(At(none, "/numberReturned"), "0");
  EXPECT_EQ(LinkOf(none, "next"), "");
}

TEST_F(OgcTest, DatetimeIsAMomentOrASpanWithOpenEnds) {
  const std::set<std::string> car = {"mf-1"}, others = {"x1", "x2", "x3"};
  const auto at = [&](const std::string& datetime) {
    return IdsOf(Get(items_ + "?datetime=" + datetime));
  };
  EXPECT_EQ(at("2011-07-14T22:01:03Z"), car);
  EXPECT_EQ(at("2011-07-14T22:01:05Z/2012-01-01T00:00:00Z"), car);
  EXPECT_EQ(at("2011-07-14T22:01:06Z/.."), std::set<std::string>());
  EXPECT_EQ(at("2011-07-14T22:01:05Z/.."), car);
  EXPECT_EQ(at("../2011-07-14T22:01:00Z"), others);
  EXPECT_EQ(at("/1970-01-02T00:00:00Z"), others);
}

// 17-069r4, /req/core/query-param-invalid and -unknown.
TEST_F(OgcTest, AParameterThatIsNotValidOrNotKnownIs400) {
  for (const std::string query :
       {"bbox=1,2,3", "bbox=a,b,c,d", "datetime=yesterday", "datetime=../..", "limit=0", "limit=x",
        "datetime=2012-01-01T00:00:00Z/2011-01-01T00:00:00Z", "cursor=x", "nosuch=1"}) {
    EXPECT_EQ(Get(items_ + "?" + query).status, 400) << query;
  }
  for (const std::string query :
       {"leaf=x", "leaf=2011-07-14T22:01:03Z,2011-07-14T22:01:02Z", "subTrajectory=true",
        "subTrajectory=yes", "subTrajectory=true&datetime=2011-07-14T22:01:03Z/..",
        "subTrajectory=true&datetime=2011-07-14T22:01:02Z/2011-07-14T22:01:03Z"
        "&leaf=2011-07-14T22:01:03Z"}) {
    EXPECT_EQ(Get(times_ + "?" + query).status, 400) << query;
  }
  EXPECT_EQ(Get("/ogc/collections?limit=1").status, 400);
  EXPECT_EQ(Get(items_, {{"accept", "text/html"}}).status, 406);
}

// The example temporalGeometrySequence.json of 22-003r3.
TEST_F(OgcTest, TemporalGeometriesAreAsTheStandardsExample) {
  const ApiResponse sequence = Get(times_);
  EXPECT_EQ(sequence.content_type, "application/json");
  EXPECT_EQ(At(sequence, "/type"), "TemporalGeometrySequence");
  EXPECT_EQ(At(sequence, "/geometrySequence/0/type"), "MovingPoint");
  EXPECT_EQ(At(sequence, "/geometrySequence/0/interpolation"), "Linear");
  EXPECT_EQ(At(sequence, "/geometrySequence/0/datetimes/1"), "2011-07-14T22:01:02Z");
  EXPECT_EQ(At(sequence, "/geometrySequence/0/coordinates/1"), "[1.39757399E2,3.5627701E1]");
  EXPECT_EQ(At(sequence, "/geometrySequence/0/trs/properties/name"), "urn:ogc:data:time:iso8601");
  EXPECT_EQ(At(sequence, "/numberMatched"), "1");
  EXPECT_EQ(At(sequence, "/numberReturned"), "1");
  EXPECT_EQ(LinkOf(sequence, "self"), times_);
  EXPECT_EQ(At(Get(items_ + "/still/tgsequence"), "/numberMatched"), "0");
  EXPECT_EQ(At(Get(times_ + "?datetime=../2011-01-01T00:00:00Z"), "/numberMatched"), "0");
  EXPECT_EQ(At(Get(times_ + "?bbox=0,0,1,1"), "/numberMatched"), "0");
  EXPECT_EQ(At(Get(times_ + "?bbox=139,35,140,36&limit=5"), "/numberMatched"), "1");
}

TEST_F(OgcTest, ALeafIsWhereItWasAtThatMoment) {
  const ApiResponse leaf =
      Get(times_ + "?leaf=2011-07-14T22:01:01.5Z,2011-07-14T22:01:04Z,2011-07-14T23:00:00Z");
  EXPECT_EQ(At(leaf, "/geometrySequence/0/datetimes"),
            R"(["2011-07-14T22:01:01.5Z","2011-07-14T22:01:04Z"])");
  EXPECT_EQ(At(leaf, "/geometrySequence/0/coordinates"),
            "[[1.39757241E2,3.5627701E1],[1.39757651E2,3.5627596E1]]");
  EXPECT_EQ(At(leaf, "/geometrySequence/0/interpolation"), "Discrete");
  EXPECT_EQ(At(Get(times_ + "?leaf=2012-01-01T00:00:00Z"), "/numberReturned"), "0");
}

TEST_F(OgcTest, ASubTrajectoryHasItsEndsBetweenFixes) {
  const ApiResponse part =
      Get(times_ + "?subTrajectory=true&datetime=2011-07-14T22:01:01.5Z/2011-07-14T22:01:02.5Z");
  EXPECT_EQ(At(part, "/geometrySequence/0/datetimes"),
            R"(["2011-07-14T22:01:01.5Z","2011-07-14T22:01:02Z","2011-07-14T22:01:02.5Z"])");
  EXPECT_EQ(At(part, "/geometrySequence/0/coordinates/2"), "[1.39757477E2,3.56276945E1]");
  EXPECT_EQ(At(part, "/geometrySequence/0/interpolation"), "Linear");
}

// From nodes that hold a part each: all items, and of each where it was and when.
TEST(OgcOfACluster, HasAllTrajectoriesAsTheyAre) {
  Rng rng(5);
  const TempDir files;
  const RandomCollection c = MakeCollection(
      rng, {.min_trajectories = 60, .max_trajectories = 90, .max_fixes = 30, .routes = 0}, files);
  JoinedNodes nodes(rng, 3, c);
  ClusterOfNodes cluster(nodes.collection);
  Api api(cluster, {});
  const auto get = [&api](const std::string& target) {
    const ApiRequest request{.method = "GET", .target = target, .headers = {}, .body = ""};
    return api.Handle(request, api.PatienceFor(request));
  };
  std::map<std::string, Trajectory> truth;
  for (const Trajectory& trip : c.live) truth.emplace(trip.id.value(), trip);
  size_t seen = 0, moving = 0;
  for (std::string path = "/ogc/collections/c/items?limit=25"; !path.empty();) {
    const json::value page = ParseJson(get(path).body);
    path.clear();
    for (const auto& link : page.at("links").as_array()) {
      if (link.at("rel").as_string() == "next") path = std::string(link.at("href").as_string());
    }
    for (const auto& feature : page.at("features").as_array()) {
      ++seen;
      const Trajectory& trip = truth.at(std::string(feature.at("id").as_string()));
      const json::value times =
          ParseJson(get(absl::StrCat("/ogc/collections/c/items/", PercentEncode(trip.id.value()),
                                     "/tgsequence"))
                        .body);
      const auto& sequence = times.at("geometrySequence").as_array();
      ASSERT_EQ(sequence.empty(), !trip.fixes[0].has_time());
      if (sequence.empty()) continue;
      ++moving;
      const json::array& moments = sequence[0].at("datetimes").as_array();
      ASSERT_EQ(moments.size(), trip.fixes.size());
      EXPECT_EQ(moments.back().as_string(), DateTimeText(trip.fixes.back().time_ms));
    }
  }
  EXPECT_EQ(seen, truth.size());
  EXPECT_GT(moving, 0u);
}

}  // namespace
}  // namespace spoor::testing
