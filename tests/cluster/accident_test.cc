// Accidents of a whole cluster, each again and again (SPOOR_RUNS=20): nothing acknowledged is lost,
// nothing stale is answered, nothing deleted comes back, and no store goes without proof.
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <boost/json.hpp>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <thread>

#include "absl/strings/str_cat.h"
#include "router/client/client.h"
#include "router/generate/ndjson.h"
#include "shard/log/kafka_log.h"
#include "tests/cluster/whole_cluster.h"
#include "tests/engine/model.h"
#include "tests/eventually.h"

namespace spoor::testing {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using std::chrono::milliseconds;

constexpr const char* kShards[] = {"shard-a", "shard-b", "shard-c"};

int Runs() {
  const char* runs = std::getenv("SPOOR_RUNS");
  return runs == nullptr ? 1 : std::atoi(runs);
}

class AccidentTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    auto cluster = WholeCluster::Start({.shards = 3, .replicas = 2, .routers = 1, .brokers = 1});
    ASSERT_TRUE(cluster.ok()) << cluster.status();
    cluster_ = *std::move(cluster);
    std::ifstream file(cluster_->dir() + "/cluster");
    for (std::string line; std::getline(file, line);) {
      const size_t equals = line.find('=');
      settings_[line.substr(0, equals)] = line.substr(equals + 1);
    }
  }
  static void TearDownTestSuite() { cluster_ = nullptr; }

  void SetUp() override { ASSERT_NE(cluster_, nullptr); }

  // `body` with a collection of its own, so many times as was asked for.
  template <typename Body>
  void Repeat(Body body) {
    for (int run = 0; run < Runs(); ++run) {
      SCOPED_TRACE(absl::StrCat("run ", run));
      run_ = run;
      name_ = absl::StrCat("c", ++collections_);
      model_.clear();
      others_ = StoresNow();
      Fill();
      if (!HasFatalFailure()) body();
      if (HasFailure()) return;
      EXPECT_EQ(Send("DELETE", "").status, 204);
      std::printf("%s: run %d of %d held\n",
                  ::testing::UnitTest::GetInstance()->current_test_info()->name(), run + 1, Runs());
      std::fflush(stdout);
    }
  }

  static absl::StatusOr<ApiResponse> Call(const ApiRequest& request) {
    auto client = ConnectHttp(cluster_->urls()[0]);
    if (!client.ok()) return client.status();
    return (*client)->Call(request);
  }
  // Of the collection; status 0 when there is no answer.
  ApiResponse Send(const std::string& method, const std::string& rest, const std::string& body = "",
                   const std::string& type = "application/json") {
    auto answer = Call({.method = method,
                        .target = absl::StrCat("/v1/collections/", name_, rest),
                        .headers = {{"content-type", type}},
                        .body = body});
    return answer.ok() ? *std::move(answer) : ApiResponse{.status = 0};
  }
  ApiResponse Upload(const std::string& id, uint64_t seed, const std::string& query = "") {
    std::string line;
    AppendNdjson(GridTrip(id, seed, 20), &line);
    return Send("POST", "/trajectories" + query, line, "application/x-ndjson");
  }
  void Write(const std::string& id, uint64_t seed, const std::string& query = "") {
    ASSERT_TRUE(Eventually([&] { return Upload(id, seed, query).status == 200; }));
    model_[id] = GridTrip(id, seed, 20);
  }

  // Some trips, of which some were replaced and some deleted; all replicas have them.
  void Fill() {
    std::string all;
    for (int i = 0; i < 40; ++i) {
      const Trajectory trip = GridTrip(absl::StrCat("t", i), i, 20);
      model_[trip.id.value()] = trip;
      AppendNdjson(trip, &all);
    }
    ASSERT_TRUE(Eventually(
        [&] { return Send("POST", "/trajectories", all, "application/x-ndjson").status == 200; }));
    for (int i = 0; i < 5; ++i) {
      ASSERT_NO_FATAL_FAILURE(Write(absl::StrCat("t", i), 100 + i));
      EXPECT_EQ(Send("DELETE", absl::StrCat("/trajectories/t", 10 + i)).status, 204);
      model_.erase(absl::StrCat("t", 10 + i));
    }
    ASSERT_TRUE(Eventually([&] {
      return Upload("last", 7, "?ack=all").body.find(R"("acked":"all")") != std::string::npos;
    }));
    model_["last"] = GridTrip("last", 7, 20);
    ASSERT_EQ(Difference(), "");
  }

  // Between what is read and what was written; empty: there is none.
  std::string Difference() {
    const ApiResponse all =
        Send("POST", "/search/range", R"({"limit":1000,"include":["geometry"]})");
    if (all.status != 200) return absl::StrCat(all.status, " ", all.body);
    std::map<std::string, json::array> found;
    const json::value answer = json::parse(all.body);
    for (const json::value& hit : answer.at("hits").as_array()) {
      found[std::string(hit.at("id").as_string())] =
          hit.at("geometry").at("coordinates").as_array();
    }
    std::string out;
    for (const auto& [id, trip] : model_) {
      const auto at = found.find(id);
      if (at == found.end()) {
        absl::StrAppend(&out, "lost ", id, "; ");
        continue;
      }
      const json::array& first = at->second[0].as_array();
      const bool same = std::abs(first[0].to_number<double>() - trip.fixes[0].lon_deg()) < 1e-6 &&
                        std::abs(first[1].to_number<double>() - trip.fixes[0].lat_deg()) < 1e-6;
      if (!same) absl::StrAppend(&out, "stale ", id, "; ");
      found.erase(at);
    }
    for (const auto& [id, line] : found) absl::StrAppend(&out, "came back ", id, "; ");
    return out;
  }
  void ExpectAll(const std::string& when) {
    std::string difference;
    EXPECT_TRUE(Eventually([&] { return (difference = Difference()).empty(); }))
        << when << ": " << difference;
  }

  using Stores = std::set<std::string>;
  static Stores StoresNow(const std::string& in = "followed") {
    Stores out;
    for (const char* shard : kShards) {
      std::error_code none;
      for (const auto& entry : fs::directory_iterator(PathOf(shard) + "/" + in, none)) {
        out.insert(absl::StrCat(shard, "/", entry.path().filename().string()));
      }
    }
    return out;
  }
  // What was there is there.
  static void ExpectKept(const Stores& before, const Stores& quarantine) {
    const Stores now = StoresNow();
    for (const std::string& store : before) EXPECT_TRUE(now.contains(store)) << store << " is gone";
    EXPECT_EQ(StoresNow("quarantine"), quarantine);
  }
  static std::string PathOf(const std::string& process) { return cluster_->dir() + "/" + process; }

  // As its topic is named, among those that brokers make and remove meanwhile.
  static LogName LogOf(const std::string& name) {
    LogName log{.collection = name};
    const std::string prefix = absl::StrCat("spoor.local.", name, ".");
    EXPECT_TRUE(Eventually([&] {
      std::error_code error;
      fs::recursive_directory_iterator entry(PathOf("kafka"), error), end;
      for (; !error && entry != end && log.id == 0; entry.increment(error)) {
        const std::string file = entry->path().filename().string();
        if (file.rfind(prefix, 0) != 0) continue;
        log.id = std::stoull(file.substr(prefix.size(), 16), nullptr, 16);
      }
      return log.id != 0;
    }));
    return log;
  }

  static std::string Etcd() { return absl::StrCat("127.0.0.1:", settings_["etcd_port"]); }
  static std::string Kafka() {
    std::string out;
    FILE* pipe = popen(absl::StrCat("'" SPOOR_DEPLOY_KAFKA "' status '", cluster_->dir(),
                                    "/kafka' | sed -n 's/^brokers: //p'")
                           .c_str(),
                       "r");
    char buffer[256];
    while (fgets(buffer, sizeof buffer, pipe) != nullptr) out += buffer;
    pclose(pipe);
    return out.substr(0, out.find('\n'));
  }
  static int Spoor(const std::string& arguments) {
    const int code = std::system(
        absl::StrCat("'" SPOOR_BINARY "' ", arguments, " >'", cluster_->dir(), "/said' 2>&1")
            .c_str());
    return WIFEXITED(code) ? WEXITSTATUS(code) : -1;
  }
  static std::string Said() {
    std::ifstream file(cluster_->dir() + "/said");
    return {std::istreambuf_iterator<char>(file), {}};
  }
  static std::string OfCluster() {
    return absl::StrCat(" --cluster local --replication 1 --etcd ", Etcd(), " --kafka ", Kafka());
  }

  static inline std::unique_ptr<WholeCluster> cluster_;
  static inline std::map<std::string, std::string> settings_;
  static inline int collections_ = 0;
  Stores others_;  // of other collections
  int run_ = 0;
  std::string name_;
  std::map<std::string, Trajectory> model_;
};

