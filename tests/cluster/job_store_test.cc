// The jobs of a cluster on a real etcd and a real broker, which are killed in the midst of them.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "absl/strings/str_cat.h"
#include "router/jobs/cluster_job_store.h"
#include "shard/log/kafka_log.h"
#include "shard/meta/etcd.h"
#include "tests/cluster/etcd_process.h"
#include "tests/cluster/kafka_process.h"
#include "tests/eventually.h"

namespace spoor::testing {
namespace {

using std::chrono::seconds;

std::string RowsOf(uint64_t from, uint64_t to) {
  std::string lines;
  for (uint64_t i = from; i < to; ++i) absl::StrAppend(&lines, "{\"row\":", i, "}\n");
  return lines;
}

class JobStoreTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    auto kafka = KafkaProcess::Start(1);
    ASSERT_TRUE(kafka.ok()) << kafka.status();
    kafka_ = *std::move(kafka);
    etcd_ = std::make_unique<EtcdProcess>();
    const absl::Status started = etcd_->Start();
    ASSERT_TRUE(started.ok()) << started;
  }
  static void TearDownTestSuite() {
    kafka_ = nullptr;
    etcd_ = nullptr;
  }
  void SetUp() override {
    ASSERT_TRUE(kafka_ != nullptr && etcd_ != nullptr);
    meta_ = *OpenEtcd({.endpoints = etcd_->endpoint()});
    KafkaOptions options;
    options.brokers = kafka_->brokers();
    options.cluster = "test";
    options.replication = 1;
    options.append_timeout = seconds(5);
    logs_ = *OpenKafka(options);
    job_ = JobId(absl::StrCat("stats-", ++jobs_));
    JobRecord record;
    record.id = job_;
    ASSERT_TRUE(Eventually([&] {
      const absl::Status made = Router("maker")->Create(record);
      return made.ok() || absl::IsAlreadyExists(made);
    }));
  }
  std::unique_ptr<ClusterJobStore> Router(const std::string& name, bool own_thread = true) {
    ClusterJobStoreOptions options{
        .cluster = "test", .name = name, .ttl = seconds(2), .own_thread = own_thread};
    options.writer.chunk_bytes = 1000;
    return std::make_unique<ClusterJobStore>(options, *meta_, *logs_);
  }

  // Goes on from what is saved, until an error, or all rows are there; tells of each that is saved.
  static absl::Status Drive(ClusterJobStore& store, const JobId& id, uint64_t rows,
                            std::atomic<uint64_t>& done) {
    auto record = store.Claim(id);
    if (!record.ok()) return record.status();
    auto writer = store.Open(*record);
    if (!writer.ok()) return writer.status();
    while (record->done < rows) {
      const uint64_t to = std::min(rows, record->done + 500);
      absl::Status s = (*writer)->Append("rows", RowsOf(record->done, to), to - record->done);
      if (!s.ok()) return s;
      auto extents = (*writer)->Sync();
      if (!extents.ok()) return extents.status();
      record->done = to;
      record->parts = *std::move(extents);
      if (s = store.Save(*record).status(); !s.ok()) return s;
      done = to;
    }
    return absl::OkStatus();
  }
  // The same again and again, whatever is away.
  static void DriveToEnd(ClusterJobStore& store, const JobId& id, uint64_t rows,
                         std::atomic<uint64_t>& done) {
    absl::Status went;
    EXPECT_TRUE(Eventually([&] { return (went = Drive(store, id, rows, done)).ok(); })) << went;
  }
  absl::StatusOr<std::string> ReadAll(ClusterJobStore& store) const {
    const auto record = store.Find(job_);
    if (!record.ok()) return record.status();
    std::string all;
    JobRead read;
    read.part = "rows";
    read.max_rows = 999;
    for (;;) {
      const auto lines = store.Read(*record, read);
      if (!lines.ok()) return lines.status();
      all += lines->lines;
      read.cursor = lines->next;
      if (!lines->more) return all;
    }
  }
  void ExpectRows(uint64_t rows) {
    const auto reader = Router("reader");
    absl::StatusOr<std::string> all;
    EXPECT_TRUE(Eventually([&] { return (all = ReadAll(*reader)).ok(); })) << all.status();
    EXPECT_TRUE(all.ok() && *all == RowsOf(0, rows));
  }

