// A cluster of real processes under load: one of each kind is killed and comes back.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <boost/json.hpp>
#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "engine/search/search.h"
#include "router/client/client.h"
#include "router/generate/ndjson.h"
#include "tests/cluster/whole_cluster.h"
#include "tests/engine/model.h"
#include "tests/eventually.h"

namespace spoor {
namespace {

namespace json = boost::json;
using testing::Eventually;
using testing::GridTrip;
using testing::WholeCluster;
using Clock = std::chrono::steady_clock;

constexpr char kBase[] = "/v1/collections/taxis";
constexpr std::chrono::seconds kResumesWithin(5);

std::string Line(const Trajectory& t) {
  std::string line;
  AppendNdjson(t, &line);
  return line;
}

// Any router: another one where the first cannot be reached, as a load balancer does.
class Front {
 public:
  explicit Front(std::vector<std::string> urls, size_t first) : urls_(std::move(urls)) {
    std::rotate(urls_.begin(), urls_.begin() + static_cast<std::ptrdiff_t>(first % urls_.size()),
                urls_.end());
    clients_.resize(urls_.size());
  }

  absl::StatusOr<ApiResponse> Call(const ApiRequest& request) {
    absl::Status last;
    for (size_t i = 0; i < urls_.size(); ++i) {
      if (clients_[i] == nullptr) {
        auto client = ConnectHttp(urls_[i]);
        last = client.status();
        if (!client.ok()) continue;
        clients_[i] = *std::move(client);
      }
      auto answer = clients_[i]->Call(request);
      if (answer.ok()) return answer;
      last = answer.status();
      clients_[i] = nullptr;
    }
    return last;
  }

 private:
  std::vector<std::string> urls_;
  std::vector<std::unique_ptr<Client>> clients_;
};

ApiRequest Upload(const std::string& body, const std::string& query = "") {
  return {.method = "POST",
          .target = absl::StrCat(kBase, "/trajectories", query),
          .headers = {{"content-type", "application/x-ndjson"}},
          .body = body};
}

ApiRequest Post(const std::string& path, const std::string& body) {
  return {.method = "POST",
          .target = absl::StrCat(kBase, path),
          .headers = {{"content-type", "application/json"}},
          .body = body};
}

// Writes all the time; knows what was acknowledged, and when.
class Writer {
 public:
  Writer(int number, std::vector<std::string> urls)
      : number_(number), front_(std::move(urls), static_cast<size_t>(number)), rng_(number) {}

  void Run(const std::atomic<bool>& stop) {
    while (!stop) {
      std::map<std::string, Trajectory> batch;
      std::string body;
      for (int n = 0; n < 10; ++n) {
        const Trajectory t =
            GridTrip(absl::StrCat("w", number_, "-", rng_() % 500), rng_() % 1000, 30);
        batch[t.id.value()] = t;
        body += Line(t);
      }
      for (const auto& [id, t] : batch) maybe_[id].push_back(t);
      const auto answer = front_.Call(Upload(body, "?timeout_ms=20000"));
      if (!answer.ok() || answer->status != 200) continue;
      for (const auto& [id, t] : batch) maybe_[id] = {t};
      const std::lock_guard lock(mu_);
      last_ = Clock::now();
      ++count_;
    }
  }

  // Acknowledgements since then.
  bool WritesAfter(Clock::time_point then) const {
    const std::lock_guard lock(mu_);
    return last_ > then;
  }
  uint64_t count() const {
    const std::lock_guard lock(mu_);
    return count_;
  }
  // By id: the last acknowledged value, then those that may have been written since.
  const std::map<std::string, std::vector<Trajectory>>& maybe() const { return maybe_; }

 private:
  const int number_;
  Front front_;
  std::mt19937_64 rng_;
  std::map<std::string, std::vector<Trajectory>> maybe_;
  mutable std::mutex mu_;
  Clock::time_point last_{};
  uint64_t count_ = 0;
};

// Asks all the time; no read may fail.
class ReaderThread {
 public:
  ReaderThread(size_t number, std::vector<std::string> urls)
      : front_(std::move(urls), number), rng_(number) {}

  void Run(const std::atomic<bool>& stop) {
    while (!stop) {
      const Trajectory query = GridTrip("q", rng_() % 1000, 30);
      const std::string body = absl::StrCat(
          R"({"query": {"coords": [)",
          absl::StrJoin(query.fixes, ",",
                        [](std::string* out, const Fix& f) {
                          absl::StrAppendFormat(out, "[%.7f,%.7f]", f.lon_deg(), f.lat_deg());
                        }),
          R"(]}, "k": 5})");
      const auto answer = front_.Call(Post("/search/similar?timeout_ms=10000", body));
      ++reads_;
      if (answer.ok() && answer->status == 200) continue;
      const std::lock_guard lock(mu_);
      failures_.push_back(answer.ok() ? absl::StrCat(answer->status, " ", answer->body)
                                      : std::string(answer.status().message()));
    }
  }

  uint64_t reads() const { return reads_; }
  std::vector<std::string> failures() const {
    const std::lock_guard lock(mu_);
    return failures_;
  }

