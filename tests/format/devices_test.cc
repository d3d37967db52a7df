// TCX, KML and PLT: what their files say that GPX does not.

#include <gtest/gtest.h>

#include <string>

#include "absl/strings/match.h"
#include "tests/format/read_all.h"

namespace spoor {
namespace {

std::string TcxPoint(absl::string_view time, absl::string_view lat) {
  const std::string place =
      lat.empty() ? ""
                  : absl::StrCat("<Position><LatitudeDegrees>", lat, "</LatitudeDegrees>",
                                 "<LongitudeDegrees>8</LongitudeDegrees></Position>");
  return absl::StrCat("<Trackpoint><Time>", time, "</Time>", place,
                      "<HeartRateBpm><Value>99</Value></HeartRateBpm></Trackpoint>");
}

TEST(Tcx, LapsAreOneTripAndPointsWithoutPlacesAreNoFixes) {
  const std::string text = absl::StrCat(
      "<TrainingCenterDatabase><Folders><Name>x</Name></Folders><Activities><MultiSportSession>",
      "<FirstSport><Activity Sport='Running'><Id>2024-05-01T12:00:00Z</Id><Lap><Track>",
      TcxPoint("2024-05-01T12:00:00Z", "47"), TcxPoint("2024-05-01T12:00:01Z", ""),
      "</Track></Lap><Lap><Track>", TcxPoint("2024-05-01T12:00:02.000Z", "48"),
      "</Track><Track/></Lap></Activity></FirstSport></MultiSportSession></Activities>",
      "<Courses><Course><Name>tour</Name><Lap><BeginPosition><LatitudeDegrees>1</LatitudeDegrees>",
      "</BeginPosition></Lap><Track>", TcxPoint("2024-05-02T12:00:00Z", "49"),
      "</Track></Course></Courses></TrainingCenterDatabase>");
  const Outcome outcome = ReadWhole("tcx", text, {.source = "watch"});
  ASSERT_EQ(outcome.good(), 2U) << Render(outcome);
  const Trajectory& run = *outcome.records[0].trajectory;
  EXPECT_EQ(run.id.value(), "watch");
  EXPECT_EQ(run.fixes.size(), 2U);
  EXPECT_EQ(run.tags, (Tags{{"name", "2024-05-01T12:00:00Z"}, {"sport", "Running"}}));
  EXPECT_EQ(outcome.records[1].trajectory->id.value(), "watch/2");
  EXPECT_EQ(outcome.records[1].trajectory->tags, (Tags{{"name", "tour"}}));
}

TEST(Tcx, AnActivityIndoorsIsRefusedWithWhatItLacks) {
  const std::string text =
      absl::StrCat("<TrainingCenterDatabase><Activities><Activity Sport='Biking'><Lap><Track>",
                   TcxPoint("2024-05-01T12:00:00Z", ""),
                   "</Track></Lap></Activity></Activities></TrainingCenterDatabase>");
  const Outcome outcome = ReadWhole("tcx", text);
  ASSERT_EQ(outcome.records.size(), 1U);
  EXPECT_TRUE(absl::StrContains(outcome.records[0].error.allowed, "with positions"));
}

std::string Kml(absl::string_view body) {
  return absl::StrCat("<kml xmlns:gx='g'><Document><Folder><Placemark><name>a</name>", body,
                      "</Placemark></Folder></Document></kml>");
}

TEST(Kml, TimesAndPlacesGoTogetherInAnyOrder) {
  const std::string when1 = "<when>2010-05-28T02:02:09Z</when>",
                    when2 = "<when>2010-05-28T02:02:10Z</when>",
                    coord1 = "<gx:coord>8 47 1</gx:coord>", coord2 = "<gx:coord>9 48</gx:coord>";
  const std::string first =
      ReadWhole("kml", Kml(absl::StrCat("<gx:Track>", when1, when2, coord1, coord2, "</gx:Track>")))
                  .records.at(0)
                  .trajectory->fixes.at(1) == Fix{480'000'000, 90'000'000, 1'275'012'130'000}
          ? "as it should be"
          : "not";
  EXPECT_EQ(first, "as it should be");
  for (const std::string& track : {when1 + coord1 + when2 + coord2, coord1 + coord2 + when1 + when2,
                                   when1 + coord1 + coord2 + when2}) {
    const Outcome outcome = ReadWhole("kml", Kml(absl::StrCat("<gx:Track>", track, "</gx:Track>")));
    ASSERT_EQ(outcome.good(), 1U) << Render(outcome);
    EXPECT_EQ(outcome.records[0].trajectory->fixes.at(0).time_ms, 1'275'012'129'000);
    EXPECT_EQ(outcome.records[0].trajectory->fixes.at(1).lon_e7, 90'000'000);
  }
  const Outcome odd =
      ReadWhole("kml", Kml(absl::StrCat("<gx:Track>", when1, coord1, coord2, "</gx:Track>")));
  EXPECT_EQ(odd.rejected(), 1U);
  EXPECT_EQ(odd.records.at(0).error.field, "coord");
}

TEST(Kml, LinesAreTripsAndPointsAreNone) {
  const Outcome outcome = ReadWhole(
      "kml", Kml("<MultiGeometry><LineString><coordinates>\n 8,47,400\n\t9,48 </coordinates>"
                 "</LineString><Point><coordinates>1,2</coordinates></Point></MultiGeometry>"));
  ASSERT_EQ(outcome.good(), 1U) << Render(outcome);
  EXPECT_EQ(outcome.records[0].trajectory->fixes.size(), 2U);
  EXPECT_FALSE(outcome.records[0].trajectory->fixes[0].has_time());
  const Outcome bad =
      ReadWhole("kml", Kml("<LineString><coordinates>8,47\n9,98</coordinates></LineString>"));
  ASSERT_EQ(bad.rejected(), 1U);
  EXPECT_EQ(bad.records[0].line, 2U);
  const Outcome none = ReadWhole("kml", Kml("<Point><coordinates>1,2</coordinates></Point>"));
  EXPECT_TRUE(absl::StrContains(none.records.at(0).error.allowed, "gx:Track or a LineString"));
}

constexpr absl::string_view kPltHead =
    "Geolife trajectory\r\nWGS 84\r\nAltitude is in Feet\r\nReserved 3\r\n0,2,255,My "
    "Track,0,0,2,8421376\r\n0\r\n";

TEST(Plt, AFileIsATripOfItsUser) {
  const std::string text = absl::StrCat(
      kPltHead, "39.984702,116.318417,0,492,39744.1201851852,2008-10-23,02:53:04\r\n\r\n",
      "39.984683,116.31845,0,-777,39744.1202546296,2008-10-23,02:53:10");
  const Outcome outcome = ReadWhole("plt", text, {.source = "Data/000/Trajectory/20081023025304"});
  ASSERT_EQ(outcome.good(), 1U) << Render(outcome);
  const Trajectory& trip = *outcome.records[0].trajectory;
  EXPECT_EQ(trip.id.value(), "Data/000/Trajectory/20081023025304");
  EXPECT_EQ(trip.object, "000");
  ASSERT_EQ(trip.fixes.size(), 2U);
  EXPECT_EQ(trip.fixes[0], (Fix{399'847'020, 1'163'184'170, 1'224'730'384'000}));
  EXPECT_EQ(ReadWhole("plt", text).records.at(0).id, "2008-10-23T02:53:04Z");
}

TEST(Plt, ABadRowOrHeadIsNamed) {
  const std::string row = "39.9,116.3,0,492,39744.12,2008-10-23,02:53:04\r\n";
  const Outcome bad = ReadWhole(
      "plt", absl::StrCat(kPltHead, row, "400.16,116.3,0,492,39744.12,2008-10-23,02:53:05\r\n"),
      {.source = "a"});
  ASSERT_EQ(bad.rejected(), 1U);
  EXPECT_EQ(bad.records[0].line, 8U);
  EXPECT_EQ(bad.records[0].error.field, "latitude");
  const Outcome short_row = ReadWhole("plt", absl::StrCat(kPltHead, row, "1,2,3\r\n"));
  EXPECT_TRUE(absl::StrContains(short_row.records.at(0).error.allowed, "latitude,longitude"));
  EXPECT_FALSE(ReadWhole("plt", "id,lat,lon\n").status.ok());
  EXPECT_FALSE(ReadWhole("plt", kPltHead, {.source = "a"}).status.ok());
}

}  // namespace
}  // namespace spoor
