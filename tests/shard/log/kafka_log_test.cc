#include "shard/log/kafka_log.h"

#include <gtest/gtest.h>
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "shard/log/kafka_feed.h"
#include "shard/log/kafka_writer.h"
#include "shard/rpc/call.h"
#include "tests/eventually.h"
#include "tests/shard/log_calls.h"

namespace spoor::testing {
namespace {

using std::chrono::milliseconds;

constexpr int16_t kProduce = 0, kFetch = 1;  // of Kafka's protocol

// A broker in this process that fails when told to.  It cannot make topics or tell settings.  All
// tests share it, since it takes a second to end; each has a log of its own.
class KafkaMock : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    char why[256];
    rd_kafka_conf_t* conf = rd_kafka_conf_new();
    rd_kafka_conf_set_log_cb(conf, [](const rd_kafka_t*, int, const char*, const char*) {});
    client_ = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof why);
    ASSERT_NE(client_, nullptr) << why;
    cluster_ = rd_kafka_mock_cluster_new(client_, 1);
  }
  static void TearDownTestSuite() {
    rd_kafka_mock_cluster_destroy(cluster_);
    rd_kafka_destroy(client_);
  }

  void SetUp() override {
    ++log_.id;
    options_ = {.brokers = rd_kafka_mock_cluster_bootstraps(cluster_),
                .cluster = "test",
                .replication = 1,
                .admin_timeout = milliseconds(5'000),
                .silence = milliseconds(200),
                .unchecked_for_tests = true};
  }
  void TearDown() override {
    Up();
    rd_kafka_mock_clear_request_errors(cluster_, kProduce);
    rd_kafka_mock_clear_request_errors(cluster_, kFetch);
  }

  void Open(int partitions = 4) {
    rd_kafka_mock_topic_create(cluster_, TopicName("test", log_)->c_str(), partitions, 1);
    store_ = *OpenKafka(options_);
    writer_ = *store_->OpenWriter(log_);
    OpenReader({});
  }
  void OpenReader(std::vector<uint64_t> next) {
    reader_ = *store_->OpenReader(log_, {.log_id = log_.id, .next = std::move(next)});
  }

  void FailNext(int16_t request, std::vector<rd_kafka_resp_err_t> errors) {
    rd_kafka_mock_push_request_errors_array(cluster_, request, errors.size(), errors.data());
  }
  void Down() { rd_kafka_mock_broker_set_down(cluster_, -1); }
  void Up() { rd_kafka_mock_broker_set_up(cluster_, -1); }

  static inline rd_kafka_t* client_ = nullptr;
  static inline rd_kafka_mock_cluster_t* cluster_ = nullptr;
  static inline LogName log_{.collection = "c", .id = 0};
  KafkaOptions options_;
  std::unique_ptr<LogStore> store_;
  std::unique_ptr<LogWriter> writer_;
  std::unique_ptr<LogReader> reader_;
};

TEST_F(KafkaMock, GivesBackWhatWasAppendedAndSaysHowFarThatIs) {
  Open(1);
  const absl::StatusOr<LogPosition> position =
      Append(*writer_, {Entry("a", "1"), Entry("b", ""), {.id = "a"}});
  ASSERT_TRUE(position.ok()) << position.status();
  EXPECT_EQ(*position, (LogPosition{.log_id = log_.id, .next = {3}}));
  LogChunk last;
  EXPECT_EQ(Show(ReadToEnd(*reader_, &last)), "a=1 b= a=-");
  EXPECT_EQ(last.next, std::vector<uint64_t>({3}));
  EXPECT_EQ(*store_->End(log_), *position);
  Down();
  EXPECT_TRUE(absl::IsUnavailable(store_->End(log_).status()));
}

TEST_F(KafkaMock, EachIdHasItsPartitionAndOthersAreNotInThePosition) {
  Open(4);
  const uint32_t p = PartitionOf("a", 4);
  const absl::StatusOr<LogPosition> position = Append(*writer_, {Entry("a", "1")});
  std::vector<uint64_t> next(4);
  next[p] = 1;
  EXPECT_EQ(position->next, next);
  const std::vector<LogRecord> records = ReadToEnd(*reader_);
  ASSERT_EQ(records.size(), 1u);
  EXPECT_EQ(records[0].partition, p);
}

