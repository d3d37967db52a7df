// What routers write back to a store of metadata that was made anew.
#include <gtest/gtest.h>

#include "router/jobs/cluster_job_store.h"
#include "shard/log/memory_log.h"
#include "shard/meta/memory_meta.h"
#include "tests/router/jobs/faulty_stores.h"

namespace spoor::testing {
namespace {

using std::chrono::seconds;

class LostJobsTest : public ::testing::Test {
 protected:
  std::unique_ptr<ClusterJobStore> Router() {
    return std::make_unique<ClusterJobStore>(
        ClusterJobStoreOptions{.cluster = "c", .own_thread = false, .now = [this] { return now_; }},
        faulty_meta_, logs_);
  }
  // A job that has ended, with rows.
  void Do(ClusterJobStore& router) {
    JobRecord record;
    record.id = id_;
    record.type = "stats";
    ASSERT_TRUE(router.Create(record).ok());
    record = *router.Claim(id_);
    auto writer = router.Open(record);
    ASSERT_TRUE(writer.ok()) << writer.status();
    ASSERT_TRUE((*writer)->Append("rows", "{}\n{}\n", 2).ok());
    record.parts = *(*writer)->Sync();
    record.state = JobState::kDone;
    ASSERT_TRUE(router.Save(record).ok());
  }
  // All that lies in the store of metadata.
  void Lose() {
    const auto listing = meta_.List("/", {});
    ASSERT_TRUE(listing.ok());
    for (const MetaValue& value : listing->values) {
      ASSERT_TRUE(meta_.Delete(value.key, value.revision, {}).ok());
    }
  }

  const JobId id_{"stats-0123456789ab-01234567"};
  std::chrono::steady_clock::time_point now_{std::chrono::hours(1)};
  MemoryMeta meta_{{.now = [this] { return now_; }, .inline_hints = true}};
  MemoryLogs logs_;
  FaultAt fault_;
  FaultyMeta faulty_meta_{meta_, fault_};
};

TEST_F(LostJobsTest, WhatHasEndedIsWrittenBackByWhoKnowsIt) {
  const auto a = Router(), b = Router();
  Do(*a);
  const JobRecord before = *a->Find(id_);
  EXPECT_EQ(b->List()->size(), 1u);
  Lose();
  EXPECT_TRUE(absl::IsNotFound(a->Find(id_).status()));
  const auto listed = b->List();
  ASSERT_TRUE(listed.ok()) << listed.status();
  ASSERT_EQ(listed->size(), 1u);
  EXPECT_EQ(*(*listed)[0].record, before);
  EXPECT_EQ(*a->Find(id_), before);
  JobRead read;
  read.part = "rows";
  EXPECT_EQ(a->Read(before, read)->rows, 2u);
  // Again, although the first try fails.
  Lose();
  fault_.Set(2);
  EXPECT_TRUE(b->List().ok());
  fault_.Set(0);
  EXPECT_EQ(b->List()->size(), 1u);
}

TEST_F(LostJobsTest, WhatWasRemovedIsNot) {
  const auto a = Router(), b = Router();
  Do(*a);
  EXPECT_EQ(b->List()->size(), 1u);
  ASSERT_TRUE(a->Remove(id_).ok());
  EXPECT_TRUE(a->List()->empty());
  Lose();  // with the mark, of which b has not heard
  EXPECT_TRUE(b->List()->empty()) << "its log is gone";
  EXPECT_TRUE(b->List()->empty());
}

TEST_F(LostJobsTest, WhoWasAwayTooLongKnowsNothing) {
  const auto a = Router(), b = Router();
  Do(*a);
  EXPECT_EQ(b->List()->size(), 1u);
  Lose();
  now_ += seconds(700);
  EXPECT_TRUE(b->List()->empty());
}

TEST_F(LostJobsTest, ToMakeAJobNotAllAreListed) {
  const auto a = Router();
  ASSERT_TRUE(a->List().ok());
  fault_.Set(0);
  JobRecord record;
  record.id = id_;
  ASSERT_TRUE(a->Create(record).ok());
  EXPECT_EQ(fault_.count(), 1u);
}

}  // namespace
}  // namespace spoor::testing
