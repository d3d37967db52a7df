#include <gtest/gtest.h>

#include <string>

#include "absl/strings/match.h"
#include "tests/format/read_all.h"

namespace spoor {
namespace {

constexpr absl::string_view kHead =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<gpx version=\"1.1\" "
    "xmlns=\"http://www.topografix.com/GPX/1/1\">\n";

std::string Point(absl::string_view lat, absl::string_view lon, absl::string_view time = "") {
  return absl::StrCat("<trkpt lat=\"", lat, "\" lon='", lon, "'><ele>12.5</ele>",
                      time.empty() ? "" : absl::StrCat("<time> ", time, "\n</time>"),
                      "<extensions><g:hr xmlns:g=\"x\">99</g:hr><time>no</time></extensions>",
                      "</trkpt>\n");
}

Outcome ReadGpx(absl::string_view body, const ReadOptions& options = {.source = "run"}) {
  return ReadWhole("gpx", absl::StrCat(kHead, body, "</gpx>"), options);
}

std::string OneTrack(absl::string_view points) {
  return absl::StrCat("<trk><trkseg>\n", points, "</trkseg></trk>");
}

TEST(Gpx, ReadsPointsTimesZonesAndFractions) {
  const Outcome outcome =
      ReadGpx(OneTrack(absl::StrCat(Point("47.1", "-8.5", "2024-05-01T12:00:00Z"),
                                    Point("+47.2", "-8.6", "2024-05-01T12:00:00.5Z"),
                                    Point("47.3000000", "-8.7", "2024-05-01T14:00:01+02:00"))));
  ASSERT_EQ(outcome.good(), 1U) << Render(outcome);
  const Trajectory& trip = *outcome.records[0].trajectory;
  EXPECT_EQ(trip.id.value(), "run");
  ASSERT_EQ(trip.fixes.size(), 3U);
  EXPECT_EQ(trip.fixes[0], (Fix{471'000'000, -85'000'000, 1'714'564'800'000}));
  EXPECT_EQ(trip.fixes[1].time_ms, 1'714'564'800'500);
  EXPECT_EQ(trip.fixes[2].time_ms, 1'714'564'801'000);
  EXPECT_EQ(trip.fixes[2].lat_e7, 473'000'000);
}

TEST(Gpx, EachSegmentIsATripAndEmptyOnesAreNone) {
  const std::string one = Point("1", "2"),
                    track = "<trk><name> \xC3\x9C ber\n 1 </name><type>run</type>";
  const Outcome outcome = ReadGpx(absl::StrCat(
      "<wpt lat='5' lon='5'><name>hut</name></wpt>", track, "<trkseg/><trkseg>", one,
      "</trkseg><trkseg></trkseg><trkseg>", one, "</trkseg></trk><trk/><rte><name>plan</name>",
      "<rtept lat='3' lon='4'/></rte>"));
  ASSERT_EQ(outcome.good(), 3U) << Render(outcome);
  EXPECT_EQ(outcome.records[0].id, "run");
  EXPECT_EQ(outcome.records[1].id, "run/2");
  EXPECT_EQ(outcome.records[2].id, "run/3");
  EXPECT_EQ(outcome.records[0].trajectory->tags,
            (Tags{{"name", "\xC3\x9C ber\n 1"}, {"type", "run"}}));
  EXPECT_EQ(outcome.records[2].trajectory->tags, (Tags{{"name", "plan"}, {"type", "route"}}));
}

TEST(Gpx, WithoutASourceTripsAreCalledByNameOrFirstTime) {
  const std::string timed = Point("1", "2", "2024-05-01T12:00:00.25Z");
  const std::string track =
      absl::StrCat("<trk><name>a \n b</name><trkseg>", timed, "</trkseg></trk>", OneTrack(timed),
                   OneTrack(Point("1", "2")));
  const Outcome outcome = ReadGpx(track, {});
  ASSERT_EQ(outcome.records.size(), 3U);
  EXPECT_EQ(outcome.records[0].id, "a b");
  EXPECT_EQ(outcome.records[1].id, "2024-05-01T12:00:00.25Z/2");
  EXPECT_FALSE(outcome.records[2].trajectory.ok());
  EXPECT_EQ(outcome.records[2].error.field, "name");
}

TEST(Gpx, OneBadPointRejectsItsTripAndNoOther) {
  struct Case {
    std::string points, field, value, allowed;
  };
  const std::string good = Point("1", "2", "2024-05-01T12:00:00Z");
  const Case cases[] = {
      {Point("95", "2"), "@lat", "95", "-90 … 90"},
      {Point("x", "2"), "@lat", "x", "-90 … 90"},
      {Point("1", ""), "@lon", "", "-180 … 180"},
      {Point("139.7", "35.6"), "@lat", "139.7", "swapped"},
      {Point("5300000", "500000"), "@lat", "5300000", "projection"},
      {Point("1", "2", "yesterday"), "time", "yesterday", "RFC 3339"},
      {absl::StrCat(good, Point("1", "2")), "time", "", "at all points"},
      {absl::StrCat(good, Point("1", "2", "2024-05-01T11:59:59Z")), "time", "2024-05-01T11:59:59Z",
       "at least 1714564800"},
  };
  for (const Case& c : cases) {
    const Outcome outcome = ReadGpx(absl::StrCat(OneTrack(c.points), OneTrack(good)));
    ASSERT_EQ(outcome.records.size(), 2U) << c.value;
    EXPECT_TRUE(outcome.status.ok());
    EXPECT_TRUE(outcome.records[1].trajectory.ok());
    EXPECT_EQ(outcome.records[1].id, "run/2");
    EXPECT_EQ(outcome.records[0].error.field, c.field);
    EXPECT_EQ(outcome.records[0].error.value, c.value);
    EXPECT_TRUE(absl::StrContains(outcome.records[0].error.allowed, c.allowed))
        << outcome.records[0].error.allowed;
  }
}

TEST(Gpx, ABadPointIsNamedByItsLine) {
  const Outcome outcome = ReadGpx(OneTrack(absl::StrCat(Point("1", "2"), Point("91", "2"))));
  ASSERT_EQ(outcome.records.size(), 1U);
  EXPECT_EQ(outcome.records[0].line, 5U);
}

TEST(Gpx, CleanDropsSortsAndSaysSo) {
  const ReadOptions options{.clean = true, .source = "run"};
  const Outcome outcome =
      ReadGpx(OneTrack(absl::StrCat(Point("1.0001", "2", "2024-05-01T12:00:10Z"), Point("91", "2"),
                                    Point("1", "2"), Point("1", "2", "2024-05-01T12:00:00Z"))),
              options);
  ASSERT_EQ(outcome.good(), 1U) << Render(outcome);
  EXPECT_EQ(outcome.records[0].dropped_range, 2U);
  EXPECT_EQ(outcome.records[0].trajectory->fixes.size(), 2U);
}

TEST(Gpx, WhatIsNoGpxIsRefusedWithItsLine) {
  struct Case {
    std::string text, value, allowed;
    uint64_t line;
  };
  const Case cases[] = {
      {"", "", "well-formed XML", 1},
      {"<kml/>", "kml", "<gpx>", 1},
      {"<gpx>\n<trk></gpx>", "gpx>", "mismatched tag", 2},
      {"<gpx>\n<trk><trkseg><trkpt lat='1' lon='2'/>", "", "well-formed XML", 2},
      {"<gpx/>", "", "a track or a route", 1},
      {"<!DOCTYPE gpx [<!ENTITY lol \"lol\">]><gpx/>", "gpx", "declares no entities", 1},
      {"<gpx>&lol;</gpx>", "&lol;</gpx>", "undefined entity", 1},
      {"<?xml version='1.0' encoding='EBCDIC'?><gpx/>", "EBCDIC'?><gpx/>", "unknown encoding", 1},
      {std::string("<gpx>") + std::string(200, '\xFF'), "", "not well-formed", 1},
  };
  for (const Case& c : cases) {
    const Outcome outcome = ReadWhole("gpx", c.text);
    EXPECT_FALSE(outcome.status.ok()) << c.text;
    ASSERT_EQ(outcome.records.size(), 1U) << c.text;
    if (!c.value.empty()) {
      EXPECT_EQ(outcome.records[0].error.value, c.value);
    }
    EXPECT_EQ(outcome.records[0].line, c.line) << c.text;
    EXPECT_TRUE(absl::StrContains(outcome.records[0].error.allowed, c.allowed))
        << outcome.records[0].error.allowed;
  }
}

TEST(Gpx, DepthTokensAndTextsHaveLimits) {
  std::string deep;
  for (int i = 0; i < 200; ++i) deep += "<a>";
  EXPECT_TRUE(absl::StrContains(ReadGpx(deep).records.at(0).error.allowed, "at most 100 others"));
  const std::string huge = absl::StrCat("<!--", std::string(2 << 20, 'x'), "-->");
  EXPECT_TRUE(absl::StrContains(ReadGpx(huge).records.at(0).error.allowed, "1048576 bytes"));
  const std::string name = absl::StrCat("<trk><name>", std::string(300, 'x'), "</name></trk>");
  EXPECT_TRUE(absl::StrContains(
      ReadGpx(name, {.max_record_bytes = 200}).records.at(0).error.allowed, "at most 200 bytes"));
  const Outcome many = ReadGpx(OneTrack(Point("1", "2") + Point("1", "2") + Point("1", "2")),
                               {.max_fixes = 2, .source = "run"});
  EXPECT_EQ(many.records.at(0).error.allowed, "1 … 2 fixes");
}

TEST(Gpx, EncodingsAndMarksAreUnderstood) {
  const std::string body = OneTrack(Point("1", "2"));
  EXPECT_EQ(
      ReadWhole("gpx", absl::StrCat("\xEF\xBB\xBF<gpx>", body, "</gpx>"), {.source = "a"}).good(),
      1U);
  const std::string latin =
      absl::StrCat("<?xml version='1.0' encoding='ISO-8859-1'?><gpx><trk><name>\xE9</name>",
                   "<trkseg><trkpt lat='1' lon='2'/></trkseg></trk></gpx>");
  EXPECT_EQ(ReadWhole("gpx", latin).records.at(0).id, "\xC3\xA9");
  std::string wide = "\xFF\xFE";
  for (const char c : absl::StrCat("<gpx>", body, "</gpx>")) {
    wide += c;
    wide += '\0';
  }
  EXPECT_EQ(ReadWhole("gpx", wide, {.source = "a"}).good(), 1U);
}

}  // namespace
}  // namespace spoor
