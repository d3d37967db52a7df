#include "router/ingest/archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tests/engine/temp_dir.h"

namespace spoor {
namespace {

using Files = std::vector<std::pair<std::string, std::string>>;

// Writes an archive; its ending says of which kind.
void WriteArchive(const std::string& path, const Files& files) {
  archive* const a = archive_write_new();
  if (absl::EndsWith(path, ".tar.zst")) {  // which it does not know by name
    ASSERT_EQ(archive_write_add_filter_zstd(a), ARCHIVE_OK);
    ASSERT_EQ(archive_write_set_format_ustar(a), ARCHIVE_OK);
  } else {
    ASSERT_EQ(archive_write_set_format_filter_by_ext(a, path.c_str()), ARCHIVE_OK);
  }
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

std::string BytesOf(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// What `spoor ingest -` would read: name, what its trips are called, text.
struct FromStream {
  std::string path, source, text;
  friend bool operator==(const FromStream&, const FromStream&) = default;
};

absl::StatusOr<std::vector<FromStream>> ReadStream(const std::string& bytes) {
  std::istringstream in(bytes);
  std::vector<FromStream> found;
  const absl::Status read =
      ForEachFile({.path = "-", .source = ""}, in,
                  [&](const InputPath& file, Archive* archive) -> absl::Status {
                    auto input = OpenInput(file, archive, in);
                    if (!input.ok()) return input.status();
                    std::string text;
                    for (auto more = (*input)->Read(&text); true; more = (*input)->Read(&text)) {
                      if (!more.ok()) return more.status();
                      if (!*more) break;
                    }
                    found.push_back({file.path, file.source, text});
                    return absl::OkStatus();
                  });
  if (!read.ok()) return read;
  return found;
}

TEST(Archive, IsKnownOnStandardInputByItsFirstBytes) {
  const testing::TempDir folder;
  const std::string large(700'000, 'x');
  for (const char* name : {"/a.zip", "/a.tar", "/a.tar.gz", "/a.tar.zst"}) {
    const std::string path = folder.path() + name;
    ASSERT_NO_FATAL_FAILURE(WriteArchive(path, {{"b/2.gpx", "<gpx/>"}, {"a.txt", large}}));
    const auto read = ReadStream(BytesOf(path));
    ASSERT_TRUE(read.ok()) << name << read.status();
    EXPECT_EQ(*read,
              (std::vector<FromStream>{{"-/b/2.gpx", "b/2", "<gpx/>"}, {"-/a.txt", "a", large}}))
        << name;
    EXPECT_FALSE(ReadStream(BytesOf(path).substr(0, BytesOf(path).size() / 2)).ok()) << name;
  }
}

TEST(Archive, StandardInputThatIsNoneIsReadFromItsBeginning) {
  for (const std::string& text : {std::string(), std::string("{\"id\":"),
                                  std::string(3'000'000, 'y'), std::string("\0\1", 2)}) {
    const auto read = ReadStream(text);
    ASSERT_TRUE(read.ok()) << read.status();
    EXPECT_EQ(*read, (std::vector<FromStream>{{"-", "", text}}));
  }
}

// A line of a live stream is looked at as soon as it comes.
TEST(Archive, TextIsKnownByItsFirstLine) {
  EXPECT_EQ(BeginsArchive("{\"id\":1}\n"), false);
  EXPECT_EQ(BeginsArchive("PK\x03\x04"), true);
  EXPECT_EQ(BeginsArchive(std::string("name\0", 5)), std::nullopt);
  EXPECT_EQ(BeginsArchive("\x1f\x8b\x08"), std::nullopt);
}

TEST(Archive, DamageIsToldAndNothingRunsOver) {
  const testing::TempDir folder;
  const std::string path = folder.path() + "/a.tar.gz";
  ASSERT_NO_FATAL_FAILURE(WriteArchive(path, {{"a", std::string(3000, 'a')}, {"b", "b"}}));
  const std::string whole = BytesOf(path);
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
