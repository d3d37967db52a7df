// A small collection that each version of the storage format left behind, opened by this build.
#include <gtest/gtest.h>

#include <filesystem>

#include "absl/strings/str_cat.h"
#include "engine/engine.h"
#include "tests/engine/model.h"
#include "tests/engine/temp_dir.h"

namespace spoor {
namespace {

namespace fs = std::filesystem;

class StoredSample : public ::testing::TestWithParam<const char*> {};

// 20 trips, sealed; then one deleted, one replaced and one added, which only the journal knows.
TEST_P(StoredSample, OpensAndAnswers) {
  const testing::TempDir dir;
  const fs::path sample = fs::path(SPOOR_GOLDEN_DIR).parent_path() / "compat" / GetParam();
  ASSERT_TRUE(fs::exists(sample / "store")) << sample;
  fs::copy(sample, dir.path() + "/c", fs::copy_options::recursive);
  testing::Model model;
  for (int i = 0; i <= 20; ++i) {
    const std::string id = absl::StrCat("t", i);
    model[id] = testing::GridTrip(id, i);
  }
  model.erase("t3");
  model["t5"] = testing::GridTrip("t5", 105);
  const auto engine = Engine::Open(dir.path() + "/c", {});
  ASSERT_TRUE(engine.ok()) << engine.status();
  EXPECT_EQ((*engine)->Stats().rebuilt, "");
  std::mt19937_64 rng(1);
  testing::ExpectHolds(**engine, model, rng);
}

INSTANTIATE_TEST_SUITE_P(OfVersion, StoredSample, ::testing::Values("store_v1"),
                         [](const auto& p) { return std::string(p.param); });

}  // namespace
}  // namespace spoor