TEST_F(AccidentTest, EtcdLosesAllAndARouterKnowsNothing) {
  Repeat([&] {
    const Stores before = StoresNow(), quarantine = StoresNow("quarantine");
    ASSERT_TRUE(cluster_->Kill("etcd"));
    ASSERT_TRUE(cluster_->Kill("router-1"));
    fs::remove_all(PathOf("etcd"));
    fs::remove_all(PathOf("router-1"));
    ASSERT_TRUE(cluster_->StartAgain("etcd"));
    ASSERT_TRUE(cluster_->StartAgain("router-1"));
    for (int i = 0; i < 10; ++i) {
      EXPECT_NE(Upload("more", 8).status, 200) << "another log over what the nodes have";
      std::this_thread::sleep_for(milliseconds(100));
    }
    ExpectKept(before, quarantine);
    std::string from;
    for (const char* shard : kShards) absl::StrAppend(&from, " '", PathOf(shard), "'");
    EXPECT_EQ(Spoor("cluster seed" + from + OfCluster()), 0) << Said();
    ExpectAll("after the seed");
    ASSERT_NO_FATAL_FAILURE(Write("more", 8));
    ExpectAll("after a write");
    ExpectKept(before, quarantine);
  });
}

TEST_F(AccidentTest, AViewIsDamagedAndANameIsWrong) {
  Repeat([&] {
    const Stores before = StoresNow(), quarantine = StoresNow("quarantine");
    const std::string shard = kShards[run_ % 3];
    ASSERT_TRUE(cluster_->Kill(shard));
    EXPECT_NE(Spoor(absl::StrCat("shard --name z --data '", PathOf(shard), "' --listen 127.0.0.1:0",
                                 OfCluster())),
              0)
        << "a directory of another node";
    std::ofstream(PathOf(shard) + "/cluster", std::ios::trunc) << "spoor cluster 9 what is this";
    if (run_ % 2 == 0) fs::remove(PathOf(shard) + "/cluster");
    ASSERT_TRUE(cluster_->StartAgain(shard));
    ExpectAll("after the start");
    ExpectKept(before, quarantine);
    ASSERT_NO_FATAL_FAILURE(Write("more", 8));
    ExpectAll("after a write");
  });
}

