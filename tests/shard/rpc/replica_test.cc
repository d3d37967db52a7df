// Retries and hedges, with a clock whose hands the test moves and replicas that answer when told.
#include <algorithm>
#include <cmath>
#include <map>
#include <random>

#include "absl/strings/str_cat.h"
#include "shard/rpc/replica_channel.h"
#include "tests/shard/rpc_world.h"

namespace spoor::testing {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

// One thread only.
class HandClock : public Alarms {
 public:
  Time now() const override { return now_; }
  Id At(Time when, std::function<void()> ring) override {
    alarms_.emplace(std::make_pair(when, ++last_), std::move(ring));
    return last_;
  }
  void Drop(Id id) override {
    std::erase_if(alarms_, [id](const auto& alarm) { return alarm.first.second == id; });
  }
  void Pass(microseconds time) {
    const Time end = now_ + time;
    while (!alarms_.empty() && alarms_.begin()->first.first <= end) {
      now_ = alarms_.begin()->first.first;
      const auto ring = std::move(alarms_.begin()->second);
      alarms_.erase(alarms_.begin());
      ring();
    }
    now_ = end;
  }
  size_t waiting() const { return alarms_.size(); }

 private:
  Time now_ = Time() + std::chrono::hours(1);
  Id last_ = 0;
  std::map<std::pair<Time, Id>, std::function<void()>> alarms_;
};

class HandChannel : public Channel {
 public:
  struct Asked : Running {
    void Cancel() override {
      if (cancelled) return;
      cancelled = true;
      Say(absl::CancelledError("cancelled"));
    }
    void Say(Answer answer) {
      if (auto taker = std::exchange(done, nullptr)) taker(std::move(answer));
    }
    bool cancelled = false;
    Done done;
  };
  std::shared_ptr<Running> Start(Call, Time, Done done) override {
    asked.push_back(std::make_shared<Asked>());
    asked.back()->done = std::move(done);
    return asked.back();
  }
  bool IsSilent() const override { return silent; }
  std::vector<std::shared_ptr<Asked>> asked;
  bool silent = false;
};

class RpcReplicas : public ::testing::Test {
 protected:
  void Open(size_t replicas, RetryOptions options = {}) {
    for (size_t i = 0; i < replicas; ++i) nodes.push_back(std::make_shared<HandChannel>());
    channel = ReplicaChannel({nodes.begin(), nodes.end()}, hedging, clock, options,
                             [this](size_t replica, const absl::Status& damage) {
                               damaged.push_back(absl::StrCat(replica, " ", damage.message()));
                             });
  }
  void Ask(Channel::Time deadline = kNever) {
    running = channel->Start({.method = "m"}, deadline, promise.Taker());
  }
  // The calls that each replica has had.
  std::vector<size_t> Counts() const {
    std::vector<size_t> counts;
    for (const auto& node : nodes) counts.push_back(node->asked.size());
    return counts;
  }
  // Hedging that waits 10 ms.
  void LearnTenMilliseconds() {
    for (int i = 0; i < 100; ++i) {
      hedging->Begin();
      hedging->Observe(milliseconds(10));
    }
    wait = *hedging->Begin();
  }

