// get, list, delete, drop, jobs, completion: what people do with single trajectories, and what the
// command line says of words that it does not know.

#include <gtest/gtest.h>
#include <stdlib.h>

#include <algorithm>
#include <boost/json.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "tests/engine/temp_dir.h"
#include "tests/router/run_spoor.h"

namespace spoor {
namespace {

using testing::Ran;
using testing::Spoor;

std::string Line(const std::string& id, const std::string& object, double lat) {
  return absl::StrCat("{\"id\":\"", id, "\",\"object\":\"", object, "\",\"coords\":[[0,", lat,
                      ",1700000000.5],[0.01,", lat, ",1700000060],[0.02,", lat, ",1700000120]]}\n");
}

class RecordCommands : public ::testing::Test {
 protected:
  void SetUp() override {
    Load("a", Line("a1", "car", 1) + Line("a2", "car", 2) + Line("b1", "bus", 3));
  }
  void Load(const std::string& name, const std::string& lines) const {
    const std::string file = absl::StrCat(folder_.path(), "/", name, ".ndjson");
    std::ofstream(file) << lines;
    const Ran ran = Spoor({"ingest", "--data", data(), "--quiet", file});
    ASSERT_EQ(ran.code, kDone) << ran.err;
  }
  std::string data() const { return folder_.path() + "/data"; }

