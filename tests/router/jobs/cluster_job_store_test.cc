#include "router/jobs/cluster_job_store.h"

#include <gtest/gtest.h>

#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "router/jobs/result_chunk.h"
#include "shard/log/memory_log.h"
#include "shard/meta/memory_meta.h"
#include "tests/router/jobs/faulty_stores.h"

namespace spoor::testing {
namespace {

using std::chrono::seconds;

const JobId kJob("stats-0123456789ab-01234567");
constexpr absl::string_view kRecordKey = "/spoor-jobs/c/records/stats-0123456789ab-01234567";
constexpr absl::string_view kDriverKey = "/spoor-jobs/c/drivers/stats-0123456789ab-01234567";

JobRecord NewJob(const JobId& id = kJob) {
  JobRecord record;
  record.id = id;
  record.type = "stats";
  record.collection = "trips";
  record.created_ms = 1;
  return record;
}

JobRead PageOf(std::string cursor = "", uint64_t max_rows = UINT64_MAX,
               uint64_t max_bytes = 1 << 20) {
  JobRead read;
  read.part = "rows";
  read.cursor = std::move(cursor);
  read.max_rows = max_rows;
  read.max_bytes = max_bytes;
  return read;
}

std::string RowLines(int from, int to) {
  std::string lines;
  for (int i = from; i < to; ++i) absl::StrAppend(&lines, "{\"row\":", i, "}\n");
  return lines;
}

// Routers of one cluster, each with its jobs, on a clock that is moved by hand.
class ClusterJobStoreTest : public ::testing::Test {
 protected:
  std::unique_ptr<ClusterJobStore> Router(const std::string& name, uint64_t chunk_bytes = 64) {
    ClusterJobStoreOptions options{.cluster = "c", .name = name, .own_thread = false};
    options.writer.chunk_bytes = chunk_bytes;
    options.max_jobs = 3;
    options.now = [this] { return now_; };
    return std::make_unique<ClusterJobStore>(options, faulty_meta_, faulty_logs_);
  }
  void Pass(seconds time, std::vector<ClusterJobStore*> alive = {}) {
    for (seconds s(0); s < time; ++s) {
      now_ += seconds(1);
      for (ClusterJobStore* router : alive) router->Step();
    }
    meta_.Expire();
  }

  // Rows from..to become good.
  static absl::Status Drive(ClusterJobStore& router, JobRecord& record, int from, int to) {
    auto writer = router.Open(record);
    if (!writer.ok()) return writer.status();
    for (int i = from; i < to; ++i) {
      if (absl::Status s = (*writer)->Append("rows", RowLines(i, i + 1), 1); !s.ok()) return s;
    }
    return Finish(router, **writer, record);
  }
  static absl::Status Finish(ClusterJobStore& router, JobWriter& writer, JobRecord& record) {
    auto extents = writer.Sync();
    if (!extents.ok()) return extents.status();
    JobRecord next = record;
    next.parts = *std::move(extents);
    if (absl::Status s = router.Save(next).status(); !s.ok()) return s;
    record = next;
    return absl::OkStatus();
  }

  // All rows, read a page at a time; or why not.
  static absl::StatusOr<std::string> ReadAll(ClusterJobStore& router, uint64_t rows_at_once,
                                             const std::string& part = "rows") {
    const auto record = router.Find(kJob);
    if (!record.ok()) return record.status();
    std::string all;
    JobRead read = PageOf("", rows_at_once);
    read.part = part;
    for (;;) {
      const auto lines = router.Read(*record, read);
      if (!lines.ok()) return lines.status();
      EXPECT_EQ(lines->rows,
                static_cast<uint64_t>(std::count(lines->lines.begin(), lines->lines.end(), '\n')));
      EXPECT_LE(lines->rows, rows_at_once);
      all += lines->lines;
      read.cursor = lines->next;
      if (!lines->more) return all;
      if (lines->rows == 0) return absl::InternalError("more, and nothing");
    }
  }
  std::string Value(absl::string_view key) {
    const auto value = meta_.Get(std::string(key), {});
    return value.ok() && value->has_value() ? (*value)->value : "";
  }
  void Erase(absl::string_view key) {
    const auto value = meta_.Get(std::string(key), {});
    ASSERT_TRUE(value.ok() && value->has_value());
    ASSERT_TRUE(meta_.Delete(std::string(key), (*value)->revision, {}).ok());
  }

