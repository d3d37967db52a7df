#include "shard/map/mapper.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "engine/store/log_value.h"
#include "proto/map.pb.h"
#include "tests/engine/random_collection.h"
#include "tests/engine/temp_dir.h"

namespace spoor {
namespace {

using testing::Rng;
using testing::TempDir;

constexpr testing::CollectionSize kMapSize{
    .min_trajectories = 80, .max_trajectories = 80, .max_fixes = 12, .routes = 5};

// An engine with trips.
class MapTest : public ::testing::Test {
 protected:
  void SetUp() override {
    Rng rng(20261130);
    c_ = testing::MakeCollection(rng, kMapSize, files_);
    EngineOptions options;
    options.access = Access::kCreate;
    engine_ = *Engine::Open(dir_.path() + "/e", options);
    ASSERT_TRUE(engine_->Write(c_.live).ok());
  }
  MapQuery Everything() const {
    MapQuery query;
    query.mapper = "records";
    query.as_of = engine_->position();
    return query;
  }
  // Page by page to the end.
  std::vector<MapRow> All(MapQuery query) const {
    std::vector<MapRow> rows;
    for (;;) {
      auto page = MapRecords(engine_->Read(), query, {});
      EXPECT_TRUE(page.ok()) << page.status();
      if (!page.ok()) return rows;
      rows.insert(rows.end(), page->rows.begin(), page->rows.end());
      if (!page->more) return rows;
      EXPECT_LT(query.after, page->reached);
      query.after = page->reached;
    }
  }

  const TempDir files_, dir_;
  testing::RandomCollection c_;
  std::unique_ptr<Engine> engine_;
};

TEST_F(MapTest, PagesOfAnySizeMakeTheSameRows) {
  const auto rows = All(Everything());
  ASSERT_EQ(rows.size(), c_.live.size());
  for (size_t i = 1; i < rows.size(); ++i) EXPECT_LT(rows[i - 1].place, rows[i].place);
  for (const uint64_t bytes : {1, 300, 5000}) {
    MapQuery query = Everything();
    query.max_bytes = bytes;
    EXPECT_EQ(All(query), rows) << bytes;
  }
}

TEST_F(MapTest, OfSomeRecordsIsThatOfAllWithoutTheOthers) {
  const auto rows = All(Everything());
  MapQuery query = Everything();
  std::vector<MapRow> some;
  for (size_t i = 0; i < rows.size(); i += 3) {
    some.push_back(rows[i]);
    query.only.push_back(rows[i].place);
  }
  query.only.push_back({UINT64_MAX, "none"});
  for (const uint64_t bytes : {1, 100'000}) {
    query.max_bytes = bytes;
    EXPECT_EQ(All(query), some);
  }
  query.filter.homes = {{0, some[0].place.home}};
  EXPECT_EQ(All(query).front(), some[0]);
}

TEST_F(MapTest, VersionsThatCameLaterAreLeftOut) {
  const MapQuery query = Everything();
  const auto before = All(query);
  Trajectory changed = c_.live[0];
  changed.tags = {{"new", "yes"}};
  Trajectory added = c_.live[1];
  added.id = TrajectoryId("added");
  ASSERT_TRUE(engine_->Write(std::vector<Trajectory>{changed, added}).ok());
  std::vector<MapRow> left;
  for (const MapRow& row : before) {
    if (row.place.id != changed.id.value()) left.push_back(row);
  }
  EXPECT_EQ(All(query), left);
}

TEST_F(MapTest, ASampleIsOfTheLeastHashes) {
  v1::RecordsParams params;
  params.set_seed(7);
  MapQuery query = Everything();
  query.params = params.SerializeAsString();
  const auto all = All(query);
  params.set_below(UINT64_MAX / 4);
  query.params = params.SerializeAsString();
  std::vector<MapRow> least;
  for (const MapRow& row : all) {
    if (row.key < UINT64_MAX / 4) least.push_back(row);
  }
  EXPECT_EQ(All(query), least);
  EXPECT_GT(least.size(), 5u);
  EXPECT_LT(least.size(), all.size() / 2);
}

TEST_F(MapTest, RefusesWhatThereIsNot) {
  MapQuery query = Everything();
  query.mapper = "none";
  EXPECT_TRUE(absl::IsInvalidArgument(MapRecords(engine_->Read(), query, {}).status()));
  for (const MapperEntry& entry : AllMappers()) {
    query.mapper = std::string(entry.name);
    query.params = "\xff";
    EXPECT_TRUE(absl::IsInvalidArgument(MapRecords(engine_->Read(), query, {}).status()))
        << entry.name;
    query.params = "";
    EXPECT_FALSE(All(query).empty()) << entry.name;
  }
}

}  // namespace
}  // namespace spoor
