// Accidents in the midst of jobs, of real processes, each again and again (SPOOR_RUNS=20): the rows
// are those of an undisturbed job, none is there twice, and meanwhile any router tells of the job.
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cstdlib>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "router/client/client.h"
#include "router/generate/ndjson.h"
#include "tests/cluster/whole_cluster.h"
#include "tests/engine/model.h"
#include "tests/eventually.h"

namespace spoor::testing {
namespace {

namespace json = boost::json;

constexpr int kTrips = 6000, kFixes = 120;

struct JobCase {
  const char *type, *params, *part;
  const char* step;  // in the midst of which the accident comes
};
const JobCase kCases[] = {{"export", "{}", "trajectories", "write"},
                          {"stats", "{}", "objects", "map"},
                          {"stats", "{}", "objects", "reduce"},
                          {"join", R"({"min_score":0.9})", "pairs", "joining"}};

using Headers = std::vector<std::pair<std::string, std::string>>;

class JobAccidentTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    auto cluster = WholeCluster::Start({.shards = 3, .replicas = 2, .routers = 2, .brokers = 1});
    ASSERT_TRUE(cluster.ok()) << cluster.status();
    cluster_ = *std::move(cluster);
    Fill();
  }
  static void TearDownTestSuite() { cluster_ = nullptr; }
  void SetUp() override { ASSERT_NE(cluster_, nullptr); }

  static ApiResponse Send(size_t router, const std::string& method, const std::string& target,
                          const std::string& body = "",
                          const Headers& headers = {{"content-type", "application/json"}}) {
    auto client = ConnectHttp(cluster_->urls()[router]);
    if (!client.ok()) return {.status = 0};
    auto answer =
        (*client)->Call({.method = method, .target = target, .headers = headers, .body = body});
    return answer.ok() ? *std::move(answer) : ApiResponse{.status = 0};
  }

  static void Fill() {
    constexpr int kAtOnce = 500;
    for (int from = 0; from < kTrips; from += kAtOnce) {
      std::string lines;
      for (int i = from; i < from + kAtOnce; ++i) {
        Trajectory trip = GridTrip(absl::StrCat("t", i), static_cast<uint64_t>(i) % 1500, kFixes);
        trip.object = absl::StrCat("o", i % 800);
        AppendNdjson(trip, &lines);
      }
      const bool last = from + kAtOnce == kTrips;
      ASSERT_TRUE(Eventually([&] {
        const ApiResponse taken =
            Send(0, "POST", absl::StrCat("/v1/collections/c/trajectories", last ? "?ack=all" : ""),
                 lines, {{"content-type", "application/x-ndjson"}});
        return taken.status == 200 && (!last || absl::StrContains(taken.body, R"("acked":"all")"));
      }));
    }
  }

  static std::string Start(const JobCase& job) {
    std::string id;
    EXPECT_TRUE(Eventually([&] {
      const ApiResponse started =
          Send(0, "POST", "/v1/collections/c/jobs",
               absl::StrCat(R"({"type":")", job.type, R"(","select":{"all":true},"params":)",
                            job.params, "}"));
      if (started.status == 202) {
        id = std::string(json::parse(started.body).at("id").as_string());
      }
      return !id.empty();
    }));
    return id;
  }
  // As a router tells of it; an object without a state when it does not.
  static json::object Tell(size_t router, const std::string& id) {
    const ApiResponse told = Send(router, "GET", "/v1/jobs/" + id);
    if (told.status != 200) return {{"status", told.status}};
    return json::parse(told.body).as_object();
  }
  static std::string StateOf(size_t router, const std::string& id) {
    const json::object job = Tell(router, id);
    const auto* state = job.if_contains("state");
    return state == nullptr ? "" : std::string(state->as_string());
  }
  // Whether the step runs and has got on.
  static bool IsAt(const std::string& id, const std::string& step) {
    const json::object job = Tell(0, id);
    if (!job.contains("steps")) return false;
    if (job.at("state") == "done") return true;
    for (const json::value& one : job.at("steps").as_array()) {
      if (one.at("name") == json::string_view(step) && one.at("state") == "running") {
        return job.at("progress").at("done").to_number<uint64_t>() > 0 || step == "reduce";
      }
    }
    return false;
  }
  static std::string Rows(size_t router, const std::string& id, const JobCase& job) {
    ApiResponse rows;
    EXPECT_TRUE(Eventually([&] {
      rows = Send(router, "GET", absl::StrCat("/v1/jobs/", id, "/result/", job.part), "",
                  {{"content-type", "application/json"}, {"accept", "application/x-ndjson"}});
      return rows.status == 200;
    })) << rows.status
        << rows.body;
    return rows.body;
  }

