#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include "shard/meta/cluster_view.h"
#include "shard/meta/collection_changes.h"
#include "shard/meta/etcd.h"
#include "shard/meta/node_registry.h"
#include "tests/cluster/etcd_process.h"
#include "tests/eventually.h"
#include "tests/shard/cluster_states.h"
#include "tests/shard/meta_suite.h"

namespace spoor::testing {
namespace {

using std::chrono::seconds;

// Nodes and views of one cluster on one etcd; a ttl is 2 seconds.
class EtcdClusterTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const absl::Status started = etcd_.Start();
    ASSERT_TRUE(started.ok()) << started;
    store_ = Open();
  }
  std::unique_ptr<MetaStore> Open() { return *OpenEtcd({.endpoints = etcd_.endpoint()}); }

  absl::StatusOr<std::unique_ptr<NodeRegistry>> Announce(const NodeState& node, bool own_thread) {
    return NodeRegistry::Announce(
        *store_, {.cluster = "c", .node = node, .ttl = seconds(2), .own_thread = own_thread},
        Soon());
  }

  EtcdProcess etcd_;
  std::unique_ptr<MetaStore> store_;
};

TEST_F(EtcdClusterTest, EverybodySeesWhoLives) {
  ClusterView view(*store_, {.cluster = "c"});
  auto lives = Announce(MakeNodeState("lives"), true);
  auto silent = Announce(MakeNodeState("silent", 1), false);
  ASSERT_TRUE(lives.ok() && silent.ok()) << lives.status() << silent.status();
  EXPECT_TRUE(absl::IsAlreadyExists(Announce(MakeNodeState("lives", 2), false).status()));
  const auto nodes = [&] { return Seen(view).nodes.size(); };
  EXPECT_TRUE(Eventually([&] { return nodes() == 2; }));
  EXPECT_TRUE(Eventually([&] { return nodes() == 1; })) << "nobody kept its lease alive";
  EXPECT_TRUE(Seen(view).nodes.contains("lives"));
  EXPECT_TRUE((*lives)->held());
  EXPECT_FALSE((*silent)->held());
  lives->reset();
  EXPECT_TRUE(Eventually([&] { return nodes() == 0; })) << "it said goodbye";
}

TEST_F(EtcdClusterTest, ARestartedNodeIsItselfAgainAtOnce) {
  auto before = Announce(MakeNodeState("a", 1, 1), false);  // as good as dead
  auto after = Announce(MakeNodeState("a", 1, 2), true);
  ASSERT_TRUE(after.ok()) << after.status();
  EXPECT_TRUE((*after)->held());
}

TEST_F(EtcdClusterTest, OneOfManyProcessesCreatesACollection) {
  std::atomic<int> winners{0};
  std::vector<uint64_t> adopted(4);
  std::vector<std::thread> threads;
  for (uint64_t t = 0; t < adopted.size(); ++t) {
    threads.emplace_back([&, t, own = std::shared_ptr<MetaStore>(Open())] {
      const auto made = CreateCollection(*own, "c", "a", AutoCollection(100 + t), Soon());
      ASSERT_TRUE(made.ok()) << made.status();
      winners += made->ours;
      adopted[t] = made->now.state.log_id;
    });
  }
  for (auto& t : threads) t.join();
  EXPECT_EQ(winners, 1);
  EXPECT_EQ(std::ranges::count(adopted, adopted[0]), std::ssize(adopted));
}

TEST_F(EtcdClusterTest, WhatWasKnownStaysWhileEtcdIsDown) {
  const TempDir dir;
  const ClusterViewOptions options{.cluster = "c", .path = dir.path() + "/cluster"};
  ClusterView view(*store_, options);
  auto node = Announce(MakeNodeState("n"), true);
  ASSERT_TRUE(node.ok()) << node.status();
  ASSERT_TRUE(CreateCollection(*store_, "c", "a", AutoCollection(7), Soon()).ok());
  ASSERT_TRUE(view.Refresh(Soon()).ok());
  etcd_.Kill();
  EXPECT_TRUE(Eventually([&] { return view.stale_since() && !(*node)->held(); }));
  EXPECT_EQ(Seen(view).collections.at("a").state, AutoCollection(7));
  {
    const ClusterView late(*store_, options);
    EXPECT_EQ(Seen(late).collections.at("a").state, AutoCollection(7))
        << "also to who starts meanwhile";
  }
  ASSERT_TRUE(etcd_.Start().ok());
  EXPECT_TRUE(Eventually([&] { return !view.stale_since() && (*node)->held(); }));
  EXPECT_TRUE(Eventually([&] { return Seen(view).nodes.contains("n"); }));
}

TEST_F(EtcdClusterTest, AnEtcdThatLostAllIsSeededAbove) {
  ClusterView view(*store_, {.cluster = "c"});
  auto node = Announce(MakeNodeState("n"), true);
  ASSERT_TRUE(node.ok()) << node.status();
  ASSERT_TRUE(CreateCollection(*store_, "c", "a", AutoCollection(7, 5), Soon()).ok());
  ASSERT_TRUE(view.Refresh(Soon()).ok());
  etcd_.Kill();
  etcd_.ForgetData();
  ASSERT_TRUE(etcd_.Start().ok());
  EXPECT_TRUE(Eventually([&] { return view.ignored().size() == 1; }));
  const auto known = Seen(view).collections.at("a").state;
  EXPECT_EQ(known, AutoCollection(7, 5)) << "it did not go with etcd's data";
  CollectionState seed = known;
  seed.placement.epoch = Epoch(known.placement.epoch.value() + 1);
  const auto seeded = CreateCollection(*store_, "c", "a", seed, Soon());
  ASSERT_TRUE(seeded.ok() && seeded->ours) << seeded.status();
  EXPECT_TRUE(Eventually([&] { return view.ignored().empty(); }));
  EXPECT_EQ(Seen(view).collections.at("a").state.placement.epoch, Epoch(6));
  EXPECT_TRUE(Eventually([&] { return (*node)->held() && Seen(view).nodes.contains("n"); }));
}

}  // namespace
}  // namespace spoor::testing
