// Broken input and what exactly is said about it: rows of tests/golden/bad_records.txt.

#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "tests/format/read_all.h"

namespace spoor {
namespace {

struct BadRow {
  std::string text;  // of the row in the file
  std::string format;
  ReadOptions options;
  bool fails = false;  // the stream as a whole
  std::string input;
  uint64_t line = 0;
  std::string field, value, allowed;
};

void ParseOption(const std::string& word, BadRow& row) {
  const std::vector<std::string> sides = absl::StrSplit(word, absl::MaxSplits('=', 1));
  if (word == "fails") {
    row.fails = true;
  } else if (word == "clean") {
    row.options.clean = true;
  } else if (sides[0] == "preset") {
    row.options.preset = sides.at(1);
  } else if (sides[0] == "max_fixes") {
    ASSERT_TRUE(absl::SimpleAtoi(sides.at(1), &row.options.max_fixes));
  } else if (sides[0] == "max_held_bytes") {
    ASSERT_TRUE(absl::SimpleAtoi(sides.at(1), &row.options.max_held_bytes));
  } else if (word == "time_unit=ms") {
    row.options.time.unit = TimeUnit::kMilliseconds;
  } else if (sides[0] == "time_format") {
    row.options.time.format = sides.at(1);
  } else if (sides[0] == "max_record_bytes") {
    ASSERT_TRUE(absl::SimpleAtoi(sides.at(1), &row.options.max_record_bytes));
  } else {
    ASSERT_TRUE(absl::StartsWith(word, "column.")) << word;
    row.options.columns[sides[0].substr(7)] = sides.at(1);
  }
}

BadRow ParseRow(const std::string& text) {
  BadRow row;
  row.text = text;
  std::vector<std::string> cells = absl::StrSplit(text, " | ");
  cells.resize(6);
  const std::vector<std::string> words = absl::StrSplit(absl::StripAsciiWhitespace(cells[0]), ' ');
  row.format = words[0];
  for (size_t i = 1; i < words.size(); ++i) ParseOption(words[i], row);
  EXPECT_TRUE(absl::CUnescape(cells[1], &row.input)) << text;
  EXPECT_TRUE(absl::SimpleAtoi(cells[2], &row.line)) << text;
  row.field = cells[3];
  row.value = cells[4];
  row.allowed = std::string(absl::StripTrailingAsciiWhitespace(cells[5]));
  return row;
}

std::vector<BadRow> AllRows() {
  std::ifstream file(SPOOR_GOLDEN_DIR "/bad_records.txt");
  std::vector<BadRow> rows;
  for (std::string text; std::getline(file, text);) {
    if (!text.empty() && text[0] != '#') rows.push_back(ParseRow(text));
  }
  return rows;
}

void CheckOutcome(const BadRow& row, const Outcome& outcome) {
  EXPECT_EQ(outcome.status.ok(), !row.fails) << outcome.status;
  ASSERT_EQ(outcome.rejected(), 1U) << Render(outcome);
  for (const ParsedRecord& record : outcome.records) {
    if (record.trajectory.ok()) continue;
    EXPECT_EQ(record.line, row.line);
    EXPECT_EQ(record.error.field, row.field);
    EXPECT_EQ(record.error.value, row.value);
    EXPECT_EQ(record.error.allowed, row.allowed);
    EXPECT_EQ(BrokenPromise(record, row.options), "");
  }
}

TEST(BadRecords, GoldenFileHasThemAll) { EXPECT_GE(AllRows().size(), 100U); }

TEST(BadRecords, EachIsRejectedWithFieldValueAndWhatIsAllowed) {
  for (const BadRow& row : AllRows()) {
    SCOPED_TRACE(row.text);
    CheckOutcome(row, ReadWhole(row.format, row.input, row.options));
  }
}

TEST(BadRecords, ByteByByteTheSameIsSaid) {
  for (const BadRow& row : AllRows()) {
    SCOPED_TRACE(row.text);
    CheckOutcome(row, ReadInPieces(row.format, row.input, row.options, [] { return 1; }));
  }
}

}  // namespace
}  // namespace spoor
