#include "router/remote_cluster.h"

#include <gtest/gtest.h>

#include "router/api.h"
#include "shard/log/memory_log.h"
#include "shard/meta/memory_meta.h"
#include "shard/meta/node_registry.h"
#include "tests/shard/cluster_states.h"

namespace spoor {
namespace {

// PUT has nothing to wait for: the nodes learn of a collection a little later.
TEST(RemoteCluster, ANewCollectionIsCountedBeforeANodeFollowsIt) {
  const Patience patience{.deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20)};
  MemoryMeta meta;
  MemoryLogs logs;
  NodeState node = testing::MakeNodeState("a");
  node.address = "127.0.0.1:1";  // nobody listens
  const auto announced = NodeRegistry::Announce(meta, {.cluster = "c", .node = node}, patience);
  ASSERT_TRUE(announced.ok()) << announced.status();
  RemoteClusterOptions options;
  options.cluster = "c";
  RemoteCluster cluster(options, meta, logs);
  const auto created = cluster.Create("new", IndexParams(), patience);
  ASSERT_TRUE(created.ok()) << created.status();
  EXPECT_TRUE(created->created);
  const auto counts = created->collection->Count(patience);
  ASSERT_TRUE(counts.ok()) << counts.status();
  EXPECT_EQ(counts->stats.params, IndexParams());
  EXPECT_EQ(counts->stats.trajectories, 0u);
  EXPECT_FALSE(counts->complete);
}

// A store of metadata that nobody has reached yet.
class UnreachedMeta : public MetaStore {
 public:
  absl::StatusOr<std::optional<MetaValue>> Get(const std::string&, const Patience&) override {
    return away_;
  }
  absl::StatusOr<MetaListing> List(const std::string&, const Patience&) override { return away_; }
  absl::StatusOr<uint64_t> Put(const MetaValue&, Lease, const Patience&) override { return away_; }
  absl::Status Delete(const std::string&, uint64_t, const Patience&) override { return away_; }
  absl::StatusOr<Lease> Grant(std::chrono::seconds, const Patience&) override { return away_; }
  absl::Status KeepAlive(Lease, const Patience&) override { return away_; }
  absl::Status Revoke(Lease, const Patience&) override { return away_; }
  std::unique_ptr<Watch> WatchPrefix(const std::string&, std::function<void()>) override {
    return std::make_unique<Watch>();
  }

 private:
  const absl::Status away_ = absl::UnavailableError("nobody is there");
};

TEST(RemoteCluster, WhatItDoesNotKnowIsNotNothing) {
  UnreachedMeta meta;
  MemoryLogs logs;
  RemoteClusterOptions options;
  options.cluster = "c";
  RemoteCluster cluster(options, meta, logs);
  EXPECT_TRUE(absl::IsUnavailable(cluster.Find("taxis").status()));
  Api api(cluster, {});
  for (const char* target : {"/v1/collections", "/v1/collections/taxis", "/readyz"}) {
    const ApiResponse answer =
        api.Handle({.method = "GET", .target = target, .headers = {}, .body = ""}, {});
    EXPECT_EQ(answer.status, 503) << target << ": " << answer.body;
  }
}

// Its view is replaced beneath each step: by the drop's own refresh and by the store's hints.
TEST(RemoteCluster, DropsCollectionsWhileItsViewMovesOn) {
  const Patience patience{.deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20)};
  MemoryMeta meta({.inline_hints = true});
  MemoryLogs logs;
  const auto announced =
      NodeRegistry::Announce(meta, {.cluster = "c", .node = testing::MakeNodeState("a")}, patience);
  ASSERT_TRUE(announced.ok()) << announced.status();
  RemoteClusterOptions options;
  options.cluster = "c";
  RemoteCluster cluster(options, meta, logs);
  for (int i = 0; i < 8; ++i) {
    ASSERT_TRUE(cluster.Create("kept-" + std::to_string(i), IndexParams(), patience).ok());
    ASSERT_TRUE(cluster.Create("gone", IndexParams(), patience).ok());
    const absl::Status dropped = cluster.Drop("gone", patience);
    ASSERT_TRUE(dropped.ok()) << dropped;
  }
  EXPECT_EQ(cluster.Names().size(), 8u);
}

}  // namespace
}  // namespace spoor
