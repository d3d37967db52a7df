#include "engine/format/time_text.h"

#include <gtest/gtest.h>

#include <ctime>

#include "engine/format/decimal.h"
#include "tests/format/walks.h"

namespace spoor {
namespace {

constexpr int kRandomTimes = 20'000;

int64_t Read(absl::string_view text) { return ParseTimeText(text); }

TEST(TimeText, ReadsRfc3339) {
  EXPECT_EQ(Read("1970-01-01T00:00:00Z"), 0);
  EXPECT_EQ(Read("2008-10-23T02:53:04Z"), 1'224'730'384'000);
  EXPECT_EQ(Read("2008-10-23t02:53:04z"), 1'224'730'384'000);
  EXPECT_EQ(Read("2008-10-23 02:53:04Z"), 1'224'730'384'000);
  EXPECT_EQ(Read("2008-10-23T02:53:04.5+02:00"), 1'224'723'184'500);
  EXPECT_EQ(Read("2008-10-23T02:53:04-00:30"), 1'224'732'184'000);
  EXPECT_EQ(Read("2024-02-29T00:00:00Z"), 1'709'164'800'000);
  EXPECT_EQ(Read("1969-12-31T23:59:59.999Z"), -1);
  EXPECT_EQ(Read("0000-01-01T00:00:00Z"), -62'167'219'200'000);
  EXPECT_EQ(Read("9999-12-31T23:59:59Z"), 253'402'300'799'000);
  EXPECT_EQ(Read("9999-12-31T23:59:59.999Z"), 253'402'300'799'999);
}

TEST(TimeText, RoundsFractionsToMilliseconds) {
  EXPECT_EQ(Read("1970-01-01T00:00:00.1234999Z"), 123);
  EXPECT_EQ(Read("1970-01-01T00:00:00.1235Z"), 124);
  EXPECT_EQ(Read("1970-01-01T00:00:00.9996Z"), 1'000);
  EXPECT_EQ(Read("1970-01-01T00:00:00.02Z"), 20);
}

TEST(TimeText, ALeapSecondIsTheSecondAfterIt) {
  EXPECT_EQ(Read("2016-12-31T23:59:60Z"), Read("2017-01-01T00:00:00Z"));
}

TEST(TimeText, WithoutAZoneItIsOfUtcOrOfTheZoneThatWasTold) {
  EXPECT_EQ(Read("2008-10-23 02:53:04"), 1'224'730'384'000);
  EXPECT_EQ(Read("2008-10-23T02:53:04"), 1'224'730'384'000);
  const TimeForm an_hour_ahead{.zone = absl::FixedTimeZone(3600)};
  EXPECT_EQ(ParseTimeText("2008-10-23T02:53:04.25", an_hour_ahead), 1'224'726'784'250);
  EXPECT_EQ(ParseTimeText("1969-12-31T23:59:59.25", an_hour_ahead), -3'600'750);
  EXPECT_EQ(ParseTimeText("2008-10-23T02:53:04Z", an_hour_ahead), 1'224'730'384'000);
}

TEST(TimeText, ReadsTheOffsetsThatDatabasesWrite) {
  EXPECT_EQ(Read("2014-02-01 00:00:00.739166+01"), 1'391'209'200'739);
  EXPECT_EQ(Read("2014-02-01 00:00:00+0130"), Read("2014-02-01 00:00:00+01:30"));
  EXPECT_EQ(Read("2014-02-01 00:00:00-02"), Read("2014-02-01 02:00:00Z"));
}

TEST(TimeText, ReadsAFormatThatWasTold) {
  const TimeForm form{.format = "%d/%m/%Y %H:%M", .zone = absl::FixedTimeZone(-3600)};
  EXPECT_EQ(ParseTimeText("02/01/1970 23:30", form), 2 * 86'400'000 + 1'800'000);
  EXPECT_EQ(ParseTimeText("1970-01-02T23:30:00Z", form), kOutOfRange);
  EXPECT_EQ(ParseTimeText("infinite-future", {.format = "%Y", .zone = {}}), kOutOfRange);
}

TEST(TimeText, RefusesEverythingElse) {
  for (const char* text : {"",
                           "now",
                           "2008-10-23",
                           "2008-10-23T02:53Z",
                           "2008-13-01T00:00:00Z",
                           "2008-00-01T00:00:00Z",
                           "2023-02-29T00:00:00Z",
                           "1900-02-29T00:00:00Z",
                           "2008-10-32T00:00:00Z",
                           "2008-10-00T00:00:00Z",
                           "2008-10-23T24:00:00Z",
                           "2008-10-23T02:60:00Z",
                           "2008-10-23T02:53:61Z",
                           "2008-10-23T02:53:04.Z",
                           "2008-10-23T02:53:04+2:00",
                           "2008-10-23T02:53:04+02:",
                           "2008-10-23T02:53:04+020",
                           "2008-10-23T02:53:04+24:00",
                           "2008-10-23T02:53:04Zx",
                           "2008-10-23T02:53:04+02:00Z",
                           "12008-10-23T02:53:04Z",
                           "-008-10-23T02:53:04Z",
                           "20/03/2021 00:22",
                           "0000-01-01T00:00:00+00:01",
                           "9999-12-31T23:59:59-00:01",
                           "9999-12-31T23:59:60Z"}) {
    EXPECT_EQ(Read(text), kOutOfRange) << text;
  }
}

TEST(TimeText, AgreesWithTheCalendarOfTheSystem) {
  Rng rng(40);
  for (int i = 0; i < kRandomTimes; ++i) {
    const time_t seconds = Between(rng, -62'167'219'200, 253'402'300'799);
    std::tm parts = {};
    gmtime_r(&seconds, &parts);
    char text[64];
    std::snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02dZ", parts.tm_year + 1900,
                  parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec);
    ASSERT_EQ(Read(text), int64_t{seconds} * 1000) << text;
  }
}

}  // namespace
}  // namespace spoor
