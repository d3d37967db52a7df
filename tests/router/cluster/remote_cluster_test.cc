#include "router/cluster/remote_cluster.h"

#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <filesystem>
#include <fstream>
#include <future>

#include "absl/strings/str_cat.h"
#include "proto/node.pb.h"
#include "router/api/api.h"
#include "router/cluster/republish.h"
#include "router/reads/range.h"
#include "shard/log/memory_log.h"
#include "shard/meta/memory_meta.h"
#include "shard/meta/node_registry.h"
#include "shard/node/cluster_member.h"
#include "shard/rpc/server.h"
#include "tests/engine/model.h"
#include "tests/engine/temp_dir.h"
#include "tests/eventually.h"
#include "tests/shard/cluster_states.h"
#include "tests/shard/logs_before.h"
#include "tests/shard/lossy_meta.h"

namespace spoor {
namespace {

using testing::Eventually;
using testing::GridTrip;
using testing::TempDir;

Patience Soon() {
  return {.deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20)};
}

// PUT has nothing to wait for: the nodes learn of a collection a little later.
TEST(RemoteCluster, ANewCollectionIsCountedBeforeANodeFollowsIt) {
  MemoryMeta meta;
  MemoryLogs logs;
  NodeState node = testing::MakeNodeState("a");
  node.address = "127.0.0.1:1";  // nobody listens
  const auto announced = NodeRegistry::Announce(meta, {.cluster = "c", .node = node}, Soon());
  ASSERT_TRUE(announced.ok()) << announced.status();
  RemoteClusterOptions options;
  options.cluster = "c";
  RemoteCluster cluster(options, meta, logs);
  const auto created = cluster.Create("new", IndexParams(), Soon());
  ASSERT_TRUE(created.ok()) << created.status();
  EXPECT_TRUE(created->created);
  const auto counts = created->collection->Count(Soon());
  ASSERT_TRUE(counts.ok()) << counts.status();
  EXPECT_EQ(counts->stats.params, IndexParams());
  EXPECT_EQ(counts->stats.trajectories, 0u);
  EXPECT_FALSE(counts->complete);
}

// Logs that cannot be read while they are away.
class LogsThatGoAway : public testing::LogsBefore {
 public:
  using LogsBefore::LogsBefore;
  std::atomic<bool> away = false;

  absl::StatusOr<LogPosition> End(const LogName& log) override {
    if (away) return absl::UnavailableError("the brokers are away");
    return LogsBefore::End(log);
  }
  absl::StatusOr<std::unique_ptr<LogReader>> OpenReader(const LogName& log,
                                                        const LogPosition& from) override {
    if (away) return absl::UnavailableError("the brokers are away");
    return LogsBefore::OpenReader(log, from);
  }
};

// Logs of which the last one that was made is known.
class CreatedLogs : public testing::LogsBefore {
 public:
  using LogsBefore::LogsBefore;
  std::optional<LogName> last;

  absl::Status Create(const LogName& log, uint32_t partitions) override {
    last = log;
    return LogsBefore::Create(log, partitions);
  }
};

// Nodes of a cluster in this process, over real connections; a store of metadata that loses what it
// knows.
class LostMetadata : public ::testing::Test {
 protected:
  struct Node {
    TempDir dir;
    std::unique_ptr<ClusterMember> member;
  };

  void StartNode(const std::string& name) {
    Node& node = nodes_[name];
    node.member = nullptr;
    ClusterMemberOptions options{.cluster = "c", .name = name};
    options.data_dir = node.dir.path();
    options.following.memory_bytes = 16 << 20;
    options.following.wait = options.following.pause = std::chrono::milliseconds(10);
    auto member = ClusterMember::Start(options, meta_, logs_);
    ASSERT_TRUE(member.ok()) << member.status();
    node.member = *std::move(member);
  }

  std::unique_ptr<RemoteCluster> Router(uint32_t replicas = 1) {
    RemoteClusterOptions options{.cluster = "c"};
    options.replicas = replicas;
    options.slots = 4;
    options.partitions = 4;
    options.reach_every = std::chrono::milliseconds(20);
    return std::make_unique<RemoteCluster>(options, meta_, memory_logs_);
  }

  void Write(RemoteCluster& router, int trips) {
    const auto collection = router.Find("new");
    ASSERT_TRUE(collection.ok()) << collection.status();
    std::vector<Trajectory> batch;
    for (int i = 0; i < trips; ++i) batch.push_back(GridTrip(absl::StrCat("t", i), i, 20));
    std::promise<absl::StatusOr<WrittenTo>> written;
    (*collection)->Write(std::move(batch), [&](auto w) { written.set_value(std::move(w)); });
    const auto done = written.get_future().get();
    ASSERT_TRUE(done.ok()) << done.status();
    ASSERT_TRUE(Eventually([&] {  // the nodes learn of it a little later
      return (*collection)->AwaitApplied(*done, ClusterCollection::Applied::kOnAll, Soon()).ok();
    }));
  }

