#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "engine/format/reader.h"

namespace spoor {
namespace {

std::string Guess(absl::string_view file_name, absl::string_view head) {
  const auto format = GuessFormat(file_name, head);
  return format.ok() ? std::string((*format)->name) : "none";
}

TEST(Formats, AreInNameOrderAndDistinct) {
  std::set<std::string> names, types;
  std::string last;
  for (const FormatEntry& format : AllFormats()) {
    EXPECT_LT(last, format.name);
    last = std::string(format.name);
    EXPECT_TRUE(types.emplace(format.media_type).second);
    EXPECT_NE(format.extensions, "");
  }
  EXPECT_EQ(AllFormats().size(), 11U);
}

TEST(Formats, AreFoundByNameAndByMediaType) {
  for (const FormatEntry& format : AllFormats()) {
    EXPECT_EQ(*FindFormat(format.name), &format);
    EXPECT_EQ(*FindFormat(format.media_type), &format);
    EXPECT_EQ(*FindFormat(std::string(format.media_type) + "; charset=utf-8"), &format);
  }
  EXPECT_EQ((*FindFormat("Text/CSV ;header=present"))->name, "csv");
}

TEST(Formats, AnUnknownOneListsTheKnown) {
  const auto found = FindFormat("application/pdf");
  ASSERT_TRUE(absl::IsNotFound(found.status()));
  for (const FormatEntry& format : AllFormats()) {
    EXPECT_TRUE(absl::StrContains(found.status().message(), format.name));
    EXPECT_TRUE(absl::StrContains(found.status().message(), format.media_type));
  }
  EXPECT_FALSE(FindFormat("").ok());
}

TEST(Formats, AreGuessedByExtension) {
  EXPECT_EQ(Guess("trips.ndjson", ""), "ndjson");
  EXPECT_EQ(Guess("trips.JSONL.gz", ""), "ndjson");
  EXPECT_EQ(Guess("dir.csv/trips.ndjson.zst", ""), "ndjson");
  EXPECT_EQ(Guess("a.geojson", ""), "geojson");
  EXPECT_EQ(Guess("a.mfjson", ""), "mf-json");
  EXPECT_EQ(Guess("a.geojsons", ""), "geojson-seq");
  EXPECT_EQ(Guess("a.geojsonl", ""), "geojson-seq");
  EXPECT_EQ(Guess("train.csv", "{"), "csv");
  EXPECT_EQ(Guess("train.tsv.gz", ""), "csv");
}

TEST(Formats, AreGuessedByTheFirstBytes) {
  EXPECT_EQ(Guess("-", "{\"id\":\"a\",\"coords\":[[1,2],[3"), "ndjson");
  EXPECT_EQ(Guess("a.json", "{\"id\":\"a\",\"coords\":[[1,2]]}\n{\"id\""), "ndjson");
  EXPECT_EQ(Guess("a.json", "\xEF\xBB\xBF\n{\"type\": \"FeatureCollection\", \"fea"), "geojson");
  EXPECT_EQ(Guess("a.json", "{\"features\":[{\"type\""), "geojson");
  EXPECT_EQ(Guess("a.json", "{\"type\":\"Feature\",\"geometry\":{"), "geojson");
  EXPECT_EQ(Guess("a.json", "{\"id\":1,\"type\":\"Feature\"}\n{\"type\""), "geojson-seq");
  EXPECT_EQ(Guess("a", "\x1E{\"type\":"), "geojson-seq");
  EXPECT_EQ(Guess("a.txt", "id;lat;lon\n1;2;3\n"), "csv");
  EXPECT_EQ(Guess("a.xml", "<?xml version=\"1.0\"?>\n<gpx version=\"1.1\">"), "gpx");
  EXPECT_EQ(Guess("a.xml", "<?xml version=\"1.0\", encoding=\"UTF-8\"?>"), "none");
  EXPECT_EQ(Guess("a.xml", "<?xml?><kml xmlns=\"x\"><Document>"), "kml");
  EXPECT_EQ(Guess("a", "<TrainingCenterDatabase>"), "tcx");
  EXPECT_EQ(Guess("a.txt", "# remark\n$GPRMC,085411.000,A,5222.3"), "nmea");
  EXPECT_EQ(Guess("a.txt", "!AIVDM,1,1,,B,15N5s90P00IB"), "nmea");
  EXPECT_EQ(Guess("20081023.txt", "Geolife trajectory\r\nWGS 84\r\n"), "plt");
  EXPECT_EQ(Guess("a.bin", std::string("\x1f\x8b\x08,\0", 5)), "none");
  EXPECT_EQ(Guess("a", ""), "none");
}

TEST(Formats, AGuessThatFailsListsTheKnown) {
  const auto guess = GuessFormat("a.bin", "<bin>");
  EXPECT_TRUE(absl::StrContains(guess.status().message(), "a.bin"));
  EXPECT_TRUE(absl::StrContains(guess.status().message(), "geojson-seq"));
}

TEST(Formats, AFitFileIsRefusedWithTheWayOut) {
  const auto guess = GuessFormat("ride.fit", std::string("\x0e\x10\0\0\0\0\0\0.FIT", 12));
  EXPECT_TRUE(absl::StrContains(guess.status().message(), "export it as gpx"));
}

TEST(Formats, PresetsHaveNames) {
  EXPECT_EQ(AllPresets(), (std::vector<absl::string_view>{"ais", "porto", "tdrive", "ved"}));
}

}  // namespace
}  // namespace spoor
