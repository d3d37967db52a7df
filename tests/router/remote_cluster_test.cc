#include "router/remote_cluster.h"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "absl/strings/str_cat.h"
#include "proto/node.pb.h"
#include "shard/log/memory_log.h"
#include "shard/meta/memory_meta.h"
#include "shard/meta/node_registry.h"
#include "shard/rpc/server.h"
#include "tests/eventually.h"
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

// One that hangs: it takes connections and never says a word.
TEST(RemoteCluster, ANodeThatHangsDoesNotMakeOthersLookAway) {
  boost::asio::io_context io;
  boost::asio::ip::tcp::acceptor silent(io, {boost::asio::ip::address_v4::loopback(), 0});
  class Answers : public Service {
   public:
    Answer Serve(const Call&, const Patience&) override {
      return v1::NodeStatusReply().SerializeAsString();
    }
  } service;
  RpcServerOptions serving;
  serving.cluster = "c";
  serving.node = "z";
  const auto server = RpcServer::Listen(service, serving);
  ASSERT_TRUE(server.ok()) << server.status();
  MemoryMeta meta;
  MemoryLogs logs;
  NodeState hangs = testing::MakeNodeState("a", 1), answers = testing::MakeNodeState("z", 2);
  hangs.address = absl::StrCat("127.0.0.1:", silent.local_endpoint().port());
  answers.address = absl::StrCat("127.0.0.1:", (*server)->port());
  const auto one = NodeRegistry::Announce(meta, {.cluster = "c", .node = hangs}, {});
  const auto other = NodeRegistry::Announce(meta, {.cluster = "c", .node = answers}, {});
  ASSERT_TRUE(one.ok() && other.ok()) << one.status() << other.status();
  RemoteClusterOptions options;
  options.cluster = "c";
  RemoteCluster cluster(options, meta, logs);
  EXPECT_TRUE(testing::Eventually([&] {
    const Patience second{.deadline = std::chrono::steady_clock::now() + std::chrono::seconds(1)};
    const auto described = cluster.Describe(second);
    if (!described.ok() || described->nodes.size() != 2) return false;
    EXPECT_FALSE(described->nodes[0].up);
    return described->nodes[1].up;
  }));
}

}  // namespace
}  // namespace spoor
