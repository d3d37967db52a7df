#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "router/command/command.h"
#include "shard/place/placement.h"
#include "tests/engine/temp_dir.h"
#include "tests/router/run_spoor.h"

namespace spoor {
namespace {

namespace json = boost::json;
using testing::Ran;
using testing::Spoor;

// In a directory that goes with the test, with the trips of a long road.
class PlacementCommand : public ::testing::Test {
 protected:
  PlacementCommand() {
    std::ofstream trips(Path("trips.ndjson"));
    for (int i = 0; i < 400; ++i) {
      const double lat = 40 + .03 * i;
      trips << "{\"id\":\"t" << i << "\",\"coords\":[[5," << lat << "],[5.01," << lat << "]]}\n";
    }
    trips << "{\"id\":\"bad\",\"coords\":[[5,91]]}\n";
  }

  std::string Path(const std::string& name) const { return folder_.path() + "/" + name; }
  std::string Write(const std::string& name, const std::string& text) const {
    std::ofstream(Path(name)) << text;
    return Path(name);
  }
  Placement ReadPlan(const std::string& name) const {
    std::ostringstream text;
    text << std::ifstream(Path(name)).rdbuf();
    const auto placement = DecodePlacement(text.str());
    EXPECT_TRUE(placement.ok()) << placement.status();
    return placement.ok() ? *placement : Placement();
  }

  // spoor placement plan --sample trips.ndjson ...
  Ran Plan(const std::vector<std::string>& more) const {
    std::vector<std::string> arguments = {"placement", "plan", "--sample", Path("trips.ndjson")};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return Spoor(std::move(arguments));
  }

