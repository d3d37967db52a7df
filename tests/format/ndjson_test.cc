#include <gtest/gtest.h>

#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tests/format/read_all.h"

namespace spoor {
namespace {

// The only record of a text.
ParsedRecord ReadOne(absl::string_view text, const ReadOptions& options = {}) {
  Outcome outcome = ReadWhole("ndjson", text, options);
  EXPECT_EQ(outcome.records.size(), 1U) << Render(outcome);
  return outcome.records.empty() ? ParsedRecord() : std::move(outcome.records[0]);
}

TEST(Ndjson, ReadsARecord) {
  const ParsedRecord record =
      ReadOne(R"({"id":"t1","object":"cab 7","tags":{"z":"1","mode":"taxi"},)"
              R"("coords":[[-0.1277583,51.5073509,1700000000],[-0.12,51.5,1700000001.25]]})");
  ASSERT_TRUE(record.trajectory.ok()) << record.trajectory.status();
  const Trajectory expected{.id = TrajectoryId("t1"),
                            .object = "cab 7",
                            .tags = {{"mode", "taxi"}, {"z", "1"}},
                            .fixes = {{515'073'509, -1'277'583, 1'700'000'000'000},
                                      {515'000'000, -1'200'000, 1'700'000'001'250}}};
  EXPECT_EQ(*record.trajectory, expected);
  EXPECT_EQ(record.line, 1U);
  EXPECT_EQ(record.id, "t1");
}

TEST(Ndjson, TimesMayBeAbsentAndEqual) {
  EXPECT_TRUE(ReadOne(R"({"id":"a","coords":[[1,2]]})").trajectory.ok());
  EXPECT_TRUE(ReadOne(R"({"id":"a","coords":[[1,2,5],[1,2,5],[3,4,5.0004]]})").trajectory.ok());
}

TEST(Ndjson, FieldsComeInAnyOrderWithAnySpace) {
  const ParsedRecord record =
      ReadOne("\t{ \"coords\" : [ [ 1 , 2 ] ,\r [ 3,4 ] ] , \"id\" :\"a\" } \r\n");
  ASSERT_TRUE(record.trajectory.ok()) << record.trajectory.status();
  EXPECT_EQ(record.trajectory->fixes.size(), 2U);
}

TEST(Ndjson, LinesCountFromOneAndBlankOnesAreSkipped) {
  const Outcome outcome = ReadWhole("ndjson",
                                    "\xEF\xBB\xBF\n{\"id\":\"a\",\"coords\":[[1,2]]}\r\n  \n"
                                    "{\"id\":\"b\",\"coords\":[[1,2]]}");
  ASSERT_EQ(outcome.good(), 2U) << Render(outcome);
  EXPECT_EQ(outcome.records[0].line, 2U);
  EXPECT_EQ(outcome.records[1].line, 4U);
}

TEST(Ndjson, NothingIsFine) {
  const Outcome outcome = ReadWhole("ndjson", "");
  EXPECT_TRUE(outcome.status.ok());
  EXPECT_TRUE(outcome.records.empty());
}

TEST(Ndjson, ABadRecordNeverStopsTheGoodOnes) {
  const Outcome outcome = ReadWhole("ndjson",
                                    "{\"id\":\"a\",\"coords\":[[1,2]]}\n}{\n[]\n{\"id\":\"b\"}\n"
                                    "{\"id\":\"c\",\"coords\":[[1,2]]}\n");
  EXPECT_TRUE(outcome.status.ok());
  EXPECT_EQ(outcome.good(), 2U);
  EXPECT_EQ(outcome.rejected(), 3U);
}

TEST(Ndjson, ARejectedRecordIsNamedWhereverItsIdStands) {
  const ParsedRecord record = ReadOne(R"({"coords":[[0,91]],"id":"late"})");
  EXPECT_FALSE(record.trajectory.ok());
  EXPECT_EQ(record.id, "late");
  EXPECT_EQ(record.error.field, "/coords/0/1");
  EXPECT_EQ(
      record.trajectory.status().message(),
      "/coords/0/1 is 91, allowed: -90 … 90; lat and lon seem swapped: JSON has [lon, lat], of "
      "tables --columns lat=…,lon=… says");
}

TEST(Ndjson, ALongLineIsPassedOverWithoutBeingKept) {
  ReadOptions options;
  options.max_record_bytes = 50;
  const std::string good = R"({"id":"g","coords":[[1,2]]})";
  const Outcome outcome =
      ReadWhole("ndjson", absl::StrCat(std::string(1 << 20, 'x'), "\n", good, "\n"), options);
  ASSERT_EQ(outcome.records.size(), 2U);
  EXPECT_EQ(outcome.records[0].error.value, std::string(50, 'x'));
  EXPECT_EQ(outcome.records[0].error.allowed, "at most 50 bytes");
  EXPECT_TRUE(outcome.records[1].trajectory.ok());
  EXPECT_EQ(outcome.records[1].line, 2U);
}

TEST(Ndjson, ALineOfExactlyTheLimitIsRead) {
  const std::string line = R"({"id":"g","coords":[[1,2]]})";
  ReadOptions options;
  options.max_record_bytes = line.size();
  EXPECT_TRUE(ReadOne(line + "\n", options).trajectory.ok());
  options.max_record_bytes = line.size() - 1;
  EXPECT_FALSE(ReadOne(line + "\n", options).trajectory.ok());
}

TEST(Ndjson, ValuesInErrorsAreCutBetweenCharacters) {
  std::string id;
  for (int i = 0; i < 200; ++i) id += "é";
  const ParsedRecord record = ReadOne(absl::StrCat(R"({"id":")", id, R"(","coords":[[1,2]]})"));
  EXPECT_FALSE(record.trajectory.ok());
  EXPECT_EQ(record.error.value.size(), 99U);  // a quote and 49 letters of two bytes
  EXPECT_TRUE(IsUtf8(record.error.value));
}

TEST(Ndjson, TagsHaveLimits) {
  std::string tags;
  for (size_t i = 0; i <= kMaxTags; ++i)
    absl::StrAppend(&tags, i == 0 ? "" : ",", "\"t", i, "\":\"\"");
  const auto with = [](absl::string_view members) {
    return absl::StrCat(R"({"id":"a","tags":{)", members, R"(},"coords":[[1,2]]})");
  };
  EXPECT_EQ(ReadOne(with(tags)).error.field, "/tags");
  EXPECT_TRUE(ReadOne(with(tags.substr(0, tags.rfind(',')))).trajectory.ok());
  const std::string long_text(kMaxTagBytes, 'x');
  EXPECT_TRUE(
      ReadOne(with(absl::StrCat("\"", long_text, "\":\"", long_text, "\""))).trajectory.ok());
  EXPECT_EQ(ReadOne(with(absl::StrCat("\"a\":\"", long_text, "x\""))).error.field, "/tags/a");
  EXPECT_FALSE(ReadOne(with(absl::StrCat("\"", long_text, "x\":\"\""))).trajectory.ok());
}

TEST(NdjsonClean, DropsSortsAndMergesAndCounts) {
  ReadOptions options;
  options.clean = true;
  const ParsedRecord record = ReadOne(
      R"({"id":"a","coords":[[0,0,10],[0,91,11],[1e400,0,12],[0.0001,0,30],[0.0001,0,20],[0,0,10],[0,0,1e15]]})",
      options);
  ASSERT_TRUE(record.trajectory.ok()) << record.trajectory.status();
  EXPECT_EQ(record.dropped_range, 3U);
  EXPECT_EQ(record.cleaned.merged, 1U);
  EXPECT_GE(record.cleaned.sorted, 1U);
  const auto& fixes = record.trajectory->fixes;
  ASSERT_EQ(fixes.size(), 3U);
  EXPECT_EQ(fixes[0].time_ms, 10'000);
  EXPECT_EQ(fixes[1].time_ms, 20'000);
  EXPECT_EQ(fixes[2].time_ms, 30'000);
}

TEST(NdjsonClean, DropsWhatNothingCouldHaveReached) {
  ReadOptions options;
  options.clean = true;
  const ParsedRecord record =
      ReadOne(R"({"id":"a","coords":[[0,0,1],[0,0.0001,2],[10,10,3],[0,0.0002,4]]})", options);
  ASSERT_TRUE(record.trajectory.ok());
  EXPECT_EQ(record.cleaned.dropped_speed, 1U);
  EXPECT_EQ(record.trajectory->fixes.size(), 3U);
}

TEST(NdjsonClean, LeavesGoodRecordsAlone) {
  ReadOptions options;
  options.clean = true;
  const std::string line = R"({"id":"a","coords":[[0,0,1],[0,0.0001,2],[0,0.0002,4]]})";
  const ParsedRecord cleaned = ReadOne(line, options);
  EXPECT_EQ(*cleaned.trajectory, *ReadOne(line).trajectory);
  EXPECT_EQ(cleaned.dropped_range + cleaned.cleaned.sorted + cleaned.cleaned.merged, 0U);
}

}  // namespace
}  // namespace spoor
