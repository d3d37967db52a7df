// Each file of the wild is read, or refused with the reason: how much of each comes in is written
// down in golden/wild_files.txt.  Skipped where the folder is not there.  SPOOR_COUNTS=1 prints the
// table, with the first reason of each file.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "tests/format/read_all.h"

namespace spoor {
namespace {

// What a file needs said, by a part of its path.
struct Said {
  absl::string_view path;
  ReadOptions options;
};

std::vector<Said> WhatIsSaid() {
  std::vector<Said> said(6);
  said[0].path = "ais/marinecadastre";
  said[0].options.preset = "ais";
  said[1].path = "VED_";
  said[1].options.preset = "ved";
  said[2].path = "csv_boats/";
  said[2].options.columns = {{"id", "ID"}, {"time", "ais_pos_timestamp"}};
  said[2].options.time.format = "%d/%m/%Y %H:%M";
  said[3].path = "csv_liverpool_bus/";
  said[3].options.columns = {{"id", "trip_id"}, {"object", "vehicle_id"}};
  said[4].path = "Beijing_taxi.csv";
  said[4].options.columns = {{"id", "TaxiID"}};
  said[5].path = "tdrive/";
  said[5].options.preset = "tdrive";
  return said;
}

ReadOptions OptionsOf(const std::string& path) {
  static const std::vector<Said> said = WhatIsSaid();
  ReadOptions options;
  for (const Said& s : said) {
    if (!absl::StrContains(path, s.path)) continue;
    options = s.options;
    break;
  }
  options.source = std::filesystem::path(path).stem().string();
  return options;
}

struct Counts {
  std::string format = "none";
  size_t trips = 0, fixes = 0, rejected = 0;
  std::string reason;

  std::string Row(const std::string& path) const {
    return absl::StrCat(path, " | ", format, " | ", trips, " | ", fixes, " | ", rejected);
  }
};

Counts ReadWild(const std::filesystem::path& path, const std::string& name) {
  std::ifstream file(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  const ReadOptions options = OptionsOf(name);
  const bool is_table = !options.preset.empty() || !options.columns.empty();
  const auto format = is_table
                          ? FindFormat("csv")
                          : GuessFormat(name, absl::string_view(text).substr(0, size_t{64} << 10));
  Counts counts;
  if (!format.ok()) {
    counts.reason = std::string(format.status().message());
    return counts;
  }
  counts.format = std::string((*format)->name);
  for (const ParsedRecord& record : ReadWhole(counts.format, text, options).records) {
    EXPECT_EQ(BrokenPromise(record, options), "") << path << Render(record);
    if (record.trajectory.ok()) {
      ++counts.trips;
      counts.fixes += record.trajectory->fixes.size();
    } else if (counts.rejected++ == 0) {
      counts.reason = absl::StrCat(record.line, ": ", record.trajectory.status().message());
    }
  }
  return counts;
}

std::map<std::string, std::string> ReadGolden() {
  std::ifstream file(SPOOR_GOLDEN_DIR "/wild_files.txt");
  std::map<std::string, std::string> rows;
  for (std::string line; std::getline(file, line);) {
    if (!line.empty() && line[0] != '#') rows[line.substr(0, line.find(" | "))] = line;
  }
  return rows;
}

TEST(WildFiles, EachIsReadOrRefusedWithTheReason) {
  const std::filesystem::path root = SPOOR_SHARED_DATA;
  if (!std::filesystem::exists(root)) GTEST_SKIP() << "no " << root;
  const bool prints = std::getenv("SPOOR_COUNTS") != nullptr;
  std::map<std::string, std::string> golden = ReadGolden();
  std::vector<std::filesystem::path> paths;
  for (const char* folder : {"formats", "restricted/tdrive"}) {
    if (!std::filesystem::exists(root / folder)) continue;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root / folder)) {
      if (entry.is_regular_file()) paths.push_back(entry.path());
    }
  }
  std::sort(paths.begin(), paths.end());
  for (const std::filesystem::path& path : paths) {
    const std::string name = path.lexically_relative(root).generic_string();
    const Counts counts = ReadWild(path, name);
    if (prints) std::cout << counts.Row(name) << " | " << counts.reason << '\n';
    EXPECT_TRUE(counts.trips > 0 || !counts.reason.empty()) << name;
    EXPECT_EQ(counts.Row(name), golden[name]);
  }
  EXPECT_GT(paths.size(), 50U);
}

}  // namespace
}  // namespace spoor
