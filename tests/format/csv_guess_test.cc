#include "engine/format/csv_guess.h"

#include <gtest/gtest.h>

#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tests/format/read_all.h"

namespace spoor {
namespace {

// One line: what was read of a table, or why it was not.
std::string Read(const std::string& table, const ReadOptions& options = {}) {
  const Outcome outcome = ReadWhole("csv", table, options);
  std::string text;
  for (const ParsedRecord& record : outcome.records) {
    if (!record.trajectory.ok()) {
      absl::StrAppend(&text, record.error.field, ": ", record.error.allowed, "; ");
      continue;
    }
    const Fix& fix = record.trajectory->fixes[0];
    absl::StrAppend(&text, record.id, " ", record.trajectory->fixes.size(), " fixes from ",
                    fix.lat_e7, ",", fix.lon_e7, " at ", fix.time_ms, "; ");
  }
  return text;
}

// Twenty rows of two trips, one after the other; each cell by a function of the row.
template <typename Row>
std::string Table(const std::string& header, Row row) {
  std::string table = header;
  for (int i = 0; i < 20; ++i) absl::StrAppend(&table, row(i), "\n");
  return table;
}
std::string Degrees(double base, int i) { return absl::StrCat(base, ".", 10000 + i * 7); }

TEST(CsvGuess, ATableWithoutNamesIsReadByItsValues) {  // as T-Drive has it
  const std::string table = Table("", [](int i) {
    return absl::StrCat(i / 10 + 11, ",2008-02-02 15:36:", 10 + i, ",", Degrees(116, i), ",",
                        Degrees(39, i));
  });
  EXPECT_EQ(Read(table),
            "11 10 fixes from 391000000,1161000000 at 1201966570000; "
            "12 10 fixes from 391007000,1161007000 at 1201966580000; ");
}

TEST(CsvGuess, NamesThatSayNothingAreNoMatter) {
  const std::string table = Table("a;b;c;d\n", [](int i) {
    return absl::StrCat(Degrees(-122, i), ";", Degrees(37, i), ";cab", i / 10, ";",
                        1'700'000'000 + i);
  });
  EXPECT_EQ(Read(table),
            "cab0 10 fixes from 371000000,-1221000000 at 1700000000000; "
            "cab1 10 fixes from 371007000,-1221007000 at 1700000010000; ");
}

TEST(CsvGuess, AWordOfANameDecidesWhatValuesDoNot) {
  const std::string table = Table("vehicle_ref,Pos Lat [deg],Pos Lon [deg],speed\n", [](int i) {
    return absl::StrCat("v", i / 10, ",", Degrees(51, i), ",", Degrees(0, i), ",", i);
  });
  EXPECT_EQ(Read(table), "v0 10 fixes from 511000000,1000000 at " + absl::StrCat(kNoTime) + "; " +
                             "v1 10 fixes from 511007000,1007000 at " + absl::StrCat(kNoTime) +
                             "; ");
}

TEST(CsvGuess, WhatCouldBeEitherIsRefusedWithTheOption) {
  // London: each of the two could be a latitude.
  const auto london = [](int i) {
    return absl::StrCat("v", i / 10, ",", Degrees(51, i), ",", Degrees(0, i));
  };
  EXPECT_TRUE(absl::StrContains(Read(Table("a,b,c\n", london)), "--columns lat="));
  EXPECT_TRUE(absl::StrContains(Read(Table("", london)), "may be it: 1, 2"));
  EXPECT_TRUE(absl::StartsWith(Read(Table("", london), {.columns = {{"lat", "1"}, {"lon", "2"}}}),
                               "v0 10 fixes from 511000000,1000000 "));
  // Altitudes may be degrees, too.
  const auto three = [](int i) {
    return absl::StrCat("v", i / 10, ",", Degrees(39, i), ",", Degrees(116, i), ",",
                        Degrees(43, i));
  };
  EXPECT_TRUE(absl::StrContains(Read(Table("a,b,c,d\n", three)), "b, c, d"));
  // Which of the numbers is whose?
  const auto ids = [](int i) {
    return absl::StrCat("v", i / 10, ",x", i / 5, ",", Degrees(39, i), ",", Degrees(116, i));
  };
  EXPECT_TRUE(absl::StrContains(Read(Table("a,b,c,d\n", ids)), "--columns id=…, of a, b"));
  // A flag is nobody.
  const auto flags = [](int i) {
    return absl::StrCat(i / 10, ",", Degrees(39, i), ",", Degrees(116, i));
  };
  EXPECT_TRUE(absl::StrContains(Read(Table("a,b,c\n", flags)), "--id NAME"));
}

TEST(CsvGuess, TimesInAFormThatNobodySaidAreRefusedWithTheOption) {
  for (const std::string time : {"3/1/2024 12:00", "1700000000123", "12:00:05"}) {
    const std::string table = Table("a,b,c,d\n", [&](int i) {
      return absl::StrCat("v", i / 10, ",", time, ",", Degrees(39, i), ",", Degrees(116, i));
    });
    const std::string read = Read(table);
    EXPECT_TRUE(absl::StrContains(read, "--time-format")) << read;
  }
  const std::string two = Table("a,b,c,d,e\n", [](int i) {
    return absl::StrCat("v", i / 10, ",2024-01-01 12:00:", 10 + i, ",2024-01-01 13:00:", 10 + i,
                        ",", Degrees(39, i), ",", Degrees(116, i));
  });
  EXPECT_TRUE(absl::StrContains(Read(two), "--columns time=")) << Read(two);
}

TEST(CsvGuess, WhatIsSaidCounts) {
  const std::string table = Table("", [](int i) {
    return absl::StrCat(i, ",2008-02-02 15:36:", 10 + i, ",", Degrees(116, i), ",", Degrees(39, i));
  });
  EXPECT_TRUE(absl::StrContains(Read(table), "--id NAME")) << "no value comes twice";
  ReadOptions one;
  one.table_id = "mine";
  EXPECT_EQ(Read(table, one), "mine 20 fixes from 391000000,1161000000 at 1201966570000; ");
  EXPECT_TRUE(absl::StartsWith(Read(table, {.columns = {{"id", "1"}}}), "2008-02-02 15:36:10 1 "));
}

// What names say is read as ever, and a table of which nothing can be told is refused as ever.
// Nobody could write the option.
TEST(CsvGuess, AColumnWhoseNameIsNoTextIsNotTaken) {
  const std::string table = Table("\xff id,lat x,lon y,when\n", [](int i) {
    return absl::StrCat("cab", i / 10, ",", Degrees(37, i), ",", Degrees(12, i), ",",
                        1'700'000'000 + i);
  });
  const std::string told = Read(table);
  EXPECT_TRUE(absl::StrContains(told, "--id NAME")) << told;
}

// A row of two cells is asked for its fifth.
TEST(CsvGuess, AnIndexBeyondTheRowIsRefused) {
  ReadOptions options;
  options.columns = {{"id", "0"}, {"lat", "1"}, {"lon", "2"}, {"time", "4"}};
  const std::string told = Read("trip_id,polyline\na,b\nc,d\n", options);
  EXPECT_FALSE(absl::StrContains(told, "fixes from")) << told;
  EXPECT_FALSE(told.empty());
}

TEST(CsvGuess, IsNotAskedWhereNamesTell) {
  auto reader = (*FindFormat("csv"))->make({});
  ASSERT_TRUE(reader.ok());
  const RecordSink ignore = [](const ParsedRecord&) {};
  ASSERT_TRUE((*reader)->Feed("id,lat,lon\n", ignore).ok());
  ASSERT_NE((*reader)->layout(), nullptr) << "at the first line";
  EXPECT_FALSE((*reader)->layout()->by_values);
  EXPECT_TRUE(absl::StrContains(Read("a,b,c\n1,2,3\n1,2,3\n"), "a column id or trip_id"));
}

// Also where the first rows are longer than what is looked at.
TEST(CsvGuess, PiecesChangeNothing) {
  for (const size_t note : {size_t{0}, size_t{3000}, size_t{70'000}}) {
    const std::string table = Table("", [note](int i) {
      return absl::StrCat("v", i / 10, ",", Degrees(39, i), ",", Degrees(116, i), ",",
                          std::string(note, 'x'), i % 2);
    });
    const ReadOptions options{.columns = {{"tag.note", "3"}}};
    const std::string whole = Render(ReadWhole("csv", table, options));
    for (const size_t size : {size_t{1}, size_t{7}, size_t{4096}, size_t{65'536}, size_t{65'537}}) {
      if (size == 1 && note > 3000) continue;
      EXPECT_EQ(Render(ReadInPieces("csv", table, options, [&] { return size; })), whole)
          << note << " " << size;
    }
  }
}

TEST(CsvGuess, SaysThatItGuessed) {
  auto reader = (*FindFormat("csv"))->make({});
  ASSERT_TRUE(reader.ok());
  const RecordSink ignore = [](const ParsedRecord&) {};
  const std::string table = Table("", [](int i) {
    return absl::StrCat("v", i / 10, ",", Degrees(39, i), ",", Degrees(116, i));
  });
  ASSERT_TRUE((*reader)->Feed(table, ignore).ok());
  EXPECT_EQ((*reader)->layout(), nullptr) << "more may come";
  ASSERT_TRUE((*reader)->Finish(ignore).ok());
  ASSERT_NE((*reader)->layout(), nullptr);
  EXPECT_TRUE((*reader)->layout()->by_values);
  using Taken = std::vector<std::pair<std::string, std::string>>;
  EXPECT_EQ((*reader)->layout()->taken, (Taken{{"id", "0"}, {"lat", "1"}, {"lon", "2"}}));
}

}  // namespace
}  // namespace spoor
