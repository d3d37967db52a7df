#include "router/ingest/trip_source.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <random>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "tests/engine/temp_dir.h"

namespace spoor {
namespace {

constexpr int64_t kNoonS = 1'714'564'800;  // 2024-05-01T12:00:00Z

// A row "object,lat,lon,time,busy" for each: an object, minutes after noon, metres north.
std::string FeedRow(const std::string& object, int minute, int metres, int busy) {
  return absl::StrCat(object, ",", 47 + metres / 111195.0, ",8.5,", kNoonS + 60 * minute, ",",
                      busy);
}

// Two objects that drive, stand for half an hour and drive on; busy when they drive the first time.
std::vector<std::string> FeedRows() {
  std::vector<std::string> rows;
  for (const std::string object : {"a", "b"}) {
    for (int m = 0; m <= 10; ++m) rows.push_back(FeedRow(object, m, 700 * m, 1));
    for (int m = 11; m <= 40; ++m) rows.push_back(FeedRow(object, m, 7000 + m % 3, 0));
    for (int m = 41; m <= 50; ++m) rows.push_back(FeedRow(object, m, 7000 + 700 * (m - 40), 0));
  }
  return rows;
}

class TripSourceTest : public ::testing::Test {
 protected:
  std::string File(const std::string& name, const std::string& text) const {
    const std::string path = absl::StrCat(folder_.path(), "/", name);
    std::ofstream(path) << text;
    return path;
  }
  std::string Table(const std::string& name, const std::vector<std::string>& rows) const {
    return File(name, absl::StrCat("vehicle,lat,lon,time,busy\n", absl::StrJoin(rows, "\n"), "\n"));
  }
  static TripSourceOptions Options() {
    TripSourceOptions options;
    options.part.read.columns = {{"object", "vehicle"}, {"tag.busy", "busy"}};
    return options;
  }
  // The trips' lines, sorted.
  std::vector<std::string> Trips(const std::vector<std::string>& files, TripSourceOptions options) {
    std::istringstream none;
    absl::StatusOr<std::vector<InputPath>> inputs = FindInputs(files);
    EXPECT_TRUE(inputs.ok()) << inputs.status();
    options.work_dir = folder_.path();
    TripSource source(
        *std::move(inputs), none, options,
        [this](const LinePlace& place, const ParsedRecord& record) {
          rejects_.push_back(absl::StrCat(place.line, " ", record.error.field));
        },
        [] { return false; });
    std::vector<std::string> lines;
    uint64_t line = 1;
    for (Part part;;) {
      const absl::StatusOr<bool> more = source.Next(&part);
      EXPECT_TRUE(more.ok()) << more.status();
      if (!more.ok() || !*more) break;
      EXPECT_EQ(part.first_line, line);
      for (absl::string_view text : absl::StrSplit(part.bytes, '\n', absl::SkipEmpty())) {
        lines.emplace_back(text);
        ++line;
      }
    }
    counts_ = source.counts();
    std::sort(lines.begin(), lines.end());
    return lines;
  }
  static std::string IdOf(const std::string& line) {
    return line.substr(0, line.find(',')).substr(line.find(':') + 1);
  }

