#include "engine/engine.h"

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tests/engine/access_for.h"
#include "tests/engine/model.h"
#include "tests/engine/temp_dir.h"

namespace spoor {
namespace {

using testing::ExpectHolds;
using testing::GridTrip;
using testing::Model;
using testing::TempDir;

constexpr int kRandomHistories = 20;

EngineOptions Quiet() {
  EngineOptions options;
  options.memory_bytes = 32 << 20;
  options.background = false;
  return options;
}

std::unique_ptr<Engine> Open(const TempDir& dir, EngineOptions options = Quiet()) {
  options.access = testing::AccessFor(dir.path() + "/c");
  auto engine = Engine::Open(dir.path() + "/c", options);
  EXPECT_TRUE(engine.ok()) << engine.status();
  return engine.ok() ? *std::move(engine) : nullptr;
}

std::vector<Trajectory> Trips(int n, int from = 0) {
  std::vector<Trajectory> out;
  for (int i = from; i < from + n; ++i) out.push_back(GridTrip(absl::StrCat("t", i), i));
  return out;
}

void Put(Engine& engine, Model& model, std::vector<Trajectory> batch) {
  for (const Trajectory& t : batch) model[t.id.value()] = t;
  const auto r = engine.Write(std::move(batch));
  ASSERT_TRUE(r.ok()) << r.status();
}

std::vector<std::string> SegmentFiles(const TempDir& dir) {
  std::vector<std::string> out;
  for (const auto& e : std::filesystem::directory_iterator(dir.path() + "/c/segments")) {
    out.push_back(e.path());
  }
  return out;
}

void FlipByte(const std::string& path, uint64_t at) {
  std::fstream f(path, std::ios::in | std::ios::out | std::ios::binary);
  f.seekg(static_cast<std::streamoff>(at));
  const char c = static_cast<char>(f.get());
  f.seekp(static_cast<std::streamoff>(at));
  f.put(static_cast<char>(c ^ 4));
}

TEST(Engine, KeepsWhatWasWrittenWhenItIsOpenedAgain) {
  const TempDir dir;
  Model model;
  std::mt19937_64 rng(1);
  for (int round = 0; round < 3; ++round) {
    const auto engine = Open(dir);
    ExpectHolds(*engine, model, rng);
    Put(*engine, model, Trips(30, 30 * round));
    if (round == 1) {
      ASSERT_TRUE(engine->Seal().ok());
    }
    ExpectHolds(*engine, model, rng);
  }
}

TEST(Engine, EmptyCollectionAnswersNothing) {
  const TempDir dir;
  const auto engine = Open(dir);
  EXPECT_TRUE(engine->Search({.fixes = GridTrip("q", 1).fixes}, {})->hits.empty());
  EXPECT_EQ(engine->Get(TrajectoryId("x")).status().code(), absl::StatusCode::kNotFound);
  EXPECT_FALSE(engine->Stats().params.has_value());
}

TEST(Engine, SendingTheSameRecordAgainChangesNothing) {
  const TempDir dir;
  const auto engine = Open(dir);
  const auto first = engine->Write(Trips(10));
  const auto second = engine->Write(Trips(10));
  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_EQ(first->inserted, 10u);
  EXPECT_EQ(second->unchanged, 10u);
  EXPECT_EQ(second->position, first->position);
  EXPECT_EQ(engine->Stats().trajectories, 10u);
}

TEST(Engine, LastOfOneIdInABatchWins) {
  const TempDir dir;
  const auto engine = Open(dir);
  std::vector<Trajectory> batch = {GridTrip("a", 1), GridTrip("a", 2), GridTrip("b", 3),
                                   GridTrip("a", 4)};
  const auto r = engine->Write(batch);
  ASSERT_TRUE(r.ok());
  EXPECT_EQ(r->inserted, 2u);
  EXPECT_EQ(r->replaced, 2u);
  EXPECT_EQ(r->existed, (std::vector<uint8_t>{0, 1, 0, 1}));
  std::mt19937_64 rng(1);
  ExpectHolds(*engine, {{"a", batch[3]}, {"b", batch[2]}}, rng);
}

TEST(Engine, DeletesByIdAndByFilter) {
  const TempDir dir;
  const auto engine = Open(dir);
  Model model;
  std::mt19937_64 rng(2);
  Put(*engine, model, Trips(40));
  ASSERT_TRUE(engine->Seal().ok());
  const auto gone =
      engine->Delete({TrajectoryId("t3"), TrajectoryId("t3"), TrajectoryId("nobody")});
  ASSERT_TRUE(gone.ok());
  EXPECT_EQ(gone->deleted, 1u);
  model.erase("t3");
  Filter filter;
  filter.tags = {{"kind", {"even"}}};
  filter.objects = {"car2", "car4"};
  uint64_t expected = 0;
  for (auto it = model.begin(); it != model.end();) {
    const bool matches = filter.Matches(it->second);
    expected += matches ? 1 : 0;
    it = matches ? model.erase(it) : std::next(it);
  }
  ASSERT_GT(expected, 0u);
  EXPECT_EQ(engine->DeleteWhere(filter, {})->deleted, expected);
  ExpectHolds(*engine, model, rng);
}

// Random histories of writes, replacements, deletions, seals, merges and restarts.
TEST(Engine, AnswersAsBruteForceAfterAnyHistory) {
  for (int seed = 0; seed < kRandomHistories; ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    std::mt19937_64 rng(seed);
    const TempDir dir;
    Model model;
    auto engine = Open(dir);
    for (int step = 0; step < 12; ++step) {
      switch (rng() % 6) {
        case 0:
          if (rng() % 2) {
            ASSERT_TRUE(engine->Compact().ok());
          } else {
            ASSERT_TRUE(engine->Seal().ok());
          }
          break;
        case 1: {
          engine = nullptr;
          engine = Open(dir);
          ASSERT_NE(engine, nullptr);
          break;
        }
        case 2: {
          std::vector<TrajectoryId> ids;
          for (int i = 0; i < 5; ++i) ids.emplace_back(absl::StrCat("t", rng() % 30));
          for (const auto& id : ids) model.erase(id.value());
          ASSERT_TRUE(engine->Delete(ids).ok());
          break;
        }
        default: {
          std::vector<Trajectory> batch;
          for (uint64_t n = 1 + rng() % 15; n > 0; --n) {
            batch.push_back(GridTrip(absl::StrCat("t", rng() % 30), rng() % 50, 1 + rng() % 80));
          }
          Put(*engine, model, std::move(batch));
        }
      }
    }
    ExpectHolds(*engine, model, rng, 5);
    engine = nullptr;
    const auto findings = Engine::CheckStore(dir.path() + "/c",
                                             [](absl::string_view what) { ADD_FAILURE() << what; });
    ASSERT_TRUE(findings.ok()) << findings.status();
    EXPECT_EQ(*findings, 0u);
    if (HasFailure()) return;
  }
}

TEST(Engine, ParametersThatNobodyChoseStay) {
  const TempDir dir;
  {
    const auto engine = Open(dir);
    ASSERT_TRUE(engine->Write(Trips(5)).ok());
    EXPECT_EQ(*engine->Stats().params, AutoParams());
  }
  const auto engine = Open(dir);
  ASSERT_TRUE(engine->Write(Trips(5, 100)).ok());
  EXPECT_EQ(*engine->Stats().params, AutoParams());
  EXPECT_EQ(engine->Stats().generation, 1u);
}

TEST(Engine, RefusesOtherParametersThanTheStoredOnes) {
  const TempDir dir;
  EngineOptions options = Quiet();
  options.params = PaperParams();
  {
    EXPECT_EQ(*Open(dir, options)->Stats().params, PaperParams());
  }
  options.params = CellParams();
  EXPECT_EQ(Engine::Open(dir.path() + "/c", options).status().code(),
            absl::StatusCode::kFailedPrecondition);
}

TEST(Engine, OneProcessAtATime) {
  const TempDir dir;
  const auto engine = Open(dir);
  EXPECT_EQ(Engine::Open(dir.path() + "/c", Quiet()).status().code(),
            absl::StatusCode::kUnavailable);
}

TEST(Engine, ReindexesWhileItServesAndIsWrittenTo) {
  const TempDir dir;
  std::mt19937_64 rng(3);
  Model model;
  EngineOptions options = Quiet();
  options.background = true;
  options.seal_trajectories = 64;
  auto engine = Open(dir, options);
  Put(*engine, model, Trips(300));
  std::atomic<bool> done = false;
  std::thread writer([&] {
    for (int i = 0; !done; ++i) {
      Put(*engine, model, {GridTrip(absl::StrCat("t", i % 320), 1000 + i)});
      if (i % 7 == 0) {
        const std::string id = absl::StrCat("t", i % 300);
        ASSERT_TRUE(engine->Delete({TrajectoryId(id)}).ok());
        model.erase(id);
      }
    }
  });
  IndexParams params = *engine->Stats().params;
  const uint64_t generation = engine->Stats().generation;
  double last = 0;
  for (int depth : {36, 32, 38}) {
    params.depth = depth;
    const absl::Status s = engine->Reindex(params, {}, [&](double p) { last = p; });
    ASSERT_TRUE(s.ok()) << s;
    EXPECT_EQ(engine->Stats().params->depth, depth);
  }
  done = true;
  writer.join();
  EXPECT_EQ(last, 1);
  EXPECT_EQ(engine->Stats().generation, generation + 3);
  ExpectHolds(*engine, model, rng);
  engine = nullptr;
  engine = Open(dir);
  EXPECT_EQ(engine->Stats().params->depth, 38);
  ExpectHolds(*engine, model, rng);
}

TEST(Engine, ReadersSeeWholeBatchesWhileWritesGoOn) {
  const TempDir dir;
  EngineOptions options = Quiet();
  options.background = true;
  options.seal_trajectories = 100;
  const auto engine = Open(dir, options);
  constexpr int kBatch = 5, kRounds = 60;
  std::atomic<bool> done = false;
  std::vector<std::thread> readers;
  for (int r = 0; r < 2; ++r) {
    readers.emplace_back([&] {
      const std::vector<Fix> fixes = GridTrip("q", 0).fixes;
      while (!done) {
        const auto all = engine->Range({.limit = 10'000}, {});
        ASSERT_TRUE(all.ok()) << all.status();
        EXPECT_EQ(all->ids.size() % kBatch, 0u);
        Query q{.fixes = fixes, .k = 5};
        q.rerank = Rerank{*MakeMeasure("dtw", {}), 20};
        const auto found = engine->Search(q, {});
        ASSERT_TRUE(found.ok()) << found.status();
      }
    });
  }
  for (int i = 0; i < kRounds; ++i) {
    ASSERT_TRUE(engine->Write(Trips(kBatch, kBatch * i)).ok());
    if (i % 10 == 9) {
      ASSERT_TRUE(engine->Compact().ok());
    }
  }
  done = true;
  for (auto& t : readers) t.join();
  EXPECT_EQ(engine->Stats().trajectories, uint64_t{kBatch * kRounds});
}

TEST(Engine, RebuildsALostOrDamagedIndexFile) {
  const TempDir dir;
  std::mt19937_64 rng(4);
  Model model;
  {
    const auto engine = Open(dir);
    Put(*engine, model, Trips(50));
    ASSERT_TRUE(engine->Seal().ok());
    Put(*engine, model, Trips(10, 45));
  }
  for (bool lose : {true, false}) {
    const std::vector<std::string> files = SegmentFiles(dir);
    ASSERT_EQ(files.size(), 1u);
    if (lose) {
      std::filesystem::remove(files[0]);
    } else {
      FlipByte(files[0], std::filesystem::file_size(files[0]) / 2);
      std::string what;
      const auto findings = Engine::CheckStore(dir.path() + "/c",
                                               [&](absl::string_view w) { what = std::string(w); });
      EXPECT_GT(*findings, 0u);
      EXPECT_TRUE(absl::StrContains(what, ".seg")) << what;
    }
    const auto engine = Open(dir);
    EXPECT_NE(engine->Stats().rebuilt, "");
    ExpectHolds(*engine, model, rng);
  }
  EXPECT_EQ(Open(dir)->Stats().rebuilt, "");
}

TEST(Engine, CheckNamesTheDamageInTheStore) {
  const TempDir dir;
  {
    const auto engine = Open(dir);
    ASSERT_TRUE(engine->Write(Trips(50)).ok());
  }
  std::string table;
  for (const auto& e : std::filesystem::directory_iterator(dir.path() + "/c/store")) {
    if (e.path().extension() == ".sst" &&
        (table.empty() || e.file_size() > std::filesystem::file_size(table))) {
      table = e.path();
    }
  }
  ASSERT_NE(table, "");
  FlipByte(table, std::filesystem::file_size(table) / 3);
  std::vector<std::string> found;
  const auto findings =
      Engine::CheckStore(dir.path() + "/c", [&](absl::string_view w) { found.emplace_back(w); });
  ASSERT_TRUE(findings.ok()) << findings.status();
  ASSERT_GT(*findings, 0u);
  EXPECT_TRUE(absl::StrContains(found[0], std::filesystem::path(table).filename().string()))
      << found[0];
  EXPECT_EQ(Engine::CheckStore(dir.path() + "/none", [](absl::string_view) {}).status().code(),
            absl::StatusCode::kNotFound);
}

TEST(Engine, SampleIsTheSameHoweverRecordsLie) {
  const TempDir dir;
  const auto engine = Open(dir);
  ASSERT_TRUE(engine->Write(Trips(100)).ok());
  const auto before = engine->Sample(10, 1, {});
  ASSERT_TRUE(engine->Compact().ok());
  const auto after = engine->Sample(10, 1, {});
  ASSERT_TRUE(before.ok() && after.ok());
  EXPECT_EQ(before->size(), 10u);
  EXPECT_EQ(*before, *after);
  EXPECT_NE(*engine->Sample(10, 2, {}), *before);
}

TEST(Engine, PatienceEndsLongWork) {
  const TempDir dir;
  const auto engine = Open(dir);
  ASSERT_TRUE(engine->Write(Trips(200)).ok());
  const Patience over{.deadline = std::chrono::steady_clock::now() - std::chrono::seconds(1)};
  Query q{.fixes = GridTrip("q", 1).fixes};
  q.rerank = Rerank{*MakeMeasure("dtw", {}), 1000};
  EXPECT_EQ(engine->Search(q, over).status().code(), absl::StatusCode::kDeadlineExceeded);
  const Patience hung_up{.cancelled = std::make_shared<std::atomic<bool>>(true)};
  EXPECT_EQ(engine->Search(q, hung_up).status().code(), absl::StatusCode::kCancelled);
}

TEST(Engine, LargerThanItsMemoryStillAnswers) {
  const TempDir dir;
  EngineOptions options = Quiet();
  options.memory_bytes = 2 << 20;
  options.background = true;
  const auto engine = Open(dir, options);
  constexpr int kTrips = 1500;
  for (int i = 0; i < kTrips; i += 100) {
    std::vector<Trajectory> batch;
    for (int k = i; k < i + 100; ++k) batch.push_back(GridTrip(absl::StrCat("t", k), k, 400));
    ASSERT_TRUE(engine->Write(std::move(batch)).ok());
  }
  ASSERT_TRUE(engine->Compact().ok());
  const EngineStats stats = engine->Stats();
  EXPECT_EQ(stats.trajectories, uint64_t{kTrips});
  EXPECT_EQ(stats.memory_segments, 0u);
  Query q{.fixes = GridTrip("q", 7, 400).fixes};
  q.rerank = Rerank{*MakeMeasure("discrete_frechet", {}), kTrips};
  const auto found = engine->Search(q, {});
  ASSERT_TRUE(found.ok()) << found.status();
  ASSERT_FALSE(found->hits.empty());
  EXPECT_EQ(found->hits[0].id.value(), "t7");
  EXPECT_EQ(found->hits[0].distance_m, 0);
}

}  // namespace
}  // namespace spoor
