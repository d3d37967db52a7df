#include "router/command/run_job.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json.hpp>
#include <fstream>
#include <sstream>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "tests/router/run_spoor.h"
#include "tests/router/server_world.h"

namespace spoor {
namespace {

using testing::EastRecord;
using testing::Ran;
using testing::Spoor;
using testing::TempDir;

// Among them what a table's cells do not give back by themselves: quotes, blanks, line breaks.
constexpr const char* kTags[] = {"", R"("tags":{"mode":"taxi"},)",
                                 R"("tags":{"a,b":" \"x\"\n","empty":"","{":"ä;"},)",
                                 R"("tags":{"z":"1","id":"2","tags_json":"{}"},)"};

// A server with a few trips, more than a page of a result has.
class RunJobCommands : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string records;
    for (int i = 0; i < 1005; ++i) {
      records += EastRecord(absl::StrCat("t", i), 0.001 * i, 3,
                            absl::StrCat(R"("object":"o)", i % 4, R"(",)", kTags[i % 4]));
    }
    ASSERT_EQ(world_.Load("default", records).status, 200);
  }
  Ran There(std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--url", absl::StrCat("http://127.0.0.1:", world_.port())});
    return Spoor(std::move(arguments));
  }
  static std::string TextOf(const std::string& path) {
    std::ostringstream text;
    text << std::ifstream(path, std::ios::binary).rdbuf();
    return text.str();
  }
  testing::ServerWorld world_;
};

TEST_F(RunJobCommands, AnExportIsWrittenAsItsEndingSays) {
  const TempDir dir;
  const Ran lines = There({"export", "--object", "o1"});
  ASSERT_EQ(lines.code, kDone) << lines.err;
  EXPECT_TRUE(absl::StrContains(lines.err, "export: 251 trajectories in ")) << lines.err;
  EXPECT_EQ(std::count(lines.out.begin(), lines.out.end(), '\n'), 251);
  const std::string features = dir.path() + "/city.geojson", table = dir.path() + "/city.csv";
  ASSERT_EQ(There({"export", "--quiet", "--out", features}).code, kDone);
  EXPECT_EQ(testing::ParseJson(TextOf(features)).at("features").as_array().size(), 1005u);
  ASSERT_EQ(There({"export", "--quiet", "--out", table}).code, kDone);
  const std::string csv = TextOf(table);
  EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), 1 + 3 * 1005);
  const std::string all = There({"export", "--quiet"}).out;
  for (const std::string& file : {features, table}) {
    const std::string data = file + ".data";
    const Ran loaded = Spoor({"ingest", "--data", data, "--quiet", file});
    EXPECT_EQ(loaded.code, kDone) << loaded.err;
    EXPECT_TRUE(Spoor({"export", "--data", data, "--quiet"}).out == all) << file;
  }
  EXPECT_EQ(There({"export", "--out", "/nowhere/x.csv"}).code, kUnreachable);
  EXPECT_EQ(There({"export", "--collection", "none"}).code, kIncomplete);
}

TEST_F(RunJobCommands, StatsAreOfObjectsOrOfHours) {
  const Ran objects = There({"stats", "--quiet"});
  ASSERT_EQ(objects.code, kDone) << objects.err;
  EXPECT_EQ(std::count(objects.out.begin(), objects.out.end(), '\n'), 4);
  const Ran hours = There({"stats", "--by", "hours"});
  EXPECT_TRUE(absl::StrContains(hours.out, R"("trips":1005,"fixes":3015)")) << hours.out;
  EXPECT_TRUE(absl::StrContains(hours.err, "stats: 4 objects, 1 hours in ")) << hours.err;
}

TEST_F(RunJobCommands, JobsStartsWatchesShowsAndRemoves) {
  const Ran started =
      There({"jobs", "start", "stats", "--detach", "--select", R"({"filter":{"objects":["o1"]}})"});
  ASSERT_EQ(started.code, kDone) << started.err;
  const std::string id(absl::StripSuffix(started.out, "\n"));
  const Ran watched = There({"jobs", "watch", id});
  EXPECT_EQ(watched.code, kDone) << watched.err;
  EXPECT_TRUE(absl::StrContains(watched.err, "stats: 1 objects")) << watched.err;
  const Ran result = There({"jobs", "result", id, "hours"});
  EXPECT_TRUE(absl::StrContains(result.out, R"("trips":251)")) << result.out;
  EXPECT_EQ(There({"jobs", "result", id, "none"}).code, kIncomplete);
  EXPECT_EQ(There({"jobs", "rm", id}).code, kDone);
  EXPECT_EQ(There({"jobs", "show", id}).code, kIncomplete);
  EXPECT_EQ(There({"jobs", "start", "none"}).code, kUsage);
  EXPECT_EQ(There({"jobs", "start", "stats", "--select", "{"}).code, kUsage);
}

TEST(RunJobOnAStore, NeedsNoServer) {
  const TempDir dir;
  const std::string trips = dir.path() + "/trips.ndjson", data = dir.path() + "/data";
  std::ofstream(trips) << EastRecord("a", 0, 4) << EastRecord("b", 1, 4);
  ASSERT_EQ(Spoor({"ingest", "--data", data, "--quiet", trips}).code, kDone);
  const Ran ran = Spoor({"export", "--data", data});
  EXPECT_EQ(ran.code, kDone) << ran.err;
  EXPECT_EQ(std::count(ran.out.begin(), ran.out.end(), '\n'), 2);
  EXPECT_EQ(Spoor({"tune", "--help"}).code, kDone);
}

}  // namespace
}  // namespace spoor
