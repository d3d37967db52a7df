// What a router tells while the store of jobs is away.
#include "router/jobs/known_jobs.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "router/api/job_json.h"
#include "router/jobs/cluster_job_store.h"
#include "shard/log/memory_log.h"
#include "shard/meta/memory_meta.h"
#include "tests/eventually.h"
#include "tests/router/jobs/faulty_stores.h"
#include "tests/router/jobs/jobs_world.h"

namespace spoor::testing {
namespace {

using std::chrono::milliseconds;

// A store that is shared, a job in it that another process drives, and routers that look at it.
class KnownJobsTest : public ::testing::Test {
 protected:
  struct Router {
    explicit Router(KnownJobsTest& test) : meta(test.meta_, fault) {
      JobsOptions options{.spool_dir = dir.path()};
      options.look_every = milliseconds(2);
      jobs = std::make_unique<Jobs>(*test.world_.cluster,
                                    std::make_unique<ClusterJobStore>(
                                        ClusterJobStoreOptions{.cluster = "c"}, meta, test.logs_),
                                    options);
    }
    // Once nothing is on its way any more.
    void CutOff() {
      fault.Set(1, FaultAt::Kind::kRequest, UINT64_MAX);
      EXPECT_TRUE(Eventually([&] { return fault.count() > 3; }));
    }
    void Join() { fault.Set(0); }
    const TempDir dir;
    FaultAt fault;
    FaultyMeta meta;
    std::unique_ptr<Jobs> jobs;  // goes first
  };

  static JobRecord RunningJob() {
    JobRecord record;
    record.id = JobId("export-0123456789ab-01234567");
    record.type = "export";
    record.collection = "c";
    record.select = R"({"all":true})";
    record.params = "{}";
    record.created_ms = 1;
    record.steps = {{.name = "write", .state = JobStep::State::kRunning}};
    return record;
  }
  void Begin() {
    ASSERT_TRUE(driver_.Create(RunningJob()).ok());
    job_ = *driver_.Claim(RunningJob().id);
    job_.state = JobState::kRunning;
    job_.done = 7;
    ASSERT_TRUE(driver_.Save(job_).ok());
  }
  void Finish() {
    job_.state = JobState::kDone;
    job_.ended_ms = 2;
    ASSERT_TRUE(driver_.Save(job_).ok());
  }
  bool Knows(Router& router) const {
    const auto job = router.jobs->Find(job_.id);
    return job.ok() && job->done == 7;
  }

  const JobsWorld world_{1};
  MemoryMeta meta_;
  MemoryLogs logs_;
  ClusterJobStore driver_{{.cluster = "c"}, meta_, logs_};
  JobRecord job_;
};

TEST_F(KnownJobsTest, WhoCannotAskTellsWhatWasAndSinceWhen) {
  Begin();  // before anybody else could
  Router router(*this);
  ASSERT_TRUE(Eventually([&] { return router.jobs->All()->size() == 1 && Knows(router); }));
  EXPECT_EQ(router.jobs->Find(job_.id)->known_at_ms, 0);
  router.CutOff();
  Finish();
  const auto job = router.jobs->Find(job_.id);
  ASSERT_TRUE(job.ok()) << job.status();
  EXPECT_EQ(job->state, JobState::kRunning) << "nobody has told of its end";
  EXPECT_GT(job->known_at_ms, 0);
  const auto all = router.jobs->All();
  ASSERT_TRUE(all.ok()) << all.status();
  ASSERT_EQ(all->size(), 1u);
  EXPECT_GT((*all)[0].known_at_ms, 0);
  JsonWriter w;
  WriteJob(*job, w);
  EXPECT_EQ(boost::json::parse(w.Take()).at("known_at").to_number<double>(),
            static_cast<double>(job->known_at_ms) / 1000);
  // What it has never heard of may be there.
  EXPECT_TRUE(absl::IsUnavailable(router.jobs->Find(JobId("none")).status()));
  EXPECT_TRUE(absl::IsUnavailable(router.jobs->Cancel(job_.id)));
  router.Join();
  EXPECT_TRUE(Eventually([&] {
    const auto now = router.jobs->Find(job_.id);
    return now.ok() && now->state == JobState::kDone && now->known_at_ms == 0;
  }));
  ASSERT_TRUE(router.jobs->Cancel(job_.id).ok());
  EXPECT_TRUE(absl::IsNotFound(router.jobs->Find(job_.id).status()));
}

TEST_F(KnownJobsTest, UnknownIsNotNothing) {
  Begin();
  meta_.SetReachable(false);
  Router router(*this);
  EXPECT_TRUE(absl::IsUnavailable(router.jobs->All().status()));
  EXPECT_TRUE(absl::IsUnavailable(router.jobs->Find(job_.id).status()));
  meta_.SetReachable(true);
  EXPECT_TRUE(Eventually([&] { return Knows(router) && router.jobs->All().ok(); }));
}

}  // namespace
}  // namespace spoor::testing
