#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>

namespace spoor::testing {

// A fresh directory that goes away with the object.
class TempDir {
 public:
  TempDir() : path_(::testing::TempDir() + "/spoor_XXXXXX") { mkdtemp(path_.data()); }
  ~TempDir() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace spoor::testing
