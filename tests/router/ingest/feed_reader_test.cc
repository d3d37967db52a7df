#include "router/ingest/feed_reader.h"

#include <gtest/gtest.h>

#include <map>
#include <utility>

#include "absl/strings/str_cat.h"

namespace spoor::testing {
namespace {

// Gives one list of messages a read, and remembers what was committed.
class ScriptedFeed final : public KafkaFeed {
 public:
  struct Log {
    std::map<int32_t, int64_t> accepted, committed;
    absl::Status next_commit;
  };

  ScriptedFeed(std::vector<std::vector<FeedMessage>> reads, Log& log)
      : reads_(std::move(reads)), log_(log) {}

  absl::StatusOr<std::vector<FeedMessage>> Read(std::chrono::milliseconds, uint64_t) override {
    return reads_[read_++];
  }
  void Accept(const FeedMessage& message) override {
    log_.accepted[message.partition] = message.offset;
  }
  absl::Status Commit() override {
    const absl::Status result = std::exchange(log_.next_commit, absl::OkStatus());
    if (result.ok()) log_.committed = log_.accepted;
    return result;
  }
  bool AtEnd() const override { return read_ == reads_.size(); }

 private:
  const std::vector<std::vector<FeedMessage>> reads_;
  Log& log_;
  size_t read_ = 0;
};

class FeedReaderTest : public ::testing::Test {
 protected:
  FeedReader Reader(std::vector<std::vector<FeedMessage>> reads, uint64_t part_bytes = 1 << 20) {
    return {std::make_unique<ScriptedFeed>(std::move(reads), log_),
            "trips",
            {.part_bytes = part_bytes, .until_end = true},
            [] { return false; }};
  }
  static FeedMessage Message(int32_t partition, int64_t offset, std::string value) {
    return {.partition = partition, .offset = offset, .value = std::move(value), .key = ""};
  }
  static FeedMessage Tombstone(int64_t offset, std::string key) {
    return {
        .partition = 0, .offset = offset, .value = "", .key = std::move(key), .is_tombstone = true};
  }

  ScriptedFeed::Log log_;
  Part part_;
};

TEST_F(FeedReaderTest, EachMessageEndsItsLine) {
  FeedReader reader = Reader({{Message(0, 4, "a\nb"), Message(1, 9, "c\n")}, {Message(0, 5, "d")}});
  ASSERT_TRUE(*reader.Next(&part_));
  EXPECT_EQ(part_.bytes, "a\nb\nc\nd\n");
  EXPECT_FALSE(part_.open_end);
  ASSERT_TRUE(reader.Accepted(part_.bytes.size()).ok());
  EXPECT_FALSE(*reader.Next(&part_));
}

TEST_F(FeedReaderTest, ARecordIsFoundByPartitionOffsetAndLine) {
  FeedReader reader = Reader({{Message(0, 4, "a\nb"), Message(3, 9, ""), Message(1, 9, "c\n")}});
  ASSERT_TRUE(*reader.Next(&part_));
  const auto show = [&](uint64_t line) {
    const LinePlace place = reader.PlaceOf(line);
    return absl::StrCat(place.file, ":", place.line);
  };
  EXPECT_EQ(show(1), "trips/0@4:1");
  EXPECT_EQ(show(2), "trips/0@4:2");
  EXPECT_EQ(show(3), "trips/1@9:1");
}

TEST_F(FeedReaderTest, OnlyMessagesThatTheServerHasWholeAreCommitted) {
  FeedReader reader = Reader({{Message(0, 4, "a"), Message(0, 5, "b\nc"), Message(1, 0, "d")}});
  ASSERT_TRUE(*reader.Next(&part_));
  EXPECT_TRUE(log_.committed.empty());
  ASSERT_TRUE(reader.Accepted(4).ok());  // "a\nb\n"
  EXPECT_EQ(log_.committed, (std::map<int32_t, int64_t>{{0, 4}}));
  ASSERT_TRUE(reader.Accepted(part_.bytes.size()).ok());
  EXPECT_EQ(log_.committed, (std::map<int32_t, int64_t>{{0, 5}, {1, 0}}));
}

TEST_F(FeedReaderTest, MessagesWithoutARecordAreCommittedToo) {
  FeedReader reader = Reader({{Message(0, 4, "")}});
  EXPECT_FALSE(*reader.Next(&part_));
  EXPECT_EQ(log_.committed, (std::map<int32_t, int64_t>{{0, 4}}));
}

TEST_F(FeedReaderTest, AMessageWithoutAValueDeletesWhatItsKeyNamesBehindThePartAndEndsIt) {
  FeedReader reader = Reader({{Message(0, 4, "a"), Tombstone(5, "x"), Tombstone(6, ""),
                               Tombstone(7, "y"), Message(0, 8, "b")}});
  ASSERT_TRUE(*reader.Next(&part_));
  EXPECT_EQ(part_.bytes, "a\n");
  EXPECT_EQ(part_.deleted, (std::vector<std::string>{"x", "y"}));
  ASSERT_TRUE(reader.Accepted(part_.bytes.size()).ok());
  EXPECT_EQ(log_.committed, (std::map<int32_t, int64_t>{{0, 7}}));
  ASSERT_TRUE(*reader.Next(&part_));
  EXPECT_EQ(part_.bytes, "b\n");
  EXPECT_TRUE(part_.deleted.empty());
}

TEST_F(FeedReaderTest, DeletesAloneAreAPart) {
  FeedReader reader = Reader({{Tombstone(5, "x")}});
  ASSERT_TRUE(*reader.Next(&part_));
  EXPECT_TRUE(part_.bytes.empty());
  EXPECT_EQ(part_.deleted, (std::vector<std::string>{"x"}));
  EXPECT_TRUE(log_.committed.empty());
  ASSERT_TRUE(reader.Accepted(0).ok());
  EXPECT_EQ(log_.committed, (std::map<int32_t, int64_t>{{0, 5}}));
}

TEST_F(FeedReaderTest, APartHasAboutAsManyBytesAsAskedFor) {
  FeedReader reader = Reader({{Message(0, 0, "abc")}, {Message(0, 1, "def")}}, 2);
  ASSERT_TRUE(*reader.Next(&part_));
  EXPECT_EQ(part_.bytes, "abc\n");
  ASSERT_TRUE(*reader.Next(&part_));
  EXPECT_EQ(part_.bytes, "def\n");
}

TEST_F(FeedReaderTest, ACommitThatFailsIsMadeUpForByTheNext) {
  FeedReader reader = Reader({{Message(0, 0, "a")}, {Message(0, 1, "b")}}, 1);
  ASSERT_TRUE(*reader.Next(&part_));
  log_.next_commit = absl::UnavailableError("away");
  EXPECT_TRUE(reader.Accepted(2).ok());
  EXPECT_TRUE(log_.committed.empty());
  ASSERT_TRUE(*reader.Next(&part_));
  EXPECT_TRUE(reader.Accepted(2).ok());
  EXPECT_EQ(log_.committed, (std::map<int32_t, int64_t>{{0, 1}}));
}

TEST_F(FeedReaderTest, ALastCommitThatFailsIsToldAtTheEnd) {
  FeedReader reader = Reader({{Message(0, 0, "a")}});
  ASSERT_TRUE(*reader.Next(&part_));
  EXPECT_TRUE(reader.Accepted(2).ok());
  log_.next_commit = absl::UnavailableError("away");
  EXPECT_TRUE(absl::IsUnavailable(reader.Next(&part_).status()));
}

}  // namespace
}  // namespace spoor::testing
