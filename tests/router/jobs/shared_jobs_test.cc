// Routers of one cluster, and the jobs that they share: of each kind as it is, on stores that fail.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "router/jobs/cluster_job_store.h"
#include "router/jobs/jobs.h"
#include "shard/log/memory_log.h"
#include "shard/meta/memory_meta.h"
#include "tests/engine/temp_dir.h"
#include "tests/eventually.h"
#include "tests/router/jobs/faulty_stores.h"
#include "tests/router/joined_nodes.h"

namespace spoor::testing {
namespace {

using std::chrono::milliseconds;

const char kSharedExport[] = R"({"type":"export","select":{"all":true}})";
const char kSharedStats[] = R"({"type":"stats","select":{"all":true}})";

// Two nodes with a collection, and any number of routers that share their jobs.
class SharedJobs : public ::testing::Test {
 protected:
  SharedJobs() {
    Rng rng(20261201);
    constexpr CollectionSize kSize{
        .min_trajectories = 40, .max_trajectories = 50, .max_fixes = 12, .routes = 5};
    RandomCollection c = MakeCollection(rng, kSize, files_);
    for (size_t i = 0; i < c.live.size(); ++i) c.live[i].object = absl::StrCat("o", i % 5);
    nodes_ = std::make_unique<JoinedNodes>(rng, 2, c);
    live_ = c.live;
    cluster_ = std::make_unique<ClusterOfNodes>(nodes_->collection);
  }

  // What all routers share.
  struct Shared {
    MemoryMeta meta;
    MemoryLogs logs;
  };
  // A router with its own way to it.
  struct Router {
    Router(SharedJobs& test, Shared& shared, const std::string& name)
        : meta(shared.meta, fault), logs(shared.logs, fault) {
      ClusterJobStoreOptions store{.cluster = "c", .name = name, .ttl = std::chrono::seconds(1)};
      store.writer.chunk_bytes = 200;
      JobsOptions options{.spool_dir = dir.path()};
      options.look_every = milliseconds(5);
      options.limits.save_every = milliseconds(0);
      options.limits.retry_every = milliseconds(1);
      options.limits.map_bytes = 700;  // a few records a page
      jobs = std::make_unique<Jobs>(*test.cluster_,
                                    std::make_unique<ClusterJobStore>(store, meta, logs), options);
    }
    const TempDir dir;
    FaultAt fault;
    FaultyMeta meta;
    FaultyResultLogs logs;
    std::unique_ptr<Jobs> jobs;  // goes first
  };

  static JobId Start(Router& router, const std::string& body) {
    const auto order = JobOrderOf(body);
    EXPECT_TRUE(order.ok()) << order.status();
    const auto id = router.jobs->Start("c", *order, {});
    EXPECT_TRUE(id.ok()) << id.status();
    return id.ok() ? *id : JobId();
  }
  static bool IsDone(Router& router, const JobId& id) {
    const auto job = router.jobs->Find(id);
    return job.ok() && job->state == JobState::kDone;
  }
  // Of all parts that people see.
  static std::map<std::string, std::string> RowsAt(Router& router, const JobId& id) {
    std::map<std::string, std::string> out;
    const auto job = router.jobs->Find(id);
    EXPECT_TRUE(job.ok()) << job.status();
    if (!job.ok()) return out;
    for (const ResultPart& part : FindKind(job->type)->parts) {
      JobRead read;
      read.part = std::string(part.name);
      read.max_bytes = UINT64_MAX / 4;
      const auto rows = router.jobs->Read(*job, read);
      EXPECT_TRUE(rows.ok()) << rows.status();
      if (rows.ok()) out[read.part] = rows->lines;
    }
    return out;
  }
  std::map<std::string, std::string> Undisturbed(const std::string& body) {
    Shared shared;
    Router router(*this, shared, "undisturbed");
    const JobId id = Start(router, body);
    EXPECT_TRUE(Eventually([&] { return IsDone(router, id); }));
    operations_ = router.fault.count();
    return RowsAt(router, id);
  }

