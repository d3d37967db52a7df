#include "shard/rpc/frame.h"

#include <gtest/gtest.h>

#include <random>

#include "absl/strings/match.h"
#include "shard/rpc/heads.h"

namespace spoor {
namespace {

Frame RandomFrame(std::mt19937_64& random) {
  const auto text = [&](size_t most) {
    std::string bytes(random() % (most + 1), '\0');
    for (char& c : bytes) c = static_cast<char>(random());
    return bytes;
  };
  return {static_cast<FrameKind>(1 + random() % 8), text(40), text(random() % 5 == 0 ? 9000 : 60)};
}

std::string Encoded(const Frame& frame) {
  std::string bytes;
  AppendFrame(frame.kind, frame.head, frame.body, bytes);
  return bytes;
}

TEST(RpcFrame, ComesBackFromAnyPieces) {
  for (uint64_t seed = 1; seed <= 300; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937_64 random(seed);
    std::vector<Frame> sent, came;
    std::string bytes;
    for (size_t n = random() % 8; n-- > 0;) {
      sent.push_back(RandomFrame(random));
      bytes += Encoded(sent.back());
    }
    FrameDecoder decoder;
    const size_t most = 1 + random() % (seed % 3 == 0 ? 5000 : 40);
    for (size_t at = 0; at < bytes.size();) {
      const size_t size = std::min<size_t>(random() % (most + 1), bytes.size() - at);
      ASSERT_TRUE(decoder.Feed(absl::string_view(bytes).substr(at, size), came).ok());
      at += size;
    }
    EXPECT_EQ(came, sent);
    EXPECT_TRUE(decoder.between_frames());
  }
}

TEST(RpcFrame, EveryFlippedBitIsFound) {
  const Frame frame{FrameKind::kRequest, "head", "the body"};
  const std::string good = Encoded(frame);
  for (size_t bit = 0; bit < 8 * good.size(); ++bit) {
    std::string bad = good;
    bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << bit % 8));
    FrameDecoder decoder;
    std::vector<Frame> frames;
    EXPECT_EQ(decoder.Feed(bad, frames).code(), absl::StatusCode::kDataLoss) << bit;
    EXPECT_TRUE(frames.empty());
    EXPECT_FALSE(decoder.Feed(good, frames).ok()) << "it must not find its way again";
    EXPECT_TRUE(frames.empty());
  }
}

TEST(RpcFrame, KeepsTheFramesBeforeADamagedOne) {
  const Frame frame{FrameKind::kReply, "h", "b"};
  std::string bytes = Encoded(frame) + Encoded(frame);
  bytes.back() ^= 1;
  FrameDecoder decoder;
  std::vector<Frame> frames;
  EXPECT_FALSE(decoder.Feed(bytes, frames).ok());
  EXPECT_EQ(frames, std::vector<Frame>{frame});
}

