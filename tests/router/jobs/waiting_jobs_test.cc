// Jobs that find no room on a disk: they wait, say so, go on when there is some, and can be ended.
#include <gtest/gtest.h>

#include <atomic>
#include <random>

#include "absl/strings/match.h"
#include "router/api/job_json.h"
#include "tests/router/jobs/jobs_world.h"

namespace spoor::testing {
namespace {

using std::chrono::milliseconds;

constexpr uint64_t kPlenty = uint64_t{1} << 40;
const char kStatsOfAll[] = R"({"type":"stats","select":{"all":true}})";

// A process whose jobs have as much room as is said.
class RoomyJobs {
 public:
  RoomyJobs(const JobsWorld& world, const std::string& dir,
            milliseconds retry_every = milliseconds(1),
            uint64_t memory_bytes = uint64_t{256} << 20) {
    JobsOptions options = EagerJobs(dir);
    options.limits.retry_every = retry_every;
    options.limits.memory_bytes = memory_bytes;
    options.limits.give_up_after = milliseconds(0);
    options.free_bytes = [this] { return for_spool.load(); };
    jobs = std::make_unique<Jobs>(
        *world.cluster,
        std::make_unique<FileJobStore>(FileJobStoreOptions{
            .dir = dir,
            .free_bytes = [this] { return look != nullptr ? look() : for_rows.load(); }}),
        options);
  }
  // As it is told while it waits.
  JobRecord AwaitWaiting(const JobId& id) const {
    for (uint64_t seen = 0;;) {
      const auto job = jobs->Find(id);
      EXPECT_TRUE(job.ok()) << job.status();
      if (!job.ok() || !job->waits.empty() || IsOver(job->state)) {
        return job.ok() ? *job : JobRecord();
      }
      seen = jobs->AwaitChange(seen, std::chrono::steady_clock::now() + std::chrono::seconds(1));
    }
  }

  std::atomic<uint64_t> for_rows = kPlenty, for_spool = kPlenty;
  std::function<uint64_t()> look;  // instead of for_rows; set before there are jobs
  std::unique_ptr<Jobs> jobs;      // goes first
};

TEST(JobsWithoutRoom, WaitSayWhyAndGoOn) {
  const JobsWorld world(2);
  for (const char* body : {kExportAll, kStatsOfAll}) {
    const TempDir dir, other;
    const auto undisturbed = world.Open(other.path());
    const auto truth = ResultOf(*undisturbed, StartJob(*undisturbed, body));
    RoomyJobs there(world, dir.path());
    there.for_rows = 1000;
    const JobId id = StartJob(*there.jobs, body);
    const JobRecord job = there.AwaitWaiting(id);
    EXPECT_EQ(job.state, JobState::kRunning);
    EXPECT_TRUE(absl::StrContains(job.waits, "disk full: 1000 bytes are free")) << job.waits;
    JsonWriter w;
    WriteJob(job, w);
    const auto told = boost::json::parse(w.Take());
    EXPECT_EQ(told.at("state").as_string(), "running");
    EXPECT_EQ(told.at("progress").at("waits").as_string(), job.waits);
    there.for_rows = kPlenty;
    EXPECT_EQ(ResultOf(*there.jobs, id), truth);
    EXPECT_EQ(there.jobs->Find(id)->waits, "");
  }
}

TEST(JobsWithoutRoom, WhatIsSpilledWaitsAndIsNotMadeAgain) {
  const JobsWorld world(2);
  const TempDir dir, other;
  const auto undisturbed = world.Open(other.path());
  const auto truth = ResultOf(*undisturbed, StartJob(*undisturbed, kStatsOfAll));
  RoomyJobs there(world, dir.path(), milliseconds(1), /*memory_bytes=*/2000);
  there.for_spool = 0;
  const JobId id = StartJob(*there.jobs, kStatsOfAll);
  const JobRecord job = there.AwaitWaiting(id);
  EXPECT_EQ(job.state, JobState::kRunning) << job.error;
  EXPECT_EQ(job.steps[0].state, JobStep::State::kRunning);
  there.for_spool = kPlenty;
  EXPECT_EQ(ResultOf(*there.jobs, id), truth);
}

// Nothing but the end of the job, or of the process, ends so long a pause.
TEST(JobsWithoutRoom, CancelAndShutdownWakeThem) {
  const JobsWorld world(1);
  const TempDir dir;
  {
    RoomyJobs there(world, dir.path(), std::chrono::hours(1));
    there.for_rows = 0;
    const JobId id = StartJob(*there.jobs, kExportAll);
    there.AwaitWaiting(id);
    EXPECT_TRUE(there.jobs->Cancel(id).ok());
    EXPECT_EQ(AwaitEnd(*there.jobs, id).state, JobState::kCancelled);
  }
  JobId id;
  {
    RoomyJobs there(world, dir.path(), std::chrono::hours(1));
    there.for_rows = 0;
    id = StartJob(*there.jobs, kExportAll);
    there.AwaitWaiting(id);
  }
  RoomyJobs again(world, dir.path());
  EXPECT_EQ(AwaitEnd(*again.jobs, id).state, JobState::kDone);
}

// Now there is room, now there is none: wherever it falls, the rows are the same.
TEST(JobsWithoutRoom, RoomThatComesAndGoesChangesNothing) {
  const JobsWorld world(2);
  const TempDir other;
  const auto undisturbed = world.Open(other.path());
  for (const char* body : {kExportAll, kStatsOfAll}) {
    const auto truth = ResultOf(*undisturbed, StartJob(*undisturbed, body));
    for (uint64_t seed = 1; seed <= 2; ++seed) {
      SCOPED_TRACE(absl::StrCat(body, ", seed ", seed));
      const TempDir dir;
      std::mt19937_64 random(seed);
      Mutex mu;
      RoomyJobs there(world, dir.path());
      there.look = [&] {
        const MutexLock lock(mu);
        return random() % 2 == 0 ? 0 : kPlenty;
      };
      EXPECT_EQ(ResultOf(*there.jobs, StartJob(*there.jobs, body)), truth);
    }
  }
}

// A store whose records, and not only rows, find no room for a while.
class FullStore : public FileJobStore {
 public:
  using FileJobStore::FileJobStore;
  absl::StatusOr<JobWish> Save(const JobRecord& record) override {
    if (!record.checkpoint.empty() && left_-- > 0) {
      return absl::ResourceExhaustedError("cannot write record: No space left on device");
    }
    return FileJobStore::Save(record);
  }

 private:
  std::atomic<int> left_ = 5;
};

TEST(JobsWithoutRoom, RecordsThatFindNoneFailNothing) {
  const JobsWorld world(1);
  const TempDir dir, other;
  const auto undisturbed = world.Open(other.path());
  const auto truth = ResultOf(*undisturbed, StartJob(*undisturbed, kExportAll));
  JobsOptions options = EagerJobs(dir.path());
  options.limits.retry_every = milliseconds(1);
  options.limits.give_up_after = milliseconds(0);
  Jobs jobs(*world.cluster, std::make_unique<FullStore>(FileJobStoreOptions{.dir = dir.path()}),
            options);
  EXPECT_EQ(ResultOf(jobs, StartJob(jobs, kExportAll)), truth);
}

}  // namespace
}  // namespace spoor::testing
