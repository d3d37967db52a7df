#include "router/scatter.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <thread>

#include "absl/strings/str_cat.h"
#include "engine/search.h"
#include "shard/node.h"
#include "shard/node_service.h"
#include "shard/rpc/io_thread.h"
#include "shard/rpc/local_channel.h"
#include "shard/rpc/server.h"
#include "shard/rpc/tcp_channel.h"
#include "tests/engine/random_collection.h"
#include "tests/engine/random_query.h"

namespace spoor {
namespace {

using testing::Draw;
using testing::OneIn;
using testing::RandomCollection;
using testing::Rng;
using testing::TempDir;

constexpr uint64_t kSeed = 20261122;
constexpr int kCollections = 6;
constexpr int kQueries = 24;  // per collection and number of nodes
constexpr testing::CollectionSize kSize{
    .min_trajectories = 20, .max_trajectories = 80, .max_fixes = 24, .routes = 6};

enum class Carrier { kInside, kTcp };

// One process of a cluster: what it holds, and the way to it.
class TestShard {
 public:
  TestShard(IoThread& io, Carrier carrier, const IndexParams& params, std::vector<HomeRange> homes)
      : homes_(std::move(homes)) {
    NodeOptions options;
    options.memory_bytes = 32 << 20;
    node_ = *Node::Open(dir_.path(), options);
    collection_ = node_->Create("c", params)->collection;
    service_ = std::make_unique<NodeService>(*node_);
    if (carrier == Carrier::kInside) {
      channel_ = LocalChannel(*service_, io, {.threads = 1});
      return;
    }
    RpcServerOptions serving;
    serving.cluster = "test";
    serving.node = "shard";
    serving.threads = 1;
    server_ = *RpcServer::Listen(*service_, serving);
    DialOptions dialing;
    dialing.port = server_->port();
    dialing.cluster = "test";
    dialing.node = "router";
    channel_ = Dial(io, dialing);
  }

  bool IsHome(const Trajectory& t) const {
    Filter here;
    here.homes = homes_;
    return here.Matches(t);
  }
  void Write(const Trajectory& t) { ASSERT_TRUE(collection_->Write({t}).ok()); }
  void Write(std::vector<Trajectory> all) {
    std::erase_if(all, [this](const Trajectory& t) { return !IsHome(t); });
    ASSERT_TRUE(collection_->Write(std::move(all)).ok());
  }
  Part part(uint32_t slot) const {
    return {.channel = channel_.get(), .homes = homes_, .slots = {{.slot = slot}}};
  }
  void Stop() { server_->Stop(); }

 private:
  const TempDir dir_;
  const std::vector<HomeRange> homes_;
  std::unique_ptr<Node> node_;
  Collection collection_;
  std::unique_ptr<NodeService> service_;
  std::unique_ptr<RpcServer> server_;
  std::unique_ptr<Channel> channel_;
};

// The key space for n nodes, each with several ranges.
std::vector<std::vector<HomeRange>> Homes(Rng& rng, const RandomCollection& c, size_t n) {
  const std::vector<HomeRange> ranges = testing::CutHomes(rng, c, 3 * n - 1);
  std::vector<std::vector<HomeRange>> homes(n);
  for (size_t i = 0; i < ranges.size(); ++i) {
    homes[i < n ? i : Draw(rng, static_cast<uint32_t>(n))].push_back(ranges[i]);
  }
  return homes;
}

class TestCluster {
 public:
  TestCluster(Rng& rng, Carrier carrier, const RandomCollection& c, size_t n) {
    for (auto& homes : Homes(rng, c, n)) {
      shards.push_back(std::make_unique<TestShard>(io_, carrier, c.params, std::move(homes)));
    }
  }
  void Write(const std::vector<Trajectory>& all) {
    for (const auto& shard : shards) shard->Write(all);
  }
  Scatter scatter(const ScatterTerms& terms = {}) const {
    std::vector<Part> parts;
    for (const auto& shard : shards) {
      parts.push_back(shard->part(static_cast<uint32_t>(parts.size())));
    }
    return Scatter("c", std::move(parts), terms);
  }

 private:
  IoThread io_;

