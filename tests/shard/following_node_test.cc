#include "shard/following_node.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/engine/flips.h"
#include "tests/engine/temp_dir.h"
#include "tests/eventually.h"
#include "tests/shard/followed_log.h"

namespace spoor {
namespace {

using testing::ExpectHolds;
using testing::FollowedLog;
using testing::SmallParams;
using testing::TempDir;

class FollowingNodeTest : public ::testing::Test {
 protected:
  FollowOrder Order(std::vector<uint32_t> slots, uint64_t epoch) const {
    return {.name = "taxis",
            .log_id = log_.name().id,
            .partitions = log_.partitions(),
            .params = SmallParams(),
            .here = {.epoch = Epoch(epoch), .cuts = log_.Cuts(6), .slots = std::move(slots)}};
  }

  void Open() {
    node_ = nullptr;
    FollowingNodeOptions options;
    options.memory_bytes = 16 << 20;
    options.threads = false;
    options.follower.engine.background = false;
    options.follower.chunk_bytes = chunk_bytes_;
    auto node = FollowingNode::Open(dir_.path(), options, log_.logs());
    ASSERT_TRUE(node.ok()) << node.status();
    node_ = *std::move(node);
  }

  // Steps until what is served is ready, has everything, and nothing more is being built.
  void Settle(const FollowOrder& order) {
    for (int i = 0; i < 2000; ++i) {
      node_->Step();
      const auto follower = node_->FindFollower("taxis");
      if (!follower.ok()) continue;
      ASSERT_TRUE((*follower)->Settle().ok());
      if ((*follower)->here() == order.here && (*follower)->ready() &&
          (*follower)->engine().position().Includes(log_.End()) && Directories() == 1) {
        return;
      }
    }
    FAIL() << "it does not settle: " << node_->AllServed()[0].problem;
  }