TEST_F(AccidentTest, TheTopicIsDeletedAndMadeAgain) {
  Repeat([&] {
    const Stores before = StoresNow(), quarantine = StoresNow("quarantine");
    const auto logs = OpenKafka({.brokers = Kafka(), .cluster = "local", .replication = 1});
    ASSERT_TRUE(logs.ok()) << logs.status();
    const LogName log = LogOf(name_);
    absl::Status removed;
    ASSERT_TRUE(Eventually([&] { return (removed = (*logs)->Remove(log)).ok(); })) << removed;
    ASSERT_TRUE(Eventually([&] { return (*logs)->Create(log, 16).ok(); }));
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(3);
    while (std::chrono::steady_clock::now() < end) {
      EXPECT_EQ(Difference(), "");
      ExpectKept(before, quarantine);
      if (HasFailure()) return;
    }
    EXPECT_TRUE(Eventually([&] {
      const auto told = Call({.method = "GET", .target = "/v1/cluster", .headers = {}, .body = ""});
      return told.ok() && told->body.find(R"("ready":false)") != std::string::npos;
    })) << "nobody says that the log is another";
    ASSERT_TRUE(Eventually([&] {  // brokers come and go while the machine has much to do
      return Spoor(absl::StrCat("cluster republish ", name_, OfCluster())) == 0;
    })) << Said();
    ExpectAll("after the republishing");
    ASSERT_NO_FATAL_FAILURE(Write("more", 8));
    ExpectAll("after a write");
  });
}

