#include "router/jobs/spool.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <random>

#include "absl/strings/str_cat.h"
#include "tests/engine/temp_dir.h"

namespace spoor {
namespace {

std::vector<MapRow> Drain(Spool& spool) {
  EXPECT_TRUE(spool.Sort().ok());
  std::vector<MapRow> out;
  MapRow row;
  for (;;) {
    const auto more = spool.Next(&row);
    EXPECT_TRUE(more.ok()) << more.status();
    if (!more.ok() || !*more) return out;
    out.push_back(row);
  }
}

TEST(Spool, GivesRowsByKeyThenPlaceWhateverTheBudget) {
  std::mt19937_64 rng(20261130);
  std::vector<MapRow> rows;
  for (int i = 0; i < 3000; ++i) {
    rows.push_back({.key = rng() % 50,
                    .place = {rng() % 100, absl::StrCat("t", rng() % 20)},
                    .bytes = std::string(rng() % 40, 'x') + absl::StrCat(i)});
  }
  std::vector<MapRow> sorted = rows;
  std::stable_sort(sorted.begin(), sorted.end(), [](const MapRow& a, const MapRow& b) {
    return std::tie(a.key, a.place) < std::tie(b.key, b.place);
  });
  for (const uint64_t budget : {uint64_t{1} << 30, uint64_t{50'000}, uint64_t{2000}}) {
    const testing::TempDir dir;
    const std::string place = dir.path() + "/spool";
    {
      Spool spool(place, budget);
      for (const MapRow& row : rows) ASSERT_TRUE(spool.Add(row).ok());
      EXPECT_EQ(spool.files() > 0, budget < uint64_t{1} << 30);
      EXPECT_EQ(spool.rows(), rows.size());
      EXPECT_EQ(Drain(spool), sorted) << budget;
    }
    EXPECT_FALSE(std::filesystem::exists(place));
  }
}

}  // namespace
}  // namespace spoor