  // `accident` in the midst of a job of each kind, at each step, so many times as was asked for.
  template <typename Accident>
  void Repeat(Accident accident) {
    const char* asked = std::getenv("SPOOR_RUNS");
    const int runs = asked == nullptr ? 1 : std::atoi(asked);
    for (int run = 0; run < runs; ++run) {
      for (const JobCase& job : kCases) {
        SCOPED_TRACE(absl::StrCat("run ", run, ", ", job.type, ", ", job.step));
        run_ = run;
        OneJob(job, accident);
        if (HasFailure()) return;
      }
      std::printf("%s: run %d of %d held\n",
                  ::testing::UnitTest::GetInstance()->current_test_info()->name(), run + 1, runs);
      std::fflush(stdout);
    }
  }
  template <typename Accident>
  void OneJob(const JobCase& job, Accident accident) {
    std::string& undisturbed = undisturbed_[absl::StrCat(job.type)];
    if (undisturbed.empty()) {
      const std::string id = Start(job);
      ASSERT_TRUE(Eventually([&] { return StateOf(1, id) == "done"; }))
          << json::serialize(Tell(1, id));
      undisturbed = Rows(1, id, job);
      ASSERT_FALSE(undisturbed.empty());
    }
    const std::string id = Start(job);
    ASSERT_TRUE(Eventually([&] { return IsAt(id, job.step); }));
    accident(id);
    for (const size_t router : {0, 1}) {
      ASSERT_TRUE(Eventually([&] { return StateOf(router, id) == "done"; }))
          << json::serialize(Tell(router, id));
      const std::string rows = Rows(router, id, job);
      EXPECT_TRUE(rows == undisturbed)
          << rows.size() << " bytes, undisturbed " << undisturbed.size();
    }
    EXPECT_EQ(Send(1, "DELETE", "/v1/jobs/" + id).status, 202);
    EXPECT_TRUE(Eventually([&] { return Send(0, "GET", "/v1/jobs/" + id).status == 404; }));
  }

  static inline std::unique_ptr<WholeCluster> cluster_;
  static inline std::map<std::string, std::string> undisturbed_;  // by type
  int run_ = 0;
};

TEST_F(JobAccidentTest, ItsRouterIsKilledAndAnotherGoesOn) {
  Repeat([&](const std::string& id) {
    ASSERT_TRUE(cluster_->Kill("router-1"));
    EXPECT_NE(StateOf(1, id), "") << "the other router tells of it";
    EXPECT_TRUE(Eventually([&] { return StateOf(1, id) == "done"; }))
        << json::serialize(Tell(1, id));
    ASSERT_TRUE(cluster_->StartAgain("router-1"));
  });
}

TEST_F(JobAccidentTest, ANodeIsKilled) {
  Repeat([&](const std::string& id) {
    const std::string shard = absl::StrCat("shard-", std::string(1, "abc"[run_ % 3]));
    ASSERT_TRUE(cluster_->Kill(shard));
    for (const size_t router : {0, 1}) EXPECT_NE(StateOf(router, id), "");
    EXPECT_TRUE(Eventually([&] { return StateOf(1, id) == "done"; }))
        << json::serialize(Tell(1, id));
    ASSERT_TRUE(cluster_->StartAgain(shard));
  });
}

TEST_F(JobAccidentTest, EtcdIsKilled) {
  Repeat([&](const std::string& id) {
    ASSERT_TRUE(cluster_->Kill("etcd"));
    for (const size_t router : {0, 1}) {
      const json::object job = Tell(router, id);
      ASSERT_TRUE(job.contains("state")) << "any router tells of it: " << json::serialize(job);
      EXPECT_TRUE(job.at("state") == "running" || job.at("state") == "done");
      const ApiResponse all = Send(router, "GET", "/v1/jobs");
      EXPECT_TRUE(all.status == 200 && absl::StrContains(all.body, id)) << all.body;
      EXPECT_EQ(Send(router, "GET", "/v1/jobs/none").status, 503) << "unknown is not nothing";
    }
    ASSERT_TRUE(cluster_->StartAgain("etcd"));
  });
}

TEST_F(JobAccidentTest, TheBrokerIsKilled) {
  Repeat([&](const std::string& id) {
    ASSERT_TRUE(cluster_->Kill("kafka"));
    for (const size_t router : {0, 1}) EXPECT_NE(StateOf(router, id), "");
    ASSERT_TRUE(cluster_->StartAgain("kafka") || cluster_->StartAgain("kafka"));
  });
}

TEST_F(JobAccidentTest, AnyRouterCancels) {
  Repeat([&](const std::string& id) {
    const std::string other = Start(kCases[3]);
    EXPECT_EQ(Send(1, "DELETE", "/v1/jobs/" + other).status, 202);
    EXPECT_TRUE(Eventually([&] {
      const std::string state = StateOf(0, other);
      return state == "cancelled" || state == "done";
    }));
    EXPECT_EQ(Send(1, "DELETE", "/v1/jobs/" + other).status, 202);
    EXPECT_NE(StateOf(1, id), "");
  });
}

}  // namespace
}  // namespace spoor::testing
