#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/format/reader.h"
#include "router/message/json_writer.h"
#include "tests/geo/trips/live_feed.h"
#include "tests/router/api_world.h"

namespace spoor::testing {
namespace {

const ApiWorld::Headers kFixLines = {{"content-type", "application/x-ndjson"}};

// Who drives north, 10 m a second, a fix every 10 seconds from second `from` to `to`.
std::string Northwards(const std::string& object, int from, int to) {
  std::string text;
  for (int s = from; s <= to; s += 10) {
    text += FeedLine({object, FixFromDegrees(47 + s * 10 / 111'195.0, 8.5, int64_t{1000} * s)});
  }
  return text;
}

ApiResponse SendFixes(ApiWorld& world, const std::string& body, const std::string& query = "") {
  return world.Send("POST", absl::StrCat("/v1/collections/c/fixes", query), body, kFixLines);
}

uint64_t Figure(const ApiResponse& answer, const std::string& pointer) {
  return std::stoull(At(answer, pointer));
}

// All records of the collection: id -> coords.
std::map<std::string, std::string> AllTrips(ApiWorld& world) {
  std::map<std::string, std::string> all;
  const auto page = ParseJson(world.Send("GET", "/v1/collections/c/trajectories?limit=10000").body);
  for (const auto& row : page.at("trajectories").as_array()) {
    const std::string id(row.at("id").as_string());
    std::string path = id;
    for (size_t at = 0; (at = path.find('/', at)) != std::string::npos;) path.replace(at, 1, "%2F");
    all[id] = At(world.Send("GET", "/v1/collections/c/trajectories/" + path), "/coords");
  }
  return all;
}

std::string Coords(const std::vector<Fix>& fixes) {
  JsonWriter w;
  w.BeginArray();
  for (const Fix& fix : fixes) w.Position(fix, true);
  w.EndArray();
  return boost::json::serialize(ParseJson(w.Take()));
}

TEST(ApiFixes, ATripIsSeenWhileItGrowsAndHasItsNameOnceItIsSealed) {
  ApiWorld world;
  const ApiResponse first = SendFixes(world, Northwards("cab-7", 1000, 1300));
  ASSERT_EQ(first.status, 200) << first.body;
  EXPECT_EQ(At(first, "/fixes"), "31");
  EXPECT_EQ(At(first, "/accepted"), "31");
  EXPECT_EQ(At(first, "/held"), "31");
  EXPECT_EQ(At(first, "/sealed/trips"), "0");
  const ApiResponse open = world.Send("GET", "/v1/collections/c/trajectories/cab-7%2Fopen");
  EXPECT_EQ(At(open, "/object"), "cab-7");
  EXPECT_EQ(At(open, "/tags/feed"), "moving");
  EXPECT_EQ(At(open, "/summary/fixes"), "31");
  // An hour later; a silence has ended the trip.
  const ApiResponse second = SendFixes(world, Northwards("cab-7", 5000, 5100));
  EXPECT_EQ(At(second, "/sealed/trips"), "1");
  EXPECT_EQ(At(second, "/sealed/fixes"), "31");
  EXPECT_EQ(At(second, "/held"), "-20");
  const auto trips = AllTrips(world);
  ASSERT_EQ(trips.size(), 2u);
  EXPECT_EQ(trips.begin()->first, "cab-7/1970-01-01T00:16:40Z");
}

TEST(ApiFixes, SaysOfEachLineThatItDoesNotTakeWhyNot) {
  ApiWorld world;
  const ApiResponse answer = SendFixes(
      world,
      absl::StrCat(Northwards("a", 1000, 1100),
                   "{\"object\":\"a\",\"time\":1000,\"lon\":8.5,\"lat\":47}\n"
                   "{\"object\":\"a\",\"time\":1110,\"lon\":8.5,\"lat\":91}\n"
                   "{\"time\":1110,\"lon\":8.5,\"lat\":9}\n"
                   "{\"object\":\"a\",\"time\":1e11,\"lon\":8.5,\"lat\":47}\nnonsense\n",
                   FeedLine({std::string(300, 'x'), FixFromDegrees(1, 1, 5)}),
                   FeedLine({std::string(250, 'x'), FixFromDegrees(1, 1, 5)}),
                   "{\"object\":\"a\",\"time\":1120,\"lon\":8.5,\"lat\":47,\"accuracy\":900}\n"),
      "?max_accuracy_m=100");
  ASSERT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(At(answer, "/fixes"), "19");
  EXPECT_EQ(At(answer, "/accepted"), "11");
  EXPECT_EQ(At(answer, "/late"), "1");
  EXPECT_EQ(At(answer, "/rejected"), "7");
  const auto field = [&answer](int i) {
    return At(answer, absl::StrCat("/results/", i, "/error/field"));
  };
  EXPECT_EQ(At(answer, "/results/0/line"), "13");  // known at once; what is late, with its piece
  EXPECT_EQ(field(0), "/lat");
  EXPECT_EQ(field(1), "/object");
  EXPECT_EQ(field(2), "/time");
  EXPECT_EQ(field(3), "");
  EXPECT_EQ(field(4), "/object");
  EXPECT_EQ(field(5), "/object");
  EXPECT_EQ(field(6), "/accuracy");
  EXPECT_EQ(At(answer, "/results/7/line"), "12");
  EXPECT_EQ(At(answer, "/results/7/status"), "late");
  EXPECT_EQ(At(answer, "/results/7/error/allowed"),
            "from 1970-01-01T00:17:20Z on, as the trips before are sealed");
  EXPECT_EQ(At(answer, "/results/8"), "-");
}

TEST(ApiFixes, WhatBringsNoFixMakesNoCollection) {
  ApiWorld world;
  EXPECT_EQ(At(SendFixes(world, "\n{}\n"), "/rejected"), "1");
  EXPECT_TRUE(world.node().Names().empty());
}

TEST(ApiFixes, RefusesWhatItDoesNotKnow) {
  ApiWorld world;
  const std::string to = "/v1/collections/c/fixes";
  EXPECT_EQ(world.Send("POST", to, "", {{"content-type", "text/csv"}}).status, 415);
  EXPECT_EQ(world.Send("POST", to, "", {}).status, 415);
  EXPECT_EQ(SendFixes(world, "", "?gap=5").status, 422);
  const ApiResponse wrong = SendFixes(world, "", "?lateness_s=-1&max_fixes=1&seal=maybe");
  EXPECT_EQ(wrong.status, 422);
  EXPECT_EQ(At(wrong, "/errors/2/field"), "?seal");
}

TEST(ApiFixes, SealsOnRequestAndRemembersWhatIsLate) {
  ApiWorld world;
  const ApiResponse sealed = SendFixes(world, Northwards("a", 1000, 1100), "?seal=true");
  EXPECT_EQ(At(sealed, "/sealed/trips"), "1");
  EXPECT_EQ(At(sealed, "/held"), "0");
  const ApiResponse again = SendFixes(world, Northwards("a", 1000, 1100));
  EXPECT_EQ(At(again, "/late"), "10");
  EXPECT_EQ(At(again, "/repeated"), "1");
  EXPECT_EQ(AllTrips(world).size(), 2u);
}

TEST(ApiFixes, SealsAllThatIsOpenOnRequest) {
  ApiWorld world;
  EXPECT_EQ(SendFixes(world, "", "?seal=all").status, 200);  // there is no collection
  std::string body;
  for (int i = 0; i < 600; ++i) body += Northwards(absl::StrCat("cab", i), 1000, 1050);
  SendFixes(world, body);
  const ApiResponse sealed = SendFixes(world, Northwards("cab7", 1060, 1070), "?seal=all");
  EXPECT_EQ(At(sealed, "/sealed/trips"), "600") << sealed.body;
  EXPECT_EQ(At(sealed, "/held"), "-3600");
  EXPECT_EQ(At(SendFixes(world, "", "?seal=all"), "/sealed/trips"), "0");
}

TEST(ApiFixes, ReadsPackedBodies) {
  ApiWorld world;
  const ApiResponse answer =
      world.Send("POST", "/v1/collections/c/fixes", Deflate(Northwards("a", 1000, 1100), "zstd"),
                 {{"content-type", "application/x-ndjson"}, {"content-encoding", "zstd"}});
  EXPECT_EQ(At(answer, "/accepted"), "11") << answer.body;
}

TEST(ApiFixes, ARecordOfThatNameThatIsNoOpenTripIsReplaced) {
  ApiWorld world;
  world.Load("c", EastRecord("a/open", 0, 5));
  EXPECT_EQ(At(SendFixes(world, Northwards("a", 1000, 1100)), "/accepted"), "11");
  EXPECT_EQ(AllTrips(world).size(), 1u);
}

// Whoever sends at the same time as others loses nothing.
TEST(ApiFixes, FixesOfOneObjectThatComeByManyHandsAreAllThere) {
  ApiWorld world;
  SendFixes(world, Northwards("a", 0, 0));
  std::vector<std::thread> senders;
  for (int i = 0; i < 4; ++i) {
    senders.emplace_back([&world, i] {
      for (int s = 10 + i; s < 500; s += 4) {
        SendFixes(world, Northwards("a", s, s) + Northwards(absl::StrCat("b", i), s, s),
                  "?lateness_s=3600");
      }
    });
  }
  for (std::thread& sender : senders) sender.join();
  const auto trips = AllTrips(world);
  ASSERT_EQ(trips.size(), 5u);
  EXPECT_EQ(ParseJson(trips.at("a/open")).as_array().size(), 491u);
}

TEST(ApiFixesLaw, AFeedInAnyOrderAndPiecesGivesTheTripsOfAFileAlsoOverRestarts) {
  for (uint64_t seed = 0; seed < 12; ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    std::mt19937_64 rng(seed);
    ApiWorld world;
    const int64_t lateness_ms = static_cast<int64_t>(rng() % 200) * 1000;
    const std::vector<FeedFix> feed = FeedWithin(rng, lateness_ms);
    const std::string query = absl::StrCat("?lateness_s=", lateness_ms / 1000);
    uint64_t accepted = 0, settled = 0;
    int64_t held = 0;
    for (size_t i = 0; i < feed.size();) {
      std::string body;
      for (const size_t end = i + 1 + rng() % 60; i < std::min(end, feed.size()); ++i) {
        body += FeedLine(feed[i]);
      }
      const bool last = i == feed.size();
      for (const char* object : {"o0", "o1", "o2"}) {  // so that all are sealed
        if (last) body += FeedLine({.object = object, .fix = feed[0].fix});
      }
      const ApiResponse answer = SendFixes(world, body, query + (last ? "&seal=true" : ""));
      ASSERT_EQ(answer.status, 200) << answer.body;
      ASSERT_EQ(Figure(answer, "/fixes"),
                Figure(answer, "/accepted") + Figure(answer, "/repeated") +
                    Figure(answer, "/late") + Figure(answer, "/rejected"));
      ASSERT_EQ(Figure(answer, "/late") + Figure(answer, "/repeated"), last ? 3u : 0u);
      accepted += Figure(answer, "/accepted");
      settled += Figure(answer, "/sealed/fixes") + Figure(answer, "/sealed/resting") +
                 Figure(answer, "/sealed/too_short");
      held += std::stoll(At(answer, "/held"));
      if (rng() % 8 == 0) world.Restart([](const std::string&) {});
    }
    EXPECT_EQ(accepted, feed.size());
    EXPECT_EQ(settled, feed.size());
    EXPECT_EQ(held, 0);
    auto trips = AllTrips(world);
    for (const char* object : {"o0/open", "o1/open", "o2/open"}) EXPECT_EQ(trips.erase(object), 1u);
    std::map<std::string, std::string> expected;
    for (const auto& [id, fixes] : CutAsFiles(feed, {})) expected[id] = Coords(fixes);
    EXPECT_EQ(trips, expected);
  }
}

}  // namespace
}  // namespace spoor::testing
