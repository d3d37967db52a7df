// A loading server is killed at random moments, again and again: every acknowledged record is there
// afterwards, nothing else is, and it answers as brute force does.
#include <gtest/gtest.h>

#include <atomic>
#include <boost/json.hpp>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <thread>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "engine/search/search.h"
#include "router/client/client.h"
#include "tests/engine/model.h"
#include "tests/engine/temp_dir.h"
#include "tests/scenario/server_process.h"

namespace spoor {
namespace {

namespace json = boost::json;
using testing::GridTrip;
using testing::Model;
using testing::ServerProcess;
using testing::TempDir;

constexpr char kBase[] = "/v1/collections/taxis";
constexpr int kIds = 60;  // of each writer

// SPOOR_KILLS=500 asks for the long run.
int Kills() {
  int n = 50;
  const char* wanted = std::getenv("SPOOR_KILLS");
  return wanted != nullptr && absl::SimpleAtoi(wanted, &n) ? n : 50;
}

std::string Coords(const Trajectory& t) {
  return absl::StrJoin(t.fixes, ",", [](std::string* out, const Fix& f) {
    absl::StrAppendFormat(out, "[%.7f,%.7f,%.3f]", f.lon_deg(), f.lat_deg(),
                          static_cast<double>(f.time_ms) / 1000);
  });
}

std::string Line(const Trajectory& t) {
  return absl::StrCat("{\"id\":\"", t.id.value(), "\",\"object\":\"", t.object,
                      "\",\"tags\":{\"kind\":\"", t.tags[0].second, "\"},\"coords\":[", Coords(t),
                      "]}\n");
}

// A writer with ids of its own; what it knows outlives the server.
class Writer {
 public:
  Writer(int number, uint64_t seed) : number_(number), rng_(seed) {}

  // Until the server is gone.  after_first is called once something was acknowledged.
  void Run(const std::string& url, const std::function<void()>& after_first) {
    auto client = ConnectHttp(url);
    if (!client.ok()) return;
    for (;;) {
      ApiRequest request{.method = "POST",
                         .target = absl::StrCat(kBase, "/trajectories"),
                         .headers = {{"content-type", "application/x-ndjson"}}};
      pending_.clear();
      if (rng_() % 5 == 0) {
        const std::string id = Id();
        pending_[id] = std::nullopt;
        request = {.method = "DELETE", .target = absl::StrCat(kBase, "/trajectories/", id)};
      } else {
        for (uint64_t n = 1 + rng_() % 8; n > 0; --n) {
          const Trajectory t = GridTrip(Id(), rng_() % 1000, 2 + rng_() % 60);
          pending_[t.id.value()] = t;
          request.body += Line(t);
        }
      }
      const auto answer = (*client)->Call(request);
      if (!answer.ok() || (answer->status / 100 != 2 && answer->status != 404)) return;
      for (auto& [id, t] : pending_) acknowledged_[id] = t;
      pending_.clear();
      ++calls_;
      after_first();
    }
  }

  const std::map<std::string, std::optional<Trajectory>>& acknowledged() const {
    return acknowledged_;
  }
  // Of the call that was not answered either all changes happened or none.
  void Settle(const Model& now) {
    int happened = 0, not_happened = 0;
    for (const auto& [id, wanted] : pending_) {
      const auto before = acknowledged_.contains(id) ? acknowledged_[id] : std::nullopt;
      if (before == wanted) continue;
      const auto it = now.find(id);
      const bool is_new = wanted ? it != now.end() && it->second == *wanted : it == now.end();
      ++(is_new ? happened : not_happened);
    }
    EXPECT_TRUE(happened == 0 || not_happened == 0) << "half of a call";
    for (auto& [id, t] : pending_) {
      if (happened > 0) acknowledged_[id] = t;
    }
    pending_.clear();
  }
  uint64_t calls() const { return calls_; }

 private:
  std::string Id() { return absl::StrCat("w", number_, "-", rng_() % kIds); }

