#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "engine/store/crc32c.h"
#include "router/command/command.h"
#include "router/jobs/file_job_store.h"
#include "router/jobs/join_run.h"
#include "tests/router/run_spoor.h"
#include "tests/router/server_world.h"

namespace spoor {
namespace {

namespace json = boost::json;
using testing::EastRecord;
using testing::Ran;
using testing::Spoor;

// spoor join ...
Ran Join(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "join");
  return Spoor(std::move(arguments));
}

//    a1 a2 a3 ==========>
//                             b1 b2 ==========>      c ==========>
std::string Records() {
  std::string out = EastRecord("c", 2, 80, R"("tags":{"kind":"bus"},)");
  for (const char* id : {"a1", "a2", "a3"}) out += EastRecord(id, 0, 80);
  for (const char* id : {"b1", "b2"}) out += EastRecord(id, 1, 80);
  return out;
}
const std::set<std::string> kPairs = {"a1 a2", "a1 a3", "a2 a3", "b1 b2"};

// Which are told, the lesser id first; every line is of a pair that is the same.
std::set<std::string> PairsOf(const std::string& lines, const char* value, double expected) {
  std::set<std::string> out;
  for (const absl::string_view line : absl::StrSplit(lines, '\n', absl::SkipEmpty())) {
    const json::value pair = testing::ParseJson(line);
    const std::string a(pair.at("a").as_string()), b(pair.at("b").as_string());
    EXPECT_TRUE(out.insert(a < b ? a + " " + b : b + " " + a).second) << line;
    EXPECT_EQ(pair.at(value).to_number<double>(), expected);
    EXPECT_EQ(pair.at("direction").as_string(), "same");
  }
  return out;
}

// A server with a few trips.
class JoinCommand : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_EQ(world_.Load("default", Records()).status, 200); }
  Ran JoinThere(std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--url", absl::StrCat("http://127.0.0.1:", world_.port())});
    return Join(std::move(arguments));
  }

  testing::ServerWorld world_;
};

TEST_F(JoinCommand, WritesEachPairOnceAndSaysHowMany) {
  const Ran ran = JoinThere({"--min-score", "0.9"});
  ASSERT_EQ(ran.code, kDone) << ran.err;
  EXPECT_EQ(PairsOf(ran.out, "score", 1), kPairs);
  EXPECT_TRUE(absl::StrContains(ran.err, "4 pairs among 6 trajectories in ")) << ran.err;

  const testing::TempDir folder;
  const std::string path = folder.path() + "/pairs.ndjson";
  const Ran to_file = JoinThere({"--min-score", "0.9", "--out", path, "--quiet"});
  ASSERT_EQ(to_file.code, kDone) << to_file.err;
  EXPECT_EQ(to_file.out + to_file.err, "");
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  EXPECT_EQ(text.str(), ran.out);
}

TEST_F(JoinCommand, TakesAMeasureAndAFilter) {
  const Ran ran = JoinThere({"--measure", "discrete_frechet", "--max-distance-m", "5"});
  ASSERT_EQ(ran.code, kDone) << ran.err;
  EXPECT_EQ(PairsOf(ran.out, "distance_m", 0), kPairs);
  const Ran buses = JoinThere({"--tag", "kind=bus"});
  EXPECT_EQ(buses.code, kDone) << buses.err;
  EXPECT_EQ(buses.out, "");
  EXPECT_TRUE(absl::StrContains(buses.err, "0 pairs among ")) << buses.err;
}

TEST_F(JoinCommand, ShowsAJoinAgain) {
  const Ran ran = JoinThere({});
  const std::string id = world_.jobs().All()->at(0).id.value();
  const Ran again = JoinThere({"--resume", id});
  EXPECT_EQ(again.code, kDone) << again.err;
  EXPECT_EQ(again.out, ran.out);
  EXPECT_EQ(world_.jobs().All()->size(), 1u) << "it was made anew";
  const Ran unknown = JoinThere({"--resume", "join-none"});
  EXPECT_EQ(unknown.code, kIncomplete);
  EXPECT_TRUE(absl::StrContains(unknown.err, "no such job")) << unknown.err;
}