  const TempDir files_;
  std::unique_ptr<JoinedNodes> nodes_;
  std::vector<Trajectory> live_;
  std::unique_ptr<ClusterOfNodes> cluster_;
  uint64_t operations_ = 0;  // of an undisturbed job
};

TEST_F(SharedJobs, EveryRouterShowsReadsAndCancelsWhatOneDrives) {
  Shared shared;
  Router a(*this, shared, "a"), b(*this, shared, "b");
  const JobId id = Start(a, kSharedExport);
  ASSERT_TRUE(Eventually([&] { return IsDone(b, id); }));
  EXPECT_EQ(RowsAt(b, id), RowsAt(a, id));
  EXPECT_FALSE(RowsAt(b, id).at("trajectories").empty());
  EXPECT_EQ(b.jobs->All()->size(), 1u);
  EXPECT_TRUE(b.jobs->Cancel(id).ok());
  EXPECT_TRUE(Eventually([&] { return absl::IsNotFound(a.jobs->Find(id).status()); }));
  a.fault.Set(1, FaultAt::Kind::kRequest, UINT64_MAX);
  EXPECT_TRUE(a.jobs->All().ok()) << "as it was told last";
  a.fault.Set(0);
}

// Those that are there, and far more that are not than a record could hold.
std::string OrderOfManyIds(const std::vector<Trajectory>& there, int others) {
  std::string ids;
  for (const Trajectory& t : there) absl::StrAppend(&ids, "\"", t.id.value(), "\",");
  for (int i = 0; i < others; ++i) {
    absl::StrAppend(&ids, i > 0 ? "," : "", "\"", std::string(50, 'x'), i, "\"");
  }
  return absl::StrCat(R"({"type":"export","select":{"ids":[)", ids, "]}}");
}

TEST_F(SharedJobs, AListMayBeLongerThanARecord) {
  constexpr int kOthers = 12'000;
  const auto truth = Undisturbed(kSharedExport);
  Shared shared;
  Router a(*this, shared, "a"), b(*this, shared, "b");
  const JobId id = Start(a, OrderOfManyIds(live_, kOthers));
  ASSERT_TRUE(Eventually([&] { return IsDone(b, id); }));
  EXPECT_EQ(RowsAt(b, id), truth);
  const JobRecord job = *b.jobs->Find(id);
  EXPECT_LT(EncodeJobRecord(job).size(), 32u << 10);
  EXPECT_TRUE(absl::StrContains(job.select, absl::StrCat("\"of\":", live_.size() + kOthers)));
  EXPECT_TRUE(absl::StrContains(job.summary, absl::StrCat("\"count\":", kOthers))) << job.summary;
  // What a record says of such a list cannot be asked for.
  EXPECT_FALSE(JobOrderOf(absl::StrCat(R"({"type":"export","select":)", job.select, "}")).ok());
}

TEST_F(SharedJobs, WhereIdsCannotBeKeptThereIsNoJob) {
  const std::string body = OrderOfManyIds(live_, 1000);
  const auto truth = Undisturbed(kSharedExport);
  for (const auto kind : {FaultAt::Kind::kRequest, FaultAt::Kind::kAnswer}) {
    for (uint64_t at = 1; at < 14; ++at) {
      SCOPED_TRACE(absl::StrCat("fails at ", at, ", kind ", static_cast<int>(kind)));
      Shared shared;
      Router a(*this, shared, "a"), b(*this, shared, "b");
      a.fault.Set(at, kind);
      const auto started = a.jobs->Start("c", *JobOrderOf(body), {});
      a.fault.Set(0);
      const auto is_settled = [&] {
        const auto all = b.jobs->All();
        return all.ok() && std::ranges::all_of(*all, [](const JobRecord& job) {
                 return IsOver(job.state) && job.known_at_ms == 0;
               });
      };
      ASSERT_TRUE(Eventually(is_settled));
      const auto settled = b.jobs->All();
      ASSERT_TRUE(settled.ok()) << settled.status();
      for (const JobRecord& job : *settled) {
        if (job.state == JobState::kDone) {
          EXPECT_EQ(RowsAt(b, job.id), truth);
        } else {
          EXPECT_TRUE(absl::StrContains(job.error, "start the job anew")) << job.error;
          EXPECT_FALSE(started.ok());
        }
      }
      if (started.ok()) {
        EXPECT_TRUE(IsDone(b, *started));
      }
    }
  }
}

TEST_F(SharedJobs, AWishOfAnotherRouterEndsAJob) {
  Shared shared;
  Router a(*this, shared, "a"), b(*this, shared, "b");
  const JobId id = Start(a, kSharedStats);
  EXPECT_TRUE(b.jobs->Cancel(id).ok());
  ASSERT_TRUE(Eventually([&] {
    const auto job = b.jobs->Find(id);
    return !job.ok() || IsOver(job->state);
  }));
}

TEST_F(SharedJobs, WhatOneLeavesUnfinishedAnotherFinishes) {
  for (const char* body : {kSharedExport, kSharedStats}) {
    const auto truth = Undisturbed(body);
    for (uint64_t at = 8; at < operations_; at += 5) {
      SCOPED_TRACE(absl::StrCat(body, " is cut off at ", at));
      Shared shared;
      Router b(*this, shared, "b");
      JobId id;
      {
        Router a(*this, shared, "a");
        id = Start(a, body);
        a.fault.Set(at / 2, FaultAt::Kind::kRequest, UINT64_MAX);
      }
      ASSERT_TRUE(Eventually([&] { return IsDone(b, id); }));
      ASSERT_EQ(RowsAt(b, id), truth);
    }
  }
}

TEST_F(SharedJobs, WhoIsCutOffIsDeposedAndShowsWhatAnotherDid) {
  const auto truth = Undisturbed(kSharedStats);
  for (const uint64_t at : {2, 9, 20}) {
    SCOPED_TRACE(at);
    Shared shared;
    Router b(*this, shared, "b"), a(*this, shared, "a");
    const JobId id = Start(a, kSharedStats);
    a.fault.Set(at, FaultAt::Kind::kRequest, UINT64_MAX);
    ASSERT_TRUE(Eventually([&] { return IsDone(b, id); }));
    EXPECT_EQ(RowsAt(b, id), truth);
    a.fault.Set(0);
    ASSERT_TRUE(Eventually([&] { return IsDone(a, id); }));
    EXPECT_EQ(RowsAt(a, id), truth);
  }
}

TEST_F(SharedJobs, WhateverFailsOnceTheRowsAreTheSame) {
  for (const char* body : {kSharedExport, kSharedStats}) {
    const auto truth = Undisturbed(body);
    for (const auto kind : {FaultAt::Kind::kRequest, FaultAt::Kind::kAnswer}) {
      for (uint64_t at = 1; at < operations_; at += 5) {
        SCOPED_TRACE(absl::StrCat(body, " fails at ", at, ", kind ", static_cast<int>(kind)));
        Shared shared;
        Router a(*this, shared, "a"), b(*this, shared, "b");
        const JobId id = Start(a, body);
        a.fault.Set(at, kind);
        ASSERT_TRUE(Eventually([&] { return IsDone(b, id); }))
            << a.jobs->Find(id)->error << b.jobs->Find(id)->error;
        ASSERT_EQ(RowsAt(b, id), truth);
      }
    }
  }
}

}  // namespace
}  // namespace spoor::testing