TEST_F(AccidentTest, SlotsMoveWhileTheLogIsAway) {
  Repeat([&] {
    const Stores before = StoresNow(), quarantine = StoresNow("quarantine");
    const std::string now = cluster_->dir() + "/now.json", then = cluster_->dir() + "/then.json";
    const std::string sample = cluster_->dir() + "/sample.ndjson";
    std::string trips, nodes;
    for (const auto& [id, trip] : model_) AppendNdjson(trip, &trips);
    std::ofstream(sample) << trips;
    const std::string left_out = kShards[run_ % 3];
    for (int i = 0; i < 3; ++i) {
      if (kShards[i] == left_out) continue;
      absl::StrAppend(&nodes, " --nodes ", std::string(kShards[i]).substr(6),
                      "=127.0.0.1:", std::stoi(settings_["shard_port"]) + i);
    }
    const std::string of_collection = " --collection " + name_ + OfCluster();
    ASSERT_EQ(Spoor("placement show --out '" + now + "'" + of_collection), 0) << Said();
    ASSERT_EQ(Spoor(absl::StrCat("placement plan", nodes, " --sample '", sample, "' --from '", now,
                                 "' --out '", then, "'")),
              0)
        << Said();
    ASSERT_TRUE(cluster_->Kill("kafka"));
    ASSERT_EQ(Spoor("placement apply '" + then + "'" + of_collection), 0) << Said();
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(3);
    while (std::chrono::steady_clock::now() < end) {
      EXPECT_EQ(Difference(), "");
      ExpectKept(before, quarantine);
      if (HasFailure()) return;
    }
    // A broker takes more than its minute where the machine has much else to do.
    ASSERT_TRUE(cluster_->StartAgain("kafka") || cluster_->StartAgain("kafka"));
    EXPECT_TRUE(Eventually([&] {  // the node that is left out gives its store up in the end
      const Stores stores = StoresNow();
      return std::none_of(stores.begin(), stores.end(), [&](const std::string& store) {
        return before.contains(store) && !others_.contains(store) &&
               store.rfind(left_out + "/", 0) == 0;
      });
    })) << "the placement never came into force";
    ExpectAll("after the move");
    ASSERT_NO_FATAL_FAILURE(Write("more", 8));
    ExpectAll("after a write");
  });
}

TEST_F(AccidentTest, WhatIsDeletedRightAfterItWasAcknowledgedIsGone) {
  Repeat([&] {
    for (int i = 0; i < 20; ++i) {
      const std::string id = absl::StrCat("brief", i);
      EXPECT_EQ(Upload(id, i).status, 200);
      EXPECT_EQ(Send("DELETE", "/trajectories/" + id).status, 204) << id;
    }
    ExpectAll("in the end");
  });
}

TEST_F(AccidentTest, ACollectionIsDroppedWhileJobsAreListedAndANodeRestarts) {
  Repeat([&] {
    std::ifstream(PathOf("pid/router-1")) >> settings_["router"];
    std::atomic<bool> stop = false;
    std::atomic<int> answers = 0;
    std::vector<std::thread> clients;
    for (const char* path :
         {"/v1/jobs", "/v1/jobs", "/v1/collections", "/v1/cluster", "/metrics"}) {
      clients.emplace_back([&, path] {
        while (!stop) answers += Call({.method = "GET", .target = path, .headers = {}}).ok();
      });
    }
    const std::string shard = kShards[run_ % 3];
    EXPECT_EQ(
        Send("POST", "/jobs", R"({"type":"join","select":{"all":true},"params":{"min_score":0.5}})")
            .status,
        202);
    ASSERT_TRUE(cluster_->Kill(shard));
    EXPECT_EQ(Send("DELETE", "").status, 204);
    ASSERT_TRUE(cluster_->StartAgain(shard));
    ASSERT_NO_FATAL_FAILURE(Fill());  // the name is free again
    EXPECT_EQ(Send("DELETE", "").status, 204);
    stop = true;
    for (std::thread& client : clients) client.join();
    EXPECT_GT(answers, 20);
    EXPECT_EQ(kill(std::stoi(settings_["router"]), 0), 0) << "the router has ended";
    ASSERT_NO_FATAL_FAILURE(Fill());
  });
}

TEST_F(AccidentTest, AShardStopsWithoutAWord) {
  Repeat([&] {
    const std::string shard = kShards[run_ % 3];
    ASSERT_TRUE(cluster_->Signal(shard, SIGSTOP));
    for (int i = 0; i < 10; ++i) {
      const auto asked = std::chrono::steady_clock::now();
      const std::string difference = Difference();
      EXPECT_EQ(difference, "");
      EXPECT_LT(std::chrono::steady_clock::now() - asked, std::chrono::seconds(3));
      ASSERT_NO_FATAL_FAILURE(Write(absl::StrCat("t", i), 200 + i));
      ExpectAll("while it is stopped");
    }
    ASSERT_TRUE(cluster_->Signal(shard, SIGCONT));
    ExpectAll("when it goes on");
  });
}

}  // namespace
}  // namespace spoor::testing
