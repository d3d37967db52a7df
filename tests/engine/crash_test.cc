// What survives when the machine loses its power, its disk runs full, or any single operation
// fails.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <thread>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "tests/engine/access_for.h"
#include "tests/engine/faulty_file_system.h"
#include "tests/engine/hurried_env.h"
#include "tests/engine/model.h"
#include "tests/engine/temp_dir.h"
#include "tests/engine/without_compactions.h"

namespace spoor {
namespace {

using testing::ExpectHolds;
using testing::FaultyFileSystem;
using testing::GridTrip;
using testing::HurriedEnv;
using testing::Model;
using testing::TempDir;
using testing::WithoutCompactions;

// SPOOR_CRASHES=500 asks for the long run.
int Crashes() {
  int n = 0;
  const char* wanted = std::getenv("SPOOR_CRASHES");
  return wanted != nullptr && absl::SimpleAtoi(wanted, &n) ? n : 50;
}

struct Disk {
  std::shared_ptr<FaultyFileSystem> files = std::make_shared<FaultyFileSystem>();
  std::unique_ptr<rocksdb::Env> env = std::make_unique<HurriedEnv>(rocksdb::NewCompositeEnv(files));
  std::unique_ptr<rocksdb::Env> mortal = std::make_unique<HurriedEnv>(
      std::make_unique<WithoutCompactions>(rocksdb::NewCompositeEnv(files)));
  TempDir dir;

  absl::StatusOr<std::unique_ptr<Engine>> Open(bool background) const {
    return Open(background, env.get());
  }
  // For a disk that dies while the background works.
  absl::StatusOr<std::unique_ptr<Engine>> OpenMortal() const {
    return Open(/*background=*/true, mortal.get());
  }

 private:
  absl::StatusOr<std::unique_ptr<Engine>> Open(bool background, rocksdb::Env* with) const {
    EngineOptions options;
    options.memory_bytes = 4 << 20;
    options.seal_trajectories = 40;
    options.background = background;
    options.env = with;
    options.access = testing::AccessFor(dir.path() + "/c");
    return Engine::Open(dir.path() + "/c", options);
  }
};

// One writer: it owns the ids that begin with its name, so that it knows what each must be.
class Writer {
 public:
  Writer(std::string name, uint64_t seed) : name_(std::move(name)), rng_(seed) {}

  // Writes and deletes until the engine fails.
  void Run(Engine& engine) {
    for (;;) {
      std::vector<Trajectory> batch;
      for (uint64_t n = 1 + rng_() % 4; n > 0; --n) {
        batch.push_back(GridTrip(absl::StrCat(name_, rng_() % 40), rng_() % 1000, 1 + rng_() % 40));
      }
      std::map<std::string, Trajectory> last;
      for (const Trajectory& t : batch) last[t.id.value()] = t;
      if (rng_() % 4 == 0) {
        const std::string id = batch[0].id.value();
        pending_ = {{id, std::nullopt}};
        if (!engine.Delete({batch[0].id}).ok()) return;
      } else {
        pending_.clear();
        for (const auto& [id, t] : last) pending_[id] = t;
        if (!engine.Write(std::move(batch)).ok()) return;
      }
      for (auto& [id, t] : pending_) acknowledged_[id] = t;
      pending_.clear();
      ++count_;
    }
  }

  // What was acknowledged must be there; the call that failed happened altogether or not at all.
  void Settle(const Engine& engine, Model& model) {
    int happened = 0, not_happened = 0;
    for (const auto& [id, wanted] : pending_) {
      const auto before = acknowledged_.contains(id) ? acknowledged_[id] : std::nullopt;
      if (before == wanted) continue;
      const auto now = engine.Get(TrajectoryId(id));
      const bool is_new = wanted ? now.ok() && now->trajectory == *wanted : !now.ok();
      ++(is_new ? happened : not_happened);
    }
    EXPECT_TRUE(happened == 0 || not_happened == 0) << "half of a batch";
    if (happened > 0) {
      for (auto& [id, t] : pending_) acknowledged_[id] = t;
    }
    pending_.clear();
    for (const auto& [id, t] : acknowledged_) {
      if (t) model[id] = *t;
    }
  }
  uint64_t count() const { return count_; }

