// Files as they come in the wild.  Skipped where the folder is not there.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>

#include "absl/strings/match.h"
#include "tests/format/read_all.h"

namespace spoor {
namespace {

constexpr uint64_t kMaxBytes = uint64_t{2} << 20;  // of a file, inflated; the rest is left out

std::string ReadFile(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::string bytes(kMaxBytes, '\0');
  file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  bytes.resize(static_cast<size_t>(file.gcount()));
  return bytes;
}

// The text of a file that may be packed, up to kMaxBytes.
std::string ReadInflated(const std::filesystem::path& path) {
  const std::string bytes = ReadFile(path);
  const std::string coding = path.extension() == ".gz"    ? "gzip"
                             : path.extension() == ".zst" ? "zstd"
                                                          : "identity";
  std::string text;
  const absl::Status status =
      (*MakeInflater(coding, kMaxBytes))->Feed(bytes, [&](absl::string_view more) {
        text.append(more.data(), more.size());
        return absl::OkStatus();
      });
  EXPECT_TRUE(status.ok() || absl::IsResourceExhausted(status)) << path << status;
  return text;
}

class SharedData : public testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(root_)) GTEST_SKIP() << "no " << root_;
  }
  const std::filesystem::path root_ = SPOOR_SHARED_DATA;
};

TEST_F(SharedData, PortoLoadsByPreset) {
  ReadOptions options;
  options.preset = "porto";
  const Outcome outcome = ReadWhole("csv", ReadFile(root_ / "porto/train.1k.csv"), options);
  EXPECT_TRUE(outcome.status.ok()) << outcome.status;
  EXPECT_EQ(outcome.good(), 998U);
  ASSERT_EQ(outcome.rejected(), 1U);
  for (const ParsedRecord& record : outcome.records) {
    if (!record.trajectory.ok()) {
      EXPECT_EQ(record.error.value, "[]");
    }
  }
}

TEST_F(SharedData, RecordsLoadWhole) {
  const std::map<std::string, size_t> expected = {{"chicago_athens/athens_small.ndjson", 129},
                                                  {"chicago_athens/chicago.ndjson", 0}};
  for (const auto& [name, trips] : expected) {
    const Outcome outcome = ReadWhole("ndjson", ReadInflated(root_ / name));
    EXPECT_LE(outcome.rejected(), 1U) << name;  // the last line may be cut
    if (trips > 0) {
      EXPECT_EQ(outcome.good(), trips) << name;
    }
    EXPECT_GT(outcome.good(), 100U) << name;
  }
}

TEST_F(SharedData, AFieldThatWeDoNotKnowIsNamed) {
  const Outcome outcome = ReadWhole("ndjson", ReadInflated(root_ / "labelled/TRAFFIC.ndjson"));
  ASSERT_GT(outcome.rejected(), 0U);
  EXPECT_EQ(outcome.good(), 0U);
  EXPECT_EQ(outcome.records[0].error.field, "/label");
  EXPECT_EQ(outcome.records[0].error.allowed, "id, object, tags, coords");
}

TEST_F(SharedData, TablesOfFixesLoadByUsualNames) {
  ReadOptions by_trip;
  by_trip.columns = {{"id", "trip_id"}, {"object", "vehicle_id"}};
  const Outcome bus =
      ReadWhole("csv", ReadFile(root_ / "formats/csv_liverpool_bus/route14_outbound.csv"), by_trip);
  EXPECT_TRUE(bus.status.ok()) << bus.status;
  EXPECT_GT(bus.good(), 0U);
  ReadOptions by_ship;
  by_ship.columns = {{"id", "MMSI"}, {"time", "BaseDateTime"}, {"tag.type", "VesselType"}};
  const Outcome ships = ReadWhole(
      "csv", ReadFile(root_ / "formats/ais/marinecadastre_20220103_first25k.csv"), by_ship);
  EXPECT_TRUE(ships.status.ok()) << ships.status;
  EXPECT_GT(ships.good(), 1000U);
}

// Whatever lies there, in whatever format it is, no reader stumbles.
TEST_F(SharedData, EveryFileIsSurvivedByEveryReader) {
  size_t files = 0;
  for (const char* folder : {"formats", "parking_polygons", "labelled", "porto", "dita_beijing"}) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root_ / folder)) {
      if (!entry.is_regular_file()) continue;
      ++files;
      const std::string text = ReadInflated(entry.path()).substr(0, size_t{80} << 10);
      for (const FormatEntry& format : AllFormats()) {
        const ReadOptions options;
        const Outcome outcome = ReadWhole(format.name, text, options);
        for (const ParsedRecord& record : outcome.records) {
          ASSERT_EQ(BrokenPromise(record, options), "") << entry.path() << Render(record);
        }
      }
    }
  }
  EXPECT_GT(files, 50U);
}

}  // namespace
}  // namespace spoor
