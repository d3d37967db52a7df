#include "shard/log/kafka_log.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <set>
#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tests/cluster/kafka_process.h"
#include "tests/cluster/kafka_topics.h"
#include "tests/eventually.h"
#include "tests/shard/log_calls.h"

namespace spoor::testing {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

double Seconds(Clock::duration d) { return std::chrono::duration<double>(d).count(); }

// One broker, and a log of its own for each test.
class OneBroker : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    absl::StatusOr<std::unique_ptr<KafkaProcess>> started = KafkaProcess::Start(1);
    ASSERT_TRUE(started.ok()) << started.status();
    kafka_ = *std::move(started);
  }
  static void TearDownTestSuite() { kafka_.reset(); }

  void SetUp() override {
    ASSERT_NE(kafka_, nullptr);
    ++log_.id;
    options_ = {.brokers = kafka_->brokers(), .cluster = "test", .replication = 1};
  }

  void Open(uint32_t partitions) {
    store_ = *OpenKafka(options_);
    ASSERT_EQ(store_->Create(log_, partitions), absl::OkStatus());
    writer_ = *store_->OpenWriter(log_);
  }
  std::unique_ptr<LogReader> Reader(std::vector<uint64_t> next = {}) {
    return *store_->OpenReader(log_, {.log_id = log_.id, .next = std::move(next)});
  }

  static inline std::unique_ptr<KafkaProcess> kafka_;
  static inline LogName log_{.collection = "c", .id = 0x1234};
  KafkaOptions options_;
  std::unique_ptr<LogStore> store_;
  std::unique_ptr<LogWriter> writer_;
};

TEST_F(OneBroker, WhatSeveralThreadsAppendIsReadBackInTheirOrder) {
  Open(16);
  constexpr int kThreads = 4, kBatches = 40;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      std::vector<Appended> appended;
      for (int b = 0; b < kBatches; ++b) {
        std::vector<LogEntry> batch;
        for (int k = 0; k < 8; ++k)
          batch.push_back(Entry(absl::StrCat(t, "-", k), absl::StrCat(b)));
        batch.push_back({.id = absl::StrCat(t, "-gone")});
        appended.push_back(StartAppend(*writer_, std::move(batch)));
      }
      for (Appended& a : appended) EXPECT_TRUE(a.get().ok());
    });
  }
  for (std::thread& t : threads) t.join();
  std::map<std::string, int> seen;
  std::vector<uint64_t> next(16);
  for (const LogRecord& r : ReadToEnd(*Reader())) {
    EXPECT_EQ(r.partition, PartitionOf(r.id, 16));
    EXPECT_EQ(r.offset, next[r.partition]++);
    if (absl::EndsWith(r.id, "gone")) {
      EXPECT_FALSE(r.value.has_value());
    } else {
      EXPECT_EQ(*r.value, absl::StrCat(seen[r.id]++)) << r.id;
    }
  }
  EXPECT_EQ(seen.size(), size_t{kThreads} * 8);
  for (const auto& [id, count] : seen) EXPECT_EQ(count, kBatches) << id;
}

TEST_F(OneBroker, AReaderGoesOnFromAnyPosition) {
  Open(1);
  for (int i = 0; i < 5; ++i)
    ASSERT_EQ(Append(*writer_, {Entry("a", absl::StrCat(i))})->next,
              std::vector<uint64_t>({static_cast<uint64_t>(i) + 1}));
  EXPECT_EQ(Show(ReadToEnd(*Reader({3}))), "a=3 a=4");
  EXPECT_EQ(Show(ReadToEnd(*Reader({5}))), "");
  const absl::Status beyond = Reader({6})->Read(milliseconds(0), 1).status();
  EXPECT_TRUE(absl::IsOutOfRange(beyond)) << beyond;
}

TEST_F(OneBroker, LargeRecordsPass) {
  Open(2);
  std::string large(options_.max_record_bytes - 1, 'v');
  for (size_t i = 0; i < large.size(); i += 997) large[i] = static_cast<char>(i);
  ASSERT_TRUE(Append(*writer_, {Entry("a", large)}).ok());
  const std::vector<LogRecord> records = ReadToEnd(*Reader());
  ASSERT_EQ(records.size(), 1u);
  EXPECT_TRUE(*records[0].value == large);
}

