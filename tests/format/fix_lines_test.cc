#include "engine/format/fix_lines.h"

#include <gtest/gtest.h>

#include "tests/format/read_all.h"

namespace spoor {
namespace {

Outcome ReadFixLines(absl::string_view text, const FixLineOptions& options = {}) {
  Outcome outcome;
  const auto reader = MakeFixLineReader(options);
  const RecordSink sink = [&](ParsedRecord record) {
    outcome.records.push_back(std::move(record));
  };
  outcome.status.Update(reader->Feed(text, sink));
  outcome.status.Update(reader->Finish(sink));
  return outcome;
}

ParsedRecord OneFix(absl::string_view text, const FixLineOptions& options = {}) {
  Outcome outcome = ReadFixLines(text, options);
  EXPECT_EQ(outcome.records.size(), 1U) << Render(outcome);
  return outcome.records.empty() ? ParsedRecord() : std::move(outcome.records[0]);
}

TEST(FixLines, ReadTheNamesThatFeedsHave) {
  for (const char* text :
       {R"({"object":"cab 7","time":1700000000.5,"lon":-0.125,"lat":51.5})",
        R"({"lat":51.5,"lon":-0.125,"timestamp":"2023-11-14T22:13:20.5Z","object":"cab 7"})",
        R"({"object":"cab 7","time":1700000000.5,"coordinates":[-0.125,51.5]})",
        R"({"object":"cab 7","time":1700000000.5,"coordinates":[-0.125,51.5,17.2],"speed":3})",
        R"({"object":"cab 7","time":1700000000.5,"longitude":-0.125,"latitude":51.5,)"
        R"("accuracy":null,"altitude":4,"heading":{"of":[1]}})",
        R"({"object":"cab 7","time":1700000000.5,"lng":-0.125,"lat":51.5,"accuracy":12.5})"}) {
    SCOPED_TRACE(text);
    const ParsedRecord record = OneFix(text);
    ASSERT_TRUE(record.trajectory.ok()) << record.trajectory.status();
    EXPECT_EQ(record.trajectory->object, "cab 7");
    const Fix expected{515'000'000, -1'250'000, 1'700'000'000'500};
    EXPECT_EQ(record.trajectory->fixes, std::vector<Fix>{expected});
  }
  EXPECT_EQ(OneFix(R"({"object":7,"time":1,"lon":1,"lat":1})").trajectory->object, "7");
}

struct BadLine {
  const char *text, *field, *value;
};

TEST(FixLines, NameTheFieldThatIsWrong) {
  for (const BadLine& bad : std::initializer_list<BadLine>{
           {R"({"time":1,"lon":1,"lat":1})", "/object", ""},
           {R"({"object":"","time":1,"lon":1,"lat":1})", "/object", "\"\""},
           {R"({"object":"a","object":"b","time":1,"lon":1,"lat":1})", "/object", "\"b\""},
           {R"({"object":"a","lon":1,"lat":1})", "/time", ""},
           {R"({"object":"a","time":"soon","lon":1,"lat":1})", "/time", "\"soon\""},
           {R"({"object":"a","time":1,"timestamp":2,"lon":1,"lat":1})", "/timestamp", "2"},
           {R"({"object":"a","time":1,"lat":1})", "/lon", ""},
           {R"({"object":"a","time":1,"lon":1})", "/lat", ""},
           {R"({"object":"a","time":1,"lon":181,"lat":1})", "/lon", "181"},
           {R"({"object":"a","time":1,"lon":1,"latitude":-91})", "/latitude", "-91"},
           {R"({"object":"a","time":1,"lon":"1","lat":1})", "/lon", "\"1\""},
           {R"({"object":"a","time":1,"coordinates":[1]})", "/coordinates", "[1]"},
           {R"({"object":"a","time":1,"coordinates":[]})", "/coordinates", "[]"},
           {R"({"object":"a","time":1,"coordinates":5})", "/coordinates", "5"},
           {R"({"object":"a","time":1,"coordinates":[1,2,3,4]})", "/coordinates", "[1,2,3,4]"},
           {R"({"object":"a","time":1,"coordinates":[1,2],"lon":3})", "/lon", "3"},
           {R"({"object":"a","time":1,"coordinates":[1,91]})", "/coordinates/1", "91"},
           {R"({"object":"a","time":1,"lon":1,"lat":1,"accuracy":"bad"})", "/accuracy", "\"bad\""},
           {R"({"object":"a","time":1,"lon":1,"lat":1,"accuracy":51})", "/accuracy", "51"},
           {R"({"object":"a","time":1,"lon":1,"lat":1,"velocity":3})", "/velocity", "3"},
           {"[1]", "", "[1]"},
           {"{\"object\":\"a\"", "", "{\"object\":\"a\""}}) {
    SCOPED_TRACE(bad.text);
    const ParsedRecord record = OneFix(bad.text, {.read = {}, .max_accuracy_m = 50});
    EXPECT_FALSE(record.trajectory.ok());
    EXPECT_EQ(record.error.field, bad.field);
    EXPECT_EQ(record.error.value, bad.value);
    EXPECT_EQ(BrokenPromise(record, {}), "");
  }
}

TEST(FixLines, HintAtAClockOfMillisecondsAndReadItWhereItIsNamed) {
  const char text[] = R"({"object":"a","time":1700000000000,"lon":1,"lat":1})";
  EXPECT_NE(OneFix(text).error.allowed.find("--time-unit ms"), std::string::npos)
      << OneFix(text).error.allowed;
  FixLineOptions options;
  options.read.time.unit = TimeUnit::kMilliseconds;
  EXPECT_EQ(OneFix(text, options).trajectory->fixes[0].time_ms, 1'700'000'000'000);
}

}  // namespace
}  // namespace spoor