  std::chrono::steady_clock::time_point now_{std::chrono::hours(1)};
  MemoryMeta meta_{{.now = [this] { return now_; }, .inline_hints = true}};
  MemoryLogs logs_;
  FaultAt fault_;
  FaultyMeta faulty_meta_{meta_, fault_};
  FaultyResultLogs faulty_logs_{logs_, fault_};
};

TEST_F(ClusterJobStoreTest, EveryRouterKnowsWhatOneHasMade) {
  const auto a = Router("a"), b = Router("b");
  ASSERT_TRUE(a->Create(NewJob()).ok());
  EXPECT_TRUE(absl::IsAlreadyExists(b->Create([] {
    JobRecord other = NewJob();
    other.collection = "others";
    return other;
  }())));
  const auto found = b->Find(kJob);
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(*found, NewJob());
  const auto listed = b->List();
  ASSERT_TRUE(listed.ok()) << listed.status();
  ASSERT_EQ(listed->size(), 1u);
  EXPECT_EQ((*listed)[0].id, kJob);
  EXPECT_TRUE(absl::IsNotFound(b->Find(JobId("none")).status()));
  EXPECT_TRUE(absl::IsNotFound(b->Claim(JobId("none")).status()));
  EXPECT_TRUE(absl::IsNotFound(b->Wish(JobId("none"), JobWish::kCancel)));
  EXPECT_TRUE(b->Remove(JobId("none")).ok());
}

TEST_F(ClusterJobStoreTest, NoMoreJobsAreKeptThanAllowedNorLargerOnes) {
  const auto a = Router("a");
  for (const char* id : {"x-1", "x-2"}) ASSERT_TRUE(a->Create(NewJob(JobId(id))).ok());
  JobRecord large = NewJob(JobId("x-3"));
  large.select = std::string(600 << 10, 'x');
  EXPECT_TRUE(absl::IsInvalidArgument(a->Create(large)));
  ASSERT_TRUE(a->Create(NewJob(JobId("x-3"))).ok());
  EXPECT_TRUE(absl::IsResourceExhausted(a->Create(NewJob(JobId("x-4")))));
}

TEST_F(ClusterJobStoreTest, WhatCannotBeReadIsListedAsDamagedAndCanBeRemoved) {
  const auto a = Router("a");
  ASSERT_TRUE(meta_.Put({std::string(kRecordKey), "spoorjr1 and nonsense", 0}, 0, {}).ok());
  const auto listed = a->List();
  ASSERT_TRUE(listed.ok()) << listed.status();
  ASSERT_EQ(listed->size(), 1u);
  EXPECT_TRUE(absl::IsDataLoss((*listed)[0].record.status()));
  EXPECT_TRUE(absl::IsDataLoss(a->Claim(kJob).status()));
  EXPECT_TRUE(a->Remove(kJob).ok());
  EXPECT_TRUE(a->List()->empty());
}

TEST_F(ClusterJobStoreTest, OneDrivesAsLongAsItLives) {
  const auto a = Router("a"), b = Router("b");
  ASSERT_TRUE(a->Create(NewJob()).ok());
  const auto claimed = a->Claim(kJob);
  ASSERT_TRUE(claimed.ok()) << claimed.status();
  EXPECT_EQ(claimed->term, 1u);
  EXPECT_EQ(claimed->driver, a->driver());
  EXPECT_TRUE(absl::IsAborted(b->Claim(kJob).status()));
  Pass(seconds(60), {a.get()});
  EXPECT_TRUE(absl::IsAborted(b->Claim(kJob).status()));
  EXPECT_TRUE(a->Save(*claimed).ok());
  EXPECT_EQ(a->Claim(kJob)->term, 2u) << "asked again by the one who has it";
  EXPECT_TRUE(absl::IsAborted(a->Save(*claimed).status())) << "of the term before";
}

TEST_F(ClusterJobStoreTest, WhoIsSilentIsDeposedAndNothingOfHisCounts) {
  const auto a = Router("a"), b = Router("b");
  ASSERT_TRUE(a->Create(NewJob()).ok());
  JobRecord of_a = *a->Claim(kJob);
  ASSERT_TRUE(Drive(*a, of_a, 0, 10).ok());
  auto late = a->Open(of_a);
  ASSERT_TRUE(late.ok()) << late.status();
  ASSERT_TRUE((*late)->Append("rows", RowLines(10, 30), 20).ok()) << "in the log, and in no extent";

  Pass(seconds(6));
  auto of_b = b->Claim(kJob);
  ASSERT_TRUE(of_b.ok()) << of_b.status();
  EXPECT_EQ(of_b->term, 2u);
  EXPECT_EQ(ExtentOf(*of_b, "rows").rows, 10u);
  ASSERT_TRUE(Drive(*b, *of_b, 10, 20).ok());

  (void)(*late)->Append("rows", RowLines(30, 50), 20);
  EXPECT_TRUE(absl::IsAborted(Finish(*a, **late, of_a)));
  EXPECT_TRUE(absl::IsAborted((*late)->Append("rows", RowLines(50, 60), 10)));
  EXPECT_TRUE(absl::IsAborted(a->Open(of_a).status()));
  ASSERT_TRUE(Drive(*b, *of_b, 20, 25).ok());
  for (const auto& router : {a.get(), b.get()}) EXPECT_EQ(*ReadAll(*router, 7), RowLines(0, 25));
}

TEST_F(ClusterJobStoreTest, WhatRunsAndHasNoDriverWaitsForOne) {
  const auto a = Router("a"), b = Router("b");
  ASSERT_TRUE(a->Create(NewJob()).ok());
  JobRecord record = *a->Claim(kJob);
  record.state = JobState::kRunning;
  ASSERT_TRUE(a->Save(record).ok());
  EXPECT_EQ(b->Find(kJob)->state, JobState::kRunning);
  EXPECT_EQ((*b->List())[0].record->state, JobState::kRunning);
  int hints = 0;
  b->OnChange([&] { ++hints; });
  hints = 0;
  Pass(seconds(6));
  EXPECT_GT(hints, 0) << "that its driver is gone";
  EXPECT_EQ(b->Find(kJob)->state, JobState::kQueued);
  EXPECT_EQ((*b->List())[0].record->state, JobState::kQueued);
  EXPECT_TRUE(absl::IsFailedPrecondition(b->Remove(kJob)));
  ASSERT_TRUE(b->Claim(kJob).ok());
  EXPECT_EQ(a->Find(kJob)->state, JobState::kRunning);
  EXPECT_TRUE(b->Remove(kJob).ok()) << "by who has claimed it";
  EXPECT_TRUE(absl::IsNotFound(a->Find(kJob).status()));
}

TEST_F(ClusterJobStoreTest, WhoFindsHisLeaseOverAndNobodyElseThereGoesOn) {
  const auto a = Router("a"), b = Router("b");
  ASSERT_TRUE(a->Create(NewJob()).ok());
  JobRecord record = *a->Claim(kJob);
  Pass(seconds(60));
  EXPECT_EQ(Value(kDriverKey), "");
  a->Step();
  EXPECT_EQ(Value(kDriverKey), a->driver());
  EXPECT_TRUE(absl::IsAborted(b->Claim(kJob).status()));
  EXPECT_TRUE(Drive(*a, record, 0, 3).ok());
}

TEST_F(ClusterJobStoreTest, WhoEndsOrReleasesFreesItsJobsAtOnce) {
  const auto b = Router("b");
  {
    const auto a = Router("a");
    ASSERT_TRUE(a->Create(NewJob()).ok());
    const auto record = a->Claim(kJob);
    a->Release(*record);
    EXPECT_TRUE(absl::IsAborted(a->Save(*record).status()));
    EXPECT_EQ(b->Claim(kJob)->term, 2u);
    b->Release(*b->Find(kJob));
    ASSERT_TRUE(a->Claim(kJob).ok());
  }
  EXPECT_EQ(b->Claim(kJob)->term, 4u);
}

TEST_F(ClusterJobStoreTest, WishesComeToTheDriverAndStayUntilFulfilled) {
  const auto a = Router("a"), b = Router("b");
  ASSERT_TRUE(a->Create(NewJob()).ok());
  int hints = 0;
  a->OnChange([&] { ++hints; });
  JobRecord record = *a->Claim(kJob);
  record.state = JobState::kRunning;
  EXPECT_EQ(*a->Save(record), JobWish::kNone);
  hints = 0;
  ASSERT_TRUE(b->Wish(kJob, JobWish::kCancel).ok());
  EXPECT_EQ(hints, 1);
  EXPECT_EQ(a->Find(kJob)->wish, JobWish::kCancel);
  EXPECT_EQ(*a->Save(record), JobWish::kCancel) << "and nothing but the wish has changed";
  EXPECT_EQ(*a->Save(record), JobWish::kCancel);
  record.state = JobState::kCancelled;
  EXPECT_EQ(*a->Save(record), JobWish::kNone);
  EXPECT_EQ(Value(kDriverKey), "") << "there is no more to drive";
  EXPECT_EQ(b->Find(kJob)->wish, JobWish::kNone);
  a->OnChange(nullptr);
  hints = 0;
  ASSERT_TRUE(b->Wish(kJob, JobWish::kResume).ok());
  EXPECT_EQ(hints, 0);
  EXPECT_EQ(a->Claim(kJob)->wish, JobWish::kNone);
  ASSERT_TRUE(b->Wish(kJob, JobWish::kRemove).ok());
  record = *a->Claim(kJob);
  record.state = JobState::kFailed;
  EXPECT_EQ(*a->Save(record), JobWish::kRemove);
}

TEST_F(ClusterJobStoreTest, APageOfAnySizeIsReadByAnyRouter) {
  const auto a = Router("a"), b = Router("b"), whole = Router("whole", 1 << 20);
  ASSERT_TRUE(a->Create(NewJob()).ok());
  JobRecord record = *a->Claim(kJob);
  auto writer = a->Open(record);
  ASSERT_TRUE(writer.ok()) << writer.status();
  for (int i = 0; i < 50; ++i) {
    ASSERT_TRUE((*writer)->Append("rows", RowLines(i, i + 1), 1).ok());
    ASSERT_TRUE((*writer)->Append("others", RowLines(1000 + i, 1001 + i), 1).ok());
  }
  ASSERT_TRUE(Finish(*a, **writer, record).ok());
  for (const uint64_t at_once : {1, 2, 3, 7, 49, 50, 51, 1000}) {
    SCOPED_TRACE(at_once);
    EXPECT_EQ(*ReadAll(*b, at_once), RowLines(0, 50));
    EXPECT_EQ(*ReadAll(*b, at_once, "others"), RowLines(1000, 1050));
  }
  EXPECT_EQ(*ReadAll(*b, 10, "none"), "");

  // Where a reader had come to the end it goes on when there is more.
  const auto end = b->Read(record, PageOf());
  ASSERT_TRUE(end.ok()) << end.status();
  EXPECT_FALSE(end->more);
  const auto nothing = b->Read(record, PageOf(end->next));
  ASSERT_TRUE(nothing.ok()) << nothing.status();
  EXPECT_EQ(nothing->lines, "");
  ASSERT_TRUE(Drive(*a, record, 50, 60).ok());
  const auto more = b->Read(record, PageOf(nothing->next));
  ASSERT_TRUE(more.ok()) << more.status();
  EXPECT_EQ(more->lines, RowLines(50, 60));

  const auto little = b->Read(record, PageOf("", 1000, 1));
  ASSERT_TRUE(little.ok()) << little.status();
  EXPECT_EQ(little->lines, RowLines(0, 1));
  EXPECT_TRUE(little->more);
}

TEST_F(ClusterJobStoreTest, ChunksOfTheUsualSizeAreReadPageByPage) {
  const auto a = Router("a", 1 << 20);
  ASSERT_TRUE(a->Create(NewJob()).ok());
  JobRecord record = *a->Claim(kJob);
  ASSERT_TRUE(Drive(*a, record, 0, 200'000).ok());
  EXPECT_GT(record.parts[0].bytes, uint64_t{2} << 20);
  const auto b = Router("b");
  fault_.Set(0);
  EXPECT_EQ(*ReadAll(*b, 1000), RowLines(0, 200'000));
  EXPECT_LT(fault_.count(), 20u) << "200 pages read each chunk once";
}

TEST_F(ClusterJobStoreTest, ALineMayBeLongerThanAChunk) {
  const auto a = Router("a");
  ASSERT_TRUE(a->Create(NewJob()).ok());
  JobRecord record = *a->Claim(kJob);
  const std::string line = std::string(500, 'x') + "\n";
  auto writer = a->Open(record);
  ASSERT_TRUE((*writer)->Append("rows", RowLines(0, 1) + line + RowLines(1, 20), 21).ok());
  ASSERT_TRUE(Finish(*a, **writer, record).ok());
  EXPECT_EQ(*ReadAll(*a, 1000), RowLines(0, 1) + line + RowLines(1, 20));
  EXPECT_EQ(*ReadAll(*a, 1), RowLines(0, 1) + line + RowLines(1, 20));
}

TEST_F(ClusterJobStoreTest, ACursorThatNoReadHasGivenIsRefused) {
  const auto a = Router("a");
  ASSERT_TRUE(a->Create(NewJob()).ok());
  JobRecord record = *a->Claim(kJob);
  ASSERT_TRUE(Drive(*a, record, 0, 20).ok());
  const std::string good = a->Read(record, PageOf("", 1))->next;
  const std::vector<std::string> fields = absl::StrSplit(good, '.');
  for (const std::string& cursor :
       {std::string("x"), std::string("17"), std::string("0000000000000000.0.0.1"),
        absl::StrCat(fields[0], ".99.0.1"), absl::StrCat(fields[0], ".0.0.77")}) {
    const auto read = a->Read(record, PageOf(cursor));
    EXPECT_TRUE(absl::IsOutOfRange(read.status())) << cursor << ": " << read.status();
  }
  // The offset is only a hint.
  for (const char* offset : {"0", "1", "5", "77", "18446744073709551615"}) {
    const auto read = a->Read(record, PageOf(absl::StrCat(fields[0], ".0.", offset, ".1")));
    ASSERT_TRUE(read.ok()) << offset << ": " << read.status();
    EXPECT_EQ(read->lines, RowLines(1, 20)) << offset;
  }
}

TEST_F(ClusterJobStoreTest, AChunkThatIsMissingOrDamagedIsAnError) {
  const auto a = Router("a");
  ASSERT_TRUE(a->Create(NewJob()).ok());
  JobRecord record = *a->Claim(kJob);
  ASSERT_TRUE(Drive(*a, record, 0, 40).ok());
  faulty_logs_.bend = [](LogRecord& chunk) {
    if (chunk.offset == 3) (*chunk.value)[30] ^= 1;
  };
  EXPECT_TRUE(absl::IsDataLoss(ReadAll(*Router("b"), 5).status()));
  faulty_logs_.bend = [](LogRecord& chunk) {
    if (chunk.offset == 3) chunk.id += "0";
  };
  EXPECT_TRUE(absl::IsDataLoss(ReadAll(*Router("b"), 5).status()));
  faulty_logs_.bend = [](LogRecord& chunk) {
    if (chunk.offset == 3) chunk.value.reset();
  };
  EXPECT_TRUE(absl::IsDataLoss(ReadAll(*Router("b"), 5).status()));
  faulty_logs_.bend = nullptr;
  EXPECT_EQ(*ReadAll(*Router("b"), 5), RowLines(0, 40));

  // The log is lost, and another one stands in its place.
  ASSERT_TRUE(logs_.Remove(ClusterJobStore::LogOf(kJob)).ok());
  EXPECT_TRUE(absl::IsDataLoss(ReadAll(*Router("b"), 5).status()));
  EXPECT_TRUE(absl::IsDataLoss(a->Open(record).status())) << "it is not begun anew";
  ASSERT_TRUE(logs_.Create(ClusterJobStore::LogOf(kJob), 1).ok());
  EXPECT_TRUE(absl::IsDataLoss(ReadAll(*Router("b"), 5).status()));
  EXPECT_TRUE(absl::IsDataLoss(a->Open(record).status()));
}

TEST_F(ClusterJobStoreTest, WhatCompactionRemovesIsReadFromItsCopy) {
  const auto a = Router("a");
  ASSERT_TRUE(a->Create(NewJob()).ok());
  JobRecord record = *a->Claim(kJob);
  ASSERT_TRUE(Drive(*a, record, 0, 20).ok());
  // Everything is in the log twice, as where a broker has sent it again.
  const LogName log = ClusterJobStore::LogOf(kJob);
  const auto reader = logs_.OpenReader(log, {.log_id = log.id, .next = {0}});
  const auto all = (*reader)->Read(std::chrono::milliseconds(0), 1 << 20);
  const auto again = logs_.OpenWriter(log);
  for (const LogRecord& chunk : all->records) {
    (*again)->Append({{chunk.id, chunk.value}}, [](auto) {});
  }
  EXPECT_EQ(*ReadAll(*Router("b"), 3), RowLines(0, 20));
  const std::string cursor = a->Read(record, PageOf("", 1))->next;
  ASSERT_TRUE(logs_.Compact(log, 0).ok());
  EXPECT_EQ(*ReadAll(*Router("b"), 3), RowLines(0, 20));
  EXPECT_EQ(Router("b")->Read(record, PageOf(cursor))->lines, RowLines(1, 20));
}

TEST_F(ClusterJobStoreTest, WhatIsRemovedLeavesAMarkAndTheMarkGoesLast) {
  const auto a = Router("a"), b = Router("b");
  ASSERT_TRUE(a->Create(NewJob()).ok());
  JobRecord record = *a->Claim(kJob);
  ASSERT_TRUE(Drive(*a, record, 0, 20).ok());
  EXPECT_TRUE(absl::IsFailedPrecondition(b->Remove(kJob))) << "it has not ended";
  record.state = JobState::kDone;
  ASSERT_TRUE(a->Save(record).ok());
  ASSERT_TRUE(b->Remove(kJob).ok());
  EXPECT_TRUE(absl::IsNotFound(a->Find(kJob).status()));
  EXPECT_TRUE(a->List()->empty());
  EXPECT_TRUE(absl::IsNotFound(logs_.End(ClusterJobStore::LogOf(kJob)).status()));
  EXPECT_TRUE(absl::IsAborted(a->Save(record).status()));
  EXPECT_TRUE(b->Remove(kJob).ok());
  EXPECT_NE(Value(kRecordKey), "") << "the mark";
  // A driver that was late makes its log.
  ASSERT_TRUE(logs_.Create(ClusterJobStore::LogOf(kJob), 1).ok());
  Pass(seconds(700), {b.get()});
  EXPECT_EQ(Value(kRecordKey), "");
  EXPECT_TRUE(absl::IsNotFound(logs_.End(ClusterJobStore::LogOf(kJob)).status()));
}

TEST_F(ClusterJobStoreTest, ALogThatCannotBeRemovedNowIsRemovedLater) {
  const auto a = Router("a"), b = Router("b");
  ASSERT_TRUE(a->Create(NewJob()).ok());
  JobRecord record = *a->Claim(kJob);
  record.state = JobState::kDone;
  ASSERT_TRUE(Drive(*a, record, 0, 20).ok());
  fault_.Set(3);  // reads the record, puts the mark, removes the log
  ASSERT_TRUE(b->Remove(kJob).ok());
  EXPECT_TRUE(logs_.End(ClusterJobStore::LogOf(kJob)).ok());
  Pass(seconds(20), {b.get()});
  EXPECT_TRUE(absl::IsNotFound(logs_.End(ClusterJobStore::LogOf(kJob)).status()));
}

TEST_F(ClusterJobStoreTest, ADriverOfARemovedJobLeavesNoLogBehind) {
  const auto a = Router("a"), b = Router("b");
  ASSERT_TRUE(a->Create(NewJob()).ok());
  JobRecord record = *a->Claim(kJob);
  auto writer = a->Open(record);
  ASSERT_TRUE((*writer)->Append("rows", RowLines(0, 1), 1).ok());
  Pass(seconds(6));
  JobRecord of_b = *b->Claim(kJob);
  of_b.state = JobState::kCancelled;
  ASSERT_TRUE(b->Save(of_b).ok());
  ASSERT_TRUE(b->Remove(kJob).ok());
  EXPECT_TRUE(absl::IsAborted((*writer)->Sync().status())) << "its log would be made only now";
  EXPECT_TRUE(absl::IsNotFound(logs_.End(ClusterJobStore::LogOf(kJob)).status()));
}

TEST_F(ClusterJobStoreTest, WithoutTheStoreOfMetadataNobodySaysThatThereAreNoJobs) {
  const auto a = Router("a");
  ASSERT_TRUE(a->Create(NewJob()).ok());
  JobRecord record = *a->Claim(kJob);
  ASSERT_TRUE(Drive(*a, record, 0, 5).ok());
  auto writer = a->Open(record);
  meta_.SetReachable(false);
  EXPECT_TRUE(absl::IsUnavailable(a->List().status()));
  EXPECT_TRUE(absl::IsUnavailable(a->Find(kJob).status()));
  EXPECT_TRUE(absl::IsUnavailable(a->Create(NewJob(JobId("x")))));
  EXPECT_TRUE(absl::IsUnavailable(a->Claim(kJob).status()));
  EXPECT_TRUE(absl::IsUnavailable(a->Wish(kJob, JobWish::kCancel)));
  EXPECT_TRUE(absl::IsUnavailable(a->Remove(kJob)));
  meta_.SetReachable(true);
}

TEST_F(ClusterJobStoreTest, ARunningJobOutlivesThatTheStoreOfMetadataIsAway) {
  const auto a = Router("a"), b = Router("b");
  ASSERT_TRUE(a->Create(NewJob()).ok());
  JobRecord record = *a->Claim(kJob);
  ASSERT_TRUE(Drive(*a, record, 0, 5).ok());
  auto writer = a->Open(record);
  meta_.SetReachable(false);
  Pass(seconds(100), {a.get(), b.get()});
  ASSERT_TRUE((*writer)->Append("rows", RowLines(5, 50), 45).ok());
  EXPECT_TRUE(absl::IsUnavailable(Finish(*a, **writer, record)));
  meta_.SetReachable(true);
  Pass(seconds(2), {a.get(), b.get()});
  ASSERT_TRUE(Finish(*a, **writer, record).ok());
  EXPECT_EQ(*ReadAll(*b, 9), RowLines(0, 50));
  EXPECT_TRUE(absl::IsAborted(b->Claim(kJob).status()));
}

TEST_F(ClusterJobStoreTest, WhatTheStoreOfMetadataHasLostItsDriverWritesBack) {
  const auto a = Router("a"), b = Router("b");
  ASSERT_TRUE(a->Create(NewJob()).ok());
  JobRecord record = *a->Claim(kJob);
  ASSERT_TRUE(Drive(*a, record, 0, 5).ok());
  Erase(kRecordKey);
  Erase(kDriverKey);
  Pass(seconds(60), {b.get()});
  EXPECT_TRUE(logs_.End(ClusterJobStore::LogOf(kJob)).ok()) << "no proof that it was removed";
  ASSERT_TRUE(Drive(*a, record, 5, 9).ok());
  a->Step();
  EXPECT_EQ(*ReadAll(*b, 2), RowLines(0, 9));
  EXPECT_EQ(Value(kDriverKey), a->driver());
  // Who has not looked for longer than marks stay does not know whether it was removed.
  Erase(kRecordKey);
  Pass(seconds(700));
  EXPECT_TRUE(absl::IsAborted(a->Save(record).status()));
}

TEST_F(ClusterJobStoreTest, WhatTheStoreOfMetadataHasAsItWasEarlierIsOverwritten) {
  const auto a = Router("a"), b = Router("b"), c = Router("c");
  ASSERT_TRUE(a->Create(NewJob()).ok());
  JobRecord of_a = *a->Claim(kJob);
  ASSERT_TRUE(Drive(*a, of_a, 0, 5).ok());
  const std::string backup = Value(kRecordKey);
  a->Release(of_a);
  JobRecord of_b = *b->Claim(kJob);
  ASSERT_TRUE(Drive(*b, of_b, 5, 9).ok());
  Erase(kRecordKey);
  ASSERT_TRUE(meta_.Put({std::string(kRecordKey), backup, 0}, 0, {}).ok());
  ASSERT_TRUE(Drive(*b, of_b, 9, 12).ok());
  EXPECT_EQ(*ReadAll(*c, 100), RowLines(0, 12));
  // Where another has claimed the earlier one meanwhile, under the same term, he goes on.
  Erase(kRecordKey);
  Erase(kDriverKey);
  ASSERT_TRUE(meta_.Put({std::string(kRecordKey), backup, 0}, 0, {}).ok());
  JobRecord of_c = *c->Claim(kJob);
  EXPECT_EQ(of_c.term, of_b.term);
  EXPECT_TRUE(absl::IsAborted(b->Save(of_b).status()));
  ASSERT_TRUE(Drive(*c, of_c, 5, 7).ok());
  EXPECT_EQ(*ReadAll(*a, 100), RowLines(0, 7));
}

TEST_F(ClusterJobStoreTest, AKeyWhoseAnswerWasLostDoesNotHoldTheJob) {
  const auto a = Router("a"), b = Router("b");
  ASSERT_TRUE(a->Create(NewJob()).ok());
  // Reads the record, is granted a lease, looks for the key, puts it, cannot clear it.
  fault_.Set(4, FaultAt::Kind::kAnswer, 2);
  EXPECT_TRUE(absl::IsUnavailable(a->Claim(kJob).status()));
  EXPECT_EQ(Value(kDriverKey), a->driver());
  Pass(seconds(5), {a.get()});
  EXPECT_TRUE(b->Claim(kJob).ok());
}

// A job of 60 rows that two routers take in turns: whatever fails, a router begins anew from what
// is saved, the other one after it has ended.
class JobJourney {
 public:
  static constexpr int kRows = 60, kStep = 7;
  explicit JobJourney(std::function<std::unique_ptr<ClusterJobStore>(const std::string&)> router)
      : router_(std::move(router)) {}

  // Whether it came to its end.
  bool Run() {
    for (int i = 0; i < 20; ++i) {
      const auto store = router_(absl::StrCat("router-", i));
      for (int again = 0; again < 2; ++again) {
        const absl::Status went = Once(*store);
        if (went.ok()) return true;
        EXPECT_TRUE(absl::IsUnavailable(went)) << went;
      }
    }
    return false;
  }

 private:
  static absl::Status Once(ClusterJobStore& store) {
    const absl::Status created = store.Create(NewJob());
    if (!created.ok() && !absl::IsAlreadyExists(created)) {
      // It may be there all the same, and somebody has driven it.
      const auto found = store.Find(kJob);
      if (!found.ok()) return created;
    }
    auto record = store.Claim(kJob);
    if (!record.ok()) return record.status();
    auto writer = store.Open(*record);
    if (!writer.ok()) return writer.status();
    record->state = JobState::kRunning;
    while (record->done < kRows) {
      const int to = std::min<int>(kRows, static_cast<int>(record->done) + kStep);
      const std::string rows = RowLines(static_cast<int>(record->done), to);
      absl::Status s = (*writer)->Append("rows", rows, static_cast<uint64_t>(to) - record->done);
      if (!s.ok()) return s;
      auto extents = (*writer)->Sync();
      if (!extents.ok()) return extents.status();
      record->done = static_cast<uint64_t>(to);
      record->parts = *std::move(extents);
      if (to == kRows) record->state = JobState::kDone;
      if (s = store.Save(*record).status(); !s.ok()) return s;
    }
    return absl::OkStatus();
  }

  const std::function<std::unique_ptr<ClusterJobStore>(const std::string&)> router_;
};

TEST_F(ClusterJobStoreTest, WhateverFailsTheRowsAreThereOnce) {
  uint64_t operations = 0;
  for (const auto kind : {FaultAt::Kind::kRequest, FaultAt::Kind::kAnswer}) {
    for (const uint64_t lasts : {1, 3}) {
      for (uint64_t at = 0; at <= operations + 1; ++at) {
        SCOPED_TRACE(absl::StrCat(at, " fails, ", lasts, " in a row, kind ", int(kind)));
        MemoryMeta meta({.now = [this] { return now_; }, .inline_hints = true});
        MemoryLogs logs;
        FaultAt fault;
        fault.Set(at, kind, lasts);
        FaultyMeta faulty_meta(meta, fault);
        FaultyResultLogs faulty_logs(logs, fault);
        const auto router = [&](const std::string& name) {
          ClusterJobStoreOptions options{.cluster = "c", .name = name, .own_thread = false};
          options.writer.chunk_bytes = 32;
          options.now = [this] { return now_; };
          return std::make_unique<ClusterJobStore>(options, faulty_meta, faulty_logs);
        };
        ASSERT_TRUE(JobJourney(router).Run());
        if (at == 0) operations = fault.count();
        fault.Set(0);
        const auto reader = router("reader");
        const auto rows = ReadAll(*reader, 11);
        ASSERT_TRUE(rows.ok()) << rows.status();
        ASSERT_EQ(*rows, RowLines(0, JobJourney::kRows));
        ASSERT_EQ(reader->List()->size(), 1u);
      }
    }
  }
  EXPECT_GT(operations, 50u);
}

TEST_F(ClusterJobStoreTest, ReadingGoesOnWhereABrokerWasAway) {
  const auto a = Router("a");
  ASSERT_TRUE(a->Create(NewJob()).ok());
  JobRecord record = *a->Claim(kJob);
  ASSERT_TRUE(Drive(*a, record, 0, 40).ok());
  fault_.Set(0);
  ASSERT_TRUE(ReadAll(*Router("b"), 3).ok());
  const uint64_t operations = fault_.count();
  for (uint64_t at = 1; at <= operations; ++at) {
    fault_.Set(at);
    const auto rows = ReadAll(*Router("b"), 3);
    if (rows.ok()) {
      EXPECT_EQ(*rows, RowLines(0, 40)) << at;
    } else {
      EXPECT_TRUE(absl::IsUnavailable(rows.status())) << at << ": " << rows.status();
    }
  }
}

TEST_F(ClusterJobStoreTest, OfManyWhoClaimOneDrives) {
  MemoryMeta meta;
  ClusterJobStoreOptions options{.cluster = "c"};
  std::vector<std::unique_ptr<ClusterJobStore>> routers;
  for (int i = 0; i < 8; ++i) {
    routers.push_back(std::make_unique<ClusterJobStore>(options, meta, logs_));
  }
  ASSERT_TRUE(routers[0]->Create(NewJob()).ok());
  std::atomic<int> drive = 0;
  std::vector<std::thread> threads;
  for (const auto& router : routers) {
    threads.emplace_back([&] { drive += router->Claim(kJob).ok(); });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(drive, 1);
  EXPECT_EQ(routers[0]->Find(kJob)->term, 1u);
}

}  // namespace
}  // namespace spoor::testing