  const testing::TempDir folder_;
};

const std::vector<std::string> kThree = {"--nodes", "a=h1:7000,zone=z1",
                                         "--nodes", "b=h2:7000,zone=z2",
                                         "--nodes", "c=h3:7000,zone=z1,weight=2"};

std::vector<std::string> With(std::vector<std::string> some, const std::vector<std::string>& more) {
  some.insert(some.end(), more.begin(), more.end());
  return some;
}

TEST_F(PlacementCommand, HelpsWithExamples) {
  const Ran help = Plan({"--help"});
  EXPECT_EQ(help.code, kDone);
  EXPECT_TRUE(absl::StrContains(help.out, "Examples:"));
  EXPECT_TRUE(absl::StrContains(help.out, "--from"));
}

TEST_F(PlacementCommand, ShowsEachNodeWithItsShare) {
  const Ran ran = Plan(With(kThree, {"--slots", "40"}));
  EXPECT_EQ(ran.code, kDone) << ran.err;
  for (const char* text : {"25.0 %", "50.0 %", "0-9", "h3:7000", "40 slots cut from 400 trips",
                           "1 replica,", "epoch 0"}) {
    EXPECT_TRUE(absl::StrContains(ran.out, text)) << text << " in\n" << ran.out;
  }
  EXPECT_FALSE(absl::StrContains(ran.out, "move"));
}

TEST_F(PlacementCommand, WritesAPlacementThatItsJsonShowsToo) {
  const Ran ran =
      Plan(With(kThree, {"--slots", "40", "--replicas", "2", "--json", "--out", Path("p.json")}));
  ASSERT_EQ(ran.code, kDone) << ran.err;
  const Placement p = ReadPlan("p.json");
  EXPECT_EQ(p.slots(), 40u);
  for (const auto& replicas : p.replicas) {
    std::set<std::string> zones;
    for (const uint32_t n : replicas) zones.insert(p.nodes[n].zone);
    EXPECT_EQ(zones.size(), 2u);
  }
  const json::value report = json::parse(ran.out);
  EXPECT_EQ(report.at("sample").as_int64(), 400);
  EXPECT_EQ(*DecodePlacement(json::serialize(report.at("placement"))), p);
  EXPECT_EQ(report.at("nodes").as_array().size(), 3u);
  EXPECT_NEAR(report.at("nodes").at(1).at("share").as_double(), .5, 1e-9) << "a zone by itself";
  EXPECT_FALSE(report.as_object().contains("moves"));
}

TEST_F(PlacementCommand, MovesLittleWhenANodeJoinsOrIsDrained) {
  ASSERT_EQ(Plan(With(kThree, {"--slots", "40", "--out", Path("p.json")})).code, kDone);
  const Ran join = Plan(With(kThree, {"--nodes", "d=h4:7000,weight=4", "--from", Path("p.json"),
                                      "--json", "--out", Path("q.json")}));
  ASSERT_EQ(join.code, kDone) << join.err;
  const json::value joined = json::parse(join.out);
  EXPECT_EQ(joined.at("moves").as_array().size(), 20u);
  EXPECT_NEAR(joined.at("moved_share").as_double(), .5, .01);
  for (const json::value& move : joined.at("moves").as_array()) {
    EXPECT_EQ(move.at("to").as_string(), "d");
  }
  EXPECT_EQ(ReadPlan("q.json").epoch, Epoch(1));
  EXPECT_EQ(ReadPlan("q.json").cuts, ReadPlan("p.json").cuts);

  const std::string file = Write("nodes.txt",
                                 "# d is drained\na=h1:7000\n\n b=h2:7000 \nc=h3:7000,weight=2\n"
                                 "d=h4:7000,weight=0\n");
  const Ran drain = Plan({"--nodes", file, "--from", Path("q.json")});
  ASSERT_EQ(drain.code, kDone) << drain.err;
  EXPECT_TRUE(absl::StrContains(drain.out, "20 slots move, 50.0 % of the data")) << drain.out;
}

TEST_F(PlacementCommand, CutsFinerButNeverJoins) {
  ASSERT_EQ(Plan(With(kThree, {"--slots", "40", "--replicas", "2", "--out", Path("p.json")})).code,
            kDone);
  const auto from = With(kThree, {"--from", Path("p.json"), "--out", Path("q.json"), "--slots"});
  ASSERT_EQ(Plan(With(from, {"80"})).code, kDone);
  EXPECT_EQ(ReadPlan("q.json").slots(), 80u);
  EXPECT_EQ(ReadPlan("q.json").replicas[0].size(), 2u) << "as many as before";
  const Ran joined = Plan(With(from, {"39"}));
  EXPECT_EQ(joined.code, kUsage);
  EXPECT_TRUE(absl::StrContains(joined.err, "--slots is '39', allowed: 40 ... 4096"));
}

TEST_F(PlacementCommand, NamesWhatIsWrong) {
  const struct {
    std::vector<std::string> arguments;
    int code;
    const char* message;
  } kCases[] = {
      {{}, kUsage, "--nodes"},
      {{"--nodes", "a=h:1", "--slots", "0"}, kUsage, "--slots"},
      {{"--nodes", "a=h:1", "--slots", "4097"}, kUsage, "--slots"},
      {{"--nodes", "a=h:1", "--replicas", "8"}, kUsage, "--replicas"},
      {{"--nodes", "a=h:1", "--replicas", "2"}, kUsage, "replicas is '2', allowed: 1 ... 1"},
      {{"--nodes", "a=h"}, kUsage, "address is 'h', allowed: host:port"},
      {{"--nodes", "a=h:1,weight=x"}, kUsage, "weight is 'x', allowed: 0 ... 65535"},
      {{"--nodes", "a=h:1,rack=x"}, kUsage, "'rack=x', allowed: zone=ZONE, weight=N"},
      {{"--nodes", "a=h:1", "--nodes", "a=h:2"}, kUsage, "one node a name"},
      {{"--nodes", Path("none")}, kUnreachable, "no such file"},
      {{"--nodes", "a=h:1", "--from", Path("none")}, kUnreachable, "cannot read"},
      {{"--nodes", "a=h:1", "--from", Path("trips.ndjson")}, kUsage, "not JSON of"},
      {{"--nodes", "a=h:1", "--out", Path("no/where")}, kUnreachable, "cannot write"},
      {{"--nodes", "a=h:1", "--sample", Path("none")}, kUsage, "--sample"},
  };
  for (const auto& c : kCases) {
    const Ran ran = Plan(c.arguments);
    EXPECT_EQ(ran.code, c.code) << c.message << ": " << ran.err;
    EXPECT_TRUE(absl::StrContains(ran.err, c.message)) << c.message << ": " << ran.err;
    EXPECT_TRUE(ran.out.empty()) << ran.out;
  }
}

TEST_F(PlacementCommand, RefusesASampleWithoutATrip) {
  Write("trips.ndjson", "{\"id\":\"bad\",\"coords\":[[5,91]]}\n");
  const Ran ran = Plan({"--nodes", "a=h:1"});
  EXPECT_EQ(ran.code, kUsage);
  EXPECT_TRUE(absl::StrContains(ran.err, "at least one good trip")) << ran.err;
}

}  // namespace
}  // namespace spoor
