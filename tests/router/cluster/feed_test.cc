#include <gtest/gtest.h>

#include <map>
#include <random>

#include "absl/strings/str_cat.h"
#include "router/api/api.h"
#include "router/cluster/remote_cluster.h"
#include "router/reads/get.h"
#include "router/reads/range.h"
#include "shard/log/memory_log.h"
#include "shard/meta/memory_meta.h"
#include "shard/node/cluster_member.h"
#include "tests/engine/temp_dir.h"
#include "tests/eventually.h"
#include "tests/geo/trips/live_feed.h"

namespace spoor::testing {
namespace {

// Nodes of a cluster in this process, and routers that come and go.
class FedCluster {
 public:
  explicit FedCluster(int nodes) {
    for (int i = 0; i < nodes; ++i) {
      ClusterMemberOptions options{.cluster = "c", .name = absl::StrCat("n", i)};
      options.data_dir = dirs_.emplace_back(std::make_unique<TempDir>())->path();
      options.following.memory_bytes = 16 << 20;
      options.following.wait = options.following.pause = std::chrono::milliseconds(10);
      auto member = ClusterMember::Start(options, meta_, logs_);
      EXPECT_TRUE(member.ok()) << member.status();
      members_.push_back(*std::move(member));
    }
  }
  std::unique_ptr<RemoteCluster> Router() {
    RemoteClusterOptions options{.cluster = "c"};
    options.replicas = 2;
    options.slots = 4;
    options.partitions = 4;
    options.reach_every = std::chrono::milliseconds(20);
    return std::make_unique<RemoteCluster>(options, meta_, logs_);
  }

 private:
  MemoryMeta meta_;
  MemoryLogs logs_;
  std::vector<std::unique_ptr<TempDir>> dirs_;
  std::vector<std::unique_ptr<ClusterMember>> members_;
};

// Nodes learn a little later of a collection that is made: then a client comes again.
void FeedThrough(Cluster& router, const std::string& body, const std::string& query) {
  Api api(router, {});
  const ApiRequest head{.method = "POST",
                        .target = absl::StrCat("/v1/collections/fed/fixes", query),
                        .headers = {{"content-type", "application/x-ndjson"}}};
  std::string last;
  EXPECT_TRUE(Eventually([&] {
    ApiResponse refusal;
    const auto upload = api.StartUpload(head, api.PatienceFor(head), &refusal);
    if (upload == nullptr) return false;
    static_cast<void>(upload->Feed(body));  // Finish tells
    const ApiResponse answer = upload->Finish();
    last = absl::StrCat(answer.status, " ", answer.body, answer.cause);
    return answer.status == 200;
  })) << last;
}

std::map<std::string, std::vector<Fix>> AllOfFeed(RemoteCluster& router) {
  std::map<std::string, std::vector<Fix>> all;
  const auto collection = router.Find("fed");
  EXPECT_TRUE(collection.ok());
  const Patience soon{.deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20)};
  const auto end = (*collection)->End();
  EXPECT_TRUE(end.ok());
  const ReadTerms terms{.written = WrittenTo{.position = *end, .homes = HomeSet::All()}};
  const auto ids = Range(**collection, {.limit = 10'000}, terms, soon);
  EXPECT_TRUE(ids.ok()) << ids.status();
  const auto found = Get(**collection, ids->answer.ids, terms, soon);
  EXPECT_TRUE(found.ok()) << found.status();
  for (const auto& one : found->answer) {
    if (one) all[one->trajectory.id.value()] = one->trajectory.fixes;
  }
  return all;
}

TEST(ClusterFeed, GivesTheTripsOfAFileWhicheverRouterAPieceComesThrough) {
  std::mt19937_64 rng(21);
  FedCluster cluster(3);
  auto router = cluster.Router();
  const std::vector<FeedFix> feed = FeedWithin(rng, 50'000);
  for (size_t i = 0; i < feed.size();) {
    std::string body;
    for (const size_t end = i + 1 + rng() % 50; i < std::min(end, feed.size()); ++i) {
      body += FeedLine(feed[i]);
    }
    FeedThrough(*router, body, "?lateness_s=50");
    if (rng() % 5 == 0) router = cluster.Router();  // the last one is gone, and what it knew
  }
  std::string last;
  for (const char* object : {"o0", "o1", "o2"}) last += FeedLine({object, feed[0].fix});
  FeedThrough(*router, last, "?lateness_s=50&seal=true");
  auto trips = AllOfFeed(*router);
  for (const char* object : {"o0", "o1", "o2"}) EXPECT_EQ(trips.erase(OpenTripName(object)), 1u);
  EXPECT_EQ(trips, CutAsFiles(feed, {}));
}

}  // namespace
}  // namespace spoor::testing