  const testing::TempDir folder_;
  std::vector<std::string> rejects_;
  FeedCounts counts_;
};

TEST_F(TripSourceTest, CutsEachObjectWhereItArrives) {
  const std::vector<std::string> lines = Trips({Table("f.csv", FeedRows())}, Options());
  ASSERT_EQ(lines.size(), 4u);
  EXPECT_EQ(IdOf(lines[0]), "\"a/2024-05-01T12:00:00Z\"");
  EXPECT_EQ(IdOf(lines[1]), "\"a/2024-05-01T12:40:00Z\"");
  EXPECT_EQ(IdOf(lines[2]), "\"b/2024-05-01T12:00:00Z\"");
  EXPECT_EQ(counts_.fixes, 102u);
  EXPECT_EQ(counts_.cut.fixes + counts_.cut.resting + counts_.cut.too_short, 102u);
}

TEST_F(TripSourceTest, AStateThatChangesCutsAndIsTold) {
  TripSourceOptions options = Options();
  options.state = "busy";
  const std::vector<std::string> lines = Trips({Table("f.csv", FeedRows())}, options);
  ASSERT_EQ(lines.size(), 4u);
  EXPECT_NE(lines[0].find(R"("tags":{"busy":"1"})"), std::string::npos) << lines[0];
  EXPECT_NE(lines[1].find(R"("tags":{"busy":"0"})"), std::string::npos) << lines[1];
}

// Neither the order of the lines nor that of the files, nor the memory, nor the size of a part.
TEST_F(TripSourceTest, TheTripsAreTheSameInWhateverOrderTheFixesCome) {
  std::vector<std::string> rows = FeedRows();
  const std::vector<std::string> expected = Trips({Table("all.csv", rows)}, Options());
  for (uint64_t seed = 0; seed < 20; ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    std::mt19937_64 rng(seed);
    std::shuffle(rows.begin(), rows.end(), rng);
    const auto middle = rows.begin() + static_cast<ptrdiff_t>(rng() % rows.size());
    TripSourceOptions options = Options();
    options.memory_bytes = 1 + rng() % 4000;
    options.part.part_bytes = 1 + rng() % 3000;
    EXPECT_EQ(Trips({Table("x.csv", {rows.begin(), middle}), Table("y.csv", {middle, rows.end()})},
                    options),
              expected);
  }
}

TEST_F(TripSourceTest, AnIdIsAnObjectWhereNothingElseIsAndAFileIsWhereNothingIsAtAll) {
  const std::string named =
      File("n.csv", "id,lat,lon,time\nx,47,8,60\ny,48,8,60\nx,47.01,8,120\ny,48.01,8,0\n");
  EXPECT_EQ(Trips({named}, {}).size(), 2u);
  TripSourceOptions options;
  options.part.read.columns = {{"lat", "0"}, {"lon", "1"}, {"time", "2"}};
  options.part.read.delimiter = ' ';
  options.part.format = "csv";
  const std::string bare = File("cab7.txt", "47.01 8 120\n47 8 60\n");
  const std::vector<std::string> lines = Trips({bare}, options);
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_EQ(IdOf(lines[0]), "\"cab7/1970-01-01T00:01:00Z\"");
}

TEST_F(TripSourceTest, TripsOfOtherFormatsAreCutToo) {
  const std::string file = File(
      "t.ndjson",
      R"({"id":"t1","object":"o","coords":[[8,47,0],[8,47.01,60],[8,47.02,5000],[8,47.03,5060]]})"
      "\n"
      R"({"id":"t2","object":"o","coords":[[8,47.04,5120]]})"
      "\n"
      R"({"id":"t3","coords":[[8,47.04],[8,47.05]]})"
      "\n");
  EXPECT_EQ(Trips({file}, {}).size(), 2u);
  EXPECT_EQ(counts_.without_time, 2u);
  EXPECT_EQ(counts_.cut.fixes, 5u);
}

TEST_F(TripSourceTest, ABadRowIsToldAndCostsNoOther) {
  std::vector<std::string> rows = FeedRows();
  const std::vector<std::string> expected = Trips({Table("f.csv", rows)}, Options());
  rows.insert(rows.begin() + 5, "a,91,8.5,1714564800,1");
  rows.insert(rows.begin() + 60, "a,x,8.5,1714564800,1");
  EXPECT_EQ(Trips({Table("f.csv", rows)}, Options()), expected);
  EXPECT_EQ(rejects_, (std::vector<std::string>{"7 lat", "62 lat"}));
  EXPECT_EQ(counts_.rejected, 2u);
}

}  // namespace
}  // namespace spoor
