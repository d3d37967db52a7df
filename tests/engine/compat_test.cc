// A small collection that each version of the storage format left behind, opened by this build.
#include <gtest/gtest.h>

#include <filesystem>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/engine.h"
#include "tests/engine/model.h"
#include "tests/engine/temp_dir.h"

namespace spoor {
namespace {

namespace fs = std::filesystem;

struct SampleVersion {
  const char* name;
  std::optional<uint64_t> follow;  // the log that the store follows
};
class StoredSample : public ::testing::TestWithParam<SampleVersion> {};

// 20 trips, sealed; then one deleted, one replaced and one added, which only the journal knows.
TEST_P(StoredSample, OpensAndAnswers) {
  const testing::TempDir dir;
  const fs::path sample = fs::path(SPOOR_GOLDEN_DIR).parent_path() / "compat" / GetParam().name;
  ASSERT_TRUE(fs::exists(sample / "store")) << sample;
  fs::copy(sample, dir.path() + "/c", fs::copy_options::recursive);
  testing::Model model;
  for (int i = 0; i <= 20; ++i) {
    const std::string id = absl::StrCat("t", i);
    model[id] = testing::GridTrip(id, i);
  }
  model.erase("t3");
  model["t5"] = testing::GridTrip("t5", 105);
  EngineOptions options;
  options.follow = GetParam().follow;
  const auto engine = Engine::Open(dir.path() + "/c", options);
  ASSERT_TRUE(engine.ok()) << engine.status();
  // The store is read as it is; its segment files, which hold nothing of their own, are of version
  // 1 and are made anew.
  EXPECT_TRUE(absl::EndsWith((*engine)->Stats().rebuilt, "of version 1, this build reads 5"))
      << (*engine)->Stats().rebuilt;
  std::mt19937_64 rng(1);
  testing::ExpectHolds(**engine, model, rng);
  if (!options.follow) {  // records are written in another form by now, and are the same ones
    EXPECT_EQ((*engine)->Write(testing::Values(model))->unchanged, model.size());
    return;
  }
  EXPECT_EQ((*engine)->position(), (LogPosition{.log_id = 77, .next = {100, 200}}));
  EXPECT_EQ((*engine)->Get(TrajectoryId("t5"))->version, 52u);
  EXPECT_EQ(*(*engine)->Note(), "a note");
}

INSTANTIATE_TEST_SUITE_P(OfVersion, StoredSample,
                         ::testing::Values(SampleVersion{"store_v1", std::nullopt},
                                           SampleVersion{"followed_v1", 77}),
                         [](const auto& p) { return std::string(p.param.name); });

}  // namespace
}  // namespace spoor