TEST_F(OneBroker, CompactionLeavesTheLastRecordAndPositionsGoOver) {
  options_.min_compaction_lag = milliseconds(0);
  options_.topic_settings = {{"segment.ms", "100"},
                             {"segment.bytes", "1048576"},
                             {"min.cleanable.dirty.ratio", "0.001"},
                             {"file.delete.delay.ms", "0"}};
  Open(1);
  constexpr int kVersions = 60;
  uint64_t appended = 0;
  const auto append = [&](std::string value) {
    ASSERT_TRUE(Append(*writer_, {Entry("a", value), Entry("b", value)}).ok());
    appended += 2;
  };
  for (int i = 0; i < kVersions; ++i) append(absl::StrCat(i));
  // A segment is closed by a record that comes when it is old, and what is closed is compacted.
  std::vector<LogRecord> records;
  LogChunk last;
  int more = kVersions;
  const bool compacted = Eventually([&] {
    append(absl::StrCat(more++));
    records = ReadToEnd(*Reader(), &last);
    return records.size() < static_cast<size_t>(kVersions);
  });
  ASSERT_TRUE(compacted);
  EXPECT_EQ(last.next, std::vector<uint64_t>({appended}));
  const std::string newest = absl::StrCat(more - 1);
  const std::map<std::string, std::string> expected = {{"a", newest}, {"b", newest}};
  const auto latest = [](const std::vector<LogRecord>& read) {
    std::map<std::string, std::string> values;
    for (const LogRecord& r : read) values[r.id] = *r.value;
    return values;
  };
  EXPECT_EQ(latest(records), expected);
  // From inside of a gap; the log may be compacted again before it is read.
  const std::vector<LogRecord> rest = ReadToEnd(*Reader({1}));
  EXPECT_LE(rest.size(), records.size());
  EXPECT_EQ(latest(rest), expected);
}

TEST_F(OneBroker, ATopicThatWouldLoseRecordsIsRefused) {
  KafkaTopics topics(kafka_->brokers());
  topics.Create(*TopicName("test", log_), 2, {{"cleanup.policy", "delete"}});
  store_ = *OpenKafka(options_);
  for (const absl::Status& refused : {store_->OpenWriter(log_).status(),
                                      store_->OpenReader(log_, {.log_id = log_.id}).status()}) {
    EXPECT_EQ(refused.code(), absl::StatusCode::kFailedPrecondition) << refused;
    EXPECT_TRUE(absl::StrContains(refused.message(), "cleanup.policy=delete; must be compact"));
  }
  EXPECT_TRUE(absl::IsAlreadyExists(store_->Create(log_, 2)));
}

TEST_F(OneBroker, MoreReplicasThanBrokersAreRefused) {
  options_.replication = 3;
  store_ = *OpenKafka(options_);
  const absl::Status refused = store_->Create(log_, 2);
  EXPECT_EQ(refused.code(), absl::StatusCode::kFailedPrecondition) << refused;
}

TEST_F(OneBroker, ALogThatIsNotThereIsNotFound) {
  store_ = *OpenKafka(options_);
  EXPECT_TRUE(absl::IsNotFound(store_->OpenWriter(log_).status()));
  EXPECT_TRUE(absl::IsNotFound(store_->OpenReader(log_, {.log_id = log_.id}).status()));
  EXPECT_TRUE(absl::IsNotFound(store_->Remove(log_)));
}