TEST_F(JoinCommand, ReturnsWhatAScriptCanTellFailuresBy) {
  const std::pair<std::vector<std::string>, int> kCases[] = {
      {{"--min-score", "2"}, kUsage},
      {{"--min-score", "0"}, kUsage},
      {{"--min-score", "0.5", "--measure", "dtw"}, kUsage},
      {{"--measure", "dtw"}, kUsage},
      {{"--measure", "none", "--max-distance-m", "5"}, kUsage},
      {{"--measure", "dtw", "--max-distance-m", "5", "--param", "window"}, kUsage},
      {{"--max-distance-m", "5"}, kUsage},
      {{"--direction", "up"}, kUsage},
      {{"--tag", "kind"}, kUsage},
      {{"--collection", "none"}, kIncomplete},
      {{"--out", "/nowhere/pairs"}, kUnreachable},
  };
  for (const auto& [arguments, code] : kCases) {
    const Ran ran = JoinThere(arguments);
    EXPECT_EQ(ran.code, code) << absl::StrJoin(arguments, " ") << ": " << ran.err;
    EXPECT_NE(ran.err, "") << absl::StrJoin(arguments, " ");
    EXPECT_EQ(ran.out, "") << absl::StrJoin(arguments, " ");
  }
  EXPECT_TRUE(world_.jobs().All()->empty()) << "one was begun";
  EXPECT_EQ(Join({"--url", "http://127.0.0.1:1"}).code, kUnreachable);
  EXPECT_EQ(Join({"--data", "/nowhere"}).code, kUnreachable);
  const Ran help = Join({"--help"});
  EXPECT_EQ(help.code, kDone);
  EXPECT_TRUE(absl::StrContains(help.out, "Examples:"));
}

// A store without a server, in which a join was killed behind its first pair.
TEST(JoinCommandOnAStore, GoesOnWhereItWasKilled) {
  const testing::TempDir dir;
  const std::string trips = dir.path() + "/trips.ndjson", data = dir.path() + "/data";
  std::ofstream(trips) << Records();
  const Ran loading = Spoor({"ingest", "--data", data, "--quiet", trips});
  ASSERT_EQ(loading.code, kDone) << loading.err;
  const Ran whole = Join({"--data", data});
  ASSERT_EQ(whole.code, kDone) << whole.err;
  EXPECT_EQ(PairsOf(whole.out, "score", 1), kPairs);

  FileJobStore store({.dir = JobsDir(data)});
  const auto loaded = store.List();
  ASSERT_EQ(loaded->size(), 1u);
  ASSERT_TRUE(loaded->at(0).record.ok()) << loaded->at(0).record.status();
  const std::string first = whole.out.substr(0, whole.out.find('\n') + 1);
  const json::value pair = testing::ParseJson(first);
  const auto place_of = [&](const char* end) {
    const std::string id(pair.at(end).as_string());
    Trajectory t{.id = TrajectoryId(id)};
    for (int i = 0; i < 80; ++i)
      t.fixes.push_back(FixFromDegrees(51.5, (id[0] - 'a') + 0.0005 * i, 0));
    return HomePlace{HomeKey(t.view(), id), id};
  };
  JobRecord at = *loaded->at(0).record;
  at.state = JobState::kRunning;
  at.steps[0].state = JobStep::State::kRunning;
  at.checkpoint =
      EncodeJoinCheckpoint({.reached = {}, .probe = place_of("a"), .partner = place_of("b")});
  at.done = at.total = 0;
  const uint32_t crc = Crc32c(first);
  at.parts[0].rows = 1;
  at.parts[0].bytes = first.size();
  at.parts[0].where = std::string(reinterpret_cast<const char*>(&crc), sizeof crc);
  ASSERT_TRUE(store.Save(at).ok());
  std::ofstream(absl::StrCat(JobsDir(data), "/", at.id.value(), "/pairs.ndjson"), std::ios::binary)
      << first << R"({"a":"half a li)";

  const Ran resumed = Join({"--data", data, "--resume", at.id.value()});
  EXPECT_EQ(resumed.code, kDone) << resumed.err;
  EXPECT_EQ(resumed.out, whole.out);
  EXPECT_TRUE(absl::StrContains(resumed.err, "4 pairs among 6 trajectories")) << resumed.err;
}

}  // namespace
}  // namespace spoor