  using Counted = std::vector<size_t>;
  HandClock clock;
  std::vector<std::shared_ptr<HandChannel>> nodes;
  std::shared_ptr<Hedging> hedging = std::make_shared<Hedging>(HedgingOptions());
  microseconds wait{0};
  std::vector<std::string> damaged;
  std::unique_ptr<Channel> channel;
  std::shared_ptr<Channel::Running> running;
  Promise promise;
};

TEST_F(RpcReplicas, AsksTheFirstOnly) {
  Open(3);
  Ask();
  clock.Pass(std::chrono::hours(1));
  EXPECT_EQ(Counts(), (Counted{1, 0, 0})) << "nothing is known yet: no hedge";
  nodes[0]->asked[0]->Say("yes");
  EXPECT_EQ(*promise.Get(), "yes");
  EXPECT_EQ(clock.waiting(), 0u);
}

TEST_F(RpcReplicas, AsksTheNextWhereOneIsAwayOrFull) {
  Open(3);
  Ask();
  nodes[0]->asked[0]->Say(absl::UnavailableError("away"));
  EXPECT_EQ(Counts(), (Counted{1, 1, 0}));
  nodes[1]->asked[0]->Say(OverloadError("full", milliseconds(500)));
  EXPECT_EQ(Counts(), (Counted{1, 1, 1}));
  nodes[2]->asked[0]->Say("yes");
  EXPECT_EQ(*promise.Get(), "yes");
}

TEST_F(RpcReplicas, OtherErrorsAreFinal) {
  Open(2);
  Ask();
  nodes[0]->asked[0]->Say(StaleEpochError({.asked = 1, .current = 2}));
  EXPECT_EQ(CurrentEpoch(promise.Get().status()), 2u);
  EXPECT_EQ(Counts(), (Counted{1, 0}));
}

TEST_F(RpcReplicas, TheDamageOfOneIsNotTheAnswerAndIsTold) {
  Open(3);
  Ask();
  nodes[0]->asked[0]->Say(absl::DataLossError("a flipped bit"));
  nodes[1]->asked[0]->Say(absl::InternalError("a bug"));
  nodes[2]->asked[0]->Say("yes");
  EXPECT_EQ(*promise.Get(), "yes");
  EXPECT_EQ(damaged, (std::vector<std::string>{"0 a flipped bit", "1 a bug"}));
  Promise next, later;
  channel->Start({.method = "m"}, kNever, next.Taker());
  EXPECT_EQ(Counts(), (Counted{1, 1, 2})) << "who is damaged is asked last";
  nodes[2]->asked[1]->Say("yes");
  clock.Pass(std::chrono::seconds(1));
  channel->Start({.method = "m"}, kNever, later.Taker());
  EXPECT_EQ(Counts(), (Counted{2, 1, 2})) << "it may have mended itself";
  nodes[0]->asked[1]->Say("yes");
}

TEST_F(RpcReplicas, TheDamageOfAllIsTheAnswer) {
  Open(2);
  Ask();
  nodes[0]->asked[0]->Say(absl::DataLossError("one"));
  nodes[1]->asked[0]->Say(absl::DataLossError("two"));
  EXPECT_TRUE(absl::IsDataLoss(promise.Get().status()));
  EXPECT_EQ(Counts(), (Counted{1, 1})) << "waiting mends nothing";
}

TEST_F(RpcReplicas, WhereOneIsDamagedAndTheOtherAwayTheOtherMayComeBack) {
  Open(2);
  Ask(clock.now() + std::chrono::seconds(10));
  nodes[0]->asked[0]->Say(absl::UnavailableError("away"));
  nodes[1]->asked[0]->Say(absl::DataLossError("damaged"));
  clock.Pass(milliseconds(10));
  nodes[0]->asked[1]->Say("back");
  EXPECT_EQ(*promise.Get(), "back");
}

TEST_F(RpcReplicas, OneThatIsBehindIsAskedAgainUntilTheDeadline) {
  Open(2);
  Ask(clock.now() + std::chrono::seconds(2));
  for (int round = 0; promise.times() == 0; ++round) {
    ASSERT_LT(round, 3'000);
    for (const auto& node : nodes) {
      if (!node->asked.empty()) node->asked.back()->Say(BehindError("not there yet"));
    }
    clock.Pass(milliseconds(1));
    if (nodes[0]->asked.size() > 10) break;
  }
  EXPECT_GT(nodes[0]->asked.size(), 10u) << "more often than others are asked again";
  nodes[0]->asked.back()->Say("here");
  EXPECT_EQ(*promise.Get(), "here");
}

// One machine hangs, and the other has not read yet what was written a moment ago.
TEST_F(RpcReplicas, OneThatOwesAnAnswerHoldsUpNoRound) {
  Open(2);
  Ask(clock.now() + std::chrono::seconds(20));
  nodes[0]->asked[0]->Say(BehindError("not there yet"));
  EXPECT_EQ(Counts(), (Counted{1, 1})) << "which never answers";
  nodes[1]->silent = true;
  for (int round = 2; round < 8; ++round) {
    clock.Pass(milliseconds(50));
    ASSERT_EQ(Counts(), (Counted{static_cast<size_t>(round), 1}));
    nodes[0]->asked.back()->Say(BehindError("not there yet"));
  }
  clock.Pass(milliseconds(50));
  nodes[0]->asked.back()->Say("here");
  EXPECT_EQ(*promise.Get(), "here");
  EXPECT_TRUE(nodes[1]->asked[0]->cancelled);
}

TEST_F(RpcReplicas, WhereNobodyGetsThereInTimeTheTimeIsOver) {
  Open(1);
  Ask(clock.now() + milliseconds(100));
  while (promise.times() == 0) {
    nodes[0]->asked.back()->Say(BehindError("not there yet"));
    clock.Pass(milliseconds(1));
  }
  EXPECT_TRUE(absl::IsDeadlineExceeded(promise.Get().status()));
}

TEST_F(RpcReplicas, ASilentOneIsLeftForTheNextAndAskedLast) {
  Open(2);
  Ask();
  clock.Pass(std::chrono::seconds(1));
  EXPECT_EQ(Counts(), (Counted{1, 0})) << "slow is not silent";
  nodes[0]->silent = true;
  clock.Pass(milliseconds(50));
  EXPECT_EQ(Counts(), (Counted{1, 1})) << "although nothing is known of how long calls take";
  nodes[1]->asked[0]->Say("yes");
  EXPECT_EQ(*promise.Get(), "yes");
  Promise next;
  channel->Start({.method = "m"}, kNever, next.Taker());
  EXPECT_EQ(Counts(), (Counted{1, 2}));
  nodes[1]->asked[1]->Say("yes");
}

TEST_F(RpcReplicas, SilenceCostsNoHedges) {
  Open(2);
  LearnTenMilliseconds();
  std::vector<std::unique_ptr<Promise>> all;
  for (int i = 0; i < 500; ++i) {
    all.push_back(std::make_unique<Promise>());
    channel->Start({.method = "m"}, kNever, all.back()->Taker());
  }
  nodes[0]->silent = true;
  clock.Pass(wait + kHedgeAgain);
  EXPECT_EQ(nodes[1]->asked.size(), 500u);
  for (const auto& asked : nodes[1]->asked) asked->Say("yes");
}

TEST_F(RpcReplicas, ResourceExhaustedThatIsNoOverloadIsFinal) {
  Open(2);
  Ask();
  nodes[0]->asked[0]->Say(absl::ResourceExhaustedError("disk full"));
  EXPECT_EQ(promise.Get().status().message(), "disk full");
}

TEST_F(RpcReplicas, TheNextRoundWaitsAsLongAsItIsAsked) {
  Open(2);
  Ask(clock.now() + std::chrono::seconds(10));
  nodes[0]->asked[0]->Say(OverloadError("full", milliseconds(80)));
  nodes[1]->asked[0]->Say(absl::UnavailableError("away"));
  clock.Pass(milliseconds(79));
  EXPECT_EQ(Counts(), (Counted{1, 1}));
  clock.Pass(milliseconds(1));
  EXPECT_EQ(Counts(), (Counted{2, 1}));
  nodes[0]->asked[1]->Say(absl::UnavailableError("away"));
  nodes[1]->asked[1]->Say(absl::UnavailableError("still away"));
  EXPECT_EQ(promise.Get().status().message(), "still away") << "four attempts";
}

TEST_F(RpcReplicas, NoRoundBeginsThatCannotEnd) {
  Open(1);
  Ask(clock.now() + milliseconds(50));
  nodes[0]->asked[0]->Say(OverloadError("full", milliseconds(50)));
  EXPECT_TRUE(RetryAfter(promise.Get().status()));
}

TEST_F(RpcReplicas, HedgesAfterTheQuantileAndCancelsTheLoser) {
  Open(3);
  LearnTenMilliseconds();
  Ask();
  clock.Pass(wait - microseconds(1));
  EXPECT_EQ(Counts(), (Counted{1, 0, 0}));
  clock.Pass(microseconds(1));
  EXPECT_EQ(Counts(), (Counted{1, 1, 0}));
  clock.Pass(std::chrono::hours(1));
  EXPECT_EQ(Counts(), (Counted{1, 1, 0})) << "one hedge a call";
  nodes[1]->asked[0]->Say("second");
  EXPECT_EQ(*promise.Get(), "second");
  EXPECT_TRUE(nodes[0]->asked[0]->cancelled);
  EXPECT_EQ(promise.times(), 1);
}

TEST_F(RpcReplicas, AFailedHedgeLeavesTheFirst) {
  Open(2);
  LearnTenMilliseconds();
  Ask();
  clock.Pass(wait);
  nodes[1]->asked[0]->Say(absl::UnavailableError("away"));
  EXPECT_EQ(promise.times(), 0);
  nodes[0]->asked[0]->Say("first");
  EXPECT_EQ(*promise.Get(), "first");
}

TEST_F(RpcReplicas, HedgesAreFewWhenEverythingIsSlow) {
  Open(2);
  LearnTenMilliseconds();
  for (int i = 0; i < 1000; ++i) {
    Promise one;
    channel->Start({.method = "m"}, kNever, one.Taker());
    clock.Pass(wait);
    nodes[0]->asked.back()->Say("slow");
  }
  const HedgingOptions options;
  EXPECT_LE(nodes[1]->asked.size(), 1000 / options.calls_per_hedge + options.hedges_in_a_row);
  EXPECT_GE(nodes[1]->asked.size(), 1000 / options.calls_per_hedge);
}

TEST_F(RpcReplicas, CancelEndsAllAttempts) {
  Open(2);
  LearnTenMilliseconds();
  Ask();
  clock.Pass(wait);
  running->Cancel();
  EXPECT_EQ(promise.Get().status().code(), absl::StatusCode::kCancelled);
  EXPECT_TRUE(nodes[0]->asked[0]->cancelled && nodes[1]->asked[0]->cancelled);
  EXPECT_EQ(clock.waiting(), 0u);
}

TEST_F(RpcReplicas, CancelInAPauseEndsTheCall) {
  Open(1);
  Ask();
  nodes[0]->asked[0]->Say(absl::UnavailableError("away"));
  EXPECT_EQ(clock.waiting(), 1u);
  running->Cancel();
  EXPECT_EQ(promise.Get().status().code(), absl::StatusCode::kCancelled);
  EXPECT_EQ(clock.waiting(), 0u);
}

TEST(RpcReplicaChannel, LosesNoAnswerWhateverTheReplicasDo) {
  for (uint64_t seed = 1; seed <= 500; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937_64 random(seed);
    HandClock clock;
    std::vector<std::shared_ptr<HandChannel>> nodes;
    for (size_t n = 1 + random() % 4; n-- > 0;) nodes.push_back(std::make_shared<HandChannel>());
    HedgingOptions always{.samples_least = 1};
    always.calls_per_hedge = 0;
    const auto hedging = std::make_shared<Hedging>(always);
    hedging->Observe(milliseconds(1));
    const RetryOptions options{.attempts_most = 1 + random() % 7};
    const auto channel = ReplicaChannel({nodes.begin(), nodes.end()}, hedging, clock, options);
    Promise promise;
    channel->Start({.method = "m"}, clock.now() + milliseconds(random() % 300 + 1),
                   promise.Taker());
    for (int steps = 0; promise.times() == 0; ++steps) {
      ASSERT_LT(steps, 10'000);
      clock.Pass(microseconds(random() % 3000));
      auto& asked = nodes[random() % nodes.size()]->asked;
      if (asked.empty()) continue;
      const uint64_t what = random() % 6;
      asked.back()->Say(what == 0   ? Answer("yes")
                        : what == 1 ? Answer(absl::NotFoundError("no"))
                        : what < 4  ? Answer(absl::UnavailableError("away"))
                                    : Answer(OverloadError("full", milliseconds(random() % 40))));
    }
    size_t attempts = 0;
    for (const auto& node : nodes) {
      attempts += node->asked.size();
      for (const auto& asked : node->asked) EXPECT_EQ(asked->done, nullptr) << "left running";
    }
    EXPECT_LE(attempts, options.attempts_most);
    EXPECT_EQ(promise.times(), 1);
    EXPECT_EQ(clock.waiting(), 0u);
  }
}

TEST(RpcReplicaChannel, GoesOnWithTheOtherNodeOverTcp) {
  RpcWorld one, two;
  const auto channel = ReplicaChannel({std::move(one.channel), std::move(two.channel)}, nullptr,
                                      one.io, RetryOptions());
  one.server->Stop();
  for (int i = 0; i < 20; ++i) {
    const Answer answer = channel->Ask({.method = "echo", .body = "hi"}, {});
    ASSERT_TRUE(answer.ok()) << answer.status();
  }
  EXPECT_EQ(two.server->stats().calls, 20u);
}

TEST(RpcLatencyWindow, KeepsItsBounds) {
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937_64 random(seed);
    LatencyWindow window;
    std::vector<int64_t> all;
    for (size_t n = 1 + random() % 5000; n-- > 0;) {
      all.push_back(static_cast<int64_t>(random() >> (28 + random() % 36)));
      window.Add(microseconds(all.back()));
    }
    ASSERT_LE(window.size(), 2 * LatencyWindow::kHalf);
    ASSERT_GE(window.size(), std::min(all.size(), LatencyWindow::kHalf));
    std::vector<int64_t> latest(all.end() - static_cast<std::ptrdiff_t>(window.size()), all.end());
    std::sort(latest.begin(), latest.end());
    for (const double share : {0.01, 0.5, 0.95, 1.0}) {
      const auto rank = static_cast<size_t>(std::ceil(share * static_cast<double>(latest.size())));
      const int64_t truth = latest[std::max<size_t>(rank, 1) - 1];
      const int64_t estimate = window.Quantile(share).count();
      EXPECT_GE(estimate, truth);
      EXPECT_LE(static_cast<double>(estimate), static_cast<double>(truth) * 9 / 8);
    }
  }
}

}  // namespace
}  // namespace spoor::testing
