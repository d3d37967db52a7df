#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"

namespace spoor::testing {

// The files that are not empty and have that in their names, anywhere below a directory, by path.
inline std::vector<std::string> FilesOf(const std::string& directory, absl::string_view part) {
  std::vector<std::string> out;
  for (const auto& e : std::filesystem::recursive_directory_iterator(directory)) {
    const bool counts = e.is_regular_file() && e.file_size() > 0 &&
                        absl::StrContains(e.path().filename().string(), part);
    if (counts) out.push_back(e.path());
  }
  std::sort(out.begin(), out.end());
  return out;
}

// The largest table of the stores below a directory: that of the records.
inline std::string LargestTable(const std::string& directory) {
  const std::vector<std::string> tables = FilesOf(directory, ".sst");
  EXPECT_FALSE(tables.empty());
  if (tables.empty()) return "";
  return *std::max_element(tables.begin(), tables.end(), [](const auto& a, const auto& b) {
    return std::filesystem::file_size(a) < std::filesystem::file_size(b);
  });
}

// Changes a byte of a file where it lies, so that who has mapped it sees it.
inline void ChangeByte(const std::string& path, uint64_t at,
                       const std::function<char(char)>& change) {
  std::fstream f(path, std::ios::in | std::ios::out | std::ios::binary);
  f.seekg(static_cast<std::streamoff>(at));
  const char c = change(static_cast<char>(f.get()));
  f.seekp(static_cast<std::streamoff>(at));
  f.put(c);
  EXPECT_TRUE(f.good()) << path;
}

inline void FlipBit(const std::string& path, uint64_t at, int bit) {
  ChangeByte(path, at, [bit](char c) { return static_cast<char>(c ^ 1 << bit); });
}

// Somewhere among the blocks of the largest table.
inline void DamageRecords(const std::string& directory) {
  const std::string table = LargestTable(directory);
  FlipBit(table, std::filesystem::file_size(table) / 3, 2);
}

}  // namespace spoor::testing