 public:
  std::vector<std::unique_ptr<TestShard>> shards;
};

// Versions are positions in a log, of which each engine has its own here.
void ExpectSame(const SearchAnswer& cluster, const SearchAnswer& truth) {
  ASSERT_EQ(cluster.hits.size(), truth.hits.size());
  for (size_t i = 0; i < truth.hits.size(); ++i) {
    const Hit &a = cluster.hits[i], &b = truth.hits[i];
    ASSERT_TRUE(a.id == b.id && a.score == b.score && a.direction == b.direction &&
                a.distance_m == b.distance_m && a.matches == b.matches)
        << "hit " << i << ": " << a.id.value() << " or " << b.id.value();
  }
}

class ScatterLaw : public ::testing::TestWithParam<Carrier> {};

TEST_P(ScatterLaw, ClusterIsEngineIsBruteForce) {
  const TempDir dir;
  size_t hits = 0;
  for (int i = 0; i < kCollections; ++i) {
    SCOPED_TRACE(absl::StrCat("seed ", kSeed + i));
    Rng rng(kSeed + i);
    RandomCollection c = testing::MakeCollection(rng, kSize, dir);
    for (const size_t n : {1, 2, 5}) {
      SCOPED_TRACE(absl::StrCat(n, " nodes"));
      TestCluster cluster(rng, GetParam(), c, n);
      ASSERT_NO_FATAL_FAILURE(cluster.Write(c.live));
      for (int q = 0; q < kQueries; ++q) {
        Query query = testing::RandomQuery(rng, c);
        query.filter.homes.reset();
        const auto read = cluster.scatter().Search(query, {});
        ASSERT_TRUE(read.ok()) << read.status();
        const SearchAnswer* answer = &read->answer;
        EXPECT_EQ(read->report.answered, n);
        const SearchAnswer engine = *SearchSegments(c.context(), query);
        ASSERT_NO_FATAL_FAILURE(ExpectSame(*answer, engine));
        EXPECT_EQ(answer->exact, engine.exact);
        ASSERT_NO_FATAL_FAILURE(ExpectSame(*answer, BruteForceSearch(c.live, c.params, query)));
        hits += answer->hits.size();

        RangeQuery range{
            .filter = testing::RandomFilter(rng, c), .limit = 1 + Draw(rng, 20), .after_id = ""};
        range.filter.homes.reset();
        const auto listed = cluster.scatter().Range(range, {});
        ASSERT_TRUE(listed.ok()) << listed.status();
        const RangeAnswer* page = &listed->answer;
        const RangeAnswer expected = BruteForceRange(c.live, range);
        EXPECT_EQ(page->ids, expected.ids);
        EXPECT_EQ(page->more, expected.more);
      }
    }
  }
  EXPECT_GT(hits, size_t{kCollections} * kQueries);
}

INSTANTIATE_TEST_SUITE_P(Carriers, ScatterLaw, ::testing::Values(Carrier::kInside, Carrier::kTcp),
                         [](const auto& row) {
                           return std::string(row.param == Carrier::kTcp ? "tcp" : "inside");
                         });

RandomCollection SomeCollection(Rng& rng, const TempDir& dir) {
  RandomCollection c = testing::MakeCollection(rng, kSize, dir);
  c.params = IndexParams();
  return c;
}

TEST(Scatter, AsksForTheSecondRoundAgainWhileCandidatesChange) {
  const TempDir dir;
  Rng rng(kSeed);
  const RandomCollection c = SomeCollection(rng, dir);
  TestCluster cluster(rng, Carrier::kInside, c, 2);
  cluster.Write(c.live);
  std::atomic<bool> stop = false;
  std::thread writer([&] {  // every write gives a trajectory another version
    for (size_t i = 0; !stop; ++i) {
      Trajectory t = c.live[i % c.live.size()];
      t.object = absl::StrCat("again", i);
      for (const auto& shard : cluster.shards) {
        if (shard->IsHome(t)) shard->Write(t);
      }
    }
  });
  Query query;
  query.k = 5;
  query.rerank = {.measure = *MakeMeasure("dtw", {}), .candidates = 20, .name = "dtw"};
  size_t answered = 0;
  for (int q = 0; q < 200; ++q) {
    query.fixes = c.live[Draw(rng, static_cast<uint32_t>(c.live.size()))].fixes;
    const auto answer = cluster.scatter().Search(query, {});
    if (absl::IsAborted(answer.status())) continue;  // it says so when it gives up
    EXPECT_TRUE(answer.ok()) << answer.status();
    const auto& found = answer->answer.hits;
    EXPECT_TRUE(found.empty() || found[0].distance_m == 0);
    ++answered;
  }
  stop = true;
  writer.join();
  EXPECT_GT(answered, 100u);
}

TEST(Scatter, FailsWhenAPartCannotAnswer) {
  const TempDir dir;
  Rng rng(kSeed);
  const RandomCollection c = SomeCollection(rng, dir);
  TestCluster cluster(rng, Carrier::kTcp, c, 3);
  cluster.Write(c.live);
  Query query;
  query.fixes = c.live[0].fixes;
  EXPECT_TRUE(cluster.scatter().Search(query, {}).ok());
  cluster.shards[1]->Stop();
  EXPECT_EQ(cluster.scatter().Search(query, {}).status().code(), absl::StatusCode::kUnavailable);
}

TEST(Scatter, KeepsTheDeadlineAndNamesAnUnknownCollection) {
  const TempDir dir;
  Rng rng(kSeed);
  const RandomCollection c = SomeCollection(rng, dir);
  TestCluster cluster(rng, Carrier::kTcp, c, 2);
  Query query;
  query.fixes = c.live[0].fixes;
  Patience late;
  late.deadline = std::chrono::steady_clock::now() - std::chrono::seconds(1);
  EXPECT_EQ(cluster.scatter().Search(query, late).status().code(),
            absl::StatusCode::kDeadlineExceeded);
  const Scatter other("nobody", {cluster.shards[0]->part(0)});
  EXPECT_EQ(other.Search(query, {}).status().code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace spoor
