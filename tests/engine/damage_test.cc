#include <gtest/gtest.h>
#include <sys/resource.h>

#include <filesystem>
#include <set>
#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/engine.h"
#include "engine/segment/segment.h"
#include "tests/engine/access_for.h"
#include "tests/engine/faulty_file_system.h"
#include "tests/engine/flips.h"
#include "tests/engine/hurried_env.h"
#include "tests/engine/model.h"
#include "tests/engine/temp_dir.h"

namespace spoor {
namespace {

namespace fs = std::filesystem;

using testing::ChangeByte;
using testing::DamageRecords;
using testing::ExpectHolds;
using testing::FilesOf;
using testing::FlipBit;
using testing::GridTrip;
using testing::Model;
using testing::TempDir;
using testing::Texts;
using testing::Values;

constexpr uint64_t kDamageSeed = 11;
constexpr int kDamageFlips = 200;
constexpr int kDamageTrips = 60;

EngineOptions SmallAndQuiet() {
  EngineOptions options;
  options.memory_bytes = 8 << 20;
  options.background = false;
  return options;
}

void FlipABit(const std::string& path, std::mt19937_64& rng) {
  const uint64_t at = rng() % fs::file_size(path);
  FlipBit(path, at, static_cast<int>(rng() % 8));
}

std::string FlipOneOf(const std::vector<std::string>& files, std::mt19937_64& rng) {
  EXPECT_FALSE(files.empty());
  const std::string& file = files[rng() % files.size()];
  FlipABit(file, rng);
  return file;
}

Query RandomQuery(const std::vector<Trajectory>& values, std::mt19937_64& rng) {
  Query q;
  q.fixes = values[rng() % values.size()].fixes;
  q.k = 1 + rng() % 20;
  q.direction = static_cast<Direction>(rng() % 3);
  if (rng() % 2) q.rerank = Rerank{*MakeMeasure("discrete_frechet", {}), 1 + rng() % 60};
  q.exact = q.rerank && rng() % 2;
  q.matches = rng() % 2;
  if (rng() % 3 == 0) q.filter.box = Summarise(values[rng() % values.size()].view()).box;
  return q;
}

// What the engine says is true, or it says that something is missing.
void ExpectTrueOrSaid(const Engine& engine, const Model& model, std::mt19937_64& rng) {
  const std::vector<Trajectory> values = Values(model);
  const auto all = engine.Range({.limit = 10'000}, {});
  ASSERT_TRUE(all.ok()) << all.status();
  std::set<std::string> ids;
  for (const TrajectoryId& id : all->ids) EXPECT_TRUE(model.contains(id.value())) << id.value();
  for (const TrajectoryId& id : all->ids) ids.insert(id.value());
  EXPECT_GE(ids.size() + all->damaged, model.size());
  for (const auto& [id, t] : model) {
    const auto found = engine.Get(TrajectoryId(id));
    if (found.ok()) {
      ASSERT_EQ(found->trajectory, t);
    } else {
      ASSERT_TRUE(absl::IsDataLoss(found.status())) << found.status();
    }
  }
  for (int i = 0; i < 4; ++i) {
    const Query q = RandomQuery(values, rng);
    const auto answer = engine.Search(q, {});
    ASSERT_TRUE(answer.ok()) << answer.status();
    const SearchAnswer truth = BruteForceSearch(values, *engine.Stats().params, q);
    if (answer->damaged == 0) {
      EXPECT_EQ(Texts(answer->hits), Texts(truth.hits));
    } else {
      EXPECT_FALSE(answer->exact);
    }
  }
}

class DamageTest : public ::testing::Test {
 protected:
  std::string path() const { return dir_.path() + "/c"; }

  void Open(EngineOptions options = SmallAndQuiet()) {
    engine_ = nullptr;
    options.access = testing::AccessFor(path());
    auto engine = Engine::Open(path(), options);
    ASSERT_TRUE(engine.ok()) << engine.status();
    engine_ = *std::move(engine);
  }

  void Put(int from, int n) {
    std::vector<Trajectory> batch;
    for (int i = from; i < from + n; ++i) {
      batch.push_back(GridTrip(absl::StrCat("t", i), i, 20 + i % 60));
      model_[batch.back().id.value()] = batch.back();
    }
    const auto written = engine_->Write(std::move(batch));
    ASSERT_TRUE(written.ok()) << written.status();
  }

  // Two sealed segments with deletions, and a memory segment.
  void Fill() {
    Open();
    Put(0, kDamageTrips / 2);
    ASSERT_TRUE(engine_->Seal().ok());
    Put(kDamageTrips / 3, kDamageTrips / 2);
    ASSERT_TRUE(engine_->Seal().ok());
    ASSERT_TRUE(engine_->Delete({TrajectoryId("t3"), TrajectoryId("t40")}).ok());
    model_.erase("t3");
    model_.erase("t40");
    Put(kDamageTrips, 5);
  }

  TempDir dir_;
  Model model_;
  std::unique_ptr<Engine> engine_;
  std::mt19937_64 rng_{kDamageSeed};
};

// Limits how many files the process may have open, while it lives.
class FewFiles {
 public:
  explicit FewFiles(rlim_t most) {
    getrlimit(RLIMIT_NOFILE, &before_);
    const rlimit now{.rlim_cur = most, .rlim_max = before_.rlim_max};
    setrlimit(RLIMIT_NOFILE, &now);
  }
  ~FewFiles() { setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
};

TEST_F(DamageTest, WantOfDescriptorsSaysNothingAboutASegment) {
  Fill();
  const std::string file = FilesOf(path() + "/segments", ".seg")[0];
  absl::Status opened;
  {
    const FewFiles limit(0);
    opened = Segment::Open(file).status();
  }
  EXPECT_EQ(opened.code(), absl::StatusCode::kInternal);
  EXPECT_TRUE(absl::StrContains(opened.message(), "open files")) << opened;
  EXPECT_TRUE(Segment::Open(file).ok());
}

TEST_F(DamageTest, WhatIsNoFileFailsTheOpeningAndRebuildsNothing) {
  Fill();
  engine_ = nullptr;
  const std::string file = FilesOf(path() + "/segments", ".seg")[0];
  fs::rename(file, dir_.path() + "/aside");
  fs::create_directory(file);
  EXPECT_EQ(Engine::Open(path(), SmallAndQuiet()).status().code(), absl::StatusCode::kInternal);
  EXPECT_EQ(Engine::CheckStore(path(), [](absl::string_view) {}).status().code(),
            absl::StatusCode::kInternal);
  fs::remove(file);
  fs::rename(dir_.path() + "/aside", file);
  Open();
  EXPECT_EQ(engine_->Stats().rebuilt, "");
}

TEST_F(DamageTest, AFlippedBitUnderAMapIsFoundToldAndMended) {
  Fill();
  std::vector<std::string> told;
  EngineOptions options = SmallAndQuiet();
  options.on_damage = [&told](absl::string_view what) { told.emplace_back(what); };
  Open(options);
  for (int i = 0; i < kDamageFlips; ++i) {
    SCOPED_TRACE(absl::StrCat("flip ", i));
    const std::string file = FlipOneOf(FilesOf(path() + "/segments", ".seg"), rng_);
    for (int q = 0; q < 3; ++q) {  // no crash; it may be wrong until the damage is found
      EXPECT_TRUE(engine_->Search(RandomQuery(Values(model_), rng_), {}).ok());
    }
    EXPECT_TRUE(engine_->Range({.filter = {.exclude = {"t5"}}, .limit = 1000}, {}).ok());
    engine_->Stats();
    if (i % 10 == 0) Put(static_cast<int>(rng_() % kDamageTrips), 3);
    if (i % 2 == 0) {
      ASSERT_TRUE(engine_->Scrub().ok());
    } else {
      engine_->Compact().IgnoreError();  // a merge never gives damage new checksums
      ASSERT_TRUE(engine_->Scrub().ok());
    }
    ExpectHolds(*engine_, model_, rng_, 1);
    EXPECT_EQ(engine_->Stats().left_out, 0u);
    if (HasFailure()) return;
    if (i % 40 == 0) Open(options);
    if (FilesOf(path() + "/segments", ".seg").size() < 2) {
      Put(1000 + i, 2);
      ASSERT_TRUE(engine_->Seal().ok());
    }
  }
  EXPECT_GE(told.size(), size_t{kDamageFlips} * 9 / 10);  // a few hit what is between the arrays
  EXPECT_TRUE(absl::StrContains(told[0], ".seg")) << told[0];
}

// Who reads behind the end of a mapped file is ended by the system, unless somebody takes care.
TEST_F(DamageTest, AFileThatIsCutShortUnderAMapIsFoundToldAndMended) {
  Fill();
  std::vector<std::string> told;
  EngineOptions options = SmallAndQuiet();
  options.on_damage = [&told](absl::string_view what) { told.emplace_back(what); };
  Open(options);
  for (size_t i = 0; i < 12; ++i) {
    SCOPED_TRACE(absl::StrCat("cut ", i));
    const std::string file = FilesOf(path() + "/segments", ".seg")[0];
    fs::resize_file(file, fs::file_size(file) * (i % 4) / 4);
    for (int q = 0; q < 3; ++q) {
      EXPECT_TRUE(engine_->Search(RandomQuery(Values(model_), rng_), {}).ok());
    }
    engine_->Stats();
    if (i % 3 == 0) engine_->Compact().IgnoreError();
    ASSERT_TRUE(engine_->Scrub().ok());
    ExpectHolds(*engine_, model_, rng_, 1);
    EXPECT_EQ(engine_->Stats().left_out, 0u);
    EXPECT_EQ(told.size(), i + 1);
  }
}

TEST_F(DamageTest, NoiseUnderAMapCrashesNothing) {
  Fill();
  Open();
  for (int i = 0; i < 60; ++i) {
    SCOPED_TRACE(absl::StrCat("round ", i));
    const auto files = FilesOf(path() + "/segments", ".seg");
    ASSERT_FALSE(files.empty());
    for (uint32_t n = 1u << rng_() % 12; n > 0; --n) {
      const std::string& file = files[rng_() % files.size()];
      const uint64_t at = rng_() % fs::file_size(file);
      ChangeByte(file, at, [this](char) { return static_cast<char>(rng_()); });
    }
    for (int q = 0; q < 10; ++q) {
      EXPECT_TRUE(engine_->Search(RandomQuery(Values(model_), rng_), {}).ok());
    }
    EXPECT_TRUE(engine_->Range({.filter = {.exclude = {"t5"}}, .limit = 1000}, {}).ok());
    engine_->Stats();
    ASSERT_TRUE(engine_->Sample(10, 1, {}).ok());
    ASSERT_TRUE(engine_->Scrub().ok());
    ExpectHolds(*engine_, model_, rng_, 1);
    if (HasFailure()) return;
  }
}

TEST_F(DamageTest, WhatIsFoundIsMendedByTheBackground) {
  Fill();
  EngineOptions options = SmallAndQuiet();
  options.background = true;
  options.scrub_bytes_per_s = uint64_t{1} << 30;
  std::atomic<int> told = 0;
  options.on_damage = [&told](absl::string_view) { ++told; };
  Open(options);
  const std::string file = FilesOf(path() + "/segments", ".seg")[0];
  FlipABit(file, rng_);
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (fs::exists(file) || engine_->Stats().left_out > 0 || told == 0) {
    ASSERT_LT(std::chrono::steady_clock::now(), give_up);
    std::this_thread::yield();
    if (told == 0) Put(0, 1);  // the maintainer wakes
  }
  ExpectHolds(*engine_, model_, rng_);
}

TEST_F(DamageTest, ADamagedRecordSparesAllOthersAndComesBackWhenItIsWrittenAgain) {
  Open();
  Put(0, 400);
  ASSERT_TRUE(engine_->Compact().ok());
  engine_ = nullptr;
  DamageRecords(path());
  uint64_t named = 0, read = 0;
  const auto salvaged = Engine::SalvageStore(
      path(),
      [&](const Trajectory& t) {
        ++read;
        EXPECT_EQ(t, model_[t.id.value()]);
        return absl::OkStatus();
      },
      [&](absl::string_view) { ++named; });
  ASSERT_TRUE(salvaged.ok()) << salvaged.status();
  EXPECT_GT(named, 0u);
  EXPECT_EQ(named + read, model_.size());
  std::atomic<int> told = 0;
  EngineOptions options = SmallAndQuiet();
  options.on_damage = [&told](absl::string_view) { ++told; };
  Open(options);
  std::vector<std::string> unreadable;
  for (const auto& [id, t] : model_) {
    const auto found = engine_->Get(TrajectoryId(id));
    if (found.ok()) continue;
    EXPECT_TRUE(absl::IsDataLoss(found.status())) << found.status();
    unreadable.push_back(id);
  }
  EXPECT_EQ(unreadable.size(), named);
  EXPECT_GT(told, 0);
  EXPECT_TRUE(engine_->records_damaged());
  for (int i = 0; i < 5; ++i) ExpectTrueOrSaid(*engine_, model_, rng_);
  // A box that no line begins or ends in, so that all must be read.
  const auto everywhere = engine_->Range(
      {.filter = {.box = engine_->Stats().extent, .relation = Relation::kWithin}, .limit = 10'000},
      {});
  ASSERT_TRUE(everywhere.ok());
  EXPECT_EQ(everywhere->ids.size() + everywhere->damaged, model_.size());
  std::vector<Trajectory> again;
  for (const std::string& id : unreadable) again.push_back(model_[id]);
  const auto written = engine_->Write(std::move(again));
  ASSERT_TRUE(written.ok()) << written.status();
  ExpectHolds(*engine_, model_, rng_);
}

TEST_F(DamageTest, ADamagedRecordAndALostSegmentLeaveOutWhatCannotBeReadUntilItIsWritten) {
  Open();
  Put(0, 400);
  ASSERT_TRUE(engine_->Compact().ok());
  engine_ = nullptr;
  DamageRecords(path());
  fs::remove(FilesOf(path() + "/segments", ".seg")[0]);
  Open();
  const uint64_t lost = engine_->Stats().left_out;
  EXPECT_GT(lost, 0u);
  EXPECT_EQ(engine_->Stats().trajectories + lost, model_.size());
  ExpectTrueOrSaid(*engine_, model_, rng_);
  Open();  // it is not forgotten
  EXPECT_EQ(engine_->Stats().left_out, lost);
  ASSERT_TRUE(engine_->Write(Values(model_)).ok());
  EXPECT_EQ(engine_->Stats().left_out, 0u);
  ExpectHolds(*engine_, model_, rng_);
  Open();
  EXPECT_EQ(engine_->Stats().left_out, 0u);
  ExpectHolds(*engine_, model_, rng_);
}

// Files of a kind, and how many flips it gets.
struct Kind {
  const char* name;
  int flips;
};
class FlippedFileTest : public DamageTest, public ::testing::WithParamInterface<Kind> {
 protected:
  // Without a fault, but it waits for no disk, and not a second after each damage it meets.
  testing::HurriedEnv env_{rocksdb::NewCompositeEnv(std::make_shared<testing::FaultyFileSystem>())};
};

// One flipped bit in a file of a store that is closed: the next start refuses it and says so, or
// what it answers is true or said to be incomplete; and the start after it does the same.
TEST_P(FlippedFileTest, AFlippedBitInAClosedFileIsDetectedOrHarmless) {
  Fill();
  engine_ = nullptr;
  EngineOptions options = SmallAndQuiet();
  options.env = &env_;
  int refused = 0, opened = 0;
  for (int i = 0; i < GetParam().flips; ++i) {
    SCOPED_TRACE(absl::StrCat("flip ", i));
    const std::string copy = dir_.path() + "/copy";
    fs::remove_all(copy);
    fs::copy(path(), copy, fs::copy_options::recursive);
    const std::string file = FlipOneOf(FilesOf(copy, GetParam().name), rng_);
    for (int start = 0; start < (i % 4 == 0 ? 2 : 1); ++start) {
      auto engine = Engine::Open(copy, options);
      if (engine.ok()) {
        ++opened;
        ExpectTrueOrSaid(**engine, model_, rng_);
      } else {
        ++refused;
        EXPECT_TRUE(absl::IsDataLoss(engine.status())) << file << ": " << engine.status();
      }
      if (HasFailure()) return;
    }
  }
  RecordProperty("opened", opened);
  RecordProperty("refused", refused);
}

// The library reads neither its options nor its identity back.
INSTANTIATE_TEST_SUITE_P(Files, FlippedFileTest,
                         ::testing::Values(Kind{".seg", kDamageFlips}, Kind{".sst", kDamageFlips},
                                           Kind{"OPTIONS", 20}, Kind{"IDENTITY", 20}),
                         [](const auto& kind) {
                           std::string name = kind.param.name;
                           std::erase(name, '.');
                           return name;
                         });

}  // namespace
}  // namespace spoor
