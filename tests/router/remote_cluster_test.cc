#include "router/remote_cluster.h"

#include <gtest/gtest.h>

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
