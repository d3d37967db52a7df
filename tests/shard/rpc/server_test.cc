#include "shard/rpc/server.h"

#include "absl/strings/match.h"
#include "tests/shard/rpc_world.h"

namespace spoor::testing {
namespace {

using std::chrono::milliseconds;

const Hello kCaller{.cluster = "test", .node = "raw"};

std::string Ask(uint64_t id, const std::string& method, const std::string& body = "") {
  return RequestFrame(id, {.method = method, .body = body, .epoch = 0, .trace_parent = ""}, kNever,
                      RpcTime());
}

absl::Status Refused(const std::vector<Frame>& frames) {
  if (frames.empty()) return absl::UnknownError("closed without a word");
  const auto answered = DecodeAnswer(frames.front());
  if (!answered.ok()) return answered.status();
  EXPECT_EQ(answered->id, 0u);
  return answered->answer.status();
}

TEST(RpcServer, GreetsAndAnswersInAnyOrder) {
  RpcWorld world;
  RawPeer peer(world.server->port());
  peer.Write(HelloFrame(kCaller));
  EXPECT_EQ(DecodeHello(peer.Read().at(0))->node, "n1");
  peer.Write(Ask(7, "gate", "slow") + Ask(8, "echo", "quick"));
  EXPECT_EQ(DecodeAnswer(peer.Read().at(0))->id, 8u);
  world.service.gate.Open();
  const auto slow = DecodeAnswer(peer.Read().at(0));
  EXPECT_EQ(slow->id, 7u);
  EXPECT_EQ(*slow->answer, "slow");
  peer.Write(IdFrame(FrameKind::kPing, 3));
  const Frame pong = peer.Read().at(0);
  EXPECT_EQ(pong.kind, FrameKind::kPong);
  EXPECT_EQ(*DecodeId(pong), 3u);
}

TEST(RpcServer, AnswersQuickMethodsThoughThePoolIsFull) {
  RpcServerOptions options = TestServerOptions();
  options.threads = 1;
  RpcWorld world(options);
  world.service.MarkQuick("echo");  // before the first call
  Promise gate;
  world.channel->Start({.method = "gate"}, kNever, gate.Taker());
  ASSERT_TRUE(Eventually([&] { return world.service.begun == 1; }));
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(world.channel->Ask({.method = "echo"}, {}).ok());
  world.service.gate.Open();
  EXPECT_TRUE(gate.Get().ok());
}

TEST(RpcServer, RefusesAnotherVersionOrClusterAndSaysWhy) {
  RpcWorld world;
  RawPeer future(world.server->port()), stranger(world.server->port());
  future.Write(HelloFrame({.version_min = 8, .version_max = 9, .cluster = "test", .node = "new"}));
  const absl::Status version = Refused(future.Read());
  EXPECT_TRUE(absl::StrContains(version.message(), "versions 8 to 9")) << version;
  EXPECT_TRUE(future.Ended());
  stranger.Write(HelloFrame({.cluster = "other", .node = "raw"}));
  const absl::Status cluster = Refused(stranger.Read());
  EXPECT_EQ(cluster.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_TRUE(absl::StrContains(cluster.message(), "'other'")) << cluster;
  EXPECT_TRUE(Eventually([&] { return world.server->stats().refused == 2; }));
}

TEST(RpcServer, CutsWhoBreaksTheProtocol) {
  const std::string hello = HelloFrame(kCaller);
  std::string flipped = Ask(1, "echo", "body");
  flipped.back() ^= 1;
  for (const std::string& bytes :
       {std::string("GET / HTTP/1.1\r\nHost: spoor.example\r\n\r\n"), Ask(1, "echo"), hello + hello,
        hello + flipped, hello + Ask(0, "echo"), hello + Ask(1, "gate") + Ask(1, "gate"),
        hello + AnswerFrame(1, Answer("x"), 10)}) {
    RpcWorld world;
    RawPeer peer(world.server->port());
    peer.Write(bytes);
    std::vector<Frame> last;
    for (std::vector<Frame> next; !(next = peer.Read()).empty();) last = next;
    EXPECT_EQ(Refused(last).code(), absl::StatusCode::kDataLoss);
    EXPECT_TRUE(Eventually([&] { return world.server->stats().connections == 0; }));
    EXPECT_EQ(world.server->stats().cut, 1u);
  }
}

TEST(RpcServer, RefusesABodyAboveItsLimit) {
  RpcServerOptions options = TestServerOptions();
  options.max_body_bytes = 1000;
  RpcWorld world(options);
  const auto ask = [&](size_t size) {
    return world.channel->Ask({.method = "echo", .body = std::string(size, 'x')}, {}).status();
  };
  EXPECT_EQ(ask(1000), absl::OkStatus());
  EXPECT_EQ(ask(1001).code(), absl::StatusCode::kOutOfRange);  // known from the node's hello
  EXPECT_EQ(ask(1000), absl::OkStatus()) << "the connection lives on";
  RawPeer peer(world.server->port());
  peer.Write(HelloFrame(kCaller));
  peer.Read();
  peer.Write(Ask(1, "echo", std::string(1001, 'x')));
  EXPECT_EQ(Refused(peer.Read()).code(), absl::StatusCode::kResourceExhausted);
}

TEST(RpcServer, CapsCallsOfOneConnectionAndBytesOfAll) {
  RpcServerOptions options = TestServerOptions();
  options.max_in_flight_per_connection = 1;
  options.max_bytes_in_flight = 100;
  RpcWorld world(options);
  Promise gate;
  world.channel->Start({.method = "gate", .body = std::string(60, 'x')}, kNever, gate.Taker());
  ASSERT_TRUE(Eventually([&] { return world.service.begun == 1; }));
  EXPECT_TRUE(RetryAfter(world.channel->Ask({.method = "echo"}, {}).status()));
  const auto other = Dial(world.io, TestDialOptions(world.server->port()));
  EXPECT_TRUE(other->Ask({.method = "echo", .body = std::string(40, 'x')}, {}).ok());
  EXPECT_TRUE(
      RetryAfter(other->Ask({.method = "echo", .body = std::string(41, 'x')}, {}).status()));
  EXPECT_EQ(world.server->stats().overloads, 2u);
  world.service.gate.Open();
  EXPECT_TRUE(gate.Get().ok());
}

TEST(RpcServer, ClosesConnectionsAboveTheLimit) {
  RpcServerOptions options = TestServerOptions();
  options.max_connections = 1;
  RpcWorld world(options);
  EXPECT_TRUE(world.channel->Ask({.method = "echo"}, {}).ok());
  RawPeer peer(world.server->port());
  EXPECT_TRUE(peer.Ended());
  world.channel.reset();
  EXPECT_TRUE(Eventually([&] { return world.server->stats().connections == 0; }));
}

TEST(RpcServer, CutsWhoIsTooSlow) {
  RpcServerOptions options = TestServerOptions();
  options.hello_timeout = options.stall = milliseconds(250);
  RpcWorld world(options);
  RawPeer silent(world.server->port()), half(world.server->port()), idle(world.server->port());
  half.Write(HelloFrame(kCaller) + Ask(1, "echo", "body").substr(0, 30));
  idle.Write(HelloFrame(kCaller));
  EXPECT_TRUE(silent.Ended());
  EXPECT_EQ(half.Read().at(0).kind, FrameKind::kHello);
  EXPECT_TRUE(half.Ended());
  EXPECT_EQ(world.server->stats().cut, 2u);
  idle.Read();
  idle.Write(Ask(1, "echo", "owes nothing"));
  EXPECT_EQ(*DecodeAnswer(idle.Read().at(0))->answer, "owes nothing");
}

TEST(RpcServer, CutsWhoDoesNotReadItsAnswers) {
  RpcServerOptions options = TestServerOptions();
  options.stall = milliseconds(50);
  RpcWorld world(options);
  RawPeer deaf(world.server->port());
  deaf.Write(HelloFrame(kCaller) + Ask(1, "echo", std::string(48 << 20, 'x')));
  EXPECT_TRUE(Eventually([&] { return world.server->stats().cut == 1; }));
  EXPECT_TRUE(Eventually([&] { return world.server->stats().connections == 0; }));
}

TEST(RpcServer, CancelsTheCallsOfAConnectionThatIsLost) {
  RpcWorld world;
  {
    RawPeer peer(world.server->port());
    peer.Write(HelloFrame(kCaller) + Ask(1, "long") + Ask(2, "long"));
    ASSERT_TRUE(Eventually([&] { return world.service.begun == 2; }));
  }
  EXPECT_TRUE(Eventually([&] { return world.service.stopped == 2; }));
  EXPECT_TRUE(Eventually([&] { return world.server->stats().in_flight == 0; }));
}

TEST(RpcServer, StopLetsRunningCallsFinishAndTakesNoMore) {
  RpcWorld world;
  Promise running, late;
  world.channel->Start({.method = "gate", .body = "done"}, kNever, running.Taker());
  ASSERT_TRUE(Eventually([&] { return world.service.begun == 1; }));
  std::thread stop([&] { world.server->Stop(); });
  Answer refused;
  EXPECT_TRUE(Eventually([&] {
    refused = world.channel->Ask({.method = "echo"}, {});
    return !refused.ok();
  }));
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_TRUE(absl::StrContains(refused.status().message(), "stopping")) << refused.status();
  world.service.gate.Open();
  EXPECT_EQ(*running.Get(), "done");
  stop.join();
}

TEST(RpcServer, StopEndsThePatienceOfWhatOutlivesTheGrace) {
  RpcServerOptions options = TestServerOptions();
  options.grace = milliseconds(0);
  RpcWorld world(options);
  Promise running;
  world.channel->Start({.method = "long"}, kNever, running.Taker());
  ASSERT_TRUE(Eventually([&] { return world.service.begun == 1; }));
  world.server->Stop();
  EXPECT_EQ(world.service.stopped, 1);
  EXPECT_EQ(running.Get().status().code(), absl::StatusCode::kUnavailable);
}

TEST(RpcServer, NamesTheAddressThatItCannotHave) {
  RpcWorld world;
  RpcServerOptions options = TestServerOptions();
  options.port = world.server->port();
  const auto second = RpcServer::Listen(world.service, options);
  EXPECT_EQ(second.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_TRUE(absl::StrContains(second.status().message(), absl::StrCat(options.port)));
}

}  // namespace
}  // namespace spoor::testing
