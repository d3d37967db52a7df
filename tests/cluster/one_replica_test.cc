// A cluster of real processes of which a shard stops without a word, as a machine that is cut off
// does: what its clients see of it.
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <future>
#include <mutex>
#include <thread>

#include "absl/strings/str_cat.h"
#include "router/client/client.h"
#include "router/generate/ndjson.h"
#include "tests/cluster/whole_cluster.h"
#include "tests/engine/model.h"
#include "tests/eventually.h"

namespace spoor::testing {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr char kTrajectoriesPath[] = "/v1/collections/taxis/trajectories";
// A second when the machine has nothing else to do; it used to be ten.
constexpr milliseconds kLongestGap{3'000};

class OneReplicaTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto cluster = WholeCluster::Start({.shards = 3, .replicas = 2, .routers = 1, .brokers = 1});
    ASSERT_TRUE(cluster.ok()) << cluster.status();
    cluster_ = *std::move(cluster);
    std::string all;
    for (int i = 0; i < kTrips; ++i) AppendNdjson(GridTrip(absl::StrCat("t", i), i, 30), &all);
    const ApiResponse answer = Call("POST", "?ack=all", all);
    ASSERT_EQ(answer.status, 200) << answer.body;
    ASSERT_NE(answer.body.find(R"("acked":"all")"), std::string::npos) << answer.body;
  }
  // Whoever is stopped goes on, so that it can be ended.
  void TearDown() override {
    for (const char* shard : {"shard-a", "shard-b", "shard-c"}) cluster_->Signal(shard, SIGCONT);
  }

  ApiResponse Call(const std::string& method, const std::string& rest,
                   const std::string& body = "") {
    const auto client = ConnectHttp(cluster_->urls()[0]);
    EXPECT_TRUE(client.ok()) << client.status();
    auto answer = (*client)->Call({.method = method,
                                   .target = absl::StrCat(kTrajectoriesPath, rest),
                                   .headers = {{"content-type", "application/x-ndjson"}},
                                   .body = body});
    EXPECT_TRUE(answer.ok()) << answer.status();
    return answer.ok() ? *std::move(answer) : ApiResponse{.status = 0};
  }
  static std::string TokenOf(const ApiResponse& response) {
    for (const auto& [name, value] : response.headers) {
      if (name == "spoor-token" || name == "Spoor-Token") return value;
    }
    return "";
  }
  std::string Uploaded(const std::string& id) {
    std::string line;
    AppendNdjson(GridTrip(id, static_cast<int>(id.size()), 30), &line);
    const ApiResponse answer = Call("POST", "", line);
    EXPECT_EQ(answer.status, 200) << answer.body;
    return id;
  }

  static constexpr int kTrips = 300;
  std::unique_ptr<WholeCluster> cluster_;
};

// Reads without a pause from several clients, and when each was answered.
class Load {
 public:
  explicit Load(const std::string& url) {
    for (int n = 0; n < 4; ++n) threads_.emplace_back([this, url, n] { Run(url, n); });
  }
  ~Load() { Stop(); }
  void Stop() {
    stop_ = true;
    for (auto& thread : threads_) thread.join();
    threads_.clear();
  }
  std::vector<Clock::time_point> answered() {
    const std::lock_guard lock(mu_);
    std::sort(answered_.begin(), answered_.end());
    return answered_;
  }
  std::vector<std::string> failures() {
    const std::lock_guard lock(mu_);
    return failures_;
  }

 private:
  void Run(const std::string& url, int n) {
    const auto client = *ConnectHttp(url);
    for (int i = n; !stop_; i += 7) {
      const auto answer =
          client->Call({.method = "POST",
                        .target = "/v1/collections/taxis/search/similar?timeout_ms=20000",
                        .headers = {{"content-type", "application/json"}},
                        .body = absl::StrCat(R"({"query":{"id":"t)", i % 300, R"("},"k":5})")});
      const std::lock_guard lock(mu_);
      answered_.push_back(Clock::now());
      if (!answer.ok() || answer->status != 200) {
        failures_.push_back(answer.ok() ? answer->body : answer.status().ToString());
      }
    }
  }

  std::atomic<bool> stop_ = false;
  std::mutex mu_;
  std::vector<Clock::time_point> answered_;
  std::vector<std::string> failures_;
  std::vector<std::thread> threads_;
};

size_t CountBetween(const std::vector<Clock::time_point>& times, Clock::time_point from,
                    Clock::time_point to) {
  return static_cast<size_t>(std::lower_bound(times.begin(), times.end(), to) -
                             std::lower_bound(times.begin(), times.end(), from));
}

TEST_F(OneReplicaTest, AShardThatStopsMakesNoGapInReads) {
  Load load(cluster_->urls()[0]);
  const auto measure_until = [](Clock::time_point when) {
    std::promise<void> never;
    never.get_future().wait_until(when);
  };
  measure_until(Clock::now() + seconds(3));
  ASSERT_TRUE(cluster_->Signal("shard-b", SIGSTOP));
  const auto stopped = Clock::now();
  measure_until(stopped + seconds(5));
  ASSERT_TRUE(cluster_->Signal("shard-b", SIGCONT));
  load.Stop();
  for (const std::string& failure : load.failures()) ADD_FAILURE() << failure;
  const auto times = load.answered();
  auto longest = Clock::duration::zero();
  for (size_t i = 1; i < times.size(); ++i) longest = std::max(longest, times[i] - times[i - 1]);
  const size_t before = CountBetween(times, stopped - seconds(2), stopped);
  const size_t after = CountBetween(times, stopped + seconds(2), stopped + seconds(4));
  const auto gap = std::chrono::duration_cast<milliseconds>(longest);
  std::printf("in 2 s %zu reads before, %zu after; the longest gap %d ms\n", before, after,
              static_cast<int>(gap.count()));
  EXPECT_LT(gap, kLongestGap);
  EXPECT_GE(after, before / 3);
}

TEST_F(OneReplicaTest, WhatIsDeletedRightAfterItWasAcknowledgedIsGone) {
  for (int i = 0; i < 60; ++i) {
    const std::string id = Uploaded(absl::StrCat("x", i));
    const ApiResponse deleted = Call("DELETE", "/" + id);
    ASSERT_EQ(deleted.status, 204) << id << ": " << deleted.body;
    const ApiResponse left = Call("GET", absl::StrCat("/", id, "?token=", TokenOf(deleted)));
    EXPECT_EQ(left.status, 404) << id << ": " << left.body;
  }
  EXPECT_TRUE(Eventually([&] { return Call("DELETE", "/never-there").status == 404; }))
      << "once the nodes have read all there is";
}

TEST_F(OneReplicaTest, DeletionsGoOnWhileSlotsAreAway) {
  const std::string id = Uploaded("y");
  for (const char* shard : {"shard-a", "shard-b"}) {
    ASSERT_TRUE(cluster_->Signal(shard, SIGSTOP));
  }
  const ApiResponse deleted = Call("DELETE", "/" + id);
  EXPECT_EQ(deleted.status, 204) << deleted.body;
  for (const char* shard : {"shard-a", "shard-b"}) {
    ASSERT_TRUE(cluster_->Signal(shard, SIGCONT));
  }
  EXPECT_TRUE(Eventually([&] {
    return Call("GET", absl::StrCat("/", id, "?token=", TokenOf(deleted))).status == 404;
  }));
}

}  // namespace
}  // namespace spoor::testing
