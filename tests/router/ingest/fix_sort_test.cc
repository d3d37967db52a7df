#include "router/ingest/fix_sort.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <random>

#include "tests/engine/temp_dir.h"

namespace spoor {
namespace {

std::vector<ObjectFix> RandomFixes(std::mt19937_64& rng, size_t n) {
  std::vector<ObjectFix> fixes;
  for (size_t i = 0; i < n; ++i) {
    fixes.push_back({.object = static_cast<uint32_t>(rng() % 5),
                     .state = static_cast<uint32_t>(rng() % 2),
                     .fix = {.lat_e7 = static_cast<int32_t>(rng() % 3),
                             .lon_e7 = static_cast<int32_t>(rng() % 3),
                             .time_ms = static_cast<int64_t>(rng() % 50)}});
  }
  return fixes;
}

bool IsLess(const ObjectFix& a, const ObjectFix& b) { return a.order() < b.order(); }

std::vector<ObjectFix> Sorted(FixSort& sort, const std::vector<ObjectFix>& fixes) {
  for (const ObjectFix& fix : fixes) EXPECT_TRUE(sort.Add(fix).ok());
  EXPECT_TRUE(sort.Sort().ok());
  std::vector<ObjectFix> sorted;
  for (ObjectFix fix; *sort.Next(&fix);) sorted.push_back(fix);
  return sorted;
}

TEST(FixSort, SortsWhateverTheMemory) {
  const testing::TempDir dir;
  std::mt19937_64 rng(5);
  for (const size_t n : {0, 1, 2, 700, 40'000}) {
    const std::vector<ObjectFix> fixes = RandomFixes(rng, n);
    std::vector<ObjectFix> expected = fixes;
    std::sort(expected.begin(), expected.end(), IsLess);
    for (const uint64_t held : {n / 40 + 1, n / 3 + 1, n + 1}) {
      FixSort sort(dir.path(), held * sizeof(ObjectFix));
      const std::vector<ObjectFix> sorted = Sorted(sort, fixes);
      EXPECT_EQ(sort.files() == 0, true) << "all have been read to their ends";
      ASSERT_TRUE(std::equal(sorted.begin(), sorted.end(), expected.begin(), expected.end(),
                             [](const auto& a, const auto& b) { return a.order() == b.order(); }));
    }
  }
  EXPECT_TRUE(std::filesystem::is_empty(dir.path())) << "its files have no names";
}

TEST(FixSort, SaysWhereItCannotWrite) {
  FixSort sort("/nowhere", sizeof(ObjectFix));
  const absl::Status full = sort.Add({});
  EXPECT_EQ(full.code(), absl::StatusCode::kUnavailable) << full;
  EXPECT_NE(full.message().find("/nowhere"), absl::string_view::npos) << full;
}

}  // namespace
}  // namespace spoor
