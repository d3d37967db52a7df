// What every channel promises, over a connection and inside the process.
#include "shard/rpc/channel.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <future>
#include <random>
#include <thread>

#include "absl/strings/match.h"
#include "shard/rpc/await.h"
#include "shard/rpc/replica_channel.h"
#include "tests/shard/rpc_world.h"

namespace spoor::testing {
namespace {

namespace asio = boost::asio;
using asio::experimental::awaitable_operators::operator||;  // NOLINT(misc-unused-using-decls)

class RpcChannel : public ::testing::TestWithParam<std::string> {
 protected:
  // Room for so many calls at once.
  void Open(size_t max_in_flight = 100) {
    if (GetParam() == "local") {
      channel = LocalChannel(service, io, {.threads = 4, .max_in_flight = max_in_flight});
      return;
    }
    RpcServerOptions options = TestServerOptions();
    options.max_in_flight = max_in_flight;
    server = *RpcServer::Listen(service, options);
    channel = Dial(io, TestDialOptions(server->port()));
  }
  Answer Ask(const std::string& method, const std::string& body = "", Patience patience = {}) {
    return channel->Ask({.method = method, .body = body, .epoch = 0, .trace_parent = ""}, patience);
  }

  TestService service;
  IoThread io;
  std::unique_ptr<RpcServer> server;
  std::unique_ptr<Channel> channel;
  OpenAtEnd open_at_end{service.gate};
};

INSTANTIATE_TEST_SUITE_P(All, RpcChannel, ::testing::Values("local", "tcp"),
                         [](const auto& i) { return i.param; });

TEST_P(RpcChannel, AnswersWithTheBody) {
  Open();
  EXPECT_EQ(*Ask("echo", "hello"), "hello");
  EXPECT_EQ(*Ask("echo", ""), "");
  const std::string large(3 << 20, 'x');
  EXPECT_EQ(*Ask("echo", large), large);
}

TEST_P(RpcChannel, CarriesEpochAndTrace) {
  Open();
  const Call call{.method = "context", .body = "", .epoch = 12, .trace_parent = "00-ab-cd-01"};
  EXPECT_EQ(*channel->Ask(call, {}), "12 00-ab-cd-01 0");
  Patience patience;
  patience.deadline = io.now() + std::chrono::minutes(1);
  EXPECT_EQ(*channel->Ask(call, patience), "12 00-ab-cd-01 1");
}

TEST_P(RpcChannel, CarriesErrors) {
  Open();
  const absl::Status stale = Ask("stale").status();
  EXPECT_EQ(stale.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(CurrentEpoch(stale), 9u);
  EXPECT_EQ(Detail(stale), std::string("\0detail", 7));
  EXPECT_EQ(RetryAfter(Ask("busy").status()), std::chrono::milliseconds(70));
  EXPECT_EQ(Ask("nothing").status().code(), absl::StatusCode::kUnimplemented);
  EXPECT_EQ(Ask("").status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Ask("throw").status().code(), absl::StatusCode::kInternal);
  EXPECT_EQ(*Ask("echo", "still alive"), "still alive");
}

TEST_P(RpcChannel, TheDeadlineEndsTheCallAndTheWork) {
  Open();
  Patience patience;
  patience.deadline = io.now() + std::chrono::milliseconds(30);
  EXPECT_EQ(Ask("long", "", patience).status().code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_TRUE(Eventually([&] { return service.stopped == service.begun; }));
}

TEST_P(RpcChannel, TheDeadlineHoldsThoughTheServiceDoesNotLook) {
  Open();
  Patience patience;
  patience.deadline = io.now() + std::chrono::milliseconds(30);
  EXPECT_EQ(Ask("gate", "", patience).status().code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(*Ask("echo", "next"), "next");
}

TEST_P(RpcChannel, ACallAfterItsDeadlineIsNotBegun) {
  Open();
  Patience patience;
  patience.deadline = io.now() - std::chrono::milliseconds(1);
  EXPECT_EQ(Ask("gate", "", patience).status().code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(service.begun, 0);
}

TEST_P(RpcChannel, CancelTravelsAndStopsTheWork) {
  Open();
  Promise promise;
  const auto running = channel->Start({.method = "long"}, kNever, promise.Taker());
  ASSERT_TRUE(Eventually([&] { return service.begun == 1; }));
  running->Cancel();
  EXPECT_EQ(promise.Get().status().code(), absl::StatusCode::kCancelled);
  EXPECT_TRUE(Eventually([&] { return service.stopped == 1; }));
  running->Cancel();  // has no effect
  EXPECT_EQ(*Ask("echo", "next"), "next");
  EXPECT_EQ(promise.times(), 1);
}

TEST_P(RpcChannel, PatienceOfABlockingCallerTravels) {
  Open();
  const auto cancelled = std::make_shared<std::atomic<bool>>(false);
  std::thread hang_up([&] {
    EXPECT_TRUE(Eventually([&] { return service.begun == 2; }));
    *cancelled = true;
  });
  const std::vector<Answer> answers =
      AskAll({{channel.get(), {.method = "long"}}, {channel.get(), {.method = "long"}}},
             {.cancelled = cancelled});
  hang_up.join();
  for (const Answer& answer : answers) {
    EXPECT_EQ(answer.status().code(), absl::StatusCode::kCancelled);
  }
  EXPECT_TRUE(Eventually([&] { return service.stopped == 2; }));
}

TEST_P(RpcChannel, CapsGiveOverloadAndRoomComesBack) {
  Open(2);
  Promise one, two;
  channel->Start({.method = "gate", .body = "1"}, kNever, one.Taker());
  channel->Start({.method = "gate", .body = "2"}, kNever, two.Taker());
  ASSERT_TRUE(Eventually([&] { return service.begun == 2; }));
  const absl::Status busy = Ask("echo").status();
  EXPECT_EQ(busy.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(RetryAfter(busy), std::chrono::milliseconds(50));
  service.gate.Open();
  EXPECT_EQ(*one.Get(), "1");
  EXPECT_EQ(*two.Get(), "2");
  EXPECT_EQ(*Ask("echo", "again"), "again");
}

TEST_P(RpcChannel, WhatIsCancelledAndStillRunsCountsAgainstTheCap) {
  Open(1);
  Promise promise;
  const auto running = channel->Start({.method = "gate"}, kNever, promise.Taker());
  ASSERT_TRUE(Eventually([&] { return service.begun == 1; }));
  running->Cancel();
  EXPECT_EQ(promise.Get().status().code(), absl::StatusCode::kCancelled);
  EXPECT_TRUE(RetryAfter(Ask("echo").status()));
  service.gate.Open();
  EXPECT_TRUE(Eventually([&] { return Ask("echo").ok(); }));
}

TEST_P(RpcChannel, ThousandsOfCallsAtTheSameTime) {
  constexpr int kCalls = 4000, kCallers = 4;
  Open(kCalls);
  if (GetParam() == "tcp") {
    RpcServerOptions options = TestServerOptions();
    options.max_in_flight = options.max_in_flight_per_connection = kCalls;
    server = *RpcServer::Listen(service, options);
    DialOptions dial = TestDialOptions(server->port());
    dial.max_in_flight = kCalls;
    channel = Dial(io, dial);
  }
  std::vector<std::thread> callers;
  for (int c = 0; c < kCallers; ++c) {
    callers.emplace_back([&, c] {
      std::mt19937_64 random(static_cast<uint64_t>(c));
      std::vector<Question> questions;
      std::vector<std::string> bodies;
      for (int i = 0; i < kCalls / kCallers; ++i) {
        bodies.push_back(absl::StrCat(c, "-", i, std::string(random() % 500, 'x')));
        questions.push_back({channel.get(), {.method = "echo", .body = bodies.back()}});
      }
      const std::vector<Answer> answers = AskAll(std::move(questions), {});
      for (size_t i = 0; i < bodies.size(); ++i) {
        ASSERT_TRUE(answers[i].ok()) << answers[i].status();
        EXPECT_EQ(*answers[i], bodies[i]);
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
}

TEST_P(RpcChannel, CallsOfAChannelThatGoesAreAnswered) {
  Open();
  Promise promise;
  channel->Start({.method = "long"}, kNever, promise.Taker());
  ASSERT_TRUE(Eventually([&] { return service.begun == 1; }));
  channel.reset();
  EXPECT_EQ(promise.Get().status().code(), absl::StatusCode::kCancelled);
  EXPECT_TRUE(Eventually([&] { return service.stopped == 1; }));
}

TEST_P(RpcChannel, CoroutinesAwaitAndCancel) {
  Open();
  asio::io_context mine;
  Answer echoed, raced;
  const auto talk = [&]() -> asio::awaitable<void> {
    Call echo{.method = "echo", .body = "hi"};
    echoed = co_await Asked(*channel, std::move(echo), kNever);
    asio::steady_timer timer(mine, std::chrono::milliseconds(20));
    Call endless{.method = "long"};
    auto first = co_await (Asked(*channel, std::move(endless), kNever) ||
                           timer.async_wait(asio::use_awaitable));
    if (first.index() == 0) raced = std::get<0>(first);
  };
  asio::co_spawn(mine, talk(), [](const std::exception_ptr& e) { EXPECT_EQ(e, nullptr); });
  mine.run();
  EXPECT_EQ(*echoed, "hi");
  EXPECT_EQ(raced.status().code(), absl::StatusCode::kUnknown) << "the timer was first";
  EXPECT_TRUE(Eventually([&] { return service.stopped == service.begun; }));
}

TEST(LocalChannel, MayGoWithItsLastAnswerOnAThreadOfItsOwn) {
  IoThread io;
  for (int i = 0; i < 50; ++i) {
    TestService service;
    OpenAtEnd open_at_end{service.gate};
    std::promise<void> gone;
    std::shared_ptr<Channel> channel(LocalChannel(service, io, {.threads = 2}).release(),
                                     [&gone](Channel* c) {
                                       delete c;
                                       gone.set_value();
                                     });
    Channel& borrowed = *channel;
    Call call{.method = "gate", .body = "x", .epoch = 0, .trace_parent = ""};
    borrowed.Start(std::move(call), Channel::Time::max(),
                   [held = std::move(channel)](const Answer& answer) { EXPECT_EQ(*answer, "x"); });
    service.gate.Open();  // only now: a channel must not go while Start runs
    gone.get_future().wait();
  }
}

TEST(LocalChannel, AnswersOnTheThreadThatAsksWhenToldTo) {
  MethodTable service;
  const auto asker = std::this_thread::get_id();
  service.Add("here", [asker](const Call&, const Patience&) -> Answer {
    return std::this_thread::get_id() == asker ? "yes" : "no";
  });
  IoThread io;
  const Call here{.method = "here", .body = "", .epoch = 0, .trace_parent = ""};
  for (const bool on_callers_thread : {false, true}) {
    std::shared_ptr<Channel> channel =
        LocalChannel(service, io, {.threads = 1, .on_callers_thread = on_callers_thread});
    EXPECT_EQ(*channel->Ask(here, {}), on_callers_thread ? "yes" : "no");
    EXPECT_EQ(*AskAll({{channel.get(), here}, {channel.get(), here}}, {})[1], "no");
    EXPECT_EQ(*ReplicaChannel({channel}, nullptr, io, {})->Ask(here, {}),
              on_callers_thread ? "yes" : "no");
    EXPECT_EQ(*ReplicaChannel({channel, channel}, nullptr, io, {})->Ask(here, {}), "no");
    Patience over;
    over.deadline = io.now();
    EXPECT_TRUE(absl::IsDeadlineExceeded(channel->Ask(here, over).status()));
  }
}

}  // namespace
}  // namespace spoor::testing
