#include "router/command/command.h"

#include <gtest/gtest.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <boost/json.hpp>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "engine/format/reader.h"
#include "router/command/address_space.h"
#include "tests/engine/flips.h"
#include "tests/engine/temp_dir.h"
#include "tests/router/run_spoor.h"

namespace spoor {
namespace {

namespace json = boost::json;
using testing::Ran;
using testing::Spoor;

// In a directory that goes with the test.
class Command : public ::testing::Test {
 protected:
  std::string Path(const std::string& name) const { return folder_.path() + "/" + name; }
  std::string Write(const std::string& name, const std::string& text) const {
    std::ofstream(Path(name), std::ios::binary) << text;
    return Path(name);
  }
  std::string Read(const std::string& name) const {
    std::ostringstream text;
    text << std::ifstream(Path(name), std::ios::binary).rdbuf();
    return text.str();
  }
  std::string data() const { return Path("data"); }

  // A small city on disk: 6 routes, 4 drives each.
  std::string SmallCity() const {
    const Ran ran =
        Spoor({"generate", "--grid", "--grid-side", "24", "--routes", "6", "--variants", "4",
               "--min-route-m", "800", "--max-route-m", "1500", "--noise-m", "3", "--quiet",
               "--out", Path("city.ndjson"), "--truth", Path("truth.ndjson")});
    EXPECT_EQ(ran.code, kDone) << ran.err;
    return Path("city.ndjson");
  }

