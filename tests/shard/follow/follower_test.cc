#include "shard/follow/follower.h"

#include <gtest/gtest.h>

#include <numeric>

#include "engine/fingerprint/fingerprint.h"
#include "shard/rpc/call.h"
#include "tests/engine/access_for.h"
#include "tests/engine/temp_dir.h"
#include "tests/shard/followed_log.h"
#include "tests/shard/logs_before.h"

namespace spoor {
namespace {

using testing::CatchUp;
using testing::ExpectHolds;
using testing::FollowedLog;
using testing::GridTrip;
using testing::SmallParams;
using testing::TempDir;

FollowerOptions OptionsFor(const FollowedLog& log) {
  FollowerOptions options;
  options.log = log.name();
  options.partitions = log.partitions();
  options.params = SmallParams();
  options.engine.background = false;
  options.engine.memory_bytes = 8 << 20;
  options.digest_every = 64;
  return options;
}

SlotsHere Here(const FollowedLog& log, uint32_t slots, std::vector<uint32_t> served,
               uint64_t epoch = 1) {
  return {.epoch = Epoch(epoch), .cuts = log.Cuts(slots), .slots = std::move(served)};
}

std::unique_ptr<Follower> Open(FollowedLog& log, const std::string& path, const SlotsHere& here,
                               const FollowerOptions* given = nullptr) {
  FollowerOptions options = given != nullptr ? *given : OptionsFor(log);
  options.engine.access = testing::AccessFor(path);
  auto follower = Follower::Open(path, options, here, log.logs());
  EXPECT_TRUE(follower.ok()) << follower.status();
  return follower.ok() ? *std::move(follower) : nullptr;
}

TEST(Follower, KeepsWhatIsAtHomeInItsSlotsAndDropsWhatMovesAway) {
  for (uint64_t seed = 1; seed <= 10; ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    FollowedLog log(seed);
    TempDir dir;
    const SlotsHere here = Here(log, 5, {1, 2, 4});
    auto follower = Open(log, dir.path() + "/f", here);
    ASSERT_NE(follower, nullptr);
    for (int round = 0; round < 4; ++round) {
      log.WriteRandom(80);
      CatchUp(*follower, log.End());
      ExpectHolds(follower->engine(), log.In(HomesOf(here)), log.rng());
    }
    EXPECT_TRUE(follower->ready());
    EXPECT_EQ(follower->lag(), 0u);
    EXPECT_EQ(follower->bad_records(), 0u);
  }
}

TEST(Follower, GoesOnWhereItWasWhenItIsOpenedAgain) {
  FollowedLog log(3);
  TempDir dir;
  const SlotsHere here = Here(log, 3, {0, 2});
  log.WriteRandom(200);
  LogPosition was;
  {
    auto follower = Open(log, dir.path() + "/f", here);
    CatchUp(*follower, log.End());
    was = follower->engine().position();
  }
  log.WriteRandom(100);
  auto follower = Open(log, dir.path() + "/f", here);
  EXPECT_EQ(follower->engine().position(), was);
  EXPECT_FALSE(follower->ready());
  CatchUp(*follower, log.End());
  EXPECT_TRUE(follower->ready());
  ExpectHolds(follower->engine(), log.In(HomesOf(here)), log.rng());
  follower = nullptr;
  std::string findings;
  const auto found = Engine::CheckStore(dir.path() + "/f", [&findings](absl::string_view what) {
    absl::StrAppend(&findings, what, "\n");
  });
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(*found, 0u) << findings;
}

TEST(Follower, IsTheSameAfterCompactionHasRemovedWhatIsVoid) {
  FollowedLog log(4);
  TempDir dir;
  const SlotsHere here = Here(log, 2, {0});
  auto early = Open(log, dir.path() + "/early", here);
  for (int i = 0; i < 5; ++i) {
    log.WriteRandom(60);
    CatchUp(*early, log.End());
  }
  ASSERT_TRUE(log.logs().Compact(log.name(), 3).ok());
  auto late = Open(log, dir.path() + "/late", here);
  CatchUp(*late, log.End());
  ExpectHolds(late->engine(), log.In(HomesOf(here)), log.rng());
  for (const auto& [id, t] : log.In(HomesOf(here))) {
    EXPECT_EQ(late->engine().Get(t.id)->version, early->engine().Get(t.id)->version) << id;
  }
}

TEST(Follower, CountsWhatIsNoTrajectoryAndTakesItForNone) {
  FollowedLog log(5);
  TempDir dir;
  const SlotsHere here = Here(log, 1, {0});
  log.Write(GridTrip("a", 1));
  log.Write(GridTrip("b", 2));
  log.Append({{"a", "rubbish"}, {"", "x"}, {"c", std::string("\1\0", 2)}});
  auto follower = Open(log, dir.path() + "/f", here);
  CatchUp(*follower, log.End());
  EXPECT_EQ(follower->bad_records(), 3u);
  EXPECT_FALSE(follower->engine().Get(TrajectoryId("a")).ok());
  EXPECT_TRUE(follower->engine().Get(TrajectoryId("b")).ok());
}

TEST(Follower, RefusesAnotherLogsStoreAndGoesOnNoMoreAfterTooLongAnAbsence) {
  FollowedLog log(6);
  TempDir dir;
  const SlotsHere here = Here(log, 1, {0});
  log.WriteRandom(10);
  {
    auto follower = Open(log, dir.path() + "/f", here);
    CatchUp(*follower, log.End());
  }
  FollowerOptions options = OptionsFor(log);
  options.log.id = 78;
  EXPECT_EQ(Follower::Open(dir.path() + "/f", options, here, log.logs()).status().code(),
            absl::StatusCode::kFailedPrecondition);
  options = OptionsFor(log);
  const int64_t now = options.wall_ms();
  options.wall_ms = [now] { return now + 13 * 3'600'000; };
  const auto follower = Open(log, dir.path() + "/f", here, &options);
  ASSERT_NE(follower, nullptr);
  EXPECT_TRUE(absl::IsFailedPrecondition(follower->Step(std::chrono::milliseconds(0))));
  EXPECT_FALSE(follower->log_is_broken());
  EXPECT_FALSE(follower->ready());
}

TEST(Follower, AdmitsOnlyWhatItCanAnswer) {
  FollowedLog log(7);
  TempDir dir;
  const SlotsHere here = Here(log, 4, {1, 2}, /*epoch=*/5);
  auto now = std::make_shared<std::chrono::steady_clock::time_point>();
  FollowerOptions options = OptionsFor(log);
  options.now = [now] { return *now; };
  auto follower = Open(log, dir.path() + "/f", here, &options);
  const Patience briefly{.deadline =
                             std::chrono::steady_clock::now() + std::chrono::milliseconds(5)};
  const HomeSet mine = {RangeOf(here.cuts, 2)}, other = {RangeOf(here.cuts, 3)};
  EXPECT_TRUE(absl::IsUnavailable(follower->Admit({}, 5, mine, briefly)));  // not ready
  log.WriteRandom(20);
  CatchUp(*follower, log.End());
  EXPECT_TRUE(follower->Admit({}, 0, mine, briefly).ok());
  EXPECT_EQ(CurrentEpoch(follower->Admit({}, 4, mine, briefly)), 5u);
  EXPECT_TRUE(absl::IsUnavailable(follower->Admit({}, 6, mine, briefly)));
  EXPECT_TRUE(absl::IsFailedPrecondition(follower->Admit({}, 5, HomeSet::All(), briefly)));
  EXPECT_TRUE(follower->Admit({}, 5, mine, briefly).ok());
  EXPECT_TRUE(absl::IsFailedPrecondition(follower->Admit({}, 5, other, briefly)));

  LogPosition later = log.End();
  EXPECT_TRUE(follower->Admit({.written = later}, 5, mine, briefly).ok());
  later.next[0] += 1;
  EXPECT_TRUE(absl::IsDeadlineExceeded(follower->Admit({.written = later}, 5, mine, briefly)));
  EXPECT_TRUE(IsBehind(follower->Admit({.written = later}, 5, mine, {}))) << "long before its time";
  later.log_id = 1;
  EXPECT_TRUE(absl::IsFailedPrecondition(follower->Admit({.written = later}, 5, mine, briefly)));

  EXPECT_EQ(follower->staleness_ms(), 0u);
  *now += std::chrono::milliseconds(300);
  EXPECT_EQ(follower->staleness_ms(), 300u);
  EXPECT_TRUE(follower->Admit({.max_staleness_ms = 300}, 5, mine, briefly).ok());
  EXPECT_TRUE(absl::IsUnavailable(follower->Admit({.max_staleness_ms = 299}, 5, mine, briefly)));
}

// A log that is read to its end, of which nobody knows whether that is its end.
class UnsureLogs : public testing::LogsBefore {
 public:
  using LogsBefore::LogsBefore;
  absl::StatusOr<std::unique_ptr<LogReader>> OpenReader(const LogName& log,
                                                        const LogPosition& from) override {
    auto reader = LogsBefore::OpenReader(log, from);
    if (!reader.ok()) return reader.status();
    return std::make_unique<Reader>(*this, *std::move(reader));
  }
  std::optional<std::chrono::milliseconds> whole_ago;