TEST_F(OneBroker, ALogThatWasRemovedIsLostToWritersAndReaders) {
  options_.append_timeout = milliseconds(5'000);
  Open(2);
  ASSERT_TRUE(Append(*writer_, {Entry("a", "1")}).ok());
  const std::unique_ptr<LogReader> reader = Reader();
  EXPECT_EQ(Show(ReadToEnd(*reader)), "a=1");
  ASSERT_EQ(store_->Remove(log_), absl::OkStatus());
  absl::Status read;
  EXPECT_TRUE(Eventually([&] {
    read = reader->Read(milliseconds(100), 1 << 20).status();
    return absl::IsDataLoss(read);
  })) << read;
  absl::Status append;
  EXPECT_TRUE(Eventually([&] {
    append = Append(*writer_, {Entry("a", "2")}).status();
    return absl::IsDataLoss(append);
  })) << append;
}

TEST_F(OneBroker, AppendsFast) {
  Open(16);
  constexpr int kRecords = 512, kAtOnce = 8;
  const int batches = 200;
  const std::string value(600, 'v');
  const auto begin = Clock::now();
  std::vector<std::thread> threads;
  for (int t = 0; t < kAtOnce; ++t) {
    threads.emplace_back([&, t] {
      for (int b = t; b < batches; b += kAtOnce) {
        std::vector<LogEntry> batch;
        for (int i = 0; i < kRecords; ++i)
          batch.push_back(Entry(absl::StrCat("trip-", b * kRecords + i), value));
        EXPECT_TRUE(Append(*writer_, std::move(batch)).ok());
      }
    });
  }
  for (std::thread& t : threads) t.join();
  const double wrote_s = Seconds(Clock::now() - begin);
  const std::unique_ptr<LogReader> reader = Reader();
  const auto read_begin = Clock::now();
  EXPECT_EQ(ReadToEnd(*reader).size(), static_cast<size_t>(batches) * kRecords);
  const double read_s = Seconds(Clock::now() - read_begin);
  const double records = batches * kRecords;
  std::cout << "appended " << static_cast<int>(records / wrote_s)
            << " records/s of 600 bytes in batches of " << kRecords << ", " << kAtOnce
            << " at once; read " << static_cast<int>(records / read_s) << " records/s\n";
}

TEST(ThreeBrokers, OneThatIsKilledLosesAndDoublesNothing) {
  absl::StatusOr<std::unique_ptr<KafkaProcess>> kafka = KafkaProcess::Start(3);
  ASSERT_TRUE(kafka.ok()) << kafka.status();
  const LogName log{.collection = "c", .id = 1};
  const auto store = *OpenKafka({.brokers = (*kafka)->brokers(), .cluster = "test"});
  ASSERT_EQ(store->Create(log, 16), absl::OkStatus());
  const auto writer = *store->OpenWriter(log);
  const auto reader = *store->OpenReader(log, {.log_id = log.id});

  std::atomic<int> batches = 0;
  std::atomic<bool> stop = false;
  std::atomic<double> longest_s = 0;
  constexpr int kRecords = 64;
  std::thread writing([&] {
    while (!stop) {
      std::vector<LogEntry> batch;
      for (int i = 0; i < kRecords; ++i)
        batch.push_back(Entry(absl::StrCat(batches * kRecords + i), "v"));
      const auto begin = Clock::now();
      const absl::StatusOr<LogPosition> appended = Append(*writer, std::move(batch));
      EXPECT_TRUE(appended.ok()) << appended.status();
      longest_s = std::max(longest_s.load(), Seconds(Clock::now() - begin));
      ++batches;
    }
  });
  // A batch has records of all partitions, so one that passes says that all have leaders.  The
  // first one after a moment may have been in flight by then.
  const auto pass = [&](int more) {
    const int passed = batches;
    return Eventually([&] { return batches >= passed + more; });
  };
  EXPECT_TRUE(pass(20));
  EXPECT_TRUE((*kafka)->Kill(2));
  const auto killed = Clock::now();
  EXPECT_TRUE(pass(2));
  const double resumed_s = Seconds(Clock::now() - killed);
  EXPECT_TRUE(pass(20));
  EXPECT_TRUE((*kafka)->StartAgain(2));
  EXPECT_TRUE(pass(20));
  stop = true;
  writing.join();

  std::set<std::string> ids;
  size_t records = 0;
  for (const LogRecord& r : ReadToEnd(*reader)) {
    ids.insert(r.id);
    ++records;
  }
  EXPECT_EQ(ids.size(), static_cast<size_t>(batches) * kRecords);
  EXPECT_EQ(records, ids.size());
  std::cout << "writes went on " << resumed_s
            << " s after a broker was killed; no batch waited more than " << longest_s << " s; "
            << batches << " batches\n";
  EXPECT_LT(resumed_s, 15);
}

}  // namespace
}  // namespace spoor::testing