  const int number_;
  std::mt19937_64 rng_;
  std::map<std::string, std::optional<Trajectory>> acknowledged_, pending_;
  uint64_t calls_ = 0;
};

json::value Ask(Client& client, const std::string& method, const std::string& target,
                const std::string& body = "") {
  ApiRequest request{.method = method, .target = target, .body = body};
  if (!body.empty()) request.headers = {{"content-type", "application/json"}};
  const auto answer = client.Call(request);
  EXPECT_TRUE(answer.ok()) << answer.status();
  if (!answer.ok()) return nullptr;
  EXPECT_EQ(answer->status / 100, 2) << answer->body;
  return json::parse(answer->body);
}

double Number(const json::value& v) { return v.to_number<double>(); }

Trajectory ParseRecord(const json::value& v) {
  Trajectory t{.id = TrajectoryId(std::string(v.at("id").as_string())),
               .object = std::string(v.at("object").as_string())};
  for (const auto& [name, value] : v.at("tags").as_object()) {
    t.tags.emplace_back(name, value.as_string());
  }
  for (const json::value& c : v.at("coords").as_array()) {
    t.fixes.push_back(
        FixFromDegrees(Number(c.at(1)), Number(c.at(0)), std::llround(Number(c.at(2)) * 1000)));
  }
  return t;
}

Model Download(Client& client) {
  Model out;
  const json::value list = Ask(client, "GET", absl::StrCat(kBase, "/trajectories?limit=10000"));
  for (const json::value& item : list.at("trajectories").as_array()) {
    const std::string id(item.at("id").as_string());
    out[id] = ParseRecord(Ask(client, "GET", absl::StrCat(kBase, "/trajectories/", id)));
  }
  return out;
}

void ExpectAnswersAsBruteForce(Client& client, const Model& model, std::mt19937_64& rng) {
  if (model.empty()) return;
  const std::vector<Trajectory> values = testing::Values(model);
  for (int i = 0; i < 2; ++i) {
    const Trajectory& t = values[rng() % values.size()];
    Query q{.fixes = t.fixes, .k = 7};
    const json::value answer =
        Ask(client, "POST", absl::StrCat(kBase, "/search/similar"),
            absl::StrCat("{\"query\":{\"coords\":[", Coords(t), "]},\"k\":7}"));
    std::vector<std::string> got, expected;
    for (const json::value& h : answer.at("hits").as_array()) {
      got.push_back(absl::StrCat(std::string(h.at("id").as_string()), " ", Number(h.at("score"))));
    }
    for (const Hit& h : BruteForceSearch(values, IndexParams(), q).hits) {
      expected.push_back(absl::StrCat(h.id.value(), " ", h.score));
    }
    EXPECT_EQ(got, expected);
  }
}

TEST(KilledServer, LosesNothingThatItAcknowledged) {
  const TempDir dir;
  std::mt19937_64 rng(5);
  std::vector<Writer> writers;
  for (int i = 0; i < 3; ++i) writers.emplace_back(i, 50 + i);
  const int kills = Kills();
  for (int round = 0; round <= kills; ++round) {
    SCOPED_TRACE(absl::StrCat("after ", round, " kills"));
    auto server = ServerProcess::Start(dir.path());
    ASSERT_TRUE(server.ok()) << server.status();
    auto client = ConnectHttp(server->url());
    ASSERT_TRUE(client.ok()) << client.status();
    Ask(**client, "PUT", kBase, R"({"index":{"scheme":"v2"}})");

    const Model now = Download(**client);
    Model expected;
    for (Writer& w : writers) {
      w.Settle(now);
      for (const auto& [id, t] : w.acknowledged()) {
        if (t) expected[id] = *t;
      }
    }
    ASSERT_EQ(now.size(), expected.size());
    ASSERT_TRUE(now == expected) << "a record is not what was acknowledged";
    ExpectAnswersAsBruteForce(**client, now, rng);
    if (HasFailure() || round == kills) break;

    // The moment of death: so many acknowledgements from now, or in the middle of the next one.
    std::mutex mu;
    std::condition_variable cv;
    uint64_t acknowledged = 0;
    const uint64_t die_at = 1 + rng() % 40;
    const auto count = [&] {
      const std::lock_guard lock(mu);
      if (++acknowledged >= die_at) cv.notify_one();
    };
    std::vector<std::thread> threads;
    for (Writer& w : writers) threads.emplace_back([&] { w.Run(server->url(), count); });
    {
      std::unique_lock lock(mu);
      cv.wait_for(lock, std::chrono::seconds(30), [&] { return acknowledged >= die_at; });
    }
    server->Kill();
    for (auto& t : threads) t.join();
  }
}

TEST(StoppedServer, EndsWithZeroAndKeepsAll) {
  const TempDir dir;
  {
    auto server = ServerProcess::Start(dir.path());
    ASSERT_TRUE(server.ok()) << server.status();
    auto client = ConnectHttp(server->url());
    ASSERT_TRUE(client.ok());
    const auto answer = (*client)->Call({.method = "POST",
                                         .target = absl::StrCat(kBase, "/trajectories"),
                                         .headers = {{"content-type", "application/x-ndjson"}},
                                         .body = Line(GridTrip("a", 1))});
    ASSERT_TRUE(answer.ok() && answer->status == 200);
    EXPECT_EQ(server->Stop(), 0);
  }
  auto server = ServerProcess::Start(dir.path());
  ASSERT_TRUE(server.ok()) << server.status();
  auto client = ConnectHttp(server->url());
  EXPECT_EQ(Download(**client), (Model{{"a", GridTrip("a", 1)}}));
}

}  // namespace
}  // namespace spoor
