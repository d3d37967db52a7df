#include "shard/node/following_node.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/engine/flips.h"
#include "tests/engine/temp_dir.h"
#include "tests/eventually.h"
#include "tests/shard/followed_log.h"
#include "tests/shard/logs_before.h"

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
            .here = {.epoch = Epoch(epoch), .cuts = log_.Cuts(6), .slots = std::move(slots)},
            .is_read_here = true};
  }
  FollowOrder Order(std::vector<uint32_t> slots, uint64_t epoch, std::vector<uint32_t> next) const {
    FollowOrder order = Order(std::move(slots), epoch);
    order.next = {.epoch = Epoch(epoch + 1), .cuts = order.here.cuts, .slots = std::move(next)};
    return order;
  }
  static NodeOrders Only(const FollowOrder& order) { return {.follow = {order}, .released = {}}; }

  void Open() {
    node_ = nullptr;
    FollowingNodeOptions options;
    options.memory_bytes = 16 << 20;
    options.threads = false;
    options.follower.engine.background = false;
    options.follower.chunk_bytes = chunk_bytes_;
    options.follower.wall_ms = [this] { return wall_ms_; };
    options.quarantine.keep = std::chrono::hours(1);
    options.quarantine.now = [this] {
      return std::chrono::system_clock::time_point{std::chrono::milliseconds(wall_ms_)};
    };
    auto node = FollowingNode::Open(dir_.path(), options, logs());
    ASSERT_TRUE(node.ok()) << node.status();
    node_ = *std::move(node);
  }
  virtual LogStore& logs() { return log_.logs(); }

  // So many steps, in which everything would happen that can.
  void StepOften(int times = 50) {
    for (int i = 0; i < times; ++i) {
      node_->Step();
      const auto follower = node_->FindFollower("taxis");
      if (follower.ok()) (*follower)->Settle().IgnoreError();
    }
  }
  const NodeCatalog::ServedName Told() const { return node_->AllServed().at(0); }

  // Steps until what is served is ready, has everything, and nothing more is being built.
  void Settle(const FollowOrder& order) {
    for (int i = 0; i < 2000; ++i) {
      node_->Step();
      const auto follower = node_->FindFollower("taxis");
      if (!follower.ok()) continue;
      ASSERT_TRUE((*follower)->Settle().ok());
      if ((*follower)->here() == order.here && (*follower)->ready() &&
          (*follower)->engine().position().Includes(log_.End()) && Directories() == 1) {
        return node_->Step();  // what has happened is told
      }
    }
    FAIL() << "it does not settle: " << node_->AllServed()[0].problem;
  }

  void ExpectServes(const FollowOrder& order) {
    const auto follower = node_->FindFollower("taxis");
    ASSERT_TRUE(follower.ok()) << follower.status();
    const HomeSet ranges = HomesOf(order.here);
    Query masked;
    const auto all =
        (*follower)->engine().Range({.filter = {.homes = ranges}, .limit = 10'000}, {});
    ASSERT_TRUE(all.ok());
    std::vector<std::string> ids, expected;
    for (const TrajectoryId& id : all->ids) ids.push_back(id.value());
    for (const auto& [id, t] : log_.In(ranges)) expected.push_back(id);
    EXPECT_EQ(ids, expected);
  }

  size_t Directories(const std::string& in = "/followed") const {
    size_t n = 0;
    std::error_code none;
    for ([[maybe_unused]] const auto& entry :
         std::filesystem::directory_iterator(dir_.path() + in, none)) {
      ++n;
    }
    return n;
  }
  size_t InQuarantine() const { return Directories("/quarantine"); }

  FollowedLog log_{21};
  uint64_t chunk_bytes_ = 4 << 20;
  int64_t wall_ms_ = 1'800'000'000'000;
  TempDir dir_;
  std::unique_ptr<FollowingNode> node_;
};

TEST_F(FollowingNodeTest, ServesWhatItIsToldAndDropsWhatItIsNot) {
  Open();
  EXPECT_TRUE(absl::IsUnavailable(node_->FindServed("taxis").status()));
  log_.WriteRandom(150);
  const FollowOrder order = Order({0, 1, 4}, 1);
  node_->Adopt(Only(order));
  Settle(order);
  ExpectServes(order);
  node_->Adopt({.follow = {}, .released = {order.log_id}});
  EXPECT_TRUE(absl::IsUnavailable(node_->FindServed("taxis").status()));
  EXPECT_EQ(Directories(), 0u);
  EXPECT_EQ(InQuarantine(), 1u);
  wall_ms_ += 50 * 60'000;
  node_->Expire();
  EXPECT_EQ(InQuarantine(), 1u);
  wall_ms_ += 11 * 60'000;
  node_->Expire();
  EXPECT_EQ(InQuarantine(), 0u);
}

// The file that said what is placed here is damaged or gone, and the store of metadata is away or
// empty.
TEST_F(FollowingNodeTest, KeepsAndTellsOfWhatNobodySpeaksOf) {
  Open();
  log_.WriteRandom(50);
  const FollowOrder order = Order({0, 1}, 1);
  node_->Adopt(Only(order));
  Settle(order);
  node_->Adopt({});
  EXPECT_TRUE(node_->FindServed("taxis").ok()) << "what is served goes on to be";
  for (int restart = 0; restart < 3; ++restart) {
    Open();
    node_->Adopt({.follow = {}, .released = {4711}});  // of another collection
    node_->Step();
    EXPECT_EQ(Directories(), 1u);
    EXPECT_NE(Told().problem.find("is kept"), std::string::npos) << Told().problem;
    EXPECT_EQ(Told().log_id, order.log_id);
  }
  EXPECT_EQ(InQuarantine(), 0u);
  node_->Adopt(Only(order));
  Settle(order);
  ExpectServes(order);
  EXPECT_EQ(Told().problem, "");
}

TEST_F(FollowingNodeTest, LeavesAloneWhatIsNotItsOwn) {
  Open();
  const std::string root = dir_.path() + "/followed/";
  for (const char* name : {".dropped-taxis.000000000000004d.1", ".hidden", "mine"}) {
    std::filesystem::create_directories(root + name);
  }
  std::filesystem::create_directories(dir_.path() + "/quarantine/mine");
  Open();
  node_->Adopt({.follow = {}, .released = {77}});
  wall_ms_ += 100 * 86'400'000LL;
  node_->Expire();
  EXPECT_EQ(Directories(), 3u);
  EXPECT_EQ(InQuarantine(), 1u);
}

// What a former life has read does not make it give up anything.
TEST_F(FollowingNodeTest, ShrinksOnlyOnWhatItHasReadInThisLife) {
  Open();
  log_.WriteRandom(100);
  const FollowOrder wide = Order({0, 1, 2}, 1);
  node_->Adopt(Only(wide));
  Settle(wide);
  Open();
  FollowOrder narrow = Order({1}, 2);
  narrow.is_read_here = false;
  node_->Adopt(Only(narrow));
  Settle(narrow);
  log_.WriteRandom(100);
  Settle(narrow);
  const FollowOrder again = Order({0, 1, 2}, 3);
  node_->Adopt(Only(again));
  node_->Step();
  EXPECT_EQ((*node_->FindFollower("taxis"))->here(), again.here) << "it has kept all of it";
  Settle(again);
  ExpectServes(again);
}

// A placement that is on its way is had before it comes into force, and nothing is given up before.
TEST_F(FollowingNodeTest, HoldsWhatIsToComeAndServesWhatIs) {
  chunk_bytes_ = 1;  // a record a step
  Open();
  log_.WriteRandom(100);
  const FollowOrder before = Order({0, 1}, 1);
  node_->Adopt(Only(before));
  Settle(before);
  EXPECT_EQ(Told().complete_epoch, 1u);
  const FollowOrder moving = Order({0, 1}, 1, {2, 3});
  node_->Adopt(Only(moving));
  node_->Step();
  EXPECT_EQ(Told().complete_epoch, 1u) << "the log was not read yet";
  const HomeSet had = HomesOf(before.here);
  EXPECT_TRUE((*node_->FindFollower("taxis"))->Admit({}, 1, had, {}).ok());
  Settle(moving);
  EXPECT_EQ(Told().complete_epoch, 2u);
  ExpectServes(before);
  log_.WriteRandom(50);
  Settle(moving);
  ExpectServes(before);
  const FollowOrder after = Order({2, 3}, 2);
  node_->Adopt(Only(after));
  node_->Step();
  const auto follower = *node_->FindFollower("taxis");
  EXPECT_EQ(follower->here(), after.here) << "at once";
  EXPECT_TRUE(follower->ready());
  Settle(after);
  ExpectServes(after);
}

TEST_F(FollowingNodeTest, ANodeThatIsNewToAMoveServesNothingUntilItIsInForce) {
  Open();
  log_.WriteRandom(100);
  const FollowOrder moving = Order({}, 1, {4, 5});
  node_->Adopt(Only(moving));
  Settle(moving);
  EXPECT_EQ(Told().complete_epoch, 2u);
  const FollowOrder after = Order({4, 5}, 2);
  node_->Adopt(Only(after));
  Settle(after);
  ExpectServes(after);
  EXPECT_EQ(InQuarantine(), 0u);
}

// Its log is made again: what the node has may be the last copy.
TEST_F(FollowingNodeTest, ALogThatEndsBeforeWhatWasFollowedReplacesNothing) {
  Open();
  log_.WriteRandom(100);
  const FollowOrder order = Order({0, 1, 2, 3, 4, 5}, 1);
  node_->Adopt(Only(order));
  Settle(order);
  ASSERT_TRUE(log_.logs().Remove(log_.name()).ok());
  StepOften();
  EXPECT_TRUE(Told().is_stuck);
  ExpectServes(order);
  ASSERT_TRUE(log_.logs().Create(log_.name(), log_.partitions()).ok());
  for (int restart = 0; restart < 3; ++restart) {
    StepOften();
    ExpectServes(order);
    EXPECT_TRUE(Told().is_stuck);
    EXPECT_EQ(Told().complete_epoch, 0u);
    EXPECT_NE(Told().problem.find("cannot be followed"), std::string::npos) << Told().problem;
    const HomeSet all = HomesOf(order.here);
    EXPECT_TRUE((*node_->FindFollower("taxis"))->Admit({}, 1, all, {}).ok());
    EXPECT_EQ(Directories(), 1u);
    EXPECT_EQ(InQuarantine(), 0u);
    Open();
    node_->Adopt(Only(order));
    // Also once the other log has grown beyond the place where this one was.
    const auto writer = log_.logs().OpenWriter(log_.name());
    for (int i = 0; i < 200; ++i) {
      (*writer)->Append({{absl::StrCat("x", i), std::nullopt}}, [](const auto&) {});
    }
  }
}

// Even one that has to be made anew, for it was away too long, waits for a log that has as much.
TEST_F(FollowingNodeTest, OneThatWasAwayTooLongGoesOnceThereIsABetterOne) {
  Open();
  log_.WriteRandom(100);
  const FollowOrder order = Order({0, 1, 2, 3, 4, 5}, 1);
  node_->Adopt(Only(order));
  Settle(order);
  node_ = nullptr;
  wall_ms_ += 13 * 3'600'000;
  log_.WriteRandom(30);
  chunk_bytes_ = 1;
  Open();
  node_->Adopt(Only(order));
  node_->Step();
  EXPECT_EQ(Directories(), 2u);
  EXPECT_FALSE((*node_->FindFollower("taxis"))->ready());
  Settle(order);
  ExpectServes(order);
  EXPECT_EQ(InQuarantine(), 1u);
  ASSERT_TRUE(log_.logs().Remove(log_.name()).ok());
  ASSERT_TRUE(log_.logs().Create(log_.name(), log_.partitions()).ok());
  wall_ms_ += 13 * 3'600'000;
  Open();
  node_->Adopt(Only(order));
  StepOften();
  EXPECT_EQ(Directories(), 2u) << "the log has less than what there is";
  EXPECT_EQ(InQuarantine(), 1u);
  EXPECT_NE(Told().problem, "");
}

// Nothing changes for weeks; the log is there all the time.
TEST_F(FollowingNodeTest, RestIsNoAbsence) {
  Open();
  log_.WriteRandom(40);
  const FollowOrder order = Order({0, 1}, 1);
  node_->Adopt(Only(order));
  Settle(order);
  for (int day = 0; day < 20; ++day) {
    wall_ms_ += 86'000'000;
    node_->Step();
    ASSERT_TRUE((*node_->FindFollower("taxis"))->Settle().ok());
    wall_ms_ += 600'000;
    Open();
    node_->Adopt(Only(order));
    Settle(order);
  }
  EXPECT_EQ(InQuarantine(), 0u) << "it was made anew";
  ExpectServes(order);
}

// A log in which a record is damaged, or that was given other settings.
class SpoiltLogs : public testing::LogsBefore {
 public:
  using LogsBefore::LogsBefore;
  absl::Status opening, reading;  // what each says

  absl::StatusOr<std::unique_ptr<LogReader>> OpenReader(const LogName& log,
                                                        const LogPosition& from) override {
    if (!opening.ok()) return opening;
    auto reader = LogsBefore::OpenReader(log, from);
    if (!reader.ok()) return reader.status();
    return std::make_unique<Reader>(*this, *std::move(reader));
  }

 private:
  class Reader : public LogReader {
   public:
    Reader(const SpoiltLogs& logs, std::unique_ptr<LogReader> reader)
        : logs_(logs), reader_(std::move(reader)) {}
    absl::StatusOr<LogChunk> Read(std::chrono::milliseconds wait, uint64_t max_bytes) override {
      if (!logs_.reading.ok()) return logs_.reading;
      return reader_->Read(wait, max_bytes);
    }

   private:
    const SpoiltLogs& logs_;
    const std::unique_ptr<LogReader> reader_;
  };
};

class SpoiltLogTest : public FollowingNodeTest {
 protected:
  LogStore& logs() override { return spoilt_; }
  SpoiltLogs spoilt_{log_.logs()};
};

TEST_F(SpoiltLogTest, IsSaidAndWhatThereIsStays) {
  const absl::Status kinds[] = {absl::DataLossError("damaged record"),
                                absl::FailedPreconditionError("cleanup.policy is delete"),
                                absl::OutOfRangeError("what comes next has gone")};
  const FollowOrder order = Order({0, 1, 2}, 1);
  for (const bool at_opening : {false, true}) {
    for (const absl::Status& kind : kinds) {
      SCOPED_TRACE(kind);
      Open();
      log_.WriteRandom(30);
      node_->Adopt(Only(order));
      Settle(order);
      (at_opening ? spoilt_.opening : spoilt_.reading) = kind;
      Open();
      node_->Adopt(Only(order));
      StepOften(10);
      ExpectServes(order);
      EXPECT_TRUE(Told().is_stuck);
      EXPECT_NE(Told().problem.find(std::string(kind.message())), std::string::npos);
      EXPECT_EQ(Directories(), 1u) << "nothing is made anew in vain";
      EXPECT_EQ(InQuarantine(), 0u);
      spoilt_.opening = spoilt_.reading = absl::OkStatus();
      log_.WriteRandom(30);
      Settle(order);  // it goes on by itself
      EXPECT_FALSE(Told().is_stuck);
      ExpectServes(order);
    }
  }
}

TEST_F(FollowingNodeTest, ShrinksAtOnceAndGrowsByAStoreThatTakesOver) {
  chunk_bytes_ = 1;  // a record a step
  Open();
  log_.WriteRandom(150);
  const FollowOrder wide = Order({0, 1, 2, 3}, 1), narrow = Order({1, 2}, 2),
                    other = Order({1, 2, 3, 5}, 3);
  node_->Adopt(Only(wide));
  Settle(wide);
  node_->Adopt(Only(narrow));
  Settle(narrow);
  ExpectServes(narrow);
  log_.WriteRandom(100);  // slot 3 misses these
  node_->Adopt(Only(other));
  node_->Step();
  const auto meanwhile = node_->FindFollower("taxis");
  ASSERT_TRUE(meanwhile.ok());
  const HomeSet old_part = HomesOf(narrow.here), new_part = HomesOf(other.here);
  EXPECT_TRUE((*meanwhile)->ready());
  EXPECT_TRUE((*meanwhile)->Admit({}, 3, old_part, {}).ok());
  EXPECT_FALSE((*meanwhile)->Admit({}, 3, new_part, {}).ok());
  Settle(other);
  ExpectServes(other);
  EXPECT_TRUE((*node_->FindFollower("taxis"))->Admit({}, 3, new_part, {}).ok());
}

TEST_F(FollowingNodeTest, GoesOnAfterARestartAlsoInTheMiddleOfGrowing) {
  chunk_bytes_ = 1;  // a record a step
  Open();
  log_.WriteRandom(100);
  const FollowOrder few = Order({2}, 1), more = Order({2, 3}, 2);
  node_->Adopt(Only(few));
  Settle(few);
  node_->Adopt(Only(more));
  node_->Step();
  Open();
  log_.WriteRandom(100);
  node_->Adopt(Only(more));
  node_->Step();
  {
    const auto meanwhile = node_->FindFollower("taxis");
    ASSERT_TRUE(meanwhile.ok());
    EXPECT_EQ((*meanwhile)->here().slots, few.here.slots);
  }
  Settle(more);
  ExpectServes(more);
  Open();
  node_->Adopt(Only(more));
  Settle(more);
  ExpectServes(more);
}

TEST_F(FollowingNodeTest, MakesADamagedStoreAnew) {
  Open();
  log_.WriteRandom(100);
  const FollowOrder order = Order({0, 3}, 1);
  node_->Adopt(Only(order));
  Settle(order);
  node_ = nullptr;
  for (const auto& file :
       std::filesystem::recursive_directory_iterator(dir_.path() + "/followed")) {
    if (file.path().filename().string().rfind("MANIFEST", 0) == 0) {
      std::ofstream(file.path(), std::ios::trunc) << "rubbish";
    }
  }
  Open();
  node_->Adopt(Only(order));
  Settle(order);
  ExpectServes(order);
}

TEST_F(FollowingNodeTest, MakesAStoreAnewBesideTheServingOneWhenAReadMeetsDamage) {
  Open();
  log_.WriteRandom(400);
  const FollowOrder order = Order({0, 1, 2, 3, 4, 5}, 1);
  node_->Adopt(Only(order));
  Settle(order);
  ASSERT_TRUE((*node_->FindFollower("taxis"))->engine().Seal().ok());  // a short journal
  Open();  // what it had in memory lies in files now
  testing::DamageRecords(dir_.path() + "/followed");
  node_->Adopt(Only(order));
  Settle(order);
  const auto damaged = *node_->FindFollower("taxis");
  std::vector<TrajectoryId> ids;
  for (const auto& [id, t] : log_.model()) ids.emplace_back(id);
  EXPECT_TRUE(absl::IsDataLoss(damaged->engine().GetStored(ids).status()));
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
  node_->Adopt(Only(order));
  Settle(order);
  Open();
  node_->Adopt({.follow = {}, .released = {order.log_id}});
  EXPECT_EQ(Directories(), 0u);
  EXPECT_EQ(InQuarantine(), 1u);
}

TEST_F(FollowingNodeTest, FollowsByItselfWithThreads) {
  FollowingNodeOptions options;
  options.wait = std::chrono::milliseconds(5);
  options.memory_bytes = 16 << 20;
  auto node = FollowingNode::Open(dir_.path(), options, log_.logs());
  ASSERT_TRUE(node.ok()) << node.status();
  const FollowOrder order = Order({0, 1, 2, 3, 4, 5}, 1);
  (*node)->Adopt(Only(order));
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