  const testing::TempDir folder_;
};

std::string Line(const std::string& id, double lat) {
  return absl::StrCat("{\"id\":\"", id, "\",\"coords\":[[0,", lat, ",0],[0.01,", lat, ",60],[0.02,",
                      lat, ",120]]}\n");
}

TEST_F(Command, NamesWhatIsAllowedWhenTheCommandIsUnknown) {
  EXPECT_EQ(Spoor({}).code, kUsage);
  const Ran ran = Spoor({"fly"});
  EXPECT_EQ(ran.code, kUsage);
  EXPECT_FALSE(ran.err.empty());
  EXPECT_TRUE(ran.out.empty());
}

TEST_F(Command, EveryCommandHasHelpWithExamples) {
  const Ran all = Spoor({"--help"});
  EXPECT_EQ(all.code, kDone);
  for (const char* command : {"serve", "ingest", "search", "get", "list", "delete", "drop", "jobs",
                              "generate", "tune", "status", "check", "shard", "router"}) {
    EXPECT_TRUE(absl::StrContains(all.out, command)) << command;
    const Ran help = Spoor({command, "--help"});
    EXPECT_EQ(help.code, kDone) << command;
    EXPECT_TRUE(absl::StrContains(help.out, "Examples:")) << command;
    EXPECT_TRUE(absl::StrContains(help.out, absl::StrCat("spoor ", command))) << command;
    EXPECT_TRUE(absl::StrContains(help.out, "--json")) << command;
  }
}

TEST_F(Command, RefusesAWrongCommandLineWithExitCode2) {
  const std::vector<std::string> kCases[] = {
      {"search"},
      {"search", "--id", "a", "--file", "b"},
      {"search", "--id", "a", "--k", "0"},
      {"search", "--id", "a", "--score", "embedding"},
      {"search", "--id", "a", "--max-distance-m", "5"},
      {"search", "--id", "a", "--param", "tolerance_m=5"},
      {"search", "--id", "a", "--url", "http://127.0.0.1:1", "--data", "x"},
      {"search", "--id", "a", "--bbox", "1,2,3"},
      {"search", "--id", "a", "--time", "1"},
      {"search", "--id", "a", "--tag", "mode"},
      {"search", "--id", "a", "--rerank", "dtw", "--param", "x=y"},
      {"ingest"},
      {"ingest", "--format", "xls", "x"},
      {"ingest", "--ack", "maybe", "x"},
      {"ingest", "--columns", "id", "x"},
      {"ingest", "--resume", "r", "-"},
      {"generate", "--graph-nodes", "x"},
      {"generate", "--noise", "pink"},
      {"generate", "--routes", "0", "--quiet"},
      {"serve", "--listen", "8080"},
      {"serve", "--listen", "127.0.0.1:65536"},
      {"serve", "--listen", "example.org:80"},
      {"serve", "--memory", "many"},
      {"shard", "--listen", "7070"},
      {"shard", "--etcd", "nowhere"},
      {"shard", "--replication", "0"},
      {"shard", "--tls-cert", "alone.pem"},
      {"router", "--listen", "0.0.0.0:0"},
      {"router", "--slots", "5000"},
      {"placement", "apply"},
      {"cluster"},
      {"cluster", "seed"},
      {"ingest", "--kafka", "trips", "also.ndjson"},
  };
  for (const std::vector<std::string>& arguments : kCases) {
    const Ran ran = Spoor(arguments);
    EXPECT_EQ(ran.code, kUsage) << absl::StrJoin(arguments, " ") << ": " << ran.err;
    EXPECT_FALSE(ran.err.empty()) << absl::StrJoin(arguments, " ");
    EXPECT_TRUE(ran.out.empty()) << absl::StrJoin(arguments, " ");
  }
}

TEST_F(Command, ServeRefusesToLetOthersInUnlessToldTo) {
  for (const char* listen : {"0.0.0.0:0", "[::]:0", "192.0.2.1:0"}) {
    const Ran ran = Spoor({"serve", "--data", data(), "--listen", listen});
    EXPECT_EQ(ran.code, kUsage) << listen;
    EXPECT_TRUE(absl::StrContains(ran.err, "--insecure")) << ran.err;
  }
  EXPECT_FALSE(std::filesystem::exists(data()));
}

TEST_F(Command, TakesOptionsFromAFileAndRefusesThoseItDoesNotKnow) {
  const std::string good = Path("good.toml"), bad = Path("bad.toml");
  std::ofstream(good) << "[serve]\nlisten = \"192.0.2.1:0\"\n[shard]\nname = \"a\"\n";
  std::ofstream(bad) << "[serve]\nlistn = \"127.0.0.1:0\"\n";
  for (const auto& arguments : {std::vector<std::string>{"--config", good, "serve"},
                                std::vector<std::string>{"serve", "--config", good}}) {
    const Ran ran = Spoor(arguments);
    EXPECT_EQ(ran.code, kUsage);
    EXPECT_TRUE(absl::StrContains(ran.err, "192.0.2.1")) << ran.err;
  }
  const Ran refused = Spoor({"serve", "--config", bad});
  EXPECT_EQ(refused.code, kUsage);
  EXPECT_TRUE(absl::StrContains(refused.err, "listn")) << refused.err;
  EXPECT_EQ(Spoor({"serve", "--config", Path("missing.toml")}).code, kUsage);
}

TEST_F(Command, PlacementSaysWhenTheStoreOfMetadataCannotBeReached) {
  const Ran ran = Spoor({"placement", "show", "--etcd", "127.0.0.1:1"});
  EXPECT_EQ(ran.code, kUnreachable) << ran.err;
}

TEST_F(Command, SaysWhenNobodyAnswersOrNothingCanBeOpened) {
  EXPECT_EQ(Spoor({"status", "--url", "http://127.0.0.1:1"}).code, kUnreachable);
  EXPECT_EQ(Spoor({"status", "--data", Path("missing")}).code, kUnreachable);
  EXPECT_EQ(Spoor({"check", "--data", Path("missing")}).code, kUnreachable);
  EXPECT_EQ(Spoor({"ingest", "--data", data(), Path("missing.ndjson")}).code, kUnreachable);
  EXPECT_EQ(Spoor({"generate", "--quiet", "--routes", "1", "--out", Path("no/folder")}).code,
            kUnreachable);
  EXPECT_FALSE(std::filesystem::exists(Path("missing")));
}

TEST_F(Command, LoadsSearchesAndChecksAStoreWithoutAServer) {
  const std::string city = SmallCity();
  const Ran loaded = Spoor({"ingest", "--data", data(), "--quiet", "--json", city});
  ASSERT_EQ(loaded.code, kDone) << loaded.err;
  EXPECT_EQ(json::parse(loaded.out).at("accepted").as_int64(), 24);

  const Ran found =
      Spoor({"search", "--data", data(), "--id", "r00003-f-v00", "--k", "1", "--json"});
  ASSERT_EQ(found.code, kDone) << found.err;
  // As the server wrote it.
  EXPECT_TRUE(absl::StrContains(found.out, "\"length_m\":2051.477")) << found.out;
  EXPECT_EQ(json::parse(found.out).at("hits").at(0).at("id").as_string(), "r00003-f-v01");

  const Ran back = Spoor(
      {"search", "--data", data(), "--id", "r00003-f-v00", "--k", "2", "--direction", "opposite"});
  ASSERT_EQ(back.code, kDone) << back.err;
  EXPECT_TRUE(absl::StrContains(back.out, "r00003-b-v0")) << back.out;
  EXPECT_TRUE(absl::StrContains(back.out, "2 hits in")) << back.out;

  const Ran status = Spoor({"status", "--data", data()});
  EXPECT_EQ(status.code, kDone) << status.err;
  EXPECT_TRUE(absl::StrContains(status.out, "default")) << status.out;

  const Ran check = Spoor({"check", "--data", data()});
  EXPECT_EQ(check.code, kDone) << check.err;
  EXPECT_EQ(check.out, "default: sound\n");
}

TEST_F(Command, SearchFiltersRanksByAMeasureAndDraws) {
  ASSERT_EQ(Spoor({"ingest", "--data", data(), "--quiet", SmallCity()}).code, kDone);
  const Ran tagged =
      Spoor({"search", "--data", data(), "--id", "r00003-f-v00", "--direction", "either", "--tag",
             "direction=back", "--tag", "route=r00003", "--json"});
  ASSERT_EQ(tagged.code, kDone) << tagged.err;
  std::set<std::string> ids;
  const json::value answer = json::parse(tagged.out);
  for (const json::value& hit : answer.at("hits").as_array()) {
    ids.emplace(hit.at("id").as_string().c_str());
  }
  EXPECT_EQ(ids, (std::set<std::string>{"r00003-b-v00", "r00003-b-v01"}));

  const Ran drawn =
      Spoor({"search", "--data", data(), "--id", "r00003-f-v00", "--rerank", "dtw", "--candidates",
             "10", "--k", "3", "--draw", Path("hits.svg"), "--explain"});
  ASSERT_EQ(drawn.code, kDone) << drawn.err;
  EXPECT_TRUE(absl::StrContains(drawn.out, "distance")) << drawn.out;
  EXPECT_TRUE(absl::StrContains(drawn.out, "refined")) << drawn.out;
  EXPECT_TRUE(absl::StrContains(drawn.out, "3 hits in ")) << drawn.out;
  EXPECT_TRUE(absl::StrContains(drawn.out, "approximate by dtw")) << drawn.out;
  EXPECT_TRUE(absl::StartsWith(Read("hits.svg"), "<svg "));
  EXPECT_TRUE(absl::StrContains(Read("hits.svg"), "like r00003-f-v00"));
}

TEST_F(Command, ExactSearchTakesAMeasureOrTheUsualOne) {
  ASSERT_EQ(Spoor({"ingest", "--data", data(), "--quiet", SmallCity()}).code, kDone);
  const auto search = [&](std::vector<std::string> more) {
    more.insert(more.begin(), {"search", "--data", data(), "--id", "r00003-f-v00"});
    return Spoor(std::move(more));
  };
  const Ran usual = search({"--exact", "--json"});
  ASSERT_EQ(usual.code, kDone) << usual.err;
  const json::value answer = json::parse(usual.out);
  EXPECT_TRUE(answer.at("exact").as_bool());
  EXPECT_EQ(answer.at("hits").at(0).at("measure").as_string(), "discrete_frechet");
  EXPECT_EQ(answer.at("hits").as_array().size(), 10u);

  const Ran named = search({"--exact", "--measure", "dtw", "--k", "2", "--explain"});
  ASSERT_EQ(named.code, kDone) << named.err;
  EXPECT_TRUE(absl::StrContains(named.out, "exact by dtw")) << named.out;
  for (const char* row :
       {"  plan  ", "  asked  ", "  fingerprint  ", "  proposed  ", "  measured  ", "  work  "}) {
    EXPECT_TRUE(absl::StrContains(named.out, row)) << row << named.out;
  }
  EXPECT_TRUE(absl::StrContains(named.out, "1 slot (0 left out) on 1 node")) << named.out;

  // As it is written: boost's reader may be off by the last bit.
  const std::vector<std::string> pieces = absl::StrSplit(usual.out, R"("distance_m":)");
  ASSERT_EQ(pieces.size(), 11u);
  const std::string second = pieces[2].substr(0, pieces[2].find(','));
  const Ran within = search({"--exact", "--max-distance-m", second, "--k", "10000", "--json"});
  ASSERT_EQ(within.code, kDone) << within.err;
  EXPECT_EQ(json::parse(within.out).at("hits").as_array().size(), 2u);
}

TEST_F(Command, SearchTakesTheFirstTrajectoryOfAFile) {
  const std::string city = SmallCity();
  ASSERT_EQ(Spoor({"ingest", "--data", data(), "--quiet", city}).code, kDone);
  const std::string first = Read("city.ndjson").substr(0, Read("city.ndjson").find('\n') + 1);
  const std::string id(json::parse(first).at("id").as_string());
  const Ran found = Spoor(
      {"search", "--data", data(), "--file", Write("query.ndjson", first), "--k", "1", "--json"});
  ASSERT_EQ(found.code, kDone) << found.err;
  EXPECT_EQ(json::parse(found.out).at("hits").at(0).at("id").as_string(),
            id.c_str());  // itself: it has no id

  EXPECT_EQ(Spoor({"search", "--data", data(), "--file",
                   Write("bad.ndjson", "{\"id\":\"a\",\"coords\":[[0,91]]}\n")})
                .code,
            kUsage);
  EXPECT_EQ(Spoor({"search", "--data", data(), "--file", Write("empty.ndjson", "")}).code, kUsage);
}

TEST_F(Command, SaysWhichFieldTheServerRefuses) {
  ASSERT_EQ(Spoor({"ingest", "--data", data(), "--quiet", Write("a.ndjson", Line("a", 1))}).code,
            kDone);
  const Ran ran = Spoor({"search", "--data", data(), "--id", "a", "--rerank", "no_such_measure"});
  EXPECT_EQ(ran.code, kUsage);
  EXPECT_TRUE(absl::StrContains(ran.err, "--measure is")) << ran.err;
  EXPECT_TRUE(absl::StrContains(ran.err, "discrete_frechet")) << ran.err;
}

TEST_F(Command, ReturnsOneForAnUnknownTrajectoryOrCollection) {
  ASSERT_EQ(Spoor({"ingest", "--data", data(), "--quiet", Write("a.ndjson", Line("a", 1))}).code,
            kDone);
  EXPECT_EQ(Spoor({"search", "--data", data(), "--id", "nobody"}).code, kIncomplete);
  EXPECT_EQ(Spoor({"search", "--data", data(), "--collection", "none", "--id", "a"}).code,
            kIncomplete);
}

TEST_F(Command, IngestTellsOfRejectedRecordsByFileAndLine) {
  const std::string bad =
      Write("bad.ndjson", Line("a", 1) + "\n" + Line("b", 91) + Line("c", 2) + "not json\n");
  const Ran ran = Spoor({"ingest", "--data", data(), "--quiet", "--rejects", Path("rejects.ndjson"),
                         "--part", "60", bad});
  EXPECT_EQ(ran.code, kIncomplete);
  EXPECT_TRUE(absl::StrContains(ran.err, absl::StrCat(bad, ":3: b: /coords/0/1 is 91"))) << ran.err;
  const std::vector<std::string> lines =
      absl::StrSplit(Read("rejects.ndjson"), '\n', absl::SkipEmpty());
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(json::parse(lines[0]).at("line").as_int64(), 3);
  EXPECT_EQ(json::parse(lines[0]).at("id").as_string(), "b");
  EXPECT_EQ(json::parse(lines[1]).at("line").as_int64(), 5);
}

TEST_F(Command, IngestReadsCompressedFilesAndGoesOnWhereItEnded) {
  const Ran made =
      Spoor({"generate", "--grid-side", "24", "--routes", "6", "--variants", "4", "--min-route-m",
             "800", "--max-route-m", "1500", "--quiet", "--out", Path("city.ndjson.zst")});
  ASSERT_EQ(made.code, kDone) << made.err;
  const std::string resume = Path("resume");
  const Ran first = Spoor({"ingest", "--data", data(), "--json", "--quiet", "--part", "20000",
                           "--resume", resume, Path("city.ndjson.zst")});
  ASSERT_EQ(first.code, kDone) << first.err;
  EXPECT_EQ(json::parse(first.out).at("accepted").as_int64(), 24);

  // As if it had been killed: only the first two parts were noted, and a line was cut.
  const std::vector<std::string> lines = absl::StrSplit(Read("resume"), '\n');
  ASSERT_GT(lines.size(), 5u);
  const auto acknowledged = json::parse(lines[2]).at("bytes").as_int64();
  Write("resume",
        absl::StrCat(lines[0], "\n", lines[1], "\n", lines[2], "\n", lines[3].substr(0, 10)));
  const Ran second = Spoor({"ingest", "--data", data(), "--json", "--quiet", "--part", "20000",
                            "--resume", resume, Path("city.ndjson.zst")});
  ASSERT_EQ(second.code, kDone) << second.err;
  EXPECT_EQ(json::parse(second.out).at("skipped_bytes").as_int64(), acknowledged);
  EXPECT_LT(json::parse(second.out).at("accepted").as_int64(), 24);

  const Ran third = Spoor({"ingest", "--data", data(), "--json", "--quiet", "--resume", resume,
                           Path("city.ndjson.zst")});
  EXPECT_EQ(json::parse(third.out).at("accepted").as_int64(), 0);
  EXPECT_EQ(Spoor({"ingest", "--data", data(), "--collection", "other", "--resume", resume,
                   Path("city.ndjson.zst")})
                .code,
            kUsage);
  const Ran status = Spoor({"status", "--data", data(), "--json"});
  EXPECT_EQ(json::parse(status.out).at("collections").at(0).at("trajectories").as_int64(), 24)
      << status.out;
}

TEST_F(Command, IngestLoadsAFileAnewThatIsNotWhatItWas) {
  const auto load = [this](const std::string& text) {
    const Ran ran = Spoor({"ingest", "--data", data(), "--json", "--quiet", "--resume",
                           Path("resume"), Write("t.ndjson", text)});
    EXPECT_EQ(ran.code, kDone) << ran.err;
    const json::value said = json::parse(ran.out);
    return absl::StrCat(said.at("accepted").as_int64(), ran.err.empty() ? "" : " anew");
  };
  EXPECT_EQ(load(Line("mon", 1)), "1");
  EXPECT_EQ(load(Line("mon", 1)), "0");
  EXPECT_EQ(load(Line("mon", 1) + Line("tue", 1)), "1");  // it grew by a record
  EXPECT_EQ(load(Line("wed", 1) + Line("tue", 1)), "2 anew");
  EXPECT_EQ(load(Line("wed", 1)), "1 anew");
  std::string open = Line("thu", 1);
  open.pop_back();
  EXPECT_EQ(load(Line("wed", 1) + open), "1");
  EXPECT_EQ(load(Line("wed", 1) + open + "  \n" + Line("fri", 1)),
            "3 anew");  // grew in its last line
}

TEST_F(Command, IngestOfAStreamThatIsCutStoresNoPartOfATripAndReturnsOne) {
  std::string table = "id,lat,lon\n";
  for (int i = 0; i < 1000; ++i) absl::StrAppend(&table, "a,1,", i * 0.001, "\n");
  const std::string packed = Deflate(table, "gzip");
  std::string damaged = packed;
  damaged[damaged.size() / 2] = static_cast<char>(damaged[damaged.size() / 2] ^ 0x55);
  for (const std::string& bytes : {packed.substr(0, packed.size() - 20), damaged}) {
    const Ran ran =
        Spoor({"ingest", "--data", data(), "--quiet", "--part", "100", Write("cut.csv.gz", bytes)});
    EXPECT_EQ(ran.code, kIncomplete) << ran.err;
    EXPECT_TRUE(absl::StrContains(ran.err, "cut.csv.gz: ")) << ran.err;
  }
  const Ran found = Spoor({"search", "--data", data(), "--id", "a"});
  EXPECT_EQ(found.code, kIncomplete) << found.out;
}

TEST_F(Command, IngestSaysWhatTheServerTookAndCleaned) {
  const std::string fixes = Write("fixes.csv",
                                  "trip_id,lat,lon,time,speed\nt,1,1,1,5\nt,,,2,5\nt,1,1.001,30,5\n"
                                  "bad,x,1,1,5\n");
  const Ran ran = Spoor({"ingest", "--data", data(), "--quiet", "--clean", fixes});
  EXPECT_EQ(ran.code, kIncomplete);
  EXPECT_TRUE(absl::StrContains(ran.out, "loaded 1 trajectories, 2 fixes")) << ran.out;
  EXPECT_TRUE(absl::StrContains(ran.out, "lat from lat, lon from lon, time from time")) << ran.out;
  EXPECT_TRUE(absl::StrContains(ran.out, "not read: speed")) << ran.out;
  EXPECT_TRUE(absl::StrContains(ran.out, "cleaned: dropped 1 fixes out of range or absent"))
      << ran.out;
  const Ran told = Spoor({"ingest", "--data", data(), "--quiet", "--json", "--time-zone",
                          "Etc/GMT-1", "--row-ids", "p", "--columns", "time=day+clock",
                          Write("p.csv", "lat,lon,day,clock\n1,2,1970-01-01,01:00:05\n")});
  ASSERT_EQ(told.code, kDone) << told.err;
  EXPECT_EQ(json::parse(told.out).at("tables").at(0).at("columns").at("time").as_string(),
            "day+clock");
}

TEST_F(Command, WhatTheServerAnswersCanBeLoadedAndSearchedBy) {
  ASSERT_EQ(Spoor({"ingest", "--data", data(), "--quiet", Write("a.ndjson", Line("a", 1))}).code,
            kDone);
  const std::string record = R"({"id":"b","summary":{"fixes":1},"coords":[[8.5,47.1,100]]})";
  const std::string point = R"({"type":"Feature","id":"c","geometry":{"type":"Point",)"
                            R"("coordinates":[8.5,47.1]},"properties":{"times":[100]}})";
  for (const std::string& file : {Write("b.json", record), Write("c.geojson", point)}) {
    EXPECT_EQ(Spoor({"ingest", "--data", data(), "--quiet", file}).code, kDone) << file;
    const Ran found = Spoor({"search", "--data", data(), "--exact", "--file", file});
    EXPECT_EQ(found.code, kDone) << file << found.err;
  }
}

TEST_F(Command, IngestNamesTheFileThatTheServerRefuses) {
  const std::string good = Write("good.csv", "id,lat,lon\na,0,0\na,0,1\n");
  const std::string bad = Write("bad.csv", "x,y\n1,2\n");
  const Ran ran =
      Spoor({"ingest", "--data", data(), "--columns", "lat=lat,lon=lon,id=id", good, bad});
  EXPECT_EQ(ran.code, kUsage);
  EXPECT_TRUE(absl::StrContains(ran.err, absl::StrCat("spoor: ", bad, ": "))) << ran.err;
}

TEST_F(Command, IngestReadsAPortoTableByPresetInParts) {
  std::string table =
      "\"TRIP_ID\",\"CALL_TYPE\",\"ORIGIN_CALL\",\"ORIGIN_STAND\",\"TAXI_ID\",\"TIMESTAMP\","
      "\"DAY_TYPE\",\"MISSING_DATA\",\"POLYLINE\"\n";
  for (int i = 0; i < 30; ++i) {
    absl::StrAppend(&table, "\"t", i, "\",\"C\",\"\",\"\",\"7\",\"1372636858\",\"A\",\"False\",",
                    "\"[[-8.6,41.1],[-8.61,41.1],[-8.62,41.", 11 + i, "]]\"\n");
  }
  const Ran ran = Spoor({"ingest", "--data", data(), "--preset", "porto", "--json", "--quiet",
                         "--part", "300", Write("train.csv", table)});
  ASSERT_EQ(ran.code, kDone) << ran.err;
  EXPECT_EQ(json::parse(ran.out).at("accepted").as_int64(), 30);
  EXPECT_EQ(json::parse(ran.out).at("fixes").as_int64(), 90);
}

TEST_F(Command, IngestKeepsTogetherATableWithARowPerFix) {
  const std::string table =
      "trip,y,x,when\na,1,1,0\na,1,1.01,10\na,1,1.02,20\nb,2,2,0\nb,2,2.01,10\n";
  const Ran ran = Spoor({"ingest", "--data", data(), "--columns", "id=trip,lat=y,lon=x,time=when",
                         "--json", "--quiet", "--part", "30", Write("fixes.csv", table)});
  ASSERT_EQ(ran.code, kDone) << ran.err;
  EXPECT_EQ(json::parse(ran.out).at("accepted").as_int64(), 2);
  const Ran status = Spoor({"status", "--data", data(), "--json"});
  EXPECT_EQ(json::parse(status.out).at("collections").at(0).at("fixes").as_int64(), 5)
      << status.out;
}

TEST_F(Command, GenerateWritesTheTruthAndTheSameBytesForTheSameSeed) {
  SmallCity();
  const std::string city = Read("city.ndjson");
  SmallCity();
  EXPECT_EQ(Read("city.ndjson"), city);
  const std::vector<std::string> truth =
      absl::StrSplit(Read("truth.ndjson"), '\n', absl::SkipEmpty());
  ASSERT_EQ(truth.size(), 24u);
  std::set<std::string> routes;
  for (const std::string& line : truth) {
    const json::value row = json::parse(line);
    const std::string id(row.at("id").as_string());
    EXPECT_EQ(id.substr(0, 6), row.at("route").as_string().c_str());
    EXPECT_EQ(id[7], row.at("direction").as_string()[0]);
    routes.insert(id.substr(0, 6));
  }
  EXPECT_EQ(routes.size(), 6u);
}

TEST_F(Command, CheckNamesADamagedCollectionAndReturns4) {
  ASSERT_EQ(Spoor({"ingest", "--data", data(), "--quiet", SmallCity()}).code, kDone);
  testing::DamageRecords(data());
  const Ran ran = Spoor({"check", "--data", data()});
  EXPECT_EQ(ran.code, kDamaged) << ran.out << ran.err;
  EXPECT_TRUE(absl::StrContains(ran.out, "default: damaged: ")) << ran.out;
}

TEST(AddressSpace, ALimitThatIsTooLowIsSaidBeforeAnythingIsBegun) {
  rlimit was = {};
  ASSERT_EQ(getrlimit(RLIMIT_AS, &was), 0);
  rlimit limit = was;
  limit.rlim_cur = std::min<rlim_t>(was.rlim_max, rlim_t{1} << 60);
  ASSERT_EQ(setrlimit(RLIMIT_AS, &limit), 0);
  const absl::Status enough = CheckAddressSpace(uint64_t{1} << 30);
  const absl::Status too_little = CheckAddressSpace(uint64_t{1} << 61);
  ASSERT_EQ(setrlimit(RLIMIT_AS, &was), 0);
  EXPECT_TRUE(enough.ok()) << enough;
  EXPECT_TRUE(absl::IsFailedPrecondition(too_little)) << too_little;
}

TEST_F(Command, ReadingNeverMakesADataDirectory) {
  const std::string home = Path("home");
  const std::vector<std::vector<std::string>> reading = {
      {"status"}, {"check"}, {"tune"}, {"join", "--min-score", ".5"}, {"search", "--id", "a"}};
  for (std::vector<std::string> words : reading) {
    SCOPED_TRACE(words[0]);
    words.insert(words.end(), {"--data", home});
    EXPECT_EQ(Spoor(words).code, kUnreachable);
    EXPECT_FALSE(std::filesystem::exists(home));
  }
  std::filesystem::create_directory(home);
  std::ofstream(home + "/letter") << "dear";
  for (std::vector<std::string> words : reading) {
    SCOPED_TRACE(words[0]);
    words.insert(words.end(), {"--data", home});
    const Ran ran = Spoor(words);
    EXPECT_EQ(ran.code, kUnreachable) << ran.err;
    EXPECT_TRUE(absl::StrContains(ran.err, "is no data directory of spoor")) << ran.err;
  }
  EXPECT_EQ(Spoor({"ingest", "--data", home, "--quiet", Write("a.ndjson", Line("a", 1))}).code,
            kUnreachable);
  EXPECT_EQ(Spoor({"serve", "--data", home, "--listen", "127.0.0.1:0"}).code, kUnreachable);
  const std::filesystem::directory_iterator entries(home);
  EXPECT_EQ(std::distance(begin(entries), end(entries)), 1);
}

TEST_F(Command, CheckReadsTheStoresOfAShard) {
  ASSERT_EQ(Spoor({"ingest", "--data", data(), "--quiet", Write("a.ndjson", Line("a", 1))}).code,
            kDone);
  const std::filesystem::path shard = Path("shard");
  std::filesystem::create_directories(shard / "followed");
  std::ofstream(shard / "SPOOR") << "spoor 1 followed\n";
  std::filesystem::rename(data() + "/collections/default.1",
                          shard / "followed" / "default.00000000000000ff.1");
  const Ran sound = Spoor({"check", "--data", shard.string()});
  EXPECT_EQ(sound.code, kDone) << sound.err;
  EXPECT_EQ(sound.out, "default.00000000000000ff: sound\n");
  std::filesystem::remove(shard / "followed" / "default.00000000000000ff.1" / "store" / "CURRENT");
  EXPECT_EQ(Spoor({"check", "--data", shard.string()}).code, kDamaged);
  EXPECT_EQ(Spoor({"status", "--data", shard.string()}).code, kUsage);  // no server's
}

TEST_F(Command, SalvagesWhatCanBeRead) {
  constexpr size_t kRecords = 3000;  // several blocks of them
  std::string lines;
  for (size_t i = 0; i < kRecords; ++i) lines += Line(absl::StrCat("r", i), 0.01 * (i % 100));
  const std::string given = Write("given.ndjson", lines);
  ASSERT_EQ(Spoor({"ingest", "--data", data(), "--quiet", given}).code, kDone);
  testing::DamageRecords(data());
  const Ran ran = Spoor({"check", "--data", data(), "--salvage", Path("saved")});
  EXPECT_EQ(ran.code, kDamaged) << ran.out << ran.err;
  EXPECT_TRUE(absl::StrContains(ran.out, "default: damaged: record '")) << ran.out;
  const std::string saved = Read("saved/default.ndjson");
  const auto records = static_cast<size_t>(std::count(saved.begin(), saved.end(), '\n'));
  EXPECT_GT(records, 0u);
  EXPECT_LT(records, kRecords);
  EXPECT_TRUE(absl::StrContains(ran.err, absl::StrCat(records, " records in "))) << ran.err;
  const std::string again = Path("again");
  EXPECT_EQ(Spoor({"ingest", "--data", again, "--quiet", Path("saved/default.ndjson")}).code,
            kDone);
  EXPECT_EQ(Spoor({"check", "--data", again}).code, kDone);
  const Ran twice = Spoor({"check", "--data", data(), "--salvage", Path("saved")});
  EXPECT_EQ(twice.code, kUsage) << twice.err;  // what was saved stays
  EXPECT_EQ(Read("saved/default.ndjson"), saved);
}

// No thread of this program but serve's own may take the signal, nor may those that other tests
// leave behind (the store's pools): all inherit what is blocked before the first of them.
const bool kSignalIsServes = [] {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  return pthread_sigmask(SIG_BLOCK, &signals, nullptr) == 0;
}();

TEST_F(Command, ServeSaysWhereItIsAnswersAndStopsInOrderOnASignal) {
  ASSERT_TRUE(kSignalIsServes);
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  // What serve prints goes through a pipe, so that this test waits for the line and not for a
  // while.
  class PipeBuffer : public std::streambuf {
   public:
    explicit PipeBuffer(int fd) : fd_(fd) {}
    int overflow(int c) override {
      const char byte = static_cast<char>(c);
      return write(fd_, &byte, 1) == 1 ? c : EOF;
    }

   private:
    const int fd_;
  } buffer(ends[1]);
  int code = -1;
  std::ostringstream err;
  std::thread server([&] {
    std::ostream out(&buffer);
    const std::string where = data();
    const char* const argv[] = {"spoor",       "serve",    "--data",
                                where.c_str(), "--listen", "127.0.0.1:0"};
    code = RunSpoor(6, argv, out, err);
    close(ends[1]);
  });
  std::string line;
  for (char c = 0; read(ends[0], &c, 1) == 1 && c != '\n';) line += c;
  EXPECT_TRUE(absl::StartsWith(line, "spoor is ready: http://127.0.0.1:")) << line << err.str();
  EXPECT_TRUE(absl::EndsWith(line, absl::StrCat(", data in ", data()))) << line;
  if (!line.empty()) {
    const std::string url = line.substr(16, line.find(',') - 16);
    EXPECT_EQ(
        Spoor({"ingest", "--url", url, "--quiet", Write("a.ndjson", Line("a", 1) + Line("b", 1))})
            .code,
        kDone);
    EXPECT_EQ(Spoor({"search", "--url", url, "--id", "a"}).code, kDone);
    EXPECT_EQ(Spoor({"check", "--data", data()}).code, kUnreachable);  // somebody has it open
    kill(getpid(), SIGTERM);
  }
  server.join();
  close(ends[0]);
  EXPECT_EQ(code, kDone) << err.str();
  EXPECT_EQ(Spoor({"check", "--data", data()}).code, kDone);
}

}  // namespace
}  // namespace spoor
