#include "engine/store/record_scan.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/engine/temp_dir.h"
#include "tests/geo/worlds.h"

namespace spoor::testing {
namespace {

// A store of records under homes 10, 20 ... 90: "a10", "b10", "a20" ...
class RecordScanTest : public ::testing::Test {
 protected:
  RecordScanTest() {
    auto opened = Store::Open(
        dir_.path() + "/store",
        {.memory = std::make_shared<Memory>(uint64_t{64} << 20), .access = Access::kCreate});
    EXPECT_TRUE(opened.ok()) << opened.status();
    store_ = *std::move(opened);
    const Trajectory trip{.id = TrajectoryId("x"), .fixes = Fixes("51.5:0, 51.5:0.01")};
    const std::string payload = EncodePayload(trip, Summarise(trip.view()));
    Store::Batch batch;
    for (uint64_t home = 10; home < 100; home += 10) {
      for (const char* letter : {"a", "b"}) {
        batch.Put(Family::kRecords, RecordKey(home, absl::StrCat(letter, home)),
                  RecordValue(home, payload));
      }
    }
    EXPECT_TRUE(store_->Commit(std::move(batch)).ok());
  }

  std::vector<std::string> Ids(const RecordScan& scan, size_t most = 100) {
    std::vector<std::string> ids;
    const absl::Status scanned = ScanRecords(*store_, nullptr, scan, [&](const PackedRecord& r) {
      EXPECT_EQ(r.version().value(), r.home);
      EXPECT_EQ(r.Decode()->fixes, Fixes("51.5:0, 51.5:0.01"));
      ids.emplace_back(r.id);
      return ids.size() < most;
    });
    EXPECT_TRUE(scanned.ok()) << scanned;
    return ids;
  }

  TempDir dir_;
  std::unique_ptr<Store> store_;
};

using Strings = std::vector<std::string>;

TEST_F(RecordScanTest, VisitsTheHomesThatAreMeantInOrder) {
  EXPECT_EQ(Ids({}).size(), 18u);
  EXPECT_EQ(Ids({.homes = HomeSet::None()}), Strings());
  EXPECT_EQ(Ids({.homes = {{0, 10}, {25, 30}, {90, UINT64_MAX}}}),
            (Strings{"a10", "b10", "a30", "b30", "a90", "b90"}));
  EXPECT_EQ(Ids({.homes = {{11, 19}, {31, 39}}}), Strings());
  EXPECT_EQ(Ids({}, 3), (Strings{"a10", "b10", "a20"}));
}

TEST_F(RecordScanTest, BeginsBehindAPlace) {
  EXPECT_EQ(Ids({.after = {80, "b80"}}), (Strings{"a90", "b90"}));
  EXPECT_EQ(Ids({.after = {80, "a80"}}), (Strings{"b80", "a90", "b90"}));
  EXPECT_EQ(Ids({.after = {85, ""}}), (Strings{"a90", "b90"}));
  EXPECT_EQ(Ids({.homes = {{10, 20}, {90, 90}}, .after = {20, "a20"}}),
            (Strings{"b20", "a90", "b90"}));
  EXPECT_EQ(Ids({.after = {UINT64_MAX, "z"}}), Strings());
  // Page by page it is the same as at once.
  Strings paged;
  HomePlace after;
  for (;;) {
    const Strings page = Ids({.homes = {{20, 40}, {60, 70}}, .after = after}, 2);
    if (page.empty()) break;
    paged.insert(paged.end(), page.begin(), page.end());
    after = {std::stoull(page.back().substr(1)), page.back()};
  }
  EXPECT_EQ(paged, Ids({.homes = {{20, 40}, {60, 70}}}));
}

TEST_F(RecordScanTest, EndsWithTheErrorOfWhoVisitsAndWithThePatience) {
  int visited = 0;
  const auto fail = [&](const PackedRecord&) -> absl::StatusOr<bool> {
    ++visited;
    return absl::InternalError("enough");
  };
  EXPECT_EQ(ScanRecords(*store_, nullptr, {}, fail), absl::InternalError("enough"));
  EXPECT_EQ(visited, 1);
  const auto stop = std::make_shared<std::atomic<bool>>(false);
  const Patience patience{.cancelled = stop};
  visited = 0;
  const auto cancel = [&](const PackedRecord&) {
    *stop = ++visited == 3;
    return true;
  };
  EXPECT_TRUE(absl::IsCancelled(ScanRecords(*store_, nullptr, {.patience = &patience}, cancel)));
  EXPECT_EQ(visited, 3);
}

}  // namespace
}  // namespace spoor::testing
