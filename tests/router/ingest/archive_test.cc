#include "router/ingest/archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/engine/temp_dir.h"

namespace spoor {
namespace {

using Files = std::vector<std::pair<std::string, std::string>>;

// Writes an archive; its ending says of which kind.
void WriteArchive(const std::string& path, const Files& files) {
  archive* const a = archive_write_new();
  ASSERT_EQ(archive_write_set_format_filter_by_ext(a, path.c_str()), ARCHIVE_OK);
  ASSERT_EQ(archive_write_open_filename(a, path.c_str()), ARCHIVE_OK);
  for (const auto& [name, text] : files) {
    archive_entry* const entry = archive_entry_new();
    archive_entry_set_pathname(entry, name.c_str());
    archive_entry_set_size(entry, static_cast<la_int64_t>(text.size()));
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_perm(entry, 0644);
    ASSERT_EQ(archive_write_header(a, entry), ARCHIVE_OK);
    ASSERT_EQ(archive_write_data(a, text.data(), text.size()),
              static_cast<la_ssize_t>(text.size()));
    archive_entry_free(entry);
  }
  archive_write_free(a);
}

absl::StatusOr<Files> ReadAll(const std::string& path) {
  auto opened = Archive::Open(path);
  if (!opened.ok()) return opened.status();
  Files files;
  while (true) {
    const auto more = (*opened)->Next();
    if (!more.ok()) return more.status();
    if (!*more) return files;
    std::string text;
    for (auto rest = (*opened)->Read(&text); true; rest = (*opened)->Read(&text)) {
      if (!rest.ok()) return rest.status();
      if (!*rest) break;
    }
    files.emplace_back((*opened)->name(), text);
  }
}

TEST(Archive, GivesTheFilesOfEachKindAsTheyStandInIt) {
  const testing::TempDir folder;
  const Files files = {{"b/2.gpx", "<gpx/>"}, {"a.txt", std::string(700'000, 'x')}, {"empty", ""}};
  for (const char* name : {"/a.zip", "/a.tar", "/a.tar.gz"}) {
    const std::string path = folder.path() + name;
    ASSERT_NO_FATAL_FAILURE(WriteArchive(path, files));
    EXPECT_TRUE(IsArchiveName(path));
    const auto read = ReadAll(path);
    ASSERT_TRUE(read.ok()) << read.status();
    EXPECT_EQ(*read, files) << name;
  }
}

TEST(Archive, DamageIsToldAndNothingRunsOver) {
  const testing::TempDir folder;
  const std::string path = folder.path() + "/a.tar.gz";
  ASSERT_NO_FATAL_FAILURE(WriteArchive(path, {{"a", std::string(3000, 'a')}, {"b", "b"}}));
  std::ifstream file(path, std::ios::binary);
  const std::string whole{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  for (size_t size = 0; size < whole.size(); ++size) {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << whole.substr(0, size);
    const auto read = ReadAll(path);
    if (read.ok()) {
      EXPECT_LE(read->size(), 2U);
    }
  }
  EXPECT_TRUE(absl::IsNotFound(ReadAll(folder.path() + "/none.zip").status()));
  std::ofstream(path, std::ios::trunc) << "no archive at all, and longer than a magic number";
  EXPECT_FALSE(ReadAll(path).ok());
}

TEST(Archive, NamesSayWhatIsOne) {
  for (const char* name : {"a.ZIP", "x/a.kmz", "a.tgz", "a.tar.zst"})
    EXPECT_TRUE(IsArchiveName(name));
  for (const char* name : {"a.gz", "zip", "a.gpx.zst", "-"}) EXPECT_FALSE(IsArchiveName(name));
}

}  // namespace
}  // namespace spoor
