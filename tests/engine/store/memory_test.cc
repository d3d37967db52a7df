#include "engine/store/memory.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <thread>

#include "absl/strings/str_cat.h"
#include "engine/engine.h"
#include "tests/engine/temp_dir.h"
#include "tests/engine/walks.h"

namespace spoor {
namespace {

using testing::GridTrip;
using testing::TempDir;

constexpr uint64_t kBudget = 16 << 20;

// The most that was in use at once while it lived.
class Watch {
 public:
  explicit Watch(const Memory& memory) : memory_(memory), thread_([this] { Look(); }) {}
  ~Watch() {
    over_ = true;
    thread_.join();
  }
  uint64_t total() const { return total_; }
  uint64_t segments() const { return segments_; }

 private:
  void Look() {
    while (!over_) {
      const Memory::Use use = memory_.use();
      total_ = std::max(total_.load(), use.total());
      segments_ = std::max(segments_.load(), use.segments);
      std::this_thread::yield();
    }
  }
  const Memory& memory_;
  std::atomic<bool> over_ = false;
  std::atomic<uint64_t> total_ = 0, segments_ = 0;
  std::thread thread_;
};

std::vector<Trajectory> Trips(int from, int n) {
  std::vector<Trajectory> out;
  for (int i = from; i < from + n; ++i) out.push_back(GridTrip(absl::StrCat("t", i), i));
  return out;
}

TEST(Memory, IsTheSumOfWhatItIsUsedFor) {
  Memory memory(kBudget);
  const uint64_t before = memory.use().total();
  {
    Memory::Work work(memory, 1000);
    memory.segment_bytes() += 10;
    EXPECT_EQ(memory.use().work, 1000u);
    EXPECT_EQ(memory.use().total(), before + 1010);
    work.Set(1);
    EXPECT_EQ(memory.use().work, 1u);
  }
  EXPECT_EQ(memory.use().work, 0u);
  EXPECT_EQ(memory.use().segments, 10u);
}

// Loads several times what memory segments may take, as fast as it can, searches, merges,
// re-indexes, and makes the index anew from the records.
TEST(Memory, OfAnEngineStaysWithinItsBudget) {
  constexpr int kTrips = 12'000, kBatch = 500;
  const TempDir dir;
  EngineOptions options{.access = Access::kCreate, .memory = std::make_shared<Memory>(kBudget)};
  const Watch watch(*options.memory);
  auto engine = Engine::Open(dir.path() + "/c", options);
  ASSERT_TRUE(engine.ok()) << engine.status();
  uint64_t most_of_a_batch = 0;
  for (int i = 0; i < kTrips; i += kBatch) {
    const uint64_t before = options.memory->use().segments;
    ASSERT_TRUE((*engine)->Write(Trips(i, kBatch)).ok());
    const uint64_t after = options.memory->use().segments;
    most_of_a_batch = std::max(most_of_a_batch, after - std::min(before, after));
  }
  Query query{.fixes = GridTrip("q", 7).fixes, .k = 10};
  query.rerank = Rerank{*MakeMeasure("discrete_frechet", {}), 1000};
  for (query.exact = false; !query.exact; query.exact = true) {
    ASSERT_TRUE((*engine)->Search(query, {}).ok());
  }
  ASSERT_TRUE((*engine)->Compact().ok());
  IndexParams params;
  params.depth = 34;
  ASSERT_TRUE((*engine)->Reindex(params, {}, [](double) {}).ok());
  EXPECT_GT((*engine)->Stats().mapped_bytes, 2 * kBudget / 16) << "too little was loaded";
  EXPECT_LE((*engine)->Stats().mapped_bytes, (*engine)->Stats().disk_bytes);
  *engine = nullptr;
  std::filesystem::remove_all(dir.path() + "/c/segments");
  options.access = Access::kWrite;
  engine = Engine::Open(dir.path() + "/c", options);
  ASSERT_TRUE(engine.ok()) << engine.status();
  EXPECT_NE((*engine)->Stats().rebuilt, "");
  EXPECT_EQ((*engine)->Stats().trajectories, uint64_t{kTrips});
  EXPECT_LE(watch.segments(), 2 * options.memory->segment_budget() + 2 * most_of_a_batch);
  EXPECT_LE(watch.total(), kBudget);
}

// Whose write exceeds twice the share of memory segments seals before it is answered: nobody has to
// be quick enough.
TEST(Memory, WhoWritesSealsWhereTheBackgroundIsLate) {
  const TempDir dir;
  EngineOptions options{.access = Access::kCreate, .memory = std::make_shared<Memory>(4 << 20)};
  auto engine = Engine::Open(dir.path() + "/c", options);
  ASSERT_TRUE(engine.ok()) << engine.status();
  options.memory->segment_bytes() += 2 * options.memory->segment_budget();  // of other engines
  ASSERT_TRUE((*engine)->Write(Trips(0, 500)).ok());
  EXPECT_EQ((*engine)->Stats().memory_segments, 0u);
  EXPECT_EQ((*engine)->Stats().trajectories, 500u);
  options.memory->segment_bytes() -= 2 * options.memory->segment_budget();
  EXPECT_EQ(options.memory->use().segments, 0u);
}

// What does not fit is left out of a sample, the same whatever was asked for.
TEST(Memory, ASampleFitsIntoAQuarterOfIt) {
  const TempDir dir;
  constexpr uint64_t kSmall = 1 << 20;
  auto engine =
      Engine::Open(dir.path() + "/c", {.access = Access::kCreate, .memory_bytes = kSmall});
  ASSERT_TRUE(engine.ok()) << engine.status();
  ASSERT_TRUE((*engine)->Write(Trips(0, 1000)).ok());
  const auto few = (*engine)->Sample(10, 1, {}), many = (*engine)->Sample(1000, 1, {});
  ASSERT_TRUE(few.ok() && many.ok());
  ASSERT_EQ(few->size(), 10u);
  ASSERT_LT(many->size(), 1000u) << "all of it fits";
  uint64_t bytes = 0;
  for (const Trajectory& t : *many) bytes += t.fixes.size() * sizeof(Fix);
  EXPECT_LE(bytes, kSmall / 4);
  for (size_t i = 0; i < few->size(); ++i) EXPECT_EQ((*few)[i], (*many)[i]);
}

}  // namespace
}  // namespace spoor