 private:
  Front front_;
  std::mt19937_64 rng_;
  std::atomic<uint64_t> reads_ = 0;
  mutable std::mutex mu_;
  std::vector<std::string> failures_;
};

class SmokeTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto cluster = WholeCluster::Start({});
    ASSERT_TRUE(cluster.ok()) << cluster.status();
    cluster_ = *std::move(cluster);
    std::string first;
    for (int i = 0; i < 300; ++i) first += Line(GridTrip(absl::StrCat("first", i), i, 30));
    Front front(cluster_->urls(), 0);
    const auto answer = front.Call(Upload(first, "?ack=all"));
    ASSERT_TRUE(answer.ok()) << answer.status();
    ASSERT_EQ(answer->status, 200) << answer->body;
    ASSERT_NE(answer->body.find(R"("acked":"all")"), std::string::npos) << answer->body;
  }

  void StartLoad() {
    for (int w = 0; w < 2; ++w) {
      writers_.push_back(std::make_unique<Writer>(w, cluster_->urls()));
      readers_.push_back(std::make_unique<ReaderThread>(w, cluster_->urls()));
    }
    for (auto& w : writers_) threads_.emplace_back([this, &w] { w->Run(stop_); });
    for (auto& r : readers_) threads_.emplace_back([this, &r] { r->Run(stop_); });
    ASSERT_TRUE(Eventually([this] {
      return std::all_of(writers_.begin(), writers_.end(), [](auto& w) { return w->count() > 5; });
    }));
  }

  void StopLoad() {
    stop_ = true;
    for (auto& t : threads_) t.join();
    threads_.clear();
  }

  // Kills it under load; writes are acknowledged again soon, and it comes back.
  void KillAndComeBack(const std::string& name) {
    SCOPED_TRACE(name);
    ASSERT_TRUE(cluster_->Kill(name));
    const auto killed = Clock::now();
    for (auto& w : writers_) {
      ASSERT_TRUE(Eventually([&] { return w->WritesAfter(killed); }));
    }
    const std::chrono::duration<double> resumed = Clock::now() - killed;
    std::printf("%s killed: writes resumed after %.2f s\n", name.c_str(), resumed.count());
    EXPECT_LT(resumed, kResumesWithin);
    ASSERT_TRUE(cluster_->StartAgain(name));
    const auto back = Clock::now();
    for (auto& w : writers_) {
      ASSERT_TRUE(Eventually([&] { return w->WritesAfter(back); }));
    }
  }

  void TearDown() override {
    if (!threads_.empty()) StopLoad();
  }

  std::unique_ptr<WholeCluster> cluster_;
  std::atomic<bool> stop_ = false;
  std::vector<std::unique_ptr<Writer>> writers_;
  std::vector<std::unique_ptr<ReaderThread>> readers_;
  std::vector<std::thread> threads_;
};

TEST_F(SmokeTest, OneOfEachKindIsKilledUnderLoadAndNothingIsLostAndNoReadFails) {
  StartLoad();
  for (const char* name : {"shard-b", "kafka-2", "router-1", "etcd", "shard-a"}) {
    ASSERT_NO_FATAL_FAILURE(KillAndComeBack(name));
  }
  StopLoad();
  uint64_t reads = 0, writes = 0;
  for (const auto& r : readers_) {
    reads += r->reads();
    for (const std::string& failure : r->failures()) ADD_FAILURE() << "a read failed: " << failure;
  }
  for (const auto& w : writers_) writes += w->count();
  std::printf("%d reads, %d uploads of 10 records\n", static_cast<int>(reads),
              static_cast<int>(writes));
  EXPECT_GT(reads, 100u);

  // A last write that all replicas have: everything before it is there as well.
  Front front(cluster_->urls(), 0);
  std::string all_applied;
  ASSERT_TRUE(Eventually([&] {
    const auto answer = front.Call(Upload(Line(GridTrip("last", 1, 30)), "?ack=all"));
    if (answer.ok()) all_applied = answer->body;
    return all_applied.find(R"("acked":"all")") != std::string::npos;
  })) << all_applied;
  size_t checked = 0;
  for (const auto& w : writers_) {
    for (const auto& [id, maybe] : w->maybe()) {
      const auto answer = front.Call(
          {.method = "GET", .target = absl::StrCat(kBase, "/trajectories/", id), .headers = {}});
      ASSERT_TRUE(answer.ok()) << answer.status();
      if (answer->status == 404 && maybe.size() > 1) continue;  // never acknowledged, maybe
      ASSERT_EQ(answer->status, 200) << id << ": " << answer->body;
      const json::value record = json::parse(answer->body);
      const auto& coords = record.at("coords").as_array();
      EXPECT_TRUE(std::any_of(
          maybe.begin(), maybe.end(),
          [&](const Trajectory& t) {
            return coords.size() == t.fixes.size() &&
                   std::abs(coords[0].at(0).to_number<double>() - t.fixes[0].lon_deg()) < 1e-7 &&
                   std::abs(coords[0].at(1).to_number<double>() - t.fixes[0].lat_deg()) < 1e-7;
          }))
          << id << " is not what was written";
      ++checked;
    }
  }
  EXPECT_GT(checked, 100u);
}

}  // namespace
}  // namespace spoor
