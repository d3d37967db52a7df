#include "router/ingest/input_paths.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "tests/engine/temp_dir.h"

namespace spoor {
namespace {

class InputPaths : public ::testing::Test {
 protected:
  void Put(const std::string& name) const {
    const std::filesystem::path path = folder_.path() + "/" + name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << "x";
  }
  // "path source, path source", below the folder.
  std::string Found(const std::vector<std::string>& names) const {
    std::vector<std::string> arguments;
    for (const std::string& name : names)
      arguments.push_back(name == "-" ? name : folder_.path() + "/" + name);
    const auto found = FindInputs(arguments);
    if (!found.ok()) return std::string(found.status().message());
    std::string text;
    for (const InputPath& input : *found) {
      absl::string_view path = input.path, source = input.source;
      absl::ConsumePrefix(&path, folder_.path() + "/");
      absl::ConsumePrefix(&source, folder_.path() + "/");
      absl::StrAppend(&text, text.empty() ? "" : ", ", path, input.found ? "* " : " ", source);
    }
    return text;
  }

  const testing::TempDir folder_;
};

TEST_F(InputPaths, SourcesAreNamesWithoutFoldersAndEndings) {
  EXPECT_EQ(SourceName("runs/2024-05-01.gpx"), "2024-05-01");
  EXPECT_EQ(SourceName("monday.tar.gz"), "monday");
  EXPECT_EQ(SourceName("a.b.GPX.ZST"), "a.b");
  EXPECT_EQ(SourceName("/x.y/.gpx"), ".gpx");
  EXPECT_EQ(SourceName("plain"), "plain");
  EXPECT_EQ(SourceInArchive({.path = "w.zip", .source = "w"}, "a/b.gpx"), "w/a/b");
}

TEST_F(InputPaths, FoldersStandForAllThatIsInThemInOrder) {
  Put("all/b/2.gpx");
  Put("all/a/9.plt");
  Put("all/a/1.plt");
  Put("all/.git/x.gpx");
  Put("all/.hidden.gpx");
  Put("one.gpx");
  EXPECT_EQ(Found({"one.gpx", "all", "-"}),
            "one.gpx one, all/a/1.plt* a/1, all/a/9.plt* a/9, all/b/2.gpx* b/2, - ");
  std::filesystem::create_directories(folder_.path() + "/none");
  EXPECT_EQ(Found({"none"}), folder_.path() + "/none has no files");
}

TEST_F(InputPaths, PatternsThatTheShellHasLeftAreFound) {
  Put("r/1.gpx");
  Put("r/2.gpx");
  Put("r/2.txt");
  EXPECT_EQ(Found({"r/*.gpx"}), "r/1.gpx 1, r/2.gpx 2");
  EXPECT_EQ(Found({"r/*.kml"}), "no file is called like " + folder_.path() + "/r/*.kml");
  Put("r/[x].gpx");
  EXPECT_EQ(Found({"r/[x].gpx"}), "r/[x].gpx [x]");
}

TEST_F(InputPaths, FilesOfOneNameAreToldApartByTheirPaths) {
  Put("a/1.gpx");
  Put("b/1.gpx");
  EXPECT_EQ(Found({"a/1.gpx", "b/1.gpx"}), "a/1.gpx a/1.gpx, b/1.gpx b/1.gpx");
  EXPECT_EQ(Found({"a/1.gpx", "a/1.gpx"}), "a/1.gpx 1, a/1.gpx 1");
}

TEST_F(InputPaths, AFileThatIsNotThereIsForTheReaderToTell) {
  EXPECT_EQ(Found({"none.gpx"}), "none.gpx none");
}

}  // namespace
}  // namespace spoor