TEST_F(KafkaMock, AnEmptyBatchIsDoneAtOnce) {
  Open(2);
  EXPECT_EQ(*Append(*writer_, {}), (LogPosition{.log_id = log_.id, .next = {0, 0}}));
}

TEST_F(KafkaMock, AnEmptyLogEndsWhereItBegins) {
  Open(3);
  const absl::StatusOr<LogChunk> chunk = reader_->Read(milliseconds(0), 1 << 20);
  ASSERT_TRUE(chunk.ok());
  EXPECT_EQ(chunk->next, std::vector<uint64_t>(3));
  EXPECT_EQ(chunk->end, std::vector<uint64_t>(3));
}

TEST_F(KafkaMock, TheFirstReadKnowsWhereTheLogEnds) {
  Open(1);
  ASSERT_TRUE(Append(*writer_, {Entry("a", "1"), Entry("b", "2")}).ok());
  OpenReader({});
  const absl::StatusOr<LogChunk> chunk = reader_->Read(milliseconds(0), 1);
  ASSERT_TRUE(chunk.ok());
  EXPECT_EQ(chunk->end, std::vector<uint64_t>({2}));
}

TEST_F(KafkaMock, ReadsFromTheMiddleAndAboutAsMuchAsAskedFor) {
  Open(1);
  const std::string value(100, 'v');
  ASSERT_TRUE(
      Append(*writer_, {Entry("a", "1"), Entry("b", value), Entry("c", value), Entry("d", value)})
          .ok());
  OpenReader({1});
  std::vector<size_t> sizes;
  ASSERT_TRUE(Eventually([&] {
    const absl::StatusOr<LogChunk> chunk = reader_->Read(milliseconds(100), 150);
    if (!chunk->records.empty()) sizes.push_back(chunk->records.size());
    return chunk->next == chunk->end;
  }));
  EXPECT_EQ(sizes, std::vector<size_t>({2, 1}));
}

TEST_F(KafkaMock, KeepsTheOrderOfBatchesAcrossErrorsThatPass) {
  Open(1);
  FailNext(kProduce, {RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION,
                      RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT, RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS});
  std::vector<Appended> appended;
  std::string expected;
  for (int i = 0; i < 50; ++i) {
    appended.push_back(StartAppend(*writer_, {Entry("a", absl::StrCat(i)), Entry("b", "x")}));
    absl::StrAppend(&expected, i == 0 ? "" : " ", "a=", i, " b=x");
  }
  for (Appended& a : appended) {
    const absl::StatusOr<LogPosition> position = a.get();
    EXPECT_TRUE(position.ok()) << position.status();
  }
  EXPECT_EQ(Show(ReadToEnd(*reader_)), expected);
}

TEST_F(KafkaMock, FetchErrorsThatPassLoseNothing) {
  Open(1);
  ASSERT_TRUE(Append(*writer_, {Entry("a", "1")}).ok());
  FailNext(kFetch, {RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION, RD_KAFKA_RESP_ERR__TRANSPORT,
                    RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT});
  ASSERT_TRUE(Append(*writer_, {Entry("b", "2")}).ok());
  EXPECT_EQ(Show(ReadToEnd(*reader_)), "a=1 b=2");
}

TEST_F(KafkaMock, ABrokerThatIsAwayIsUnavailableAndReadingGoesOnLater) {
  Open(1);
  ASSERT_TRUE(Append(*writer_, {Entry("a", "1")}).ok());
  EXPECT_EQ(Show(ReadToEnd(*reader_)), "a=1");
  Down();
  EXPECT_TRUE(Eventually(
      [&] { return absl::IsUnavailable(reader_->Read(milliseconds(50), 1 << 20).status()); }));
  Appended waits = StartAppend(*writer_, {Entry("b", "2")});
  Up();
  EXPECT_TRUE(waits.get().ok());
  EXPECT_EQ(Show(ReadToEnd(*reader_)), "b=2");
}