  static inline std::unique_ptr<KafkaProcess> kafka_;
  static inline std::unique_ptr<EtcdProcess> etcd_;
  static inline int jobs_ = 0;
  std::unique_ptr<MetaStore> meta_;
  std::unique_ptr<LogStore> logs_;
  JobId job_;
};

TEST_F(JobStoreTest, TheBrokerAndEtcdAreKilledInTheMidst) {
  constexpr uint64_t kRows = 60'000;
  const auto driver = Router("driver");
  std::atomic<uint64_t> done = 0;
  std::thread drives([&] { DriveToEnd(*driver, job_, kRows, done); });
  ASSERT_TRUE(Eventually([&] { return done > 0; }));
  ASSERT_TRUE(kafka_->Kill(1));
  EXPECT_LT(done, kRows);
  ASSERT_TRUE(kafka_->StartAgain(1));
  uint64_t before = done;
  ASSERT_TRUE(Eventually([&] { return done > before; }));
  etcd_->Kill();
  EXPECT_LT(done, kRows);
  EXPECT_TRUE(absl::IsUnavailable(Router("asker")->List().status()));
  EXPECT_TRUE(absl::IsUnavailable(Router("asker")->Find(job_).status()));
  ASSERT_TRUE(etcd_->Start().ok());
  before = done;
  ASSERT_TRUE(Eventually([&] { return done > before; }));
  drives.join();
  ExpectRows(kRows);
}

TEST_F(JobStoreTest, WhoFallsSilentIsFollowedByAnotherAndToldOfIt) {
  const auto silent = Router("silent", /*own_thread=*/false), next = Router("next");
  std::atomic<uint64_t> done = 0;
  ASSERT_TRUE(Eventually([&] { return Drive(*silent, job_, 1000, done).ok(); }));
  const JobRecord of_silent = *silent->Find(job_);
  EXPECT_TRUE(absl::IsAborted(next->Claim(job_).status()));
  std::atomic<bool> hinted = false;
  next->OnChange([&] { hinted = true; });
  ASSERT_TRUE(Eventually([&] { return Drive(*next, job_, 2000, done).ok(); }));
  EXPECT_TRUE(hinted);
  EXPECT_TRUE(absl::IsAborted(silent->Save(of_silent).status()));
  ExpectRows(2000);
  next->OnChange(nullptr);
}

TEST_F(JobStoreTest, AnEtcdThatIsBuiltAnewHasItsRunningJobsBack) {
  const auto driver = Router("driver");
  std::atomic<uint64_t> done = 0;
  ASSERT_TRUE(Eventually([&] { return Drive(*driver, job_, 1000, done).ok(); }));
  JobRecord record = *driver->Find(job_);
  etcd_->Kill();
  etcd_->ForgetData();
  ASSERT_TRUE(etcd_->Start().ok());
  EXPECT_TRUE(absl::IsNotFound(Router("asker")->Find(job_).status()));
  record.state = JobState::kRunning;
  absl::StatusOr<JobWish> saved;
  EXPECT_TRUE(Eventually([&] { return (saved = driver->Save(record)).ok(); })) << saved.status();
  ExpectRows(1000);
  EXPECT_TRUE(Eventually([&] {  // and its key, under a new lease
    return Router("asker")->Find(job_)->state == JobState::kRunning;
  }));
}

TEST_F(JobStoreTest, TheTopicGoesWithTheJob) {
  const auto driver = Router("driver");
  std::atomic<uint64_t> done = 0;
  ASSERT_TRUE(Eventually([&] { return Drive(*driver, job_, 1000, done).ok(); }));
  EXPECT_TRUE(logs_->End(ClusterJobStore::LogOf(job_)).ok());
  EXPECT_TRUE(driver->Remove(job_).ok());
  EXPECT_TRUE(absl::IsNotFound(driver->Find(job_).status()));
  EXPECT_TRUE(Eventually(
      [&] { return absl::IsNotFound(logs_->End(ClusterJobStore::LogOf(job_)).status()); }));
}

}  // namespace
}  // namespace spoor::testing
