// A server is killed in the midst of a join, twice: it goes on at its checkpoint when the server is
// there again, and its result is, to the byte, that of a join that nobody disturbed.
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "router/client/client.h"
#include "tests/engine/temp_dir.h"
#include "tests/eventually.h"
#include "tests/scenario/server_process.h"

namespace spoor {
namespace {

namespace json = boost::json;
using testing::ServerProcess;
using testing::TempDir;

constexpr int kKills = 2;
constexpr int kFixes = 400;
constexpr char kJoinBase[] = "/v1/collections/c";
constexpr char kJoin[] =
    R"({"type":"join","select":{"all":true},"params":{"measure":"dtw","max_distance_m":1e9}})";

// Trips side by side, so that every two are a pair, which takes long to measure.
std::string Trips(int trips) {
  std::string out;
  for (int t = 0; t < trips; ++t) {
    absl::StrAppend(&out, R"({"id":"t)", t, R"(","coords":[)");
    for (int i = 0; i < kFixes; ++i) {
      absl::StrAppend(&out, i == 0 ? "" : ",", "[", 1e-4 * i, ",", 51 + 1e-6 * t, ",", i, "]");
    }
    out += "]}\n";
  }
  return out;
}

class KilledJoin : public ::testing::Test {
 protected:
  void Start() {
    auto server = ServerProcess::Start(dir_.path());
    ASSERT_TRUE(server.ok()) << server.status();
    server_.emplace(*std::move(server));
    auto client = ConnectHttp(server_->url());
    ASSERT_TRUE(client.ok()) << client.status();
    client_ = *std::move(client);
  }

  std::string Ask(ApiRequest request) {
    const auto answer = client_->Call(request);
    EXPECT_TRUE(answer.ok()) << answer.status();
    if (!answer.ok()) return "{}";
    EXPECT_EQ(answer->status / 100, 2) << answer->body;
    return answer->body;
  }
  void Load(int trips) {
    Ask({.method = "POST",
         .target = absl::StrCat(kJoinBase, "/trajectories"),
         .headers = {{"content-type", "application/x-ndjson"}},
         .body = Trips(trips)});
  }
  void Begin() {
    const json::value job = json::parse(Ask({.method = "POST",
                                             .target = absl::StrCat(kJoinBase, "/jobs"),
                                             .headers = {{"content-type", "application/json"}},
                                             .body = kJoin}));
    job_ = absl::StrCat("/v1/jobs/", std::string(job.at("id").as_string()));
  }

  struct Status {
    std::string state;
    int64_t pairs = 0;  // that are in the checkpoint
  };
  Status Now() {
    const json::value job = json::parse(Ask({.method = "GET", .target = job_}));
    return {std::string(job.at("state").as_string()), job.at("pairs").to_number<int64_t>()};
  }
  // Until it has ended, or has more than so many pairs.
  Status Await(int64_t pairs) {
    Status now;
    EXPECT_TRUE(testing::Eventually([&] {
      now = Now();
      return HasFailure() || now.state != "running" || now.pairs > pairs;
    }));
    return now;
  }
  std::string Result() {
    return Ask({.method = "GET",
                .target = job_ + "/result",
                .headers = {{"accept", "application/x-ndjson"}}});
  }

  const TempDir dir_;
  std::optional<ServerProcess> server_;
  std::unique_ptr<Client> client_;
  std::string job_;
};

TEST_F(KilledJoin, GoesOnToTheSameBytes) {
  ASSERT_NO_FATAL_FAILURE(Start());
  int trips = 75;
  Status now;
  do {  // as many as it takes to be caught at work
    Load(trips *= 2);
    Begin();
    now = Await(0);
  } while (now.state == "done" && trips < 5000 && !HasFailure());
  int kills = 0;
  for (; now.state == "running" && kills < kKills && !HasFailure(); ++kills) {
    server_->Kill();
    ASSERT_NO_FATAL_FAILURE(Start());
    EXPECT_GE(Now().pairs, now.pairs) << "a checkpoint is lost";
    now = Await(kills + 1 < kKills ? now.pairs : INT64_MAX);
  }
  EXPECT_GE(kills, 1);
  EXPECT_EQ(now.state, "done");
  EXPECT_EQ(now.pairs, int64_t{trips} * (trips - 1) / 2);
  const std::string killed = Result();
  Begin();
  EXPECT_EQ(Await(INT64_MAX).state, "done");
  EXPECT_TRUE(killed == Result()) << killed.size() << " bytes";
}

}  // namespace
}  // namespace spoor