// While another partition has much to tell.
TEST_F(KafkaMock, APartitionThatCannotBeFetchedIsNotReadToItsEnd) {
  Open(2);
  const auto whole_ago = [&] { return reader_->Read(milliseconds(50), 1 << 20)->whole_ago; };
  ASSERT_TRUE(Append(*writer_, {Entry("a", "1"), Entry("b", "2"), Entry("c", "3")}).ok());
  ASSERT_TRUE(Eventually([&] { return whole_ago().has_value(); }));
  const uint32_t lost = PartitionOf("a", 2);
  std::string other = "x";
  while (PartitionOf(other, 2) == lost) other += "x";
  const std::string topic = *TopicName("test", log_);
  ASSERT_EQ(rd_kafka_mock_partition_set_leader(cluster_, topic.c_str(), static_cast<int>(lost), -1),
            RD_KAFKA_RESP_ERR_NO_ERROR);
  const auto since = std::chrono::steady_clock::now();
  const auto gone = [&] { return std::chrono::steady_clock::now() - since; };
  int told = 0;
  while (gone() < milliseconds(1'500)) {
    ASSERT_TRUE(Append(*writer_, {Entry(other, "1")}).ok());
    const auto gone_before = gone();
    const auto chunk = reader_->Read(milliseconds(50), 1 << 20);
    if (!chunk.ok() || !chunk->whole_ago) continue;  // says that it does not know
    // Leaders were last asked a little before this one went, or as it went.
    if (gone_before > milliseconds(500)) {
      ++told;
      EXPECT_GE(*chunk->whole_ago, gone_before - milliseconds(300));
    }
  }
  EXPECT_GT(told, 0);
  rd_kafka_mock_partition_set_leader(cluster_, topic.c_str(), static_cast<int>(lost), 1);
  EXPECT_TRUE(Eventually([&] {
    const auto chunk = reader_->Read(milliseconds(50), 1 << 20);
    return chunk.ok() && chunk->whole_ago && *chunk->whole_ago < milliseconds(500);
  }));
}

TEST_F(KafkaMock, AnAppendThatTakesTooLongIsUnavailable) {
  options_.append_timeout = milliseconds(300);
  Open(1);
  Down();
  const absl::Status late = Append(*writer_, {Entry("a", "1")}).status();
  EXPECT_TRUE(absl::IsUnavailable(late)) << late;
  EXPECT_FALSE(RetryAfter(late).has_value());
  Up();
  EXPECT_TRUE(Eventually([&] { return Append(*writer_, {Entry("b", "2")}).ok(); }));
}

TEST_F(KafkaMock, AFullQueueTakesNothingOfABatch) {
  options_.writer_queue_bytes = 2'000;
  Open(1);
  Down();
  Appended first = StartAppend(*writer_, {Entry("a", std::string(1'000, 'a'))});
  const absl::Status full =
      Append(*writer_, {Entry("b", "2"), Entry("c", std::string(1'000, 'c'))}).status();
  EXPECT_TRUE(RetryAfter(full).has_value()) << full;
  Up();
  EXPECT_TRUE(first.get().ok());
  EXPECT_TRUE(Append(*writer_, {Entry("d", "4")}).ok());
  EXPECT_EQ(Show(ReadToEnd(*reader_)), absl::StrCat("a=", std::string(1'000, 'a'), " d=4"));
}

TEST_F(KafkaMock, ABatchLargerThanTheQueueIsTakenWhenItIsAlone) {
  options_.writer_queue_bytes = 100;
  Open(1);
  EXPECT_TRUE(Append(*writer_, {Entry("a", std::string(1'000, 'a'))}).ok());
}

TEST_F(KafkaMock, ATooLargeRecordIsRefusedWithItsBatch) {
  options_.max_record_bytes = 1'000;
  Open(1);
  const absl::Status large =
      Append(*writer_, {Entry("a", "1"), Entry("big", std::string(998, 'v'))}).status();
  EXPECT_EQ(large, absl::InvalidArgumentError("record big has 1001 bytes; allowed: at most 1000"));
  EXPECT_TRUE(Append(*writer_, {Entry("big", std::string(997, 'v'))}).ok());
  EXPECT_EQ(ReadToEnd(*reader_).size(), 1u);
}

TEST_F(KafkaMock, AProducerThatHasFailedForGoodIsReplaced) {
  Open(1);
  ASSERT_TRUE(Append(*writer_, {Entry("a", "1")}).ok());
  FailNext(kProduce, {RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER});
  const absl::Status failed = Append(*writer_, {Entry("b", "2")}).status();
  EXPECT_TRUE(absl::IsUnavailable(failed)) << failed;
  EXPECT_TRUE(Eventually([&] { return Append(*writer_, {Entry("c", "3")}).ok(); }));
  EXPECT_EQ(Show(ReadToEnd(*reader_)), "a=1 c=3");
}

TEST_F(KafkaMock, AWriterThatEndsTellsWhatIsNotDurable) {
  options_.flush_timeout = milliseconds(100);
  Open(1);
  Down();
  Appended appended = StartAppend(*writer_, {Entry("a", "1")});
  writer_.reset();
  const absl::Status ended = appended.get().status();
  EXPECT_TRUE(absl::IsCancelled(ended)) << ended;
}

TEST_F(KafkaMock, AWriterThatEndsFinishesWhatItCan) {
  Open(1);
  Appended appended = StartAppend(*writer_, {Entry("a", "1")});
  writer_.reset();
  EXPECT_TRUE(appended.get().ok());
}

TEST_F(KafkaMock, DoneMayAppend) {
  Open(1);
  std::promise<absl::StatusOr<LogPosition>> second;
  writer_->Append({Entry("a", "1")}, [&](const absl::StatusOr<LogPosition>& first) {
    EXPECT_TRUE(first.ok());
    writer_->Append({Entry("b", "2")}, [&](absl::StatusOr<LogPosition> p) { second.set_value(p); });
  });
  EXPECT_EQ(second.get_future().get()->next, std::vector<uint64_t>({2}));
}

TEST_F(KafkaMock, PositionsOutsideOfTheLogAreRefused) {
  Open(1);
  ASSERT_TRUE(Append(*writer_, {Entry("a", "1")}).ok());
  EXPECT_TRUE(absl::IsInvalidArgument(store_->OpenReader(log_, {.log_id = log_.id + 1}).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(
      store_->OpenReader(log_, {.log_id = log_.id, .next = {0, 0}}).status()));
  OpenReader({2});
  const absl::Status beyond = reader_->Read(milliseconds(0), 1).status();
  EXPECT_TRUE(absl::IsOutOfRange(beyond)) << beyond;
  EXPECT_EQ(reader_->Read(milliseconds(0), 1).status(), beyond);
}

TEST_F(KafkaMock, BrokersThatNeverAnswerAreUnavailable) {
  Open(1);
  Down();
  options_.admin_timeout = milliseconds(300);
  const std::unique_ptr<LogStore> store = *OpenKafka(options_);
  EXPECT_TRUE(absl::IsUnavailable(store->OpenWriter(log_).status()));
  EXPECT_TRUE(absl::IsUnavailable(store->OpenReader(log_, {.log_id = log_.id}).status()));
  EXPECT_TRUE(absl::IsUnavailable(store->Create(log_, 1)));
  Up();
}

// What an append that failed has left in a connection does not arrive later: it is broken, not
// closed.
TEST(KafkaWriter, AConnectionThatIsGivenUpIsBroken) {
  const int listener = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ASSERT_EQ(bind(listener, reinterpret_cast<sockaddr*>(&address), size), 0);
  ASSERT_EQ(listen(listener, 8), 0);
  ASSERT_EQ(getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size), 0);
  const KafkaOptions options{.brokers = absl::StrCat("127.0.0.1:", ntohs(address.sin_port)),
                             .cluster = "test",
                             .append_timeout = milliseconds(300),
                             .flush_timeout = milliseconds(10)};
  auto writer = KafkaWriter::Open(options, "topic", 1, 1);
  ASSERT_TRUE(writer.ok()) << writer.status();
  EXPECT_TRUE(absl::IsUnavailable(Append(**writer, {Entry("a", "1")}).status()));
  const int connection = accept(listener, nullptr, nullptr);
  ASSERT_GE(connection, 0);
  *writer = nullptr;
  char bytes[4096];
  ssize_t got = 1;
  while (got > 0) got = read(connection, bytes, sizeof bytes);
  EXPECT_EQ(got, -1);
  EXPECT_EQ(errno, ECONNRESET);
  close(connection);
  close(listener);
}

TEST(KafkaFeed, AnErrorNamesTheBrokers) {
  const absl::Status lonely =
      KafkaFeed::Open({.brokers = "127.0.0.1:1", .topic = "t", .ask_timeout = milliseconds(500)})
          .status();
  EXPECT_TRUE(absl::IsUnavailable(lonely)) << lonely;
  EXPECT_TRUE(absl::StrContains(lonely.message(), "127.0.0.1:1")) << lonely;
}

}  // namespace
}  // namespace spoor::testing
