#include "absl/strings/match.h"
#include "shard/rpc/replica_channel.h"
#include "shard/rpc/tcp_channel.h"
#include "tests/shard/rpc_world.h"

namespace spoor::testing {
namespace {

using std::chrono::milliseconds;
using Tcp = boost::asio::ip::tcp;

// A port at which a test is the node.
class Port {
 public:
  Port() : acceptor_(io_, {boost::asio::ip::address_v4::loopback(), 0}) {}
  uint16_t number() const { return acceptor_.local_endpoint().port(); }
  Tcp::acceptor& acceptor() { return acceptor_; }

 private:
  boost::asio::io_context io_;
  Tcp::acceptor acceptor_;
};

const Hello kNode{.cluster = "test", .node = "n1"};

absl::Status Asked(Channel& channel) { return channel.Ask({.method = "echo"}, {}).status(); }

TEST(RpcClient, IsToldWhyTheNodeRefusesIt) {
  RpcWorld world;
  DialOptions options = TestDialOptions(world.server->port());
  options.cluster = "other";
  const absl::Status cluster = Asked(*Dial(world.io, options));
  EXPECT_EQ(cluster.code(), absl::StatusCode::kUnavailable);
  EXPECT_TRUE(absl::StrContains(cluster.message(), "cluster 'other'")) << cluster;
  options = TestDialOptions(world.server->port());
  options.expected_node = "n2";
  const absl::Status node = Asked(*Dial(world.io, options));
  EXPECT_TRUE(absl::StrContains(node.message(), "there is node n1, not node n2")) << node;
}

TEST(RpcClient, RefusesANodeOfAnotherVersion) {
  IoThread io;
  Port port;
  const auto channel = Dial(io, TestDialOptions(port.number()));
  Promise promise;
  channel->Start({.method = "echo"}, kNever, promise.Taker());
  RawPeer node(port.acceptor());
  EXPECT_EQ(DecodeHello(node.Read().at(0))->node, "caller");
  node.Write(HelloFrame({.version_min = 2, .version_max = 3, .cluster = "test", .node = "n1"}));
  EXPECT_TRUE(absl::StrContains(promise.Get().status().message(), "versions 2 to 3"));
  EXPECT_TRUE(node.Ended());
}

TEST(RpcClient, ConnectsAgainAfterTheNodeWasAway) {
  RpcWorld world;
  EXPECT_TRUE(Asked(*world.channel).ok());
  world.server->Stop();
  EXPECT_TRUE(Eventually([&] { return absl::IsUnavailable(Asked(*world.channel)); }));
  world.Serve();
  EXPECT_TRUE(Eventually([&] { return Asked(*world.channel).ok(); }));
}

TEST(RpcClient, FailsAtOnceWhileItWaitsBeforeTheNextTry) {
  IoThread io;
  uint16_t nobody;
  {
    const Port port;
    nobody = port.number();
  }
  DialOptions options = TestDialOptions(nobody);
  options.backoff_least = options.backoff_most = std::chrono::hours(1);
  const auto channel = Dial(io, options);
  const absl::Status first = Asked(*channel), second = Asked(*channel);
  EXPECT_EQ(first.code(), absl::StatusCode::kUnavailable);
  EXPECT_TRUE(absl::StrContains(first.message(), absl::StrCat("127.0.0.1:", nobody))) << first;
  EXPECT_EQ(second, first);
  const Port now_there_is_one;  // on another port: the channel would only connect to its own
  EXPECT_EQ(Asked(*channel), first);
}

TEST(RpcClient, GivesUpOnANodeThatNeverGreets) {
  IoThread io;
  Port port;
  DialOptions options = TestDialOptions(port.number());
  options.connect_timeout = milliseconds(30);
  const auto channel = Dial(io, options);
  EXPECT_EQ(Asked(*channel).code(), absl::StatusCode::kUnavailable);
}

TEST(RpcClient, PingsASilentNodeAndGivesItUp) {
  IoThread io;
  Port port;
  DialOptions options = TestDialOptions(port.number());
  options.silence = milliseconds(150);
  const auto channel = Dial(io, options);
  Promise promise;
  channel->Start({.method = "echo"}, kNever, promise.Taker());
  RawPeer node(port.acceptor());
  node.Read();
  node.Write(HelloFrame(kNode));
  EXPECT_EQ(node.Read().at(0).kind, FrameKind::kRequest);
  for (int i = 0; i < 3; ++i) {  // who answers pings is only slow
    const Frame ping = node.Read().at(0);
    ASSERT_EQ(ping.kind, FrameKind::kPing);
    node.Write(IdFrame(FrameKind::kPong, *DecodeId(ping)));
  }
  EXPECT_EQ(promise.times(), 0);
  EXPECT_EQ(node.Read().at(0).kind, FrameKind::kPing);
  EXPECT_TRUE(node.Ended());
  EXPECT_EQ(promise.Get().status().code(), absl::StatusCode::kUnavailable);
}

TEST(RpcClient, IsSilentFromAPingThatIsNotAnsweredToWhateverItHearsNext) {
  IoThread io;
  Port port;
  DialOptions options = TestDialOptions(port.number());
  options.ping_after =
      milliseconds(250);  // so long it is heard after an answer, which is looked for
  options.silence = std::chrono::minutes(5);
  const auto channel = Dial(io, options);
  Promise promise;
  channel->Start({.method = "echo"}, kNever, promise.Taker());
  RawPeer node(port.acceptor());
  node.Read();
  node.Write(HelloFrame(kNode));
  const uint64_t id = DecodeRequest(node.Read().at(0), RpcTime())->id;
  const Frame ping = node.Read().at(0);
  ASSERT_EQ(ping.kind, FrameKind::kPing);
  EXPECT_TRUE(Eventually([&] { return channel->IsSilent(); }));
  node.Write(IdFrame(FrameKind::kPong, *DecodeId(ping)));
  EXPECT_TRUE(Eventually([&] { return !channel->IsSilent(); }));
  ASSERT_EQ(node.Read().at(0).kind, FrameKind::kPing) << "the call still waits";
  EXPECT_TRUE(Eventually([&] { return channel->IsSilent(); }));
  node.Write(AnswerFrame(id, Answer("late"), 100));
  EXPECT_EQ(*promise.Get(), "late");
  EXPECT_TRUE(Eventually([&] { return !channel->IsSilent(); }));
}

// A machine that stops, with others to ask: whoever called it goes to them, and so do all later
// ones.
TEST(RpcClient, AFrozenReplicaHoldsUpNobody) {
  IoThread io;
  Port port;
  RpcWorld good;
  const std::shared_ptr<Channel> frozen = Dial(io, TestDialOptions(port.number()));
  const auto channel = ReplicaChannel({frozen, std::move(good.channel)}, nullptr, io, {});
  Promise greeted;
  frozen->Start({.method = "echo"}, kNever, greeted.Taker());
  RawPeer node(port.acceptor());
  node.Read();
  node.Write(HelloFrame(kNode));
  node.Write(AnswerFrame(DecodeRequest(node.Read().at(0), RpcTime())->id, Answer("once"), 100));
  EXPECT_EQ(*greeted.Get(), "once");
  for (int i = 0; i < 50; ++i) {  // it reads and writes nothing any more
    const Answer answer = channel->Ask({.method = "echo", .body = "hi"}, {});
    ASSERT_TRUE(answer.ok()) << answer.status();
  }
  EXPECT_TRUE(frozen->IsSilent());
}

TEST(RpcClient, SendsTheCancelOfACallAndForgetsItsLateAnswer) {
  IoThread io;
  Port port;
  const auto channel = Dial(io, TestDialOptions(port.number()));
  Promise given_up, next;
  const auto running = channel->Start({.method = "a"}, kNever, given_up.Taker());
  RawPeer node(port.acceptor());
  node.Read();
  node.Write(HelloFrame(kNode));
  const uint64_t id = DecodeRequest(node.Read().at(0), RpcTime())->id;
  running->Cancel();
  const Frame cancel = node.Read().at(0);
  EXPECT_EQ(cancel.kind, FrameKind::kCancel);
  EXPECT_EQ(*DecodeId(cancel), id);
  channel->Start({.method = "b"}, kNever, next.Taker());
  const uint64_t next_id = DecodeRequest(node.Read().at(0), RpcTime())->id;
  node.Write(AnswerFrame(id, Answer("late"), 100) + AnswerFrame(next_id, Answer("right"), 100));
  EXPECT_EQ(*next.Get(), "right");
  EXPECT_EQ(given_up.Get().status().code(), absl::StatusCode::kCancelled);
}

TEST(RpcClient, EveryCallIsAnsweredWhereverTheConnectionBreaks) {
  // The node sends its hello and one answer, and goes after the nth byte.
  const std::string hello = HelloFrame(kNode), answer = AnswerFrame(1, Answer("body"), 100);
  const std::string all = hello + answer;
  for (size_t n = 0; n < all.size(); ++n) {
    SCOPED_TRACE(n);
    IoThread io;
    Port port;
    const auto channel = Dial(io, TestDialOptions(port.number()));
    Promise one, two;
    channel->Start({.method = "a"}, kNever, one.Taker());
    channel->Start({.method = "b"}, kNever, two.Taker());
    {
      RawPeer node(port.acceptor());
      node.Read();
      node.Write(absl::string_view(all).substr(0, n));
    }
    EXPECT_EQ(one.Get().status().code(), absl::StatusCode::kUnavailable);
    EXPECT_EQ(two.Get().status().code(), absl::StatusCode::kUnavailable);
  }
}

TEST(RpcClient, AnswersCallsOfManyThreadsWhileTheNodeComesAndGoes) {
  RpcWorld world;
  std::atomic<bool> over{false};
  std::atomic<int> answered{0}, good{0};
  std::vector<std::thread> callers;
  for (int i = 0; i < 4; ++i) {
    callers.emplace_back([&] {
      while (!over) {
        const Answer answer = world.channel->Ask({.method = "echo", .body = "x"}, {});
        EXPECT_TRUE(answer.ok() || absl::IsUnavailable(answer.status())) << answer.status();
        good += answer.ok();
        ++answered;
      }
    });
  }
  for (int life = 0; life < 20; ++life) {
    const int good_before = good;
    EXPECT_TRUE(Eventually([&] { return good > good_before; }));
    world.server->Stop();
    const int answered_before = answered;
    EXPECT_TRUE(Eventually([&] { return answered > answered_before; }));
    world.Serve();
  }
  over = true;
  for (std::thread& caller : callers) caller.join();
}

TEST(RpcClient, HasACapOfItsOwn) {
  RpcWorld world;
  DialOptions options = TestDialOptions(world.server->port());
  options.max_in_flight = 1;
  const auto channel = Dial(world.io, options);
  Promise gate;
  channel->Start({.method = "gate"}, kNever, gate.Taker());
  EXPECT_TRUE(RetryAfter(Asked(*channel)));
  world.service.gate.Open();
  EXPECT_TRUE(gate.Get().ok());
  EXPECT_TRUE(Asked(*channel).ok());
}

}  // namespace
}  // namespace spoor::testing
