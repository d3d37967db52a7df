#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "tests/format/read_all.h"

namespace spoor {
namespace {

std::string Line(absl::string_view id, absl::string_view properties = "null",
                 absl::string_view coordinates = "[[1,2],[3,4]]") {
  return absl::StrCat(R"({"type":"Feature","id":)", id, R"(,"properties":)", properties,
                      R"(,"geometry":{"type":"LineString","coordinates":)", coordinates, "}}");
}

std::string Collection(absl::string_view features) {
  return absl::StrCat(R"({"type":"FeatureCollection","features":[)", features, "]}");
}

TEST(GeoJson, ReadsAFeature) {
  const Outcome outcome = ReadWhole(
      "geojson",
      Line(R"("t1")",
           R"({"object":"cab","tags":{"mode":"taxi"},"coordTimes":[1.5,"1970-01-01T00:00:02Z"]})",
           "[[-0.5,51,12.3],[3,4,5,6]]"));
  ASSERT_EQ(outcome.good(), 1U) << Render(outcome);
  const Trajectory expected{
      .id = TrajectoryId("t1"),
      .object = "cab",
      .tags = {{"mode", "taxi"}},
      .fixes = {{510'000'000, -5'000'000, 1'500}, {40'000'000, 30'000'000, 2'000}}};
  EXPECT_EQ(*outcome.records[0].trajectory, expected);
}

TEST(GeoJson, AThirdCoordinateIsNoTime) {
  const Outcome outcome = ReadWhole("geojson", Line("\"a\"", "null", "[[1,2,900],[3,4,100]]"));
  ASSERT_EQ(outcome.good(), 1U) << Render(outcome);
  EXPECT_FALSE(outcome.records[0].trajectory->fixes[0].has_time());
}

TEST(GeoJson, NumbersAreIdsAsTheyAreWritten) {
  const Outcome outcome = ReadWhole(
      "geojson", Collection(absl::StrCat(Line("7"), ",", Line("1.50", R"({"object":12})"))));
  ASSERT_EQ(outcome.good(), 2U) << Render(outcome);
  EXPECT_EQ(outcome.records[0].id, "7");
  EXPECT_EQ(outcome.records[1].id, "1.50");
  EXPECT_EQ(outcome.records[1].trajectory->object, "12");
}

TEST(GeoJson, TheFeaturesIdComesBeforeTheProperty) {
  const Outcome outcome = ReadWhole(
      "geojson",
      Collection(absl::StrCat(Line("\"a\"", R"({"id":"b"})"), ",", Line("null", R"({"id":"b"})"))));
  ASSERT_EQ(outcome.good(), 2U) << Render(outcome);
  EXPECT_EQ(outcome.records[0].id, "a");
  EXPECT_EQ(outcome.records[1].id, "b");
}

TEST(GeoJson, OtherScalarsAreTagsAndNullsAreAbsent) {
  const Outcome outcome = ReadWhole(
      "geojson", Line("\"a\"", R"({"speed":1.50,"name":"x","ok":true,"none":null,"object":null,)"
                               R"("tags":{"mode":"taxi"},"coordTimes":null,"times":[1,2]})"));
  ASSERT_EQ(outcome.good(), 1U) << Render(outcome);
  EXPECT_EQ(outcome.records[0].trajectory->object, "");
  EXPECT_EQ(outcome.records[0].trajectory->tags,
            (Tags{{"mode", "taxi"}, {"name", "x"}, {"ok", "true"}, {"speed", "1.50"}}));
  EXPECT_EQ(outcome.records[0].trajectory->fixes[1].time_ms, 2'000);
}

TEST(GeoJson, TimesAreReadWhereverProgramsPutThem) {
  const std::string moving =
      R"("temporalGeometry":{"type":"MovingPoint","coordinates":[[1,2,0],[3,4,0]],)"
      R"("datetimes":["1970-01-01T00:00:01","1970-01-01T00:00:02Z"]})";
  for (const std::string& text :
       {Line("\"a\"", "null", "[[1,2,900,1],[3,4,100,2]]"),
        Line("\"a\"", R"({"datetimes":["1970-01-01T00:00:01","1970-01-01T00:00:02+00"]})"),
        Line("\"a\"", R"({"coordinateProperties":{"times":[1,2]}})"),
        Line("\"a\"", R"({"times":[1,2]})", "[[1,2,900,77],[3,4,100]]"),
        absl::StrCat(R"({"type":"Feature","id":"a",)", moving, "}")}) {
    const Outcome outcome = ReadWhole("geojson", text);
    ASSERT_EQ(outcome.good(), 1U) << text << Render(outcome);
    EXPECT_EQ(outcome.records[0].trajectory->fixes,
              (std::vector<Fix>{{20'000'000, 10'000'000, 1'000}, {40'000'000, 30'000'000, 2'000}}))
        << text;
  }
}

TEST(GeoJson, APointIsATripOfOneFix) {
  const Outcome outcome =
      ReadWhole("geojson", R"({"type":"Feature","id":"a","properties":{"times":[5]},)"
                           R"("geometry":{"type":"Point","coordinates":[1,2]}})");
  ASSERT_EQ(outcome.good(), 1U) << Render(outcome);
  EXPECT_EQ(outcome.records[0].trajectory->fixes[0], (Fix{20'000'000, 10'000'000, 5'000}));
}

TEST(GeoJson, ALineThatWasCutAt180DegreesIsJoined) {
  const Outcome outcome = ReadWhole(
      "geojson",
      R"({"type":"Feature","id":"a","properties":{"times":[[1,2,3],[3,4]]},"geometry":)"
      R"({"type":"MultiLineString","coordinates":[[[178,1],[179,2],[180,3]],[[-180,3],[-179,4]]]}})");
  ASSERT_EQ(outcome.good(), 1U) << Render(outcome);
  EXPECT_EQ(outcome.records[0].trajectory->fixes,
            (std::vector<Fix>{{10'000'000, 1'780'000'000, 1'000},
                              {20'000'000, 1'790'000'000, 2'000},
                              {40'000'000, -1'790'000'000, 4'000}}));
}

TEST(GeoJson, MembersOfACollectionComeInAnyOrder) {
  const std::string features = absl::StrCat("[", Line("\"a\""), " ,\n", Line("\"b\""), "]");
  for (const std::string& text :
       {absl::StrCat(R"({"type":"FeatureCollection","x":{"features":[1]},"features":)", features,
                     "}"),
        absl::StrCat(R"({"features":)", features,
                     R"(,"bbox":[1,2,3,4],"type":"FeatureCollection"})"),
        absl::StrCat("\xEF\xBB\xBF {\"name\":\"features\",\"fe\\u0061tures\":", features,
                     ",\"type\" : \"FeatureCollection\" } \n")}) {
    const Outcome outcome = ReadWhole("geojson", text);
    EXPECT_TRUE(outcome.status.ok()) << outcome.status;
    ASSERT_EQ(outcome.good(), 2U) << text << Render(outcome);
    EXPECT_EQ(outcome.records[0].line, 1U);
    EXPECT_EQ(outcome.records[1].line, 2U);
  }
}

TEST(GeoJson, AnEmptyCollectionHasNoRecords) {
  const Outcome outcome = ReadWhole("geojson", Collection(" \n"));
  EXPECT_TRUE(outcome.status.ok()) << outcome.status;
  EXPECT_TRUE(outcome.records.empty());
}

TEST(GeoJson, ABadFeatureNeverStopsTheGoodOnes) {
  const Outcome outcome = ReadWhole(
      "geojson",
      Collection(absl::StrCat(Line("\"a\""), R"(,{"x":"]}","y":[}},7,"]",,null,)", Line("\"b\""))));
  EXPECT_TRUE(outcome.status.ok()) << outcome.status;
  EXPECT_EQ(outcome.good(), 2U) << Render(outcome);
  EXPECT_EQ(outcome.rejected(), 5U);
  EXPECT_EQ(outcome.records.back().line, 7U);
}

TEST(GeoJson, FeaturesAreOutBeforeTheDocumentEnds) {
  auto reader = (*FindFormat("geojson"))->make({});
  size_t records = 0;
  const RecordSink count = [&](const ParsedRecord& record) { records += record.trajectory.ok(); };
  const std::string text = Collection(absl::StrCat(Line("\"a\""), ",", Line("\"b\"")));
  ASSERT_TRUE((*reader)->Feed(text.substr(0, text.size() - 10), count).ok());
  EXPECT_EQ(records, 1U);
  ASSERT_TRUE((*reader)->Feed(text.substr(text.size() - 10), count).ok());
  EXPECT_EQ(records, 2U);
  EXPECT_TRUE((*reader)->Finish(count).ok());
}

// A document far larger than a record may be is fine, as long as its features and the rest are not.
TEST(GeoJson, HoldsOneFeatureAtATime) {
  ReadOptions options;
  options.max_record_bytes = 200;
  std::string features = Line("0");
  for (int i = 1; i < 100; ++i) absl::StrAppend(&features, ",   ", Line(absl::StrCat(i)));
  const Outcome outcome = ReadWhole("geojson", Collection(features), options);
  EXPECT_TRUE(outcome.status.ok()) << outcome.status;
  EXPECT_EQ(outcome.good(), 100U);
}

TEST(GeoJson, AnObjectHasABoundOnItsMembers) {
  std::string members = R"({"k0":null)";
  for (int i = 1; i < 10'000; ++i) absl::StrAppend(&members, ",\"k", i, "\":", "null");
  EXPECT_EQ(ReadWhole("geojson", Line("\"a\"", members + "}")).good(), 1U);
  const Outcome outcome = ReadWhole("geojson", Line("\"a\"", members + ",\"more\":0}"));
  ASSERT_EQ(outcome.rejected(), 1U);
  EXPECT_EQ(outcome.records[0].error.field, "/properties");
  EXPECT_EQ(outcome.records[0].error.allowed, "at most 10000 members");
}

TEST(GeoJson, ACutCollectionKeepsWhatCameWhole) {
  const std::string text = Collection(absl::StrCat(Line("\"a\""), ",", Line("\"b\"")));
  const Outcome outcome = ReadWhole("geojson", text.substr(0, text.size() - 20));
  EXPECT_FALSE(outcome.status.ok());
  EXPECT_EQ(outcome.good(), 1U);
}

TEST(GeoJson, AStreamThatFailedSaysSoAgainWithoutMoreRecords) {
  ReadOptions options;
  options.max_record_bytes = 20;
  auto reader = (*FindFormat("geojson"))->make(options);
  size_t records = 0;
  const RecordSink count = [&](const ParsedRecord&) { ++records; };
  const absl::Status first = (*reader)->Feed(R"({"name":"aaaaaaaaaaaaaaaaaaaa")", count);
  EXPECT_FALSE(first.ok());
  EXPECT_EQ((*reader)->Feed(R"(,"features":[1,2,3]})", count), first);
  EXPECT_EQ((*reader)->Finish(count), first);
  EXPECT_EQ(records, 1U);
}

TEST(GeoJsonClean, DropsAPositionWithItsTime) {
  ReadOptions options;
  options.clean = true;
  const Outcome outcome = ReadWhole(
      "geojson", Line("\"a\"", R"({"times":[30,1e30,20,10]})", "[[0,0],[0,0.1],[0,91],[0.0001,0]]"),
      options);
  ASSERT_EQ(outcome.good(), 1U) << Render(outcome);
  EXPECT_EQ(outcome.records[0].dropped_range, 2U);
  const auto& fixes = outcome.records[0].trajectory->fixes;
  ASSERT_EQ(fixes.size(), 2U);
  EXPECT_EQ(fixes[0], (Fix{.lat_e7 = 0, .lon_e7 = 1'000, .time_ms = 10'000}));
}

TEST(GeoJsonSeq, TextsFollowRecordSeparatorsAndMaySpanLines) {
  const Outcome outcome =
      ReadWhole("geojson-seq",
                absl::StrCat("\x1E", Line("\"a\""), "\n\x1E\n {\n", Line("\"b\"").substr(1), "\n"));
  ASSERT_EQ(outcome.good(), 2U) << Render(outcome);
  EXPECT_EQ(outcome.records[0].line, 1U);
  EXPECT_EQ(outcome.records[1].line, 3U);
}

TEST(GeoJsonSeq, WithoutASeparatorItIsAFeatureALine) {
  const Outcome outcome =
      ReadWhole("geojson-seq", absl::StrCat(Line("\"a\""), "\n\n", Line("\"b\""), "\r\n"));
  ASSERT_EQ(outcome.good(), 2U) << Render(outcome);
  EXPECT_EQ(outcome.records[1].line, 3U);
}

}  // namespace
}  // namespace spoor