 private:
  const std::string name_;
  std::mt19937_64 rng_;
  std::map<std::string, std::optional<Trajectory>> acknowledged_, pending_;
  uint64_t count_ = 0;
};

TEST(Crash, NothingAcknowledgedIsLostWithThePower) {
  Disk disk;
  std::mt19937_64 rng(1);
  std::vector<Writer> writers;
  for (int i = 0; i < 3; ++i) writers.emplace_back(absl::StrCat("w", i, "-"), 100 + i);
  const int crashes = Crashes();
  for (int crash = 0; crash < crashes; ++crash) {
    SCOPED_TRACE(absl::StrCat("crash ", crash));
    {
      if (crash % 10 == 0) {
        const auto whole = disk.Open(/*background=*/false);
        ASSERT_TRUE(whole.ok()) << whole.status();
        ASSERT_TRUE((*whole)->Compact().ok());
      }
      auto engine = disk.OpenMortal();
      ASSERT_TRUE(engine.ok()) << engine.status();
      Model model;
      for (Writer& w : writers) w.Settle(**engine, model);
      ExpectHolds(**engine, model, rng);
      if (HasFailure()) return;
      disk.files->FailAt(1 + rng() % 300);  // the moment: some write, sync, open, rename from now
      std::vector<std::thread> threads;
      for (Writer& w : writers) threads.emplace_back([&] { w.Run(**engine); });
      for (auto& t : threads) t.join();
      disk.files->Kill();
    }
    disk.files->Revive(rng());
  }
  uint64_t calls = 0;
  for (const Writer& w : writers) calls += w.count();
  EXPECT_GT(calls, static_cast<uint64_t>(crashes));
}

// Any one operation may fail, and the store may even fail to open, but not lie.
TEST(Crash, FailureOfEveryOperationIsSurvived) {
  std::mt19937_64 rng(2);
  for (uint64_t n = 1; n <= 60; ++n) {
    SCOPED_TRACE(absl::StrCat("operation ", n));
    Disk disk;
    Model model;
    std::string unsure;
    disk.files->FailAt(n);
    if (auto engine = disk.Open(false); engine.ok()) {
      for (int i = 0; i < 20; ++i) {
        const Trajectory t = GridTrip(absl::StrCat("t", i), i);
        if (!(*engine)->Write({t}).ok()) {
          unsure = t.id.value();
          break;
        }
        model[t.id.value()] = t;
        if (i % 8 == 7 && !(*engine)->Seal().ok()) break;
      }
    } else {
      EXPECT_FALSE(std::filesystem::exists(disk.dir.path() + "/c")) << "left by what failed";
    }
    disk.files->Revive(n);
    const auto engine = disk.Open(false);
    ASSERT_TRUE(engine.ok()) << engine.status();
    if (!unsure.empty()) {
      if (const auto found = (*engine)->Get(TrajectoryId(unsure)); found.ok()) {
        model[unsure] = found->trajectory;
      }
    }
    ExpectHolds(**engine, model, rng);
    if (HasFailure()) return;
  }
}

TEST(Crash, FullDiskRefusesWritesAndServesReads) {
  Disk disk;
  std::mt19937_64 rng(3);
  Model model;
  const auto opened = disk.Open(false);
  ASSERT_TRUE(opened.ok()) << opened.status();
  Engine& engine = **opened;
  for (int i = 0; i < 20; ++i) {
    const Trajectory t = GridTrip(absl::StrCat("t", i), i);
    ASSERT_TRUE(engine.Write({t}).ok());
    model[t.id.value()] = t;
  }
  disk.files->SetFull(true);
  for (int i = 0; i < 3; ++i) {
    const absl::Status refused = engine.Write({GridTrip("refused", i)}).status();
    EXPECT_EQ(refused.code(), absl::StatusCode::kResourceExhausted) << refused;
    EXPECT_TRUE(engine.Stats().disk_full);
    ExpectHolds(engine, model, rng);
  }
  for (const auto& file : std::filesystem::recursive_directory_iterator(disk.dir.path())) {
    // It is written without a thought of the disk, and the second time ends the process.
    EXPECT_NE(file.path().filename(), "LOG") << "RocksDB keeps a log";
  }
  disk.files->SetFull(false);
  const Trajectory later = GridTrip("later", 1);
  const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (!engine.Write({later}).ok()) {  // until the store has seen that there is room
    ASSERT_LT(std::chrono::steady_clock::now(), limit);
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  model["later"] = later;
  EXPECT_FALSE(engine.Stats().disk_full);
  ExpectHolds(engine, model, rng);
}

// Until the disk has room the engine reads; then it writes on.
TEST(Crash, ADiskThatIsFullAtTheStartLetsItRead) {
  Disk disk;
  std::mt19937_64 rng(4);
  Model model;
  {
    const auto engine = disk.Open(false);
    ASSERT_TRUE(engine.ok()) << engine.status();
    for (int i = 0; i < 50; ++i) {
      const Trajectory t = GridTrip(absl::StrCat("t", i), i);
      ASSERT_TRUE((*engine)->Write({t}).ok());
      model[t.id.value()] = t;
      if (i != 30) continue;
      ASSERT_TRUE((*engine)->Seal().ok());
    }
  }
  for (const bool background : {false, true}) {
    disk.files->SetFull(true);
    const auto engine = disk.Open(background);
    ASSERT_TRUE(engine.ok()) << engine.status();
    EXPECT_TRUE((*engine)->Stats().disk_full);
    ExpectHolds(**engine, model, rng);
    EXPECT_TRUE(absl::IsResourceExhausted((*engine)->Write({GridTrip("no", 1)}).status()));
    EXPECT_TRUE(absl::IsResourceExhausted((*engine)->Seal()));
    EXPECT_TRUE(absl::IsResourceExhausted((*engine)->Reindex(PaperParams(), {}, [](double) {})));
    ExpectHolds(**engine, model, rng);
    disk.files->SetFull(false);
    const Trajectory later = GridTrip(absl::StrCat("later", background), 1);
    const auto written = (*engine)->Write({later});
    ASSERT_TRUE(written.ok()) << written.status();
    model[later.id.value()] = later;
    EXPECT_FALSE((*engine)->Stats().disk_full);
    ExpectHolds(**engine, model, rng);
  }
  ExpectHolds(**disk.Open(false), model, rng);
}

// A write that fails is the last one of the store's handle; with another one all goes on.
TEST(Crash, AWriteThatFailsIsFollowedByWritesThatDoNot) {
  std::mt19937_64 rng(5);
  for (uint64_t n = 1; n <= 12; ++n) {
    SCOPED_TRACE(absl::StrCat("operation ", n));
    Disk disk;
    Model model;
    auto engine = disk.Open(false);
    ASSERT_TRUE(engine.ok()) << engine.status();
    for (int i = 0; i < 3; ++i) {
      const Trajectory t = GridTrip(absl::StrCat("t", i), i);
      ASSERT_TRUE((*engine)->Write({t}).ok());
      model[t.id.value()] = t;
    }
    disk.files->FailOnce(n);
    int failed = 0;
    for (int i = 3; i < 30; ++i) {
      const Trajectory t = GridTrip(absl::StrCat("t", i), i);
      const bool written = (*engine)->Write({t}).ok();
      failed += written ? 0 : 1;
      if (written || (*engine)->Get(t.id).ok()) model[t.id.value()] = t;  // there after all
      ExpectHolds(**engine, model, rng, 1);
      if (HasFailure()) return;
    }
    EXPECT_EQ(failed, 1);
    engine->reset();
    ExpectHolds(**disk.Open(false), model, rng);
  }
}

TEST(Crash, WhatMakesRoomIsDoneOnAFullDisk) {
  Disk disk;
  std::mt19937_64 rng(6);
  Model model;
  {
    const auto engine = disk.Open(false);
    for (int i = 0; i < 10; ++i) {
      const Trajectory t = GridTrip(absl::StrCat("t", i), i);
      ASSERT_TRUE((*engine)->Write({t}).ok());
      model[t.id.value()] = t;
    }
  }
  EngineOptions options;
  options.memory_bytes = 4 << 20;
  options.min_free_disk_bytes = uint64_t{1} << 62;  // more than any disk has
  const auto engine = Engine::Open(disk.dir.path() + "/c", options);
  ASSERT_TRUE(engine.ok()) << engine.status();
  EXPECT_TRUE((*engine)->Stats().disk_full);
  for (int i = 0; i < 5; ++i) {
    EXPECT_TRUE(absl::IsResourceExhausted((*engine)->Write({GridTrip("no", 1)}).status()));
    const auto deleted = (*engine)->Delete({TrajectoryId(absl::StrCat("t", i))});
    ASSERT_TRUE(deleted.ok()) << deleted.status();
    EXPECT_EQ(deleted->deleted, 1u);
    model.erase(absl::StrCat("t", i));
    ExpectHolds(**engine, model, rng);
  }
  EXPECT_TRUE(absl::IsResourceExhausted((*engine)->Compact()));
  EXPECT_TRUE(absl::IsResourceExhausted((*engine)->Reindex(PaperParams(), {}, [](double) {})));
}

TEST(Crash, TooLittleSpaceIsRefusedBeforeItIsUsedUp) {
  Disk disk;
  EngineOptions options;
  options.memory_bytes = 4 << 20;
  options.min_free_disk_bytes = uint64_t{1} << 62;
  options.access = Access::kCreate;
  const auto engine = Engine::Open(disk.dir.path() + "/c", options);
  ASSERT_TRUE(engine.ok());
  EXPECT_EQ((*engine)->Write({GridTrip("t", 1)}).status().code(),
            absl::StatusCode::kResourceExhausted);
}

}  // namespace
}  // namespace spoor