  const testing::TempDir folder_;
};

TEST_F(RecordCommands, GetPrintsWhatIngestReads) {
  const Ran ran = Spoor({"get", "--data", data(), "a1", "b1"});
  ASSERT_EQ(ran.code, kDone) << ran.err;
  EXPECT_TRUE(absl::StrContains(ran.out, R"("coords":[[0,1,1700000000.5],)")) << ran.out;
  const std::vector<std::string> lines = absl::StrSplit(ran.out, '\n', absl::SkipEmpty());
  EXPECT_EQ(lines.size(), 2u);
  const Ran geojson = Spoor({"get", "--geojson", "--data", data(), "a1"});
  EXPECT_TRUE(absl::StrContains(geojson.out, R"("type":"Feature")")) << geojson.out;
}

TEST_F(RecordCommands, IngestCutsFixesAsTheyCome) {
  const std::string file = folder_.path() + "/fixes.ndjson";
  std::ofstream(file) << R"({"object":"x","time":60,"lon":8,"lat":47.01}
{"object":"x","time":180,"lon":8,"lat":47.03}
{"object":"x","time":120,"lon":8,"lat":47.02}
{"object":"x","time":99,"lon":8,"lat":99}
{"object":"x","time":9000,"lon":8,"lat":47.03}
{"object":"x","time":190,"lon":8,"lat":47.03}
{"object":"x","time":9000,"lon":8,"lat":47.03}
)";
  const std::vector<std::string> command = {"ingest",     "--data", data(), "--json",
                                            "--lateness", "600",    file};
  EXPECT_EQ(Spoor(command).code, kUsage);
  std::vector<std::string> cut = command;
  cut.emplace_back("--cut-trips");
  const Ran ran = Spoor(cut);
  EXPECT_EQ(ran.code, kIncomplete) << ran.err;
  const auto live = boost::json::parse(ran.out).at("live");
  EXPECT_EQ(boost::json::serialize(live),
            R"({"fixes":7,"accepted":4,"repeated":1,"late":1,"rejected":1,)"
            R"("sealed":{"trips":1,"fixes":3,"resting":0,"too_short":0},"held":1})");
  EXPECT_TRUE(absl::StrContains(ran.err, "fixes.ndjson:4")) << ran.err;
  EXPECT_TRUE(absl::StrContains(ran.err, "fixes.ndjson:6")) << ran.err;
  const Ran got = Spoor({"get", "--data", data(), "x/1970-01-01T00:01:00Z"});
  EXPECT_TRUE(absl::StrContains(got.out, R"("coords":[[8,47.01,60],[8,47.02,120],[8,47.03,180]])"))
      << got.out;
  std::vector<std::string> sealing = cut;
  sealing.emplace_back("--seal");
  const Ran again = Spoor(sealing);  // what is sent again changes nothing
  EXPECT_EQ(boost::json::parse(again.out).at("live").at("accepted"), 0) << again.out;
  EXPECT_EQ(boost::json::parse(again.out).at("live").at("held"), -1) << again.out;
  EXPECT_EQ(Spoor({"ingest", "--data", data(), "--cut-trips", "--seal", file}).code, kUsage);
  for (const char* with : {"--dry-run", "--clean", "--state=a", "--format=csv", "--preset=ais"}) {
    std::vector<std::string> wrong = cut;
    wrong.emplace_back(with);
    EXPECT_EQ(Spoor(wrong).code, kUsage) << with;
  }
}

TEST_F(RecordCommands, IngestCutsTripsOfFixesInAnyOrder) {
  const std::string file = folder_.path() + "/fixes.csv";
  std::ofstream(file) << "object,lat,lon,time\n"
                         "x,47.03,8,180\nx,47.01,8,60\ny,48,8,0\nx,47.02,8,120\nx,48,8,9000\n"
                         "y,99,8,30\ny,48.01,8,60\n";
  const Ran ran = Spoor({"ingest", "--data", data(), "--json", "--cut-trips", file});
  EXPECT_EQ(ran.code, kIncomplete) << ran.err;
  const auto told = boost::json::parse(ran.out);
  EXPECT_EQ(told.at("accepted"), 2) << ran.out;
  EXPECT_EQ(told.at("rejected"), 1) << ran.out;
  EXPECT_EQ(told.at("cut").at("too_short"), 1) << ran.out;
  EXPECT_TRUE(absl::StrContains(ran.err, "fixes.csv:7")) << ran.err;
  const Ran got = Spoor({"get", "--data", data(), "x/1970-01-01T00:01:00Z"});
  EXPECT_TRUE(absl::StrContains(got.out, R"("coords":[[8,47.01,60],[8,47.02,120],[8,47.03,180]])"))
      << got.out;
  EXPECT_EQ(Spoor({"ingest", "--data", data(), "--cut-trips", "--resume", "r", file}).code, kUsage);
  EXPECT_EQ(Spoor({"ingest", "--data", data(), "--cut-trips", "--gap", "-1", file}).code, kUsage);
}

TEST_F(RecordCommands, ADryRunSaysWhatFilesHoldAndLoadsNothing) {
  const std::string table = folder_.path() + "/table.csv", other = folder_.path() + "/other.bin";
  std::ofstream(table)
      << "id,lat,lon,time,speed\nx,47,8,60,1\nx,48,8.5,120,1\ny,47,8,1,1\ny,99,8,3,1\n";
  std::ofstream(other) << "nothing that anybody knows";
  const std::string nowhere = folder_.path() + "/nowhere";
  const Ran ran = Spoor({"ingest", "--data", nowhere, "--dry-run", "--json", table});
  EXPECT_EQ(ran.code, kIncomplete) << ran.err;
  const auto file = boost::json::parse(ran.out).at("files").at(0);
  EXPECT_EQ(file.at("format"), "csv");
  EXPECT_EQ(file.at("records"), 1);
  EXPECT_EQ(file.at("rejected"), 1);
  EXPECT_EQ(file.at("fixes"), 2);
  EXPECT_EQ(file.at("bbox"), (boost::json::array{8.0, 47.0, 8.5, 48.0}));
  EXPECT_EQ(file.at("time"), (boost::json::array{60.0, 120.0}));
  EXPECT_EQ(boost::json::parse(ran.out).at("tables").at(0).at("columns_left").at(0), "speed");
  EXPECT_FALSE(std::ifstream(nowhere).good()) << "it makes nothing";
  const Ran text = Spoor({"ingest", "--dry-run", "--quiet", table, other});
  EXPECT_TRUE(absl::StrContains(text.out, "other.bin")) << text.out;
  EXPECT_TRUE(absl::StrContains(text.out, "cannot tell the format")) << text.out;
  EXPECT_TRUE(absl::StrContains(text.out, "id from id")) << text.out;
}

TEST_F(RecordCommands, GetOfOneThatIsUnknownNamesItAndGoesOn) {
  const Ran ran = Spoor({"get", "--data", data(), "nobody", "a1"});
  EXPECT_EQ(ran.code, kIncomplete);
  EXPECT_TRUE(absl::StrContains(ran.err, "nobody")) << ran.err;
  EXPECT_TRUE(absl::StrContains(ran.out, R"("id":"a1")")) << ran.out;
  EXPECT_EQ(Spoor({"get", "--data", data(), ""}).code, kUsage);
  EXPECT_EQ(Spoor({"get", "--data", data(), "--collection", "none", "a1"}).code, kIncomplete);
}

TEST_F(RecordCommands, ListShowsThoseThatMeetTheFilter) {
  EXPECT_EQ(Spoor({"list", "--data", data(), "--ids"}).out, "a1\na2\nb1\n");
  EXPECT_EQ(Spoor({"list", "--data", data(), "--ids", "--object", "bus"}).out, "b1\n");
  const Ran some = Spoor({"list", "--data", data(), "--limit", "2"});
  EXPECT_TRUE(absl::StrContains(some.out, "2023-11-14 22:13:20")) << some.out;
  EXPECT_TRUE(absl::StrContains(some.err, "there are more")) << some.err;
  const Ran json = Spoor({"list", "--data", data(), "--json", "--object", "bus"});
  EXPECT_TRUE(absl::StrContains(json.out, "1700000000.5")) << json.out;
  EXPECT_FALSE(absl::StrContains(json.out, "E9")) << json.out;
}

TEST_F(RecordCommands, DeleteGoesByTheVersionThatGetTells) {
  const auto version = [&] {
    const Ran ran = Spoor({"get", "--data", data(), "a1"});
    return std::string(boost::json::parse(ran.out).at("version").as_string());
  };
  const std::string first = version();
  Load("again", Line("a1", "car", 9));
  EXPECT_NE(version(), first);
  const Ran refused = Spoor({"delete", "--data", data(), "--if-version", first, "a1"});
  EXPECT_NE(refused.code, kDone);
  EXPECT_TRUE(absl::StrContains(refused.err, "nothing was changed")) << refused.err;
  EXPECT_EQ(Spoor({"delete", "--data", data(), "--if-version", first, "a1", "a2"}).code, kUsage);
  EXPECT_EQ(Spoor({"delete", "--data", data(), "--if-version", version(), "a1"}).code, kDone);
  EXPECT_EQ(Spoor({"list", "--data", data(), "--ids"}).out, "a2\nb1\n");
}

TEST_F(RecordCommands, DeleteTakesIdsOrAFilterAndNotNothing) {
  EXPECT_EQ(Spoor({"delete", "--data", data()}).code, kUsage);
  EXPECT_EQ(Spoor({"delete", "--data", data(), "--object", "bus", "a1"}).code, kUsage);
  EXPECT_EQ(Spoor({"list", "--data", data(), "--ids"}).out, "a1\na2\nb1\n");
  EXPECT_EQ(Spoor({"delete", "--data", data(), "--json", "--object", "car"}).out,
            "{\"deleted\":2}\n");
  EXPECT_EQ(Spoor({"delete", "--data", data(), "b1"}).code, kDone);
  EXPECT_EQ(Spoor({"list", "--data", data(), "--ids"}).out, "");
}

TEST_F(RecordCommands, DropTakesTheCollectionThatIsNamed) {
  EXPECT_EQ(Spoor({"drop", "--data", data()}).code, kUsage);
  EXPECT_EQ(Spoor({"drop", "--data", data(), "Not A Name"}).code, kUsage);
  EXPECT_EQ(Spoor({"drop", "--data", data(), "other"}).code, kIncomplete);
  EXPECT_EQ(Spoor({"drop", "--data", data(), "default"}).code, kDone);
  EXPECT_EQ(Spoor({"list", "--data", data()}).code, kIncomplete);
}

TEST_F(RecordCommands, JobsTellsOfThoseThatThereAre) {
  const Ran none = Spoor({"jobs", "--data", data()});
  EXPECT_EQ(none.code, kDone) << none.err;
  ASSERT_EQ(Spoor({"join", "--data", data(), "--quiet"}).code, kDone);
  const Ran listed = Spoor({"jobs", "list", "--json", "--data", data()});
  ASSERT_EQ(listed.code, kDone) << listed.err;
  const boost::json::value job = boost::json::parse(listed.out);
  const std::string id(job.at("id").as_string());
  EXPECT_EQ(Spoor({"jobs", "--data", data(), "show", id}).code, kDone);
  EXPECT_EQ(Spoor({"jobs", "show", "join-none", "--data", data()}).code, kIncomplete);
  EXPECT_EQ(Spoor({"jobs", "show", "--data", data()}).code, kUsage);
}

TEST_F(RecordCommands, AFolderOfTracksIsLoadedAndABadOneStopsNoOther) {
  const std::string folder = folder_.path() + "/hikes";
  std::filesystem::create_directories(folder + "/2024");
  const auto track = [](const std::string& lat) {
    return absl::StrCat("<gpx><trk><name>Walk</name><trkseg><trkpt lat='", lat,
                        "' lon='8'><time>2024-05-01T12:00:00Z</time></trkpt></trkseg></trk></gpx>");
  };
  std::ofstream(folder + "/2024/may.gpx") << track("47");
  std::ofstream(folder + "/june.gpx") << track("47") << "<";
  std::ofstream(folder + "/july.gpx") << track("95");
  std::ofstream(folder + "/README") << "what this is";
  std::ofstream(folder_.path() + "/alone.gpx") << track("48");
  const Ran ran =
      Spoor({"ingest", "--data", data(), "--json", folder, folder_.path() + "/alone.gpx"});
  EXPECT_EQ(ran.code, kIncomplete) << ran.err;
  const boost::json::value told = boost::json::parse(ran.out);
  EXPECT_EQ(told.at("accepted"), 3) << ran.out;  // june's track came before what is wrong with it
  EXPECT_EQ(told.at("passed_over"), 1) << ran.out;
  EXPECT_TRUE(absl::StrContains(ran.err, "README")) << ran.err;
  EXPECT_TRUE(absl::StrContains(ran.err, "july.gpx:1")) << ran.err;
  EXPECT_TRUE(absl::StrContains(ran.err, "june.gpx")) << ran.err;
  EXPECT_EQ(Spoor({"list", "--data", data(), "--ids"}).out, "2024/may\na1\na2\nalone\nb1\njune\n");
  const Ran cut = Spoor({"ingest", "--data", data(), "--json", "--cut-trips", folder});
  EXPECT_EQ(boost::json::parse(cut.out).at("passed_over"), 2) << cut.out;  // june breaks off
  for (const absl::string_view line : absl::StrSplit(ran.err, '\n')) {
    if (absl::StrContains(line, "README")) {
      EXPECT_TRUE(absl::StrContains(cut.err, line)) << cut.err << "not in the words of " << ran.err;
    }
  }
}

TEST_F(RecordCommands, ADryRunShowsWhatValuesWereTakenFor) {
  const std::string table = folder_.path() + "/taxis.csv", unclear = folder_.path() + "/london.csv";
  for (int i = 0; i < 9; ++i) {
    std::ofstream(table, std::ios::app)
        << "11,2008-02-02 15:36:1" << i << ",116.5117" << i << ",39.9212" << i << "\n";
    std::ofstream(unclear, std::ios::app) << "v1,51.5117" << i << ",0.1212" << i << "\n";
  }
  const Ran ran = Spoor({"ingest", "--data", data(), "--quiet", "--dry-run", table});
  EXPECT_EQ(ran.code, kDone) << ran.err;
  EXPECT_TRUE(absl::StrContains(ran.out, "by their values id from 0, lat from 3, lon from 2, time"))
      << ran.out;
  const Ran loaded = Spoor({"ingest", "--data", data(), "--json", "--quiet", table});
  const boost::json::value told = boost::json::parse(loaded.out);
  EXPECT_EQ(told.at("accepted"), 1) << loaded.out;
  EXPECT_EQ(told.at("tables").at(0).at("by_values"), true) << loaded.out;
  const Ran refused = Spoor({"ingest", "--data", data(), "--quiet", unclear});
  EXPECT_NE(refused.code, kDone);
  EXPECT_TRUE(absl::StrContains(refused.err, "--columns lat=")) << refused.err;
}

TEST_F(RecordCommands, AnExportLoadsBackToTheSameRecords) {
  for (const char* name : {"out.gpx", "out.mfjson", "out.ndjson", "out.csv", "out.geojson"}) {
    const std::string file = folder_.path() + "/" + name,
                      again = folder_.path() + "/" + name + ".data";
    const Ran out = Spoor({"export", "--data", data(), "--quiet", "--out", file});
    ASSERT_EQ(out.code, kDone) << out.err;
    ASSERT_EQ(Spoor({"ingest", "--data", again, "--quiet", file}).code, kDone);
    for (const char* id : {"a1", "a2", "b1"}) {
      const auto of = [id](const std::string& from) {
        boost::json::object record =
            boost::json::parse(Spoor({"get", "--data", from, id}).out).as_object();
        record.erase("version");
        return boost::json::serialize(record);
      };
      EXPECT_EQ(of(again), of(data())) << name;
    }
  }
}

TEST_F(RecordCommands, AnEmptyNameOfACollectionIsMisuse) {
  const Ran ran = Spoor({"search", "--data", data(), "--collection", "", "--id", "a1"});
  EXPECT_EQ(ran.code, kUsage);
  EXPECT_TRUE(absl::StrContains(ran.err, "--collection")) << ran.err;
}

// 10 km to the east, and then as far to the north if it turns.
std::string LongLine(const std::string& id, double lat, bool turns) {
  std::string line = absl::StrCat("{\"id\":\"", id, "\",\"coords\":[");
  for (int i = 0; i < 400; ++i) {
    const double east = turns ? std::min(i, 200) : i, north = turns ? std::max(0, i - 200) : 0;
    absl::StrAppend(&line, i > 0 ? "," : "", "[", 8 + east * 5e-4, ",", lat + north * 5e-4, "]");
  }
  return line + "]}\n";
}

TEST_F(RecordCommands, MotifFindsPrintsAndDrawsWhatTwoTripsShare) {
  Load("m", LongLine("m1", 10, false) + LongLine("m2", 10.0001, true));
  const std::string picture = folder_.path() + "/shared.svg";
  const Ran ran = Spoor({"motif", "--data", data(), "--between", "m1", "m2", "--draw", picture});
  ASSERT_EQ(ran.code, kDone) << ran.err;
  EXPECT_TRUE(absl::StrContains(ran.out, "1 stretch in")) << ran.out;
  EXPECT_TRUE(absl::StrContains(ran.out, "m1 0-")) << ran.out;
  std::ifstream drawn(picture);
  EXPECT_TRUE(absl::StrContains(std::string(std::istreambuf_iterator<char>(drawn), {}), "</svg>"));
  const Ran exact =
      Spoor({"motif", "--data", data(), "--between", "m1", "m2", "--exact", "20", "--json"});
  ASSERT_EQ(exact.code, kDone) << exact.err;
  const auto answer = boost::json::parse(exact.out);
  EXPECT_TRUE(answer.at("exact").as_bool());
  EXPECT_EQ(answer.at("motifs").as_array().size(), 1U);
  EXPECT_EQ(Spoor({"motif", "--data", data(), "--within", "m1"}).code, kDone);
  EXPECT_EQ(Spoor({"motif", "--data", data(), "--within", "nobody"}).code, kIncomplete);
  const Ran none = Spoor({"motif", "--data", data()});
  EXPECT_EQ(none.code, kUsage);
  EXPECT_TRUE(absl::StrContains(none.err, "--between")) << none.err;
}

TEST_F(RecordCommands, WhatTheServerRefusesIsCalledByItsFlag) {
  const Ran ran =
      Spoor({"search", "--data", data(), "--id", "a1", "--bbox", "0,0,1,95", "--measure", "dtv"});
  EXPECT_EQ(ran.code, kUsage);
  EXPECT_TRUE(absl::StrContains(ran.err, "--bbox is [0,0,1,95]")) << ran.err;
  EXPECT_TRUE(absl::StrContains(ran.err, "--measure is \"dtv\"")) << ran.err;
  EXPECT_FALSE(absl::StrContains(ran.err, "/filter")) << ran.err;
}

TEST_F(RecordCommands, TheServerOfTheEnvironmentIsAskedUnlessAnotherIsNamed) {
  ASSERT_EQ(setenv("SPOOR_URL", "http://127.0.0.1:1", 1), 0);
  const Ran env = Spoor({"status"});
  const Ran data_wins = Spoor({"status", "--data", data()});
  const Ran url_wins = Spoor({"status", "--url", "http://127.0.0.1:2"});
  unsetenv("SPOOR_URL");
  EXPECT_EQ(env.code, kUnreachable);
  EXPECT_TRUE(absl::StrContains(env.err, "127.0.0.1:1:")) << env.err;
  EXPECT_EQ(data_wins.code, kDone) << data_wins.err;
  EXPECT_TRUE(absl::StrContains(url_wins.err, "127.0.0.1:2:")) << url_wins.err;
}

TEST_F(RecordCommands, IngestWaitsForAServerThatIsNotThereYetWhereItIsTold) {
  const std::string file = folder_.path() + "/a.ndjson", rejects = folder_.path() + "/rejects";
  std::ofstream(rejects) << "of an earlier run";
  const Ran waits = Spoor(
      {"ingest", "--url", "http://127.0.0.1:1", "--retry-for", "0.3", "--rejects", rejects, file});
  EXPECT_EQ(waits.code, kUnreachable);
  EXPECT_TRUE(absl::StrContains(waits.err, "trying again")) << waits.err;
  const Ran gives_up = Spoor({"ingest", "--url", "http://127.0.0.1:1", file});
  EXPECT_EQ(gives_up.code, kUnreachable);
  EXPECT_FALSE(absl::StrContains(gives_up.err, "trying again")) << gives_up.err;
  std::ostringstream kept;
  kept << std::ifstream(rejects).rdbuf();
  EXPECT_EQ(kept.str(), "of an earlier run");
}

TEST(UnknownWord, IsNamedWithTheNearestThatIsKnown) {
  const Ran command = Spoor({"serch", "--id", "a"});
  EXPECT_EQ(command.code, kUsage);
  EXPECT_EQ(
      command.err,
      "spoor: there is no command 'serch'; did you mean search?; `spoor --help` lists them\n");
  const Ran option = Spoor({"search", "--id", "a", "--exakt"});
  EXPECT_EQ(option.code, kUsage);
  EXPECT_EQ(
      option.err,
      "spoor: spoor search has no option --exakt; did you mean --exact?; `spoor search --help` "
      "lists them\n");
  EXPECT_EQ(Spoor({"xyzzy"}).err,
            "spoor: there is no command 'xyzzy'; `spoor --help` lists them\n");
}

TEST(Completion, KnowsCommandsAndTheirOptions) {
  const Ran bash = Spoor({"completion", "bash"});
  EXPECT_EQ(bash.code, kDone);
  EXPECT_TRUE(absl::StrContains(bash.out, "--max-distance-m")) << bash.out;
  EXPECT_TRUE(absl::StrContains(bash.out, "complete -o default -F _spoor spoor")) << bash.out;
  EXPECT_TRUE(
      absl::StrContains(Spoor({"completion", "fish"}).out, "__fish_seen_subcommand_from search"));
  EXPECT_EQ(Spoor({"completion", "csh"}).code, kUsage);
}

TEST(Output, ThatCannotBeWrittenIsNoSuccess) {
  std::ofstream full("/dev/full");
  if (!full) GTEST_SKIP() << "there is no /dev/full here";
  std::ostringstream err;
  const char* const argv[] = {"spoor", "completion", "bash"};
  EXPECT_EQ(RunSpoor(3, argv, full, err), kUnreachable);
  EXPECT_TRUE(absl::StrContains(err.str(), "cannot write")) << err.str();
}

}  // namespace
}  // namespace spoor
