#include "engine/format/json_cursor.h"

#include <gtest/gtest.h>
#include <simdjson.h>

#include <string>

#include "tests/format/walks.h"

namespace spoor {
namespace {

constexpr int kRandomTexts = 20'000;

bool IsJson(absl::string_view text) {
  JsonCursor in(text);
  in.Skip();
  return in.AtEnd();
}

// The independent opinion.
bool IsJsonBySimdjson(const std::string& text, simdjson::dom::parser& parser) {
  return parser.parse(text).error() == simdjson::SUCCESS;
}

TEST(JsonCursor, WalksObjectsAndArraysInOrder) {
  JsonCursor in(R"( {"a" : [1, [ ], {"x":null}] , "b": "c"} )");
  std::string key, text;
  Decimal number;
  ASSERT_TRUE(in.Enter('{'));
  ASSERT_TRUE(in.NextKey(key));
  EXPECT_EQ(key, "a");
  ASSERT_TRUE(in.Enter('['));
  ASSERT_TRUE(in.NextItem());
  ASSERT_TRUE(in.ReadNumber(number));
  EXPECT_EQ(number.text, "1");
  absl::string_view value;
  ASSERT_TRUE(in.NextItem());
  ASSERT_TRUE(in.Skip(&value));
  EXPECT_EQ(value, "[ ]");
  ASSERT_TRUE(in.NextItem());
  ASSERT_TRUE(in.Skip(&value));
  EXPECT_EQ(value, R"({"x":null})");
  EXPECT_FALSE(in.NextItem());
  ASSERT_TRUE(in.NextKey(key));
  EXPECT_EQ(key, "b");
  ASSERT_TRUE(in.ReadString(text));
  EXPECT_EQ(text, "c");
  EXPECT_FALSE(in.NextKey(key));
  EXPECT_TRUE(in.AtEnd());
}

TEST(JsonCursor, StaysBeforeAValueOfAnotherKind) {
  JsonCursor in("\"x\"");
  Decimal number;
  EXPECT_FALSE(in.ReadNumber(number));
  EXPECT_FALSE(in.Enter('['));
  EXPECT_TRUE(in.ok());
  std::string text;
  EXPECT_TRUE(in.ReadString(text));
  EXPECT_EQ(text, "x");
}

TEST(JsonCursor, BreaksForGood) {
  JsonCursor in("[1,]");
  ASSERT_TRUE(in.Enter('['));
  ASSERT_TRUE(in.NextItem());
  ASSERT_TRUE(in.Skip());
  ASSERT_TRUE(in.NextItem());
  EXPECT_FALSE(in.Skip());
  EXPECT_FALSE(in.ok());
  EXPECT_FALSE(in.NextItem());
  EXPECT_FALSE(in.AtEnd());
  EXPECT_EQ(in.offset(), 3U);
}

TEST(JsonCursor, DecodesEscapes) {
  JsonCursor in(R"("\"\\\/\b\f\n\r\tA\u00e9\u20AC\ud834\udd1E\u0000")");
  std::string text;
  ASSERT_TRUE(in.ReadString(text));
  EXPECT_EQ(text, std::string("\"\\/\b\f\n\r\tAé€𝄞") + '\0');
}

TEST(JsonCursor, RefusesDeepNesting) {
  const auto nested = [](size_t depth) {
    return std::string(depth, '[') + "1" + std::string(depth, ']');
  };
  EXPECT_TRUE(IsJson(nested(kMaxDepthOfJson)));
  EXPECT_FALSE(IsJson(nested(kMaxDepthOfJson + 1)));
  EXPECT_FALSE(IsJson(std::string(1'000'000, '[')));
}

TEST(JsonCursor, SaysWhatSimdjsonSays) {
  simdjson::dom::parser parser;
  Rng rng(30);
  const std::string alphabet[] = {"{",      "}",
                                  "[",      "]",
                                  ",",      ":",
                                  "\"",     "\"a\"",
                                  "1",      "-",
                                  ".5",     "e3",
                                  "0",      "true",
                                  "null",   "fals",
                                  " ",      "\n",
                                  "\\",     "\\u00e9",
                                  "é",      "\xC3",
                                  "\x01",   "{\"a\":1}",
                                  "[]",     "\\ud834\\udd1e",
                                  "\\udd1e"};
  int good = 0;
  for (int i = 0; i < kRandomTexts; ++i) {
    std::string text;
    for (int64_t n = Between(rng, 1, 9); n > 0; --n) {
      text += alphabet[static_cast<size_t>(Between(rng, 0, std::size(alphabet) - 1))];
    }
    if (i % 2 == 0) text = "[" + text + "]";
    if (text.find("e3") != std::string::npos)
      continue;  // 1e399 is JSON, if beyond simdjson's numbers
    ASSERT_EQ(IsJson(text), IsJsonBySimdjson(text, parser)) << text;
    good += IsJson(text) ? 1 : 0;
  }
  EXPECT_GT(good, kRandomTexts / 100);  // the test tests something
}

TEST(JsonCursor, SaysWhatSimdjsonSaysOfBrokenRecords) {
  simdjson::dom::parser parser;
  for (uint64_t seed = 0; seed < kRandomTexts / 10; ++seed) {
    Rng rng(seed);
    std::string text = ToFeature(RandomTrip(rng, 3));
    ASSERT_TRUE(IsJson(text)) << text;
    for (int i = 0; i < 5; ++i) {
      const auto at = static_cast<size_t>(Between(rng, 0, static_cast<int64_t>(text.size()) - 1));
      if (Between(rng, 0, 1) == 0) {
        text.erase(at, 1);
      } else {
        text[at] = "\"\\{}[],:09-e.\xC3 "[Between(rng, 0, 15)];
      }
      const auto error = parser.parse(text).error();
      if (error == simdjson::NUMBER_ERROR) break;  // see above
      ASSERT_EQ(IsJson(text), error == simdjson::SUCCESS) << text << " seed " << seed;
    }
  }
}

}  // namespace
}  // namespace spoor
