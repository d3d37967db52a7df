#include "router/jobs/two_job_stores.h"

#include <gtest/gtest.h>

#include "router/jobs/cluster_job_store.h"
#include "shard/log/memory_log.h"
#include "shard/meta/memory_meta.h"

namespace spoor::testing {
namespace {

class TwoJobStoresTest : public ::testing::Test {
 protected:
  std::unique_ptr<ClusterJobStore> Store(const std::string& cluster) {
    return std::make_unique<ClusterJobStore>(
        ClusterJobStoreOptions{.cluster = cluster, .own_thread = false}, meta_, logs_);
  }
  static JobRecord JobOf(const std::string& id) {
    JobRecord record;
    record.id = JobId(id);
    return record;
  }

  MemoryMeta meta_{{.inline_hints = true}};
  MemoryLogs logs_;
};

TEST_F(TwoJobStoresTest, WhatIsMadeGoesToTheFirstAndTheSecondKeepsItsOwn) {
  ASSERT_TRUE(Store("old")->Create(JobOf("join-1")).ok());
  TwoJobStores both(Store("new"), Store("old"));
  ASSERT_TRUE(both.Create(JobOf("join-2")).ok());
  EXPECT_TRUE(Store("new")->Find(JobId("join-2")).ok());
  EXPECT_TRUE(absl::IsNotFound(Store("old")->Find(JobId("join-2")).status()));
  EXPECT_EQ(both.List()->size(), 2u);
  for (const char* id : {"join-1", "join-2"}) {
    SCOPED_TRACE(id);
    auto record = both.Claim(JobId(id));
    ASSERT_TRUE(record.ok()) << record.status();
    auto writer = both.Open(*record);
    ASSERT_TRUE(writer.ok()) << writer.status();
    ASSERT_TRUE((*writer)->Append("pairs", "{}\n{}\n", 2).ok());
    record->parts = *(*writer)->Sync();
    record->state = JobState::kDone;
    ASSERT_TRUE(both.Save(*record).ok());
    JobRead read;
    read.part = "pairs";
    EXPECT_EQ(both.Read(*both.Find(JobId(id)), read)->rows, 2u);
    ASSERT_TRUE(both.Wish(JobId(id), JobWish::kResume).ok());
    both.Release(*record);
    ASSERT_TRUE(both.Remove(JobId(id)).ok());
    EXPECT_TRUE(absl::IsNotFound(both.Find(JobId(id)).status()));
  }
  EXPECT_TRUE(both.List()->empty());
}

TEST_F(TwoJobStoresTest, HalfOfAnAnswerIsNone) {
  MemoryMeta away({.inline_hints = true});
  away.SetReachable(false);
  const auto unreachable = [&] {
    return std::make_unique<ClusterJobStore>(
        ClusterJobStoreOptions{.cluster = "away", .own_thread = false}, away, logs_);
  };
  TwoJobStores first_away(unreachable(), Store("old")), second_away(Store("new"), unreachable());
  EXPECT_TRUE(absl::IsUnavailable(first_away.List().status()));
  EXPECT_TRUE(absl::IsUnavailable(second_away.List().status()));
}

TEST_F(TwoJobStoresTest, ChangesOfBothAreHintedAt) {
  int hints = 0;
  TwoJobStores both(Store("new"), Store("old"));
  both.OnChange([&] { ++hints; });
  hints = 0;
  ASSERT_TRUE(Store("old")->Create(JobOf("join-1")).ok());
  ASSERT_TRUE(Store("new")->Create(JobOf("join-2")).ok());
  EXPECT_EQ(hints, 2);
  both.OnChange(nullptr);
  ASSERT_TRUE(Store("new")->Create(JobOf("join-3")).ok());
  EXPECT_EQ(hints, 2);
}

}  // namespace
}  // namespace spoor::testing
