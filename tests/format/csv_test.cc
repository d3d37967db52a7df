#include <gtest/gtest.h>

#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tests/format/read_all.h"

namespace spoor {
namespace {

ReadOptions Columns(std::map<std::string, std::string> columns) {
  ReadOptions options;
  options.columns = std::move(columns);
  return options;
}

TEST(Csv, RowsOfAnIdAreATrip) {
  const Outcome outcome = ReadWhole("csv",
                                    "id,lat,lon,time,object\n"
                                    "a,51.5,-0.1,1700000000,cab\n"
                                    "a,51.6,-0.2,1700000001.5,cab\n"
                                    "b,1,2,1700000000,\n");
  ASSERT_EQ(outcome.good(), 2U) << Render(outcome);
  const Trajectory expected{.id = TrajectoryId("a"),
                            .object = "cab",
                            .tags = {},
                            .fixes = {{515'000'000, -1'000'000, 1'700'000'000'000},
                                      {516'000'000, -2'000'000, 1'700'000'001'500}}};
  EXPECT_EQ(*outcome.records[0].trajectory, expected);
  EXPECT_EQ(outcome.records[0].line, 2U);
  EXPECT_EQ(outcome.records[1].line, 4U);
}

TEST(Csv, UsualNamesAreFoundWhateverTheirCase) {
  for (const char* header : {"ID,LAT,LON,TIME", "trip_id,latitude,longitude,timestamp",
                             "Trip_Id,y,x,t", "id,lat,lng,DateTime"}) {
    const Outcome outcome = ReadWhole("csv", absl::StrCat(header, "\na,1,2,3\n"));
    ASSERT_EQ(outcome.good(), 1U) << header << Render(outcome);
    const Fix expected{.lat_e7 = 10'000'000, .lon_e7 = 20'000'000, .time_ms = 3'000};
    EXPECT_EQ(outcome.records[0].trajectory->fixes[0], expected);
  }
}

TEST(Csv, DelimiterIsGuessedFromTheHeader) {
  for (const char delimiter : {',', ';', '\t'}) {
    std::string text = "\"id\"|lat|lon|\"a,b;c\"\n\"x;,y\"|1|2|z\n";
    for (char& c : text) c = c == '|' ? delimiter : c;
    if (delimiter == '\t')
      text.insert(text.find('\n'), "\tmore"), text.insert(text.size() - 1, "\t");
    const Outcome outcome = ReadWhole("csv", text);
    ASSERT_EQ(outcome.good(), 1U) << text << Render(outcome);
    EXPECT_EQ(outcome.records[0].id, "x;,y");
  }
}

TEST(Csv, QuotesKeepDelimitersQuotesAndLineBreaks) {
  const Outcome outcome = ReadWhole("csv",
                                    "id,lat,lon,\"a \"\"b\"\"\nc\"\r\n"
                                    "\"x,\"\"y\"\"\",\"1\",2,\"line\r\nbreak\"\r\n"
                                    "z,1,2,5\" pipe\r\n"
                                    "bad,91,2,\r\n");
  ASSERT_EQ(outcome.good(), 2U) << Render(outcome);
  EXPECT_EQ(outcome.records[0].id, "x,\"y\"");
  EXPECT_EQ(outcome.records[0].line, 3U);
  EXPECT_EQ(outcome.records[1].line, 5U);
  EXPECT_EQ(outcome.records[2].line, 6U);
}

TEST(Csv, TimesAreNumbersOrTexts) {
  const Outcome outcome = ReadWhole("csv",
                                    "id,lat,lon,time\na,1,2,1970-01-01 00:00:01\n"
                                    "a,1,2,1970-01-01T00:00:02\na,1,2,1970-01-01T01:00:03+01:00\n"
                                    "a,1,2,4\na,1,2,+5e0\n");
  ASSERT_EQ(outcome.good(), 1U) << Render(outcome);
  const auto& fixes = outcome.records[0].trajectory->fixes;
  for (size_t i = 0; i < fixes.size(); ++i) {
    EXPECT_EQ(fixes[i].time_ms, static_cast<int64_t>(i + 1) * 1000);
  }
}

TEST(Csv, ColumnsAreMappedByName) {
  const Outcome outcome =
      ReadWhole("csv", "id,trip,a,b,when,cab,kind\n1,t,1,2,3,c,taxi\n2,t,1,2,4,c,taxi\n",
                Columns({{"id", "trip"},
                         {"lat", "a"},
                         {"lon", "b"},
                         {"time", "when"},
                         {"object", "CAB"},
                         {"tag.mode", "kind"}}));
  ASSERT_EQ(outcome.good(), 1U) << Render(outcome);
  EXPECT_EQ(outcome.records[0].trajectory->fixes.size(), 2U);
  EXPECT_EQ(outcome.records[0].trajectory->object, "c");
  EXPECT_EQ(outcome.records[0].trajectory->tags, (Tags{{"mode", "taxi"}}));
}

TEST(Csv, ColumnsAreMappedByIndexWhereThereIsNoHeader) {
  const Outcome outcome =
      ReadWhole("csv", "1,2008-02-02 15:36:08,116.5,39.9\n",
                Columns({{"id", "0"}, {"time", "1"}, {"lon", "2"}, {"lat", "3"}}));
  ASSERT_EQ(outcome.good(), 1U) << Render(outcome);
  EXPECT_EQ(outcome.records[0].line, 1U);
  EXPECT_EQ(outcome.records[0].trajectory->fixes[0].lat_e7, 399'000'000);
}

TEST(Csv, AMissingColumnNamesThoseThatAreThere) {
  const Outcome outcome = ReadWhole("csv", "trip,when\n1,2\n");
  EXPECT_TRUE(absl::IsInvalidArgument(outcome.status));
  EXPECT_TRUE(absl::StrContains(outcome.status.message(), "trip, when")) << outcome.status;
  EXPECT_EQ(outcome.records.size(), 1U);
}

TEST(Csv, TagsMayBeAnObjectInACell) {
  const Outcome outcome = ReadWhole("csv",
                                    "id,lat,lon,tags_json\n"
                                    "a,1,2,\"{\"\"mode\"\":\"\" taxi\"\",\"\"b\"\":\"\"\"\"}\"\n"
                                    "a,1,3,\"{\"\"mode\"\":\"\" taxi\"\",\"\"b\"\":\"\"\"\"}\"\n"
                                    "b,1,2,\n"
                                    "c,1,2,{}\nc,1,3,\n"
                                    "d,1,2,taxi\n"
                                    "e,1,2,{\"n\":1}\n"
                                    "f,1,2,{} x\n");
  ASSERT_EQ(outcome.good(), 2U) << Render(outcome);
  EXPECT_EQ(outcome.records[0].trajectory->tags, (Tags{{"b", ""}, {"mode", " taxi"}}));
  EXPECT_TRUE(outcome.records[1].trajectory->tags.empty());
  for (size_t i = 2; i < 6; ++i) EXPECT_FALSE(outcome.records[i].trajectory.ok()) << i;
  EXPECT_EQ(outcome.records[2].error.field, "tags_json");
  EXPECT_EQ(outcome.records[4].error.field, "tags_json/n");
  // By another name, and beside columns of single tags.
  ReadOptions options;
  options.columns = {{"tags", "more"}, {"tag.mode", "mode"}};
  const Outcome both = ReadWhole("csv", "id,lat,lon,mode,more\na,1,2,bus,{\"b\":\"c\"}\n", options);
  ASSERT_EQ(both.good(), 1U) << Render(both);
  EXPECT_EQ(both.records[0].trajectory->tags, (Tags{{"b", "c"}, {"mode", "bus"}}));
}

TEST(Csv, RowsOfAnIdMayStandAnywhere) {
  const Outcome outcome = ReadWhole("csv",
                                    "id,lat,lon,time\na,1,1,1\nb,2,2,1\na,1,1.01,2\n"
                                    "b,2,2.01,2\nc,3,3,1\na,1,1.02,3\n");
  ASSERT_EQ(outcome.good(), 3U) << Render(outcome);
  EXPECT_EQ(outcome.rejected(), 0U);
  for (const ParsedRecord& record : outcome.records) {
    const size_t expected = record.id == "a" ? 3 : record.id == "b" ? 2 : 1;
    EXPECT_EQ(record.trajectory->fixes.size(), expected) << record.id;
  }
}

TEST(Csv, ARowThatCannotBeTakenApartRejectsItsTripAlone) {
  for (const char* row : {"a,1", "a,1,2,3", "a,\"1,2", "a,\"1\"x,2"}) {
    const Outcome outcome =
        ReadWhole("csv", absl::StrCat("id,lat,lon\ng,1,2\na,1,2\n", row, "\na,1,3\nh,1,2\n"));
    EXPECT_EQ(outcome.good(), 2U) << row << Render(outcome);
    ASSERT_EQ(outcome.rejected(), 1U) << row;
    EXPECT_EQ(outcome.records[1].id, "a");
    EXPECT_EQ(outcome.records[1].line, 4U);
  }
}

TEST(Csv, ARowWithoutAnIdRejectsTheTripsAroundIt) {
  for (const char* row : {",1,2", "\"a,1,2", "\"a\"x,1,2"}) {
    const Outcome outcome = ReadWhole(
        "csv", absl::StrCat("id,lat,lon\nf,1,2\ng,1,2\n", row, "\n", row, "\nh,1,2\ni,1,2\n"));
    std::string good;
    for (const ParsedRecord& record : outcome.records) {
      if (record.trajectory.ok()) good += record.id;
    }
    EXPECT_EQ(good, "fi") << row << Render(outcome);
  }
}

TEST(Csv, RowsOfBlankCellsAndRepeatedHeadersAreLeftOut) {
  const Outcome outcome = ReadWhole("csv", "id,lat,lon\na,1,1\n,,\nid,lat,lon\na,1,1.01\n , ,\t\n");
  ASSERT_EQ(outcome.good(), 1U) << Render(outcome);
  EXPECT_EQ(outcome.records.size(), 1U);
  EXPECT_EQ(outcome.records[0].trajectory->fixes.size(), 2U);
}

TEST(Csv, AStrayQuoteCostsItsLineOnly) {
  std::string text = "id,name,lat,lon\n";
  for (int i = 0; i < 1000; ++i) {
    absl::StrAppend(&text, "t", i, ",", i % 10 == 3 ? "\"inch" : "x", ",1,1\n");
  }
  const Outcome outcome = ReadWhole("csv", text);
  EXPECT_EQ(outcome.good(), 900U);
  EXPECT_EQ(outcome.rejected(), 100U);
}

// Each line closes the quote of the one before it and opens another one.
TEST(Csv, ManyQuotesThatNeverCloseTakeLittleTime) {
  std::string text = "id,lat,lon\n";
  for (int i = 0; i < 20'000; ++i) text += "a\",\"\"\"\n";
  EXPECT_EQ(ReadWhole("csv", text).good(), 0U);
}

ReadOptions Held(size_t bytes) {
  ReadOptions options;
  options.max_held_bytes = bytes;
  return options;
}

TEST(CsvHold, ASortedTableIsGivenOutWhileItComes) {
  auto reader = (*FindFormat("csv"))->make(Held(10'000));
  size_t trips = 0;
  const RecordSink count = [&](const ParsedRecord& record) { trips += record.trajectory.ok(); };
  ASSERT_TRUE((*reader)->Feed("id,lat,lon\n", count).ok());
  for (int i = 0; i < 1000; ++i) {
    ASSERT_TRUE((*reader)->Feed(absl::StrCat("t", i, ",1,2\nt", i, ",1,3\n"), count).ok());
  }
  EXPECT_GT(trips, 900U);
  ASSERT_TRUE((*reader)->Finish(count).ok());
  EXPECT_EQ(trips, 1000U);
}

TEST(CsvHold, ATripThatWasGivenOutAndComesAgainIsWithdrawnOnce) {
  std::string text = "id,lat,lon\n";
  for (int i = 0; i < 100; ++i) absl::StrAppend(&text, "t", i, ",1,2\n");
  text += "t0,1,2\nt99,1,3\nt0,1,2\n";
  const Outcome outcome = ReadWhole("csv", text, Held(10'000));
  EXPECT_EQ(outcome.good(), 100U);
  ASSERT_EQ(outcome.rejected(), 1U) << Render(outcome);
  for (const ParsedRecord& record : outcome.records) {
    EXPECT_EQ(record.withdraws, !record.trajectory.ok());
    if (!record.withdraws) continue;
    EXPECT_EQ(record.id, "t0");
    EXPECT_EQ(record.line, 102U);
  }
}

TEST(CsvHold, ATableInTurnThatIsTooLargeGivesNothingOutAndSaysWhatToDo) {
  std::string text = "id,lat,lon\n";
  for (int i = 0; i < 1000; ++i) absl::StrAppend(&text, "t", i % 50, ",1,2\n");
  text += "late,1,2\n";
  const Outcome outcome = ReadWhole("csv", text, Held(40'000));
  EXPECT_EQ(outcome.good(), 0U);
  EXPECT_EQ(outcome.rejected(), 51U);
  for (const ParsedRecord& record : outcome.records) {
    EXPECT_FALSE(record.withdraws);
    EXPECT_TRUE(absl::StrContains(record.error.allowed, "sort it by id and time"));
  }
}

TEST(Csv, NothingIsFine) {
  for (const char* text : {"", "\n\n", "id,lat,lon\n", "id,lat,lon"}) {
    const Outcome outcome = ReadWhole("csv", text);
    EXPECT_TRUE(outcome.status.ok()) << outcome.status;
    EXPECT_TRUE(outcome.records.empty());
  }
}

TEST(Csv, ATableHasABoundOnItsColumns) {
  const std::string commas(100'000, ',');
  const Outcome header = ReadWhole("csv", absl::StrCat("id,lat,lon", commas, "\na,1,2\n"));
  EXPECT_TRUE(absl::IsInvalidArgument(header.status));
  EXPECT_EQ(header.records[0].error.allowed, "at most 10000 columns");
  const Outcome row = ReadWhole("csv", absl::StrCat("id,lat,lon\na,1,2", commas, "\nb,1,2\n"));
  EXPECT_EQ(row.rejected(), 1U);
  EXPECT_EQ(row.good(), 1U);
}

TEST(CsvClean, DropsWhatIsOutOfRangeOrNotFinite) {
  ReadOptions options;
  options.clean = true;
  const Outcome outcome = ReadWhole(
      "csv", "id,lat,lon,time\na,0,0,3\na,91,0,4\na,nan,0,5\na,0,0,1e99\na,0.00001,0,1\n", options);
  ASSERT_EQ(outcome.good(), 1U) << Render(outcome);
  EXPECT_EQ(outcome.records[0].dropped_range, 3U);
  EXPECT_EQ(outcome.records[0].trajectory->fixes.size(), 2U);
  EXPECT_EQ(outcome.records[0].trajectory->fixes[0].time_ms, 1'000);
}

TEST(CsvClean, DropsFixesThatAreNotThere) {
  ReadOptions options = Columns({{"id", "individual"}, {"time", "timestamp"}});
  options.clean = true;
  const Outcome outcome = ReadWhole("csv",
                                    "individual,timestamp,location-lat,location-long\n"
                                    "fox,2024-01-01 00:00:00.000,,\n"
                                    "fox,2024-01-01 00:15:00.000,42.71,-73.86\n"
                                    "fox,,42.7,-73.8\n"
                                    "fox,2024-01-01 00:30:00.000,42.72,-73.87\n",
                                    options);
  ASSERT_EQ(outcome.good(), 1U) << Render(outcome);
  EXPECT_EQ(outcome.records[0].dropped_range, 2U);
  EXPECT_EQ(outcome.records[0].trajectory->fixes.size(), 2U);
}

TEST(CsvPolyline, ATripARowWithTimesInThePolyline) {
  const Outcome outcome =
      ReadWhole("csv", "id;polyline\na;[[1,2,3],[1,2,4]]\nb;\"[[5,6]]\"\na;[[7,8]]\n");
  ASSERT_EQ(outcome.good(), 3U) << Render(outcome);  // the same id replaces, as in any other format
  EXPECT_EQ(outcome.records[0].trajectory->fixes[1].time_ms, 4'000);
  EXPECT_FALSE(outcome.records[1].trajectory->fixes[0].has_time());
}

constexpr absl::string_view kPortoHeader =
    R"("TRIP_ID","CALL_TYPE","ORIGIN_CALL","ORIGIN_STAND","TAXI_ID","TIMESTAMP","DAY_TYPE",)"
    R"("MISSING_DATA","POLYLINE")";

TEST(CsvPorto, AFixEveryFifteenSeconds) {
  ReadOptions options;
  options.preset = "porto";
  const Outcome outcome = ReadWhole(
      "csv",
      absl::StrCat(kPortoHeader, "\n",
                   R"("13726","B","","15","20000589","1372636858","A","False",)",
                   R"("[[-8.618643,41.141412],[-8.618499,41.141376],[-8.620326,41.14251]]")", "\n"),
      options);
  ASSERT_EQ(outcome.good(), 1U) << Render(outcome);
  const Trajectory& trip = *outcome.records[0].trajectory;
  EXPECT_EQ(trip.id.value(), "13726");
  EXPECT_EQ(trip.object, "20000589");
  EXPECT_EQ(trip.tags, (Tags{{"call_type", "B"}, {"day_type", "A"}, {"origin_stand", "15"}}));
  ASSERT_EQ(trip.fixes.size(), 3U);
  EXPECT_EQ(trip.fixes[0], (Fix{411'414'120, -86'186'430, 1'372'636'858'000}));
  EXPECT_EQ(trip.fixes[2].time_ms, 1'372'636'888'000);
}

TEST(CsvOptions, TwoColumnsMakeAnIdOrATime) {
  const Outcome outcome = ReadWhole(
      "csv", "ship,day,clock,lat,lon\n7,2024-01-01,12:00:00,1,2\n7,2024-01-02,12:00:00,1,2\n",
      Columns({{"id", "ship+day"}, {"time", "day+clock"}}));
  ASSERT_EQ(outcome.good(), 2U) << Render(outcome);
  EXPECT_EQ(outcome.records[0].id, "7/2024-01-01");
  EXPECT_EQ(outcome.records[0].trajectory->fixes[0].time_ms, 1'704'110'400'000);
  const Outcome indexed =
      ReadWhole("csv", "7,1,1,2\n", Columns({{"id", "0+1"}, {"lat", "2"}, {"lon", "3"}}));
  ASSERT_EQ(indexed.good(), 1U) << Render(indexed);
  EXPECT_EQ(indexed.records[0].id, "7/1");
}

TEST(CsvOptions, ATableWithoutIdsIsOneTripOrAFixEach) {
  const absl::string_view text = "lat,lon\n1,2\n1,3\n";
  ReadOptions one, each;
  one.table_id = "walk";
  each.row_id_prefix = "p";
  const Outcome walk = ReadWhole("csv", text, one);
  ASSERT_EQ(walk.good(), 1U) << Render(walk);
  EXPECT_EQ(walk.records[0].id, "walk");
  EXPECT_EQ(walk.records[0].trajectory->fixes.size(), 2U);
  const Outcome fixes = ReadWhole("csv", absl::StrCat(text, "x,1\n"), each);
  ASSERT_EQ(fixes.good(), 2U) << Render(fixes);
  EXPECT_EQ(fixes.rejected(), 1U);
  EXPECT_EQ(fixes.records[1].id, "p3");
  one.columns["id"] = "lat";
  EXPECT_TRUE(absl::IsInvalidArgument(ReadWhole("csv", text, one).status));
}

TEST(CsvOptions, DelimiterCommaAndFormOfTimesCanBeTold) {
  ReadOptions options;
  options.delimiter = '|';
  options.decimal_comma = true;
  options.time.unit = TimeUnit::kMilliseconds;
  const Outcome outcome = ReadWhole("csv", "id|lat|lon|time\na|47,5|8,25|1700000000123\n", options);
  ASSERT_EQ(outcome.good(), 1U) << Render(outcome);
  EXPECT_EQ(outcome.records[0].trajectory->fixes[0],
            (Fix{475'000'000, 82'500'000, 1'700'000'000'123}));
}

TEST(CsvOptions, TimesThatNobodyMappedAreRefusedUnlessThereAreNone) {
  EXPECT_FALSE(ReadWhole("csv", "id,lat,lon,recorded_date\na,1,2,x\n").status.ok());
  const Outcome none =
      ReadWhole("csv", "id,lat,lon,recorded_date\na,1,2,2024-01-01\n", Columns({{"time", "-"}}));
  EXPECT_EQ(none.good(), 1U) << Render(none);
}

TEST(CsvOptions, TheLayoutTellsWhatWasTakenAndLeft) {
  auto reader = (*FindFormat("csv"))->make(Columns({{"id", "trip"}, {"tag.mode", "kind"}}));
  ASSERT_TRUE(reader.ok());
  EXPECT_EQ((*reader)->layout(), nullptr);
  const RecordSink ignore = [](const ParsedRecord&) {};
  ASSERT_TRUE((*reader)->Feed("trip,y,x,speed,kind\n", ignore).ok());
  const TableLayout* layout = (*reader)->layout();
  ASSERT_NE(layout, nullptr);
  EXPECT_EQ(layout->taken, (std::vector<std::pair<std::string, std::string>>{
                               {"id", "trip"}, {"lat", "y"}, {"lon", "x"}, {"tag.mode", "kind"}}));
  EXPECT_EQ(layout->left, (std::vector<std::string>{"speed"}));
}

TEST(CsvOptions, UnknownRolesAndPresetsListTheKnown) {
  const auto made = [](const ReadOptions& options) {
    return (*FindFormat("csv"))->make(options).status();
  };
  const absl::Status role = made(Columns({{"latitude", "a"}}));
  EXPECT_TRUE(absl::IsInvalidArgument(role));
  EXPECT_TRUE(
      absl::StrContains(role.message(), "id, object, lat, lon, time, polyline, tags, tag.<name>"));
  ReadOptions options;
  options.preset = "lisbon";
  EXPECT_TRUE(absl::IsInvalidArgument(made(options)));
  EXPECT_TRUE(absl::StrContains(made(options).message(), "porto"));
  EXPECT_TRUE(absl::IsInvalidArgument(made(Columns({{"id", ""}}))));
  EXPECT_TRUE(absl::IsInvalidArgument(made(Columns({{"tag.", "x"}}))));
}

TEST(CsvOptions, OtherFormatsRefuseThem) {
  for (const FormatEntry& format : AllFormats()) {
    if (format.name == "csv") continue;
    EXPECT_TRUE(absl::IsInvalidArgument(format.make(Columns({{"id", "a"}})).status()))
        << format.name;
  }
}

}  // namespace
}  // namespace spoor