  // Ids that a read of everything finds; -1: it failed.
  int Count(RemoteCluster& router) {
    const auto collection = router.Find("new");
    if (!collection.ok()) return -1;
    const auto all = Range(**collection, {.limit = 10'000}, {}, Soon());
    return all.ok() ? static_cast<int>(all->answer.ids.size()) : -1;
  }

  // What etcd does when its data directory goes: but for who announces itself.
  void LoseCollections() {
    const auto all = meta_.List(ClusterPrefix("c"), Soon());
    for (const MetaValue& value : all->values) {
      if (value.key.find("/nodes/") != std::string::npos) continue;
      ASSERT_TRUE(meta_.Delete(value.key, value.revision, Soon()).ok());
    }
  }

  bool Serves(const std::string& node) {
    const auto follower = nodes_[node].member->node().FindFollower("new");
    return follower.ok() && (*follower)->ready();
  }

  size_t Stores(const std::string& node, const std::string& in = "/followed") {
    std::error_code none;
    const auto all = std::filesystem::directory_iterator(nodes_[node].dir.path() + in, none);
    return static_cast<size_t>(std::distance(begin(all), end(all)));
  }

  MemoryMeta meta_;
  MemoryLogs memory_logs_;
  LogsThatGoAway logs_{memory_logs_};
  std::map<std::string, Node> nodes_;
};

TEST_F(LostMetadata, PutWritesBackWhatIsKnown) {
  StartNode("a");
  const auto router = Router();
  ASSERT_TRUE(router->Create("new", IndexParams(), Soon()).ok());
  Write(*router, 20);
  const auto before = ReadCollection(meta_, "c", "new", Soon());
  LoseCollections();
  const auto put = router->Create("new", IndexParams(), Soon());
  ASSERT_TRUE(put.ok()) << put.status();
  EXPECT_FALSE(put->created);
  const auto after = ReadCollection(meta_, "c", "new", Soon());
  ASSERT_TRUE(after.ok()) << after.status();
  EXPECT_EQ(after->state, before->state);
  LoseCollections();
  ASSERT_TRUE(router->Drop("new", Soon()).ok());
  EXPECT_TRUE(meta_.Get(DroppedKey("c", before->state.log_id), Soon())->has_value())
      << "others have to learn of it";
  EXPECT_TRUE(Eventually([&] { return Stores("a") == 0; }));
  EXPECT_EQ(Stores("a", "/quarantine"), 1u);
}

TEST_F(LostMetadata, WhoKnowsNothingMakesNoOtherOneOverWhatNodesHave) {
  StartNode("a");
  const auto router = Router();
  ASSERT_TRUE(router->Create("new", IndexParams(), Soon()).ok());
  Write(*router, 20);
  LoseCollections();
  const auto fresh = Router();
  const auto made = fresh->Create("new", IndexParams(), Soon());
  EXPECT_TRUE(absl::IsFailedPrecondition(made.status())) << made.status();
  EXPECT_NE(made.status().message().find("node 'a' has data of 'new'"), absl::string_view::npos);
  EXPECT_TRUE(absl::IsNotFound(ReadCollection(meta_, "c", "new", Soon()).status()));
}

// Nobody could be asked, and it was made: all who know the former one keep to it.
TEST_F(LostMetadata, AnotherLogOfTheNameChangesNothingForWhoKnowsTheFormer) {
  StartNode("a");
  const auto router = Router();
  ASSERT_TRUE(router->Create("new", IndexParams(), Soon()).ok());
  Write(*router, 20);
  CollectionState other = ReadCollection(meta_, "c", "new", Soon())->state;
  const uint64_t log_id = other.log_id;
  LoseCollections();
  other.log_id = log_id + 1;
  ASSERT_TRUE(CreateCollection(meta_, "c", "new", other, Soon()).ok());
  for (int restart = 0; restart < 3; ++restart) {
    ASSERT_TRUE(router->Refresh(Soon()).ok());
    StartNode("a");
    ASSERT_TRUE(Eventually([&] { return Serves("a") && Count(*router) == 20; }));
    EXPECT_EQ(Stores("a"), 1u);
    EXPECT_EQ(Stores("a", "/quarantine"), 0u);
  }
  const auto put = router->Create("new", IndexParams(), Soon());
  EXPECT_TRUE(absl::IsFailedPrecondition(put.status())) << put.status();
  EXPECT_TRUE(absl::IsFailedPrecondition(router->Drop("new", Soon())));
  EXPECT_NE(router->Describe(Soon())->metadata_problem, "");
}

// Two routers: what the log has between the look and the change is found, and of other ids it does
// not matter.
TEST_F(LostMetadata, AChangeLearnsWhatCameBetween) {
  StartNode("a");
  const auto router = Router();
  ASSERT_TRUE(router->Create("new", IndexParams(), Soon()).ok());
  Write(*router, 20);
  const auto other = Router();
  const auto collection = *router->Find("new");
  const auto change = [&](RemoteCluster& by, const std::string& id) {
    std::promise<absl::StatusOr<WrittenTo>> written;
    (*by.Find("new"))
        ->ChangeIf({.id = TrajectoryId(id), .record = GridTrip(id, 3, 20), .version = 1},
                   [&](auto w) { written.set_value(std::move(w)); });
    return *written.get_future().get();
  };
  const TrajectoryId id("t7");
  for (int round = 0; round < 3; ++round) {
    const auto end = *collection->End();
    for (int i = 0; i < round * 20; ++i)
      change(*other, absl::StrCat("t", i % 20 == 7 ? 1 : i % 20));
    const WrittenTo alone = change(*router, "t7");
    EXPECT_FALSE(*collection->ChangedBetween(id, end, alone.position, Soon()));
    change(*other, "t7");
    const WrittenTo second = change(*router, "t7");
    EXPECT_TRUE(*collection->ChangedBetween(id, alone.position, second.position, Soon()));
  }
}

// The view in the directory is damaged, or of a version that this one does not read, and etcd is
// away, or empty, or there.
TEST_F(LostMetadata, ANodeWithoutItsViewKeepsItsStores) {
  StartNode("a");
  const auto router = Router();
  ASSERT_TRUE(router->Create("new", IndexParams(), Soon()).ok());
  Write(*router, 20);
  const std::string view = nodes_["a"].dir.path() + "/cluster";
  const auto stored = ReadCollection(meta_, "c", "new", Soon());
  for (const std::string kind : {"away", "empty", "there"}) {
    SCOPED_TRACE(kind);
    nodes_["a"].member = nullptr;
    std::ofstream(view, std::ios::trunc) << "spoor cluster 2 whatever";
    if (kind == "away") meta_.SetReachable(false);
    if (kind == "empty") LoseCollections();
    StartNode("a");
    EXPECT_EQ(Stores("a"), 1u);
    meta_.SetReachable(true);
    if (kind == "empty") {
      EXPECT_TRUE(Eventually([&] { return !nodes_["a"].member->node().AllServed().empty(); }));
      EXPECT_EQ(Stores("a"), 1u);
      ASSERT_TRUE(CreateCollection(meta_, "c", "new", stored->state, Soon()).ok());
    }
    ASSERT_TRUE(Eventually([&] { return Serves("a") && Count(*router) == 20; }));
    EXPECT_EQ(Stores("a", "/quarantine"), 0u);
  }
}

TEST_F(LostMetadata, ADirectoryOfAnotherNodeIsRefusedAndLeftAlone) {
  StartNode("a");
  const auto router = Router();
  ASSERT_TRUE(router->Create("new", IndexParams(), Soon()).ok());
  Write(*router, 20);
  nodes_["a"].member = nullptr;
  ClusterMemberOptions options{.cluster = "c", .name = "b"};
  options.data_dir = nodes_["a"].dir.path();
  const auto other = ClusterMember::Start(options, meta_, logs_);
  EXPECT_TRUE(absl::IsFailedPrecondition(other.status())) << other.status();
  EXPECT_EQ(Stores("a"), 1u);
  StartNode("a");
  ASSERT_TRUE(Eventually([&] { return Serves("a") && Count(*router) == 20; }));
}

// The log is gone, and the nodes have the last copies.
TEST_F(LostMetadata, ANewLogIsMadeOfWhatTheNodesHave) {
  StartNode("a");
  StartNode("b");
  const auto router = Router(/*replicas=*/2);
  ASSERT_TRUE(router->Create("new", IndexParams(), Soon()).ok());
  Write(*router, 30);
  const auto before = ReadCollection(meta_, "c", "new", Soon());
  const uint64_t old = before->state.log_id;
  ASSERT_TRUE(Eventually([&] { return Serves("a") && Serves("b"); }));
  ASSERT_TRUE(memory_logs_.Remove({.collection = "new", .id = old}).ok());
  ASSERT_EQ(Count(*router), 30);
  IoThread io;
  DialOptions dial;
  dial.cluster = "c";
  NodeChannels channels(io, dial);
  const RepublishWith with{
      .meta = meta_,
      .logs = memory_logs_,
      .channel_to = [&](const std::string& node,
                        const std::string& address) { return channels.To(node, address); },
      .without = {}};
  nodes_["b"].member = nullptr;
  EXPECT_TRUE(absl::IsUnavailable(Republish(with, "c", "new", Soon()).status()))
      << "it may have what nobody else has";
  EXPECT_EQ(ReadCollection(meta_, "c", "new", Soon())->state, before->state);
  StartNode("b");
  ASSERT_TRUE(Eventually([&] { return Serves("b"); }));
  const auto made = Republish(with, "c", "new", Soon());
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_EQ(made->records, 30u);
  ASSERT_TRUE(Eventually([&] { return Count(*router) == 30; }));
  ASSERT_TRUE(Eventually([&] { return Stores("a", "/quarantine") == 1 && Stores("a") == 1; }));
  ASSERT_TRUE(Eventually([&] {
    const auto follower = nodes_["a"].member->node().FindFollower("new");
    return follower.ok() && (*follower)->engine().position().log_id == made->log_id;
  }));
  Write(*router, 40);
  EXPECT_EQ(Count(*router), 40);
}

// The log is away while slots move: nobody gives up what nobody else has.
TEST_F(LostMetadata, AMoveKeepsTheOldNodesUntilTheNewOnesHaveEverything) {
  StartNode("a");
  const auto router = Router();
  ASSERT_TRUE(router->Create("new", IndexParams(), Soon()).ok());
  Write(*router, 30);
  StartNode("b");
  const auto before = ReadCollection(meta_, "c", "new", Soon());
  Placement next = before->state.placement;
  for (PlacedNode& node : next.nodes) node.name = "b", node.address = nodes_["b"].member->address();
  logs_.away = true;
  StartNode("b");  // it has no open reader
  const CollectionId id{.cluster = "c", .name = "new", .log_id = before->state.log_id};
  ASSERT_TRUE(PlanPlacement(meta_, id, *before, next, Soon()).ok());
  ASSERT_TRUE(Eventually([&] { return Stores("b") == 1; }));
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(router->Refresh(Soon()).ok());
    ASSERT_EQ(Count(*router), 30);
  }
  EXPECT_EQ(ReadCollection(meta_, "c", "new", Soon())->state.placement, before->state.placement);
  EXPECT_EQ(Stores("a"), 1u);
  logs_.away = false;
  ASSERT_TRUE(Eventually([&] { return Stores("a") == 0; }));
  EXPECT_EQ(Stores("a", "/quarantine"), 1u);
  EXPECT_FALSE(ReadCollection(meta_, "c", "new", Soon())->state.next);
  ASSERT_TRUE(Eventually([&] { return Count(*router) == 30; }));
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
        api.Handle(ApiRequest{.method = "GET", .target = target, .headers = {}, .body = ""}, {});
    EXPECT_EQ(answer.status, 503) << target << ": " << answer.body;
  }
}

// Its view is replaced beneath each step: by the drop's own refresh and by the store's hints.
// Of a creation without an answer nobody knows whether it was made: its log goes only where it was
// not.
TEST(RemoteCluster, ALogWithoutItsCollectionGoes) {
  MemoryMeta memory;
  NodeState node = testing::MakeNodeState("a");
  node.address = "127.0.0.1:1";  // nobody listens
  const auto announced = NodeRegistry::Announce(memory, {.cluster = "c", .node = node}, Soon());
  ASSERT_TRUE(announced.ok()) << announced.status();
  for (const bool made : {false, true}) {
    testing::LossyMeta meta(memory);
    MemoryLogs memory_logs;
    CreatedLogs logs(memory_logs);
    RemoteClusterOptions options{.cluster = "c"};
    options.compare_every = std::chrono::hours(1);
    options.unsure_for = std::chrono::milliseconds(0);
    RemoteCluster cluster(options, meta, logs);
    ASSERT_TRUE(cluster.Refresh(Soon()).ok());
    meta.LoseNext(made);
    ASSERT_FALSE(cluster.Create("new", IndexParams(), Soon()).ok());
    ASSERT_TRUE(logs.last.has_value());
    EXPECT_TRUE(memory_logs.End(*logs.last).ok());
    ASSERT_TRUE(cluster.Refresh(Soon()).ok());
    EXPECT_EQ(memory_logs.End(*logs.last).ok(), made);
  }
}

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
