// Formats whose unit is a fix: NMEA, GTFS-realtime, GeoJSON points that tell a time.

#include <gtest/gtest.h>

#include <string>

#include "absl/strings/match.h"
#include "engine/format/ais_position.h"
#include "tests/format/device_texts.h"
#include "tests/format/read_all.h"

namespace spoor {
namespace {

constexpr absl::string_view kRmc =
    "$GPRMC,085411.000,A,5222.3215,N,00454.5778,E,0.58,251.34,030414,,,A*63\r\n";
constexpr absl::string_view kGga =
    "$GPGGA,085411.000,5222.3215,N,00454.5778,E,1,4,2.95,16.0,M,47.0,M,,*61\r\n";

TEST(Nmea, AReceiversFixesAreItsRmcSentences) {
  const Outcome outcome =
      ReadWhole("nmea",
                absl::StrCat("# remark\n", kGga, kRmc, "$GPVTG,251.34,T,,M,0.58,N,1.07,K,A*37\n",
                             NmeaSentence("GPRMC,085412.000,V,,,,,,,030414,,,N")),
                {.source = "boat"});
  ASSERT_EQ(outcome.records.size(), 1U) << Render(outcome);
  const Trajectory& trip = *outcome.records[0].trajectory;
  EXPECT_EQ(trip.id.value(), "boat/2014-04-03T08:54:11Z");
  EXPECT_EQ(trip.object, "boat");
  ASSERT_EQ(trip.fixes.size(), 1U);
  EXPECT_EQ(trip.fixes[0], (Fix{523'720'250, 49'096'300, 1'396'515'251'000}));
}

TEST(Nmea, GgaCountsWhereOnlyZdaTellsTheDay) {
  const std::string zda = NmeaSentence("GPZDA,085410.00,03,04,2014,00,00");
  const Outcome outcome = ReadWhole("nmea", absl::StrCat(kGga, zda, kGga), {.source = "a"});
  ASSERT_EQ(outcome.good(), 1U) << Render(outcome);
  EXPECT_EQ(outcome.records[0].trajectory->fixes.size(), 1U);
  EXPECT_EQ(outcome.records[0].trajectory->fixes[0].time_ms, 1'396'515'251'000);
  EXPECT_FALSE(ReadWhole("nmea", kGga, {.source = "a"}).status.ok());
}

TEST(Nmea, ABadSentenceIsToldAndCostsNoOther) {
  struct Case {
    std::string sentence, field;
  };
  const Case cases[] = {
      {"$GPRMC,085413.000,A,5222.3215,N,00454.5778,E,0.58,251.34,030414,,,A*00\n", "checksum"},
      {NmeaSentence("GPRMC,085413,A,5272.3,N,00454.5,E,0,0,030414,,"), "lat"},
      {NmeaSentence("GPRMC,085413,A,5222.3,N,00454.5,N,0,0,030414,,"), "lon"},
      {NmeaSentence("GPRMC,085413,A,5222.3,N,00454.5,E,0,0,310214,,"), "date"},
      {NmeaSentence("GPRMC,245413,A,5222.3,N,00454.5,E,0,0,030414,,"), "time"},
      {NmeaSentence("GPRMC,085410,A,5222.3,N,00454.5,E,0,0,030414,,"), "time"},  // goes back
  };
  for (const Case& c : cases) {
    const Outcome outcome =
        ReadWhole("nmea", absl::StrCat(kRmc, c.sentence, kRmc), {.source = "a"});
    ASSERT_EQ(outcome.records.size(), 2U) << c.sentence;
    EXPECT_EQ(outcome.records[0].error.field, c.field) << c.sentence;
    EXPECT_EQ(outcome.records[0].line, 2U);
    ASSERT_TRUE(outcome.records[1].trajectory.ok());
    EXPECT_EQ(outcome.records[1].trajectory->fixes.size(), 2U);
  }
  const Outcome unnamed = ReadWhole("nmea", absl::StrCat(kRmc, kRmc));
  ASSERT_EQ(unnamed.records.size(), 1U);  // told once, as it is true of all
  EXPECT_EQ(unnamed.records[0].error.field, "source");
}

TEST(Nmea, ShipsAreKnownByTheirNumberAndTheReceiversClock) {
  const absl::string_view sentence = "!AIVDM,1,1,,A,15RTgt0PAso;90TKcjM8h6g208CQ,0*4A";
  const Outcome outcome =
      ReadWhole("nmea", absl::StrCat("\\c:1272412827*53\\", sentence, "\n", sentence,
                                     ",b003669794,1272412829\n", sentence, "\n"));
  ASSERT_EQ(outcome.records.size(), 2U) << Render(outcome);
  EXPECT_EQ(outcome.records[0].line, 3U);
  EXPECT_TRUE(absl::StrContains(outcome.records[0].error.allowed, "has no time"));
  const Trajectory& trip = *outcome.records[1].trajectory;
  EXPECT_EQ(trip.object, "371798000");
  ASSERT_EQ(trip.fixes.size(), 2U);
  EXPECT_EQ(trip.fixes[0], (Fix{483'816'333, -1'233'953'833, 1'272'412'827'000}));
  EXPECT_EQ(trip.fixes[1].time_ms, 1'272'412'829'000);
}

TEST(AisPosition, SaysWhenThereIsNone) {
  EXPECT_EQ(ReadAisPayload("403Ovl@000Htt<tSF0l4Q@100`Pq").kind, AisPosition::Kind::kOther);
  EXPECT_EQ(ReadAisPayload("15RTgt0PA").kind, AisPosition::Kind::kBroken);
  EXPECT_EQ(ReadAisPayload("").kind, AisPosition::Kind::kBroken);
  EXPECT_EQ(ReadAisPayload("15RTgt0PA~o;90TKcjM8h6g208CQ").kind, AisPosition::Kind::kBroken);
}

std::string Vehicle(const std::string& id, int64_t time_s, float lat) {
  Trajectory trip{.object = id, .fixes = {FixFromDegrees(lat, 8.5, time_s * 1000)}};
  return ToGtfsEntity(trip);
}

TEST(GtfsRealtime, EachVehicleIsAFixOfItsOwn) {
  const std::string feed = absl::StrCat(
      WireBytes(1, WireNumber(3, 1'700'000'100)), Vehicle("7001", 1'700'000'000, 47.5F),
      Vehicle("7002", 1'700'000'001, 47.25F), WireBytes(2, WireBytes(1, "alert")));
  const Outcome outcome = ReadWhole("gtfs-realtime", feed);
  ASSERT_EQ(outcome.good(), 2U) << Render(outcome);
  EXPECT_EQ(outcome.records[0].id, "7001/2023-11-14T22:13:20Z");
  EXPECT_EQ(outcome.records[1].trajectory->fixes[0],
            (Fix{472'500'000, 85'000'000, 1'700'000'001'000}));
}

TEST(GtfsRealtime, WhatItLacksIsTold) {
  const std::string bare = WireBytes(
      2, WireBytes(1, "e1") + WireBytes(4, WireBytes(2, WireFloat(1, 1) + WireFloat(2, 2))));
  const Outcome named = ReadWhole("gtfs-realtime", WireBytes(1, WireNumber(3, 60)) + bare);
  EXPECT_EQ(named.records.at(0).id, "e1/1970-01-01T00:01:00Z");
  const Outcome nowhere =
      ReadWhole("gtfs-realtime", WireBytes(2, WireBytes(1, "e1") + WireBytes(4, WireNumber(5, 7))));
  EXPECT_EQ(nowhere.records.at(0).error.field, "vehicle.position");
  EXPECT_FALSE(ReadWhole("gtfs-realtime", "\x12\x7f").status.ok());
  EXPECT_FALSE(ReadWhole("gtfs-realtime", "").status.ok());
  EXPECT_FALSE(ReadWhole("gtfs-realtime", bare, {.max_record_bytes = 5}).status.ok());
}

std::string TimedPoint(absl::string_view object, absl::string_view time, absl::string_view at) {
  return absl::StrCat("{\"type\":\"Feature\",\"properties\":{\"id\":1,\"User\":", object,
                      ",\"time\":", time, ",\"elevation\":[1]},\"geometry\":{\"type\":\"Point\",",
                      "\"coordinates\":", at, "}}");
}

std::string Collected(absl::string_view features) {
  return absl::StrCat("{\"type\":\"FeatureCollection\",\"features\":[", features, "]}");
}

TEST(GeoJsonPoints, ThoseThatTellATimeAreFixesOfTheirObject) {
  const Outcome outcome = ReadWhole(
      "geojson",
      Collected(absl::StrCat(TimedPoint("0", "\"2008-10-23T02:53:04Z\"", "[116.3,39.9,5]"), ",",
                             TimedPoint("\"b\"", "7", "[1,2]"), ",",
                             TimedPoint("0", "1224730390", "[116.4,39.9]"))));
  ASSERT_EQ(outcome.good(), 2U) << Render(outcome);
  const Trajectory& trip = *outcome.records[1].trajectory;
  EXPECT_EQ(trip.id.value(), "0/2008-10-23T02:53:04Z");
  EXPECT_EQ(trip.object, "0");
  EXPECT_EQ(trip.fixes.size(), 2U);
  EXPECT_EQ(outcome.records[0].id, "b/1970-01-01T00:00:07Z");
}

TEST(GeoJsonPoints, ABadOneIsRejectedAlone) {
  const std::string good = TimedPoint("0", "5", "[1,2]");
  for (const std::string& bad :
       {TimedPoint("\"\\u0001\"", "6", "[1,2]"), TimedPoint("0", "\"late\"", "[1,2]"),
        TimedPoint("0", "1700000000000", "[1,2]"), TimedPoint("0", "4", "[1,2]"),
        TimedPoint("0", "6", "[1,92]"), TimedPoint("0", "6", "{}")}) {
    const Outcome outcome = ReadWhole("geojson", Collected(absl::StrCat(good, ",", bad)));
    ASSERT_EQ(outcome.records.size(), 2U) << bad;
    EXPECT_EQ(outcome.records[0].line, 2U) << bad;
    EXPECT_FALSE(outcome.records[0].trajectory.ok()) << bad;
    EXPECT_TRUE(outcome.records[1].trajectory.ok()) << bad;
  }
}

TEST(GeoJson, AFeatureWithoutAnIdIsCalledAfterTheSource) {
  const std::string feature =
      "{\"type\":\"Feature\",\"properties\":{\"datetimes\":[1,2],\"wind\":[3.5]},\"geometry\":"
      "{\"type\":\"LineString\",\"coordinates\":[[1,2],[3,4]]}}";
  const Outcome outcome =
      ReadWhole("geojson", Collected(absl::StrCat(feature, ",", feature)), {.source = "storm"});
  ASSERT_EQ(outcome.good(), 2U) << Render(outcome);
  EXPECT_EQ(outcome.records[0].id, "storm");
  EXPECT_EQ(outcome.records[1].id, "storm/2");
}

TEST(FixTrips, OneThatNeedsRoomEndsAndTheNextBegins) {
  std::string text;
  for (int i = 0; i < 40; ++i) {
    text += NmeaSentence(absl::StrCat("GPRMC,0854", absl::Dec(i, absl::kZeroPad2),
                                      ",A,5222.3,N,00454.5,E,0,0,030414,,"));
  }
  size_t fixes = 0, trips = 0;
  for (const ReadOptions& options : {ReadOptions{.max_fixes = 7, .source = "a"},
                                     ReadOptions{.source = "a", .max_held_bytes = 800}}) {
    for (const ParsedRecord& record : ReadWhole("nmea", text, options).records) {
      ASSERT_TRUE(record.trajectory.ok());
      fixes += record.trajectory->fixes.size();
      ++trips;
    }
  }
  EXPECT_EQ(fixes, 80U);
  EXPECT_GT(trips, 8U);
}

}  // namespace
}  // namespace spoor