TEST(RpcFrame, RefusesWhatIsTooLargeBeforeItHasCome) {
  const std::string bytes = Encoded({FrameKind::kReply, "h", std::string(1001, 'x')});
  FrameDecoder decoder(1000);
  std::vector<Frame> frames;
  const absl::Status fed =
      decoder.Feed(absl::string_view(bytes).substr(0, kFramePrefixBytes), frames);
  EXPECT_EQ(fed.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_TRUE(absl::StrContains(fed.message(), "1001")) << fed;
  FrameDecoder roomy(1001);
  EXPECT_TRUE(roomy.Feed(bytes, frames).ok());
  EXPECT_EQ(frames.size(), 1u);
}

Frame Only(const std::string& bytes) {
  std::vector<Frame> frames;
  FrameDecoder decoder;
  EXPECT_TRUE(decoder.Feed(bytes, frames).ok());
  EXPECT_EQ(frames.size(), 1u);
  return frames.empty() ? Frame() : frames.front();
}

TEST(RpcHeads, ARequestComesBackWithWhatIsLeftOfItsTime) {
  const RpcTime sender = RpcTime() + std::chrono::hours(5), receiver = RpcTime();
  const Call call{.method = "m", .body = "b", .epoch = 7, .trace_parent = "00-1-2-03"};
  const auto request = DecodeRequest(
      Only(RequestFrame(3, call, sender + std::chrono::seconds(2), sender)), receiver);
  ASSERT_TRUE(request.ok());
  EXPECT_EQ(request->id, 3u);
  EXPECT_EQ(request->call.method, "m");
  EXPECT_EQ(request->call.body, "b");
  EXPECT_EQ(request->call.epoch, 7u);
  EXPECT_EQ(request->call.trace_parent, "00-1-2-03");
  EXPECT_EQ(request->deadline, receiver + std::chrono::seconds(2));  // clocks may differ by hours
  const auto timeless =
      DecodeRequest(Only(RequestFrame(3, call, RpcTime::max(), sender)), receiver);
  EXPECT_EQ(timeless->deadline, RpcTime::max());
}

TEST(RpcHeads, EveryErrorComesBackAsItWas) {
  for (int code = 1; code <= 16; ++code) {
    const absl::Status sent =
        WithDetail(absl::Status(static_cast<absl::StatusCode>(code), "why"), "detail");
    const auto came = DecodeAnswer(Only(AnswerFrame(5, sent, 1000)));
    ASSERT_TRUE(came.ok());
    EXPECT_EQ(came->answer.status(), sent);
    EXPECT_EQ(Detail(came->answer.status()), "detail");
    EXPECT_FALSE(RetryAfter(came->answer.status()));
  }
  const auto stale =
      DecodeAnswer(Only(AnswerFrame(5, StaleEpochError({.asked = 3, .current = 4}), 1000)));
  EXPECT_EQ(CurrentEpoch(stale->answer.status()), 4u);
  const absl::Status busy = OverloadError("full", std::chrono::milliseconds(12));
  const Frame frame = Only(AnswerFrame(5, busy, 1000));
  EXPECT_EQ(frame.kind, FrameKind::kOverload);
  EXPECT_EQ(RetryAfter(DecodeAnswer(frame)->answer.status()), std::chrono::milliseconds(12));
}

TEST(RpcHeads, AnAnswerAboveWhatTheCallerTakesIsAnError) {
  const auto came = DecodeAnswer(Only(AnswerFrame(5, std::string(101, 'x'), 100)));
  EXPECT_EQ(came->answer.status().code(), absl::StatusCode::kOutOfRange);
  EXPECT_TRUE(DecodeAnswer(Only(AnswerFrame(5, std::string(100, 'x'), 100)))->answer.ok());
}

TEST(RpcHeads, RefusesRequestsThatBreakTheProtocol) {
  const auto code = [](const Call& call, uint64_t id) {
    return DecodeRequest(Only(RequestFrame(id, call, RpcTime::max(), RpcTime())), RpcTime())
        .status()
        .code();
  };
  EXPECT_EQ(code({.method = "m"}, 1), absl::StatusCode::kOk);
  EXPECT_EQ(code({.method = "m"}, 0), absl::StatusCode::kDataLoss);
  EXPECT_EQ(code({.method = ""}, 1), absl::StatusCode::kDataLoss);
  EXPECT_EQ(code({.method = std::string(129, 'm')}, 1), absl::StatusCode::kDataLoss);
  EXPECT_EQ(code({.method = "m", .trace_parent = std::string(129, 't')}, 1),
            absl::StatusCode::kDataLoss);
  EXPECT_FALSE(DecodeRequest({FrameKind::kRequest, "\xff\xff", ""}, RpcTime()).ok());
}

TEST(RpcHeads, AgreesOnTheHighestCommonVersion) {
  const auto agree = [](uint32_t a, uint32_t b, uint32_t c, uint32_t d) {
    return Agree({.version_min = a, .version_max = b}, {.version_min = c, .version_max = d});
  };
  EXPECT_EQ(*agree(1, 3, 2, 5), 3u);
  EXPECT_EQ(*agree(2, 5, 1, 3), 3u);
  EXPECT_EQ(agree(1, 2, 3, 4).status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_TRUE(absl::StrContains(agree(3, 4, 1, 2).status().message(), "versions 1 to 2"));
  EXPECT_TRUE(absl::StrContains(
      Agree({.cluster = "a", .node = "x"}, {.cluster = "b", .node = "y"}).status().message(),
      "node y is of cluster 'b'"));
}

}  // namespace
}  // namespace spoor