  void ExpectServes(const FollowOrder& order) {
    const auto follower = node_->FindFollower("taxis");
    ASSERT_TRUE(follower.ok()) << follower.status();
    const std::vector<HomeRange> ranges = RangesOf(order.here);
    Query masked;
    const auto all =
        (*follower)->engine().Range({.filter = {.homes = ranges}, .limit = 10'000}, {});
    ASSERT_TRUE(all.ok());
    std::vector<std::string> ids, expected;
    for (const TrajectoryId& id : all->ids) ids.push_back(id.value());
    for (const auto& [id, t] : log_.In(ranges)) expected.push_back(id);
    EXPECT_EQ(ids, expected);
  }

  size_t Directories() const {
    size_t n = 0;
    for ([[maybe_unused]] const auto& entry :
         std::filesystem::directory_iterator(dir_.path() + "/followed")) {
      ++n;
    }
    return n;
  }

  FollowedLog log_{21};
  uint64_t chunk_bytes_ = 4 << 20;
  TempDir dir_;
  std::unique_ptr<FollowingNode> node_;
};

TEST_F(FollowingNodeTest, ServesWhatItIsToldAndDropsWhatItIsNot) {
  Open();
  EXPECT_TRUE(absl::IsUnavailable(node_->FindServed("taxis").status()));
  log_.WriteRandom(150);
  const FollowOrder order = Order({0, 1, 4}, 1);
  node_->Adopt({order});
  Settle(order);
  ExpectServes(order);
  node_->Adopt({});
  EXPECT_TRUE(absl::IsUnavailable(node_->FindServed("taxis").status()));
  EXPECT_EQ(Directories(), 0u);
}

TEST_F(FollowingNodeTest, ShrinksAtOnceAndGrowsByAStoreThatTakesOver) {
  chunk_bytes_ = 1;  // a record a step
  Open();
  log_.WriteRandom(150);
  const FollowOrder wide = Order({0, 1, 2, 3}, 1), narrow = Order({1, 2}, 2),
                    other = Order({1, 2, 3, 5}, 3);
  node_->Adopt({wide});
  Settle(wide);
  node_->Adopt({narrow});
  Settle(narrow);
  ExpectServes(narrow);
  log_.WriteRandom(100);  // slot 3 misses these
  node_->Adopt({other});
  node_->Step();
  const auto meanwhile = node_->FindFollower("taxis");
  ASSERT_TRUE(meanwhile.ok());
  const std::vector<HomeRange> old_part = RangesOf(narrow.here), new_part = RangesOf(other.here);
  EXPECT_TRUE((*meanwhile)->ready());
  EXPECT_TRUE((*meanwhile)->Admit({}, 3, &old_part, {}).ok());
  EXPECT_FALSE((*meanwhile)->Admit({}, 3, &new_part, {}).ok());
  Settle(other);
  ExpectServes(other);
  EXPECT_TRUE((*node_->FindFollower("taxis"))->Admit({}, 3, &new_part, {}).ok());
}

TEST_F(FollowingNodeTest, GoesOnAfterARestartAlsoInTheMiddleOfGrowing) {
  chunk_bytes_ = 1;  // a record a step
  Open();
  log_.WriteRandom(100);
  const FollowOrder few = Order({2}, 1), more = Order({2, 3}, 2);
  node_->Adopt({few});
  Settle(few);
  node_->Adopt({more});
  node_->Step();
  Open();
  log_.WriteRandom(100);
  node_->Adopt({more});
  node_->Step();
  {
    const auto meanwhile = node_->FindFollower("taxis");
    ASSERT_TRUE(meanwhile.ok());
    EXPECT_EQ((*meanwhile)->here().slots, few.here.slots);
  }
  Settle(more);
  ExpectServes(more);
  Open();
  node_->Adopt({more});
  Settle(more);
  ExpectServes(more);
}

TEST_F(FollowingNodeTest, MakesADamagedStoreAnew) {
  Open();
  log_.WriteRandom(100);
  const FollowOrder order = Order({0, 3}, 1);
  node_->Adopt({order});
  Settle(order);
  node_ = nullptr;
  for (const auto& file :
       std::filesystem::recursive_directory_iterator(dir_.path() + "/followed")) {
    if (file.path().filename().string().rfind("MANIFEST", 0) == 0) {
      std::ofstream(file.path(), std::ios::trunc) << "rubbish";
    }
  }
  Open();
  node_->Adopt({order});
  Settle(order);
  ExpectServes(order);
}

TEST_F(FollowingNodeTest, MakesAStoreAnewBesideTheServingOneWhenAReadMeetsDamage) {
  Open();
  log_.WriteRandom(400);
  const FollowOrder order = Order({0, 1, 2, 3, 4, 5}, 1);
  node_->Adopt({order});
  Settle(order);
  ASSERT_TRUE((*node_->FindFollower("taxis"))->engine().Seal().ok());  // a short journal
  Open();  // what it had in memory lies in files now
  testing::DamageRecords(dir_.path() + "/followed");
  node_->Adopt({order});
  Settle(order);
  const auto damaged = *node_->FindFollower("taxis");
  std::vector<TrajectoryId> ids;
  for (const auto& [id, t] : log_.model()) ids.emplace_back(id);
  EXPECT_TRUE(absl::IsDataLoss(damaged->engine().GetStored(ids, nullptr).status()));
  node_->Step();
  EXPECT_EQ((*node_->FindFollower("taxis")), damaged);  // it serves what it can
  Settle(order);
  const auto sound = *node_->FindFollower("taxis");
  EXPECT_NE(sound, damaged);
  ExpectHolds(sound->engine(), log_.model(), log_.rng());
}

TEST_F(FollowingNodeTest, ForgetsACollectionThatWasDroppedWhileItWasAway) {
  Open();
  const FollowOrder order = Order({0}, 1);
  node_->Adopt({order});
  Settle(order);
  Open();
  node_->Adopt({});
  EXPECT_EQ(Directories(), 0u);
}

TEST_F(FollowingNodeTest, FollowsByItselfWithThreads) {
  FollowingNodeOptions options;
  options.wait = std::chrono::milliseconds(5);
  options.memory_bytes = 16 << 20;
  auto node = FollowingNode::Open(dir_.path(), options, log_.logs());
  ASSERT_TRUE(node.ok()) << node.status();
  const FollowOrder order = Order({0, 1, 2, 3, 4, 5}, 1);
  (*node)->Adopt({order});
  log_.WriteRandom(300);
  ASSERT_TRUE(testing::Eventually([&] {
    const auto follower = (*node)->FindFollower("taxis");
    return follower.ok() && (*follower)->engine().position().Includes(log_.End()) &&
           (*follower)->ready() && (*follower)->book()->filled();
  }));
  const auto follower = *(*node)->FindFollower("taxis");
  ExpectHolds(follower->engine(), log_.model(), log_.rng());
}

}  // namespace
}  // namespace spoor