 private:
  class Reader : public LogReader {
   public:
    Reader(const UnsureLogs& logs, std::unique_ptr<LogReader> reader)
        : logs_(logs), reader_(std::move(reader)) {}
    absl::StatusOr<LogChunk> Read(std::chrono::milliseconds wait, uint64_t max_bytes) override {
      auto chunk = reader_->Read(wait, max_bytes);
      if (chunk.ok()) chunk->whole_ago = logs_.whole_ago;
      return chunk;
    }

   private:
    const UnsureLogs& logs_;
    const std::unique_ptr<LogReader> reader_;
  };
};

TEST(Follower, IsAsFreshAsTheLogIsKnownToBeReadToItsEnd) {
  FollowedLog log(9);
  UnsureLogs unsure(log.logs());
  TempDir dir;
  auto now = std::make_shared<std::chrono::steady_clock::time_point>(std::chrono::hours(1));
  FollowerOptions options = OptionsFor(log);
  options.now = [now] { return *now; };
  options.engine.access = Access::kCreate;
  auto follower = *Follower::Open(dir.path() + "/f", options, Here(log, 1, {0}), unsure);
  log.WriteRandom(20);
  CatchUp(*follower, log.End());
  EXPECT_EQ(follower->staleness_ms(), UINT32_MAX) << "although it has read all that came";
  unsure.whole_ago = std::chrono::milliseconds(700);
  log.WriteRandom(20);
  CatchUp(*follower, log.End());
  EXPECT_EQ(follower->staleness_ms(), 700u);
  unsure.whole_ago = std::chrono::milliseconds(5'000);  // an older one takes nothing back
  log.WriteRandom(20);
  CatchUp(*follower, log.End());
  EXPECT_EQ(follower->staleness_ms(), 700u);
  *now += std::chrono::milliseconds(300);
  EXPECT_EQ(follower->staleness_ms(), 1'000u);
}

TEST(Follower, AnEngineRefusesAPartThatLeavesAGap) {
  FollowedLog log(8);
  TempDir dir;
  auto follower = Open(log, dir.path() + "/f", Here(log, 1, {0}));
  Engine& engine = follower->engine();
  const LogPosition begin{.log_id = 77, .next = {0, 0, 0, 0}},
      here{.log_id = 77, .next = {5, 0, 0, 0}}, after{.log_id = 77, .next = {9, 0, 0, 0}};
  EXPECT_TRUE(absl::IsFailedPrecondition(engine.Follow({here, after, {}}).status()));
  EXPECT_TRUE(engine.Follow({begin, here, {}}).ok());
  EXPECT_TRUE(engine.Follow({here, after, {}}).ok());
  LogPosition foreign = after;
  foreign.log_id = 1;
  EXPECT_TRUE(absl::IsFailedPrecondition(engine.Follow({foreign, foreign, {}}).status()));
  EXPECT_TRUE(absl::IsFailedPrecondition(engine.Write(std::vector{GridTrip("a", 1)}).status()));
  EXPECT_TRUE(absl::IsFailedPrecondition(engine.Delete({TrajectoryId("a")}).status()));
}

// Every record is within the reach of its slot and counted there, whatever came, went and moved.
void ExpectReached(const Follower& follower, const testing::Model& model) {
  const auto update = follower.book()->Reaches(0);
  ASSERT_TRUE(update.known);
  std::map<uint32_t, Reach> reaches;
  for (const auto& [slot, bytes] : update.slots) {
    auto reach = Reach::Decode(bytes);
    ASSERT_TRUE(reach.ok()) << reach.status();
    reaches.emplace(slot, *std::move(reach));
  }
  ASSERT_EQ(reaches.size(), follower.here().slots.size());
  std::map<uint32_t, uint64_t> live(update.live.begin(), update.live.end());
  ASSERT_EQ(live.size(), follower.here().slots.size());
  for (const auto& [id, t] : model) {
    const uint32_t slot = SlotOf(follower.here().cuts, HomeKey(t.view(), id));
    --live[slot];
    const Reach& reach = reaches.at(slot);
    const Fingerprint fingerprint = MakeFingerprint(t.view(), SmallParams());
    if (!fingerprint.geodabs.empty()) {
      EXPECT_TRUE(reach.MayShare(PrefixesOf(fingerprint.geodabs)));
    }
    EXPECT_TRUE(reach.MayMeet(ReachCellsOf(Summarise(t.view()).box)));
  }
  for (const auto& [slot, left] : live) EXPECT_EQ(left, 0u) << "slot " << slot;
}

TEST(SlotBook, KnowsTheReachOfEverySlotWhileRecordsComeAndGo) {
  FollowedLog log(9);
  TempDir dir;
  const SlotsHere here = Here(log, 6, {0, 1, 3, 5});
  auto follower = Open(log, dir.path() + "/f", here);
  EXPECT_FALSE(follower->book()->Reaches(0).known);
  log.WriteRandom(50);
  CatchUp(*follower, log.End());
  ASSERT_TRUE(follower->FillBook({}).ok());
  for (int round = 0; round < 5; ++round) {
    log.WriteRandom(50);
    CatchUp(*follower, log.End());
    ExpectReached(*follower, log.In(HomesOf(here)));
  }
  const uint64_t revision = follower->book()->Reaches(0).revision;
  EXPECT_TRUE(follower->book()->Reaches(revision).slots.empty());
}

TEST(SlotBook, DigestsOfReplicasAgreeWhateverWayTheyTook) {
  FollowedLog log(10);
  TempDir dir;
  const SlotsHere here = Here(log, 4, {0, 1, 2, 3});
  FollowerOptions small = OptionsFor(log);
  small.chunk_bytes = 1;
  auto one = Open(log, dir.path() + "/one", here);
  auto two = Open(log, dir.path() + "/two", here, &small);
  ASSERT_TRUE(one->FillBook({}).ok());
  for (Follower* f : {one.get(), two.get()}) CatchUp(*f, log.End());
  ASSERT_TRUE(one->Step(std::chrono::milliseconds(0)).ok() && one->Settle().ok());
  log.WriteRandom(500);
  CatchUp(*one, log.End());
  CatchUp(*two, log.End());
  ASSERT_TRUE(two->FillBook({}).ok());  // late: from what is stored
  ASSERT_TRUE(two->Step(std::chrono::milliseconds(0)).ok() && two->Settle().ok());
  log.WriteRandom(900);
  CatchUp(*one, log.End());
  CatchUp(*two, log.End());
  const auto a = one->book()->Digests(), b = two->book()->Digests();
  ASSERT_FALSE(a.empty());
  size_t common = 0;
  uint64_t records = 0;
  for (const auto& d : a) {
    for (const auto& e : b) {
      if (d.slot != e.slot || d.partition != e.partition || d.offset != e.offset) continue;
      ++common;
      records += d.records;
      EXPECT_EQ(d, e);
    }
  }
  EXPECT_GE(common, 4u * 4);
  EXPECT_GT(records, 0u);
  EXPECT_TRUE(CompareDigests(a, b).empty());
}

TEST(SlotBook, DigestsTellWhenAReplicaHasLostARecord) {
  FollowedLog log(11);
  TempDir dir;
  const SlotsHere here = Here(log, 1, {0});
  auto one = Open(log, dir.path() + "/one", here), two = Open(log, dir.path() + "/two", here);
  for (Follower* f : {one.get(), two.get()}) {
    ASSERT_TRUE(f->FillBook({}).ok());
    ASSERT_TRUE(f->Step(std::chrono::milliseconds(0)).ok() && f->Settle().ok());
  }
  log.WriteRandom(200);
  for (Follower* f : {one.get(), two.get()}) CatchUp(*f, log.End());
  const LogPosition now = two->engine().position();
  const auto victim = *log.In(HomesOf(here)).begin();
  const uint64_t version = two->engine().Get(victim.second.id)->version;
  ASSERT_TRUE(two->engine().Follow({now, now, {{victim.first, version + 1, nullptr}}}).ok());
  log.WriteRandom(600, 1'000'000);  // others
  for (Follower* f : {one.get(), two.get()}) CatchUp(*f, log.End());
  const auto mismatches = CompareDigests(one->book()->Digests(), two->book()->Digests());
  ASSERT_FALSE(mismatches.empty());
  for (const DigestMismatch& m : mismatches) {
    EXPECT_EQ(m.one.partition, PartitionOf(victim.first, log.partitions()));
    EXPECT_EQ(m.one.records, m.other.records + 1);
  }
}

}  // namespace
}  // namespace spoor
