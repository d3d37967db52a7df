#include "router/scatter.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <thread>

#include "absl/strings/str_cat.h"
#include "engine/search.h"
#include "proto/search.pb.h"
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

TEST(Scatter, AnswersInPartWhenThatIsAllowed) {
  const TempDir dir;
  Rng rng(kSeed);
  const RandomCollection c = SomeCollection(rng, dir);
  TestCluster cluster(rng, Carrier::kTcp, c, 3);
  cluster.Write(c.live);
  const Scatter partly = cluster.scatter({.demand = {}, .epoch = 0, .allow_partial = true});
  Query query;
  query.fixes = c.live[0].fixes;
  EXPECT_TRUE(partly.Search(query, {})->answer.exact);
  cluster.shards[1]->Stop();
  for (const bool rerank : {false, true}) {
    for (const bool exact : {false, true}) {
      if (exact && !rerank) continue;
      query.rerank.reset();
      if (rerank) query.rerank = {.measure = *MakeMeasure("dtw", {}), .name = "dtw"};
      query.exact = exact;
      const auto read = partly.Search(query, {});
      ASSERT_TRUE(read.ok()) << read.status();
      EXPECT_FALSE(read->answer.exact);
      EXPECT_EQ(read->report.asked, 3u);
      EXPECT_EQ(read->report.answered, 2u);
      EXPECT_EQ(read->report.failed, 1u);
      EXPECT_FALSE(read->report.slots[1].answered);
    }
  }
  EXPECT_EQ(partly.Count({})->report.failed, 1u);
  cluster.shards[0]->Stop();
  cluster.shards[2]->Stop();
  EXPECT_EQ(partly.Search(query, {}).status().code(), absl::StatusCode::kUnavailable);
}

TEST(Scatter, FindsRecordsWhereverTheyLiveAndCountsEachOnce) {
  const TempDir dir;
  Rng rng(kSeed);
  const RandomCollection c = SomeCollection(rng, dir);
  TestCluster cluster(rng, Carrier::kInside, c, 5);
  cluster.Write(c.live);
  std::vector<TrajectoryId> ids = {TrajectoryId("none")};
  for (const Trajectory& t : c.live) ids.push_back(t.id);
  const auto read = cluster.scatter().Get(ids, {});
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_FALSE(read->answer[0].has_value());
  for (size_t i = 0; i < c.live.size(); ++i) EXPECT_EQ(read->answer[i + 1]->trajectory, c.live[i]);
  EXPECT_EQ(cluster.scatter().Count({})->answer.trajectories, c.live.size());
}

// Refuses calls by another epoch, and remembers what was demanded.
class Strict : public Service {
 public:
  Answer Serve(const Call& call, const Patience&) override {
    v1::RangeRequest request;
    EXPECT_TRUE(request.ParseFromString(call.body));
    demanded = request.demand().max_staleness_ms();
    if (call.epoch != epoch) return StaleEpochError(call.epoch, epoch);
    v1::RangeReply reply;
    reply.set_staleness_ms(staleness_ms);
    return reply.SerializeAsString();
  }
  uint64_t epoch = 7;
  uint32_t staleness_ms = 0;
  std::atomic<uint32_t> demanded = 0;
};

TEST(Scatter, SaysWhichEpochIsInForceAndHowStaleTheStalestPartIs) {
  IoThread io;
  Strict first, second;
  second.staleness_ms = 40;
  const auto a = LocalChannel(first, io, {.threads = 1}),
             b = LocalChannel(second, io, {.threads = 1});
  const auto ask = [&](uint64_t epoch) {
    const std::vector<Part> parts = {
        {.channel = a.get(), .homes = {{0, 9}}, .slots = {{.slot = 0}}},
        {.channel = b.get(), .homes = {{10, UINT64_MAX}}, .slots = {{.slot = 1}, {.slot = 2}}}};
    ScatterTerms terms;
    terms.demand.max_staleness_ms = 90;
    terms.epoch = epoch;
    terms.allow_partial = true;
    return Scatter("c", parts, terms).Range({}, {});
  };
  const auto read = ask(7);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->report.staleness_ms, 40u);
  EXPECT_EQ(read->report.asked, 3u);
  EXPECT_EQ(first.demanded, 90u);
  second.epoch = 8;
  EXPECT_EQ(CurrentEpoch(ask(7).status()), 8u);  // no part of an answer: it can be mended
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
