#include "tests/simulation/world.h"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "engine/store/log_value.h"
#include "shard/meta/seed.h"
#include "shard/place/placement_plan.h"
#include "shard/questions/slot_methods.h"
#include "tests/engine/random_collection.h"
#include "tests/engine/without_compactions.h"
#include "tests/shard/cluster_states.h"

namespace spoor::testing {
namespace {
constexpr char kCluster[] = "sim";
constexpr uint32_t kPartitions = 4;
constexpr uint64_t kDigestEvery = 16;
constexpr CollectionSize kSize{
    .min_trajectories = 1, .max_trajectories = 1, .max_fixes = 16, .routes = 5};

IndexParams Params() {
  IndexParams params;
  params.depth = 33;
  params.smoothing_s = 0;
  params.smoothing_m = 0;
  return params;
}

}  // namespace

Trajectory RandomRecord(std::mt19937_64& rng, const std::string& id) {
  return RandomTrajectory(rng, id, kSize);
}

struct World::SimNode {
  std::string name;
  size_t number = 0;
  TempDir dir;
  std::shared_ptr<FaultyFileSystem> files = std::make_shared<FaultyFileSystem>();
  std::unique_ptr<rocksdb::Env> env =
      std::make_unique<WithoutCompactions>(rocksdb::NewCompositeEnv(files));
  uint64_t store_id = 0, incarnation = 0;
  // While it is up.
  std::unique_ptr<FollowingNode> node;
  std::unique_ptr<NodeService> service;
  std::unique_ptr<ClusterView> view;
  std::unique_ptr<NodeRegistry> registry;

  void Down() {
    registry = nullptr;
    view = nullptr;
    service = nullptr;
    node = nullptr;
  }
};

struct World::SimRouter {
  std::unique_ptr<ClusterView> view;
  std::vector<std::shared_ptr<Channel>> channels;
  std::shared_ptr<RemoteRouting> routing;
  std::unique_ptr<RoutedCollection> collection;

  void Learn() {
    const auto snapshot = view->snapshot();
    const auto found = snapshot->collections.find("c");
    if (found != snapshot->collections.end()) routing->Learn(found->second.state, snapshot->nodes);
  }
};

// A connection that loses and doubles what it carries.
class World::SimChannel : public Channel {
 public:
  SimChannel(World& world, size_t node) : world_(world), node_(node) {}
  std::shared_ptr<Running> Start(Call call, Time deadline, Done done) override {
    done(world_.Serve(node_, call, deadline));
    return std::make_shared<Over>();
  }

 private:
  class Over : public Running {
    void Cancel() override {}
  };
  World& world_;
  const size_t node_;
};

Answer World::Serve(size_t number, const Call& call, Channel::Time deadline) {
  const std::lock_guard lock(network_);
  SimNode& node = *nodes_[number];
  if (node.service == nullptr || chance_.Hits(rates.request_is_lost)) {
    return absl::UnavailableError("the node cannot be reached");
  }
  const Patience patience{.deadline = deadline};
  Call sent = call;
  sent.body = Body(call.body.bytes());  // as over any network
  if (chance_.Hits(rates.request_doubles)) {
    ServeInTime(*node.service, sent, patience).status().IgnoreError();
  }
  const Answer answer = ServeInTime(*node.service, sent, patience);
  if (chance_.Hits(rates.answer_is_lost)) return absl::UnavailableError("the answer was lost");
  return answer.ok() ? Answer(Body(answer->bytes())) : answer;
}

World::World(uint64_t seed, uint32_t nodes, uint32_t replicas, uint32_t slots)
    : rng_(seed),
      params_(Params()),
      meta_({.now = [this] { return now_.load(); }, .inline_hints = true}),
      faulty_logs_(logs_, kPartitions, rates, seed + 1),
      chance_(seed + 2) {
  for (int i = 0; i < 400; ++i) {
    const std::string id = absl::StrCat("s", i);
    sample_.push_back(HomeKey(RandomRecord(rng_, id).view(), id));
  }
  std::sort(sample_.begin(), sample_.end());
  std::vector<size_t> all;
  for (uint32_t i = 0; i < nodes; ++i) {
    nodes_.push_back(std::make_unique<SimNode>());
    nodes_.back()->name = absl::StrCat("n", i);
    nodes_.back()->number = i;
    nodes_.back()->store_id = 1000 + i;
    all.push_back(i);
  }
  EXPECT_TRUE(logs_.Create(log_name_, kPartitions).ok());
  CollectionState state{
      .log_id = log_name_.id, .partitions = kPartitions, .params = params_, .replicas = replicas};
  const std::vector<uint64_t> cuts = CutByLoad(sample_, slots);
  auto placement = Plan({.nodes = Placed(all),
                         .replicas = replicas,
                         .cuts = cuts,
                         .loads = SlotLoads(sample_, cuts)});
  EXPECT_TRUE(placement.ok()) << placement.status();
  state.placement = *std::move(placement);
  state.placement.epoch = Epoch(1);
  EXPECT_TRUE(CreateCollection(meta_, kCluster, "c", state, {}).ok());
  for (uint32_t i = 0; i < nodes; ++i) Start(i);
  for (size_t r = 0; r < kRouters; ++r) {
    auto router = std::make_unique<SimRouter>();
    router->view = std::make_unique<ClusterView>(
        meta_, ClusterViewOptions{.cluster = kCluster, .own_thread = false, .now = [this] {
                                    return now_.load();
                                  }});
    for (size_t n = 0; n < nodes; ++n) {
      router->channels.push_back(std::make_shared<SimChannel>(*this, n));
    }
    SimRouter& r_ = *router;
    router->routing = std::make_shared<RemoteRouting>(
        "c",
        [&r_](const std::string& name, const std::string&) {
          return r_.channels[std::stoul(name.substr(1))];
        },
        [&r_](const Patience& patience) {
          const absl::Status read = r_.view->Refresh(patience);
          r_.Learn();
          return read;
        });
    auto writer = faulty_logs_.OpenWriter(log_name_);
    EXPECT_TRUE(writer.ok());
    EXPECT_TRUE(router->view->Refresh({}).ok());
    router->Learn();
    RoutedOptions options;
    options.retry.pause_least = options.retry.pause_most = std::chrono::milliseconds(1);
    router->collection = std::make_unique<RoutedCollection>(
        "c", router->routing, std::shared_ptr<CollectionLog>(LogOfWriter(*std::move(writer))),
        alarms_, options);
    routers_.push_back(std::move(router));
  }
}

World::~World() {
  routers_.clear();
  const std::lock_guard lock(network_);
  for (auto& node : nodes_) node->Down();
}

bool World::is_up(size_t node) const { return nodes_[node]->node != nullptr; }

ClusterCollection& World::collection(size_t router) { return *routers_[router]->collection; }

NodeState World::StateOf(const SimNode& node) const {
  return {.name = node.name,
          .address = absl::StrCat("127.0.0.1:", 1000 + node.number),
          .store_id = node.store_id,
          .incarnation = node.incarnation,
          .started_ms = 1};
}

std::vector<PlacedNode> World::Placed(const std::vector<size_t>& nodes) const {
  std::vector<PlacedNode> out;
  for (const size_t n : nodes) {
    out.push_back({.name = nodes_[n]->name, .address = StateOf(*nodes_[n]).address});
  }
  return out;
}

void World::Start(size_t number) {
  SimNode& node = *nodes_[number];
  ++node.incarnation;
  FollowingNodeOptions options;
  options.memory_bytes = 4 << 20;
  options.threads = false;
  options.follower.engine.background = false;
  options.follower.engine.seal_trajectories = 16;
  options.follower.engine.env = node.env.get();
  options.follower.await_log = std::chrono::milliseconds(0);  // nodes move only when told to
  options.follower.digest_every = kDigestEvery;
  options.follower.chunk_bytes = 1 + rng_() % 2000;
  options.follower.now = [this] { return now_.load(); };
  auto opened = FollowingNode::Open(node.dir.path(), options, faulty_logs_);
  ASSERT_TRUE(opened.ok()) << opened.status();
  const std::lock_guard lock(network_);
  node.node = *std::move(opened);
  node.service = std::make_unique<NodeService>(*node.node);
  AddSlotMethods(node.name, *node.node, *node.service);
  node.view = std::make_unique<ClusterView>(
      meta_, ClusterViewOptions{.cluster = kCluster,
                                .path = node.dir.path() + "/cluster",
                                .own_thread = false,
                                .now = [this] { return now_.load(); }});
}

void World::Stop(size_t number) {
  const std::lock_guard lock(network_);
  nodes_[number]->Down();
}

void World::LosePower(size_t number) {
  SimNode& node = *nodes_[number];
  const std::lock_guard lock(network_);
  node.files->Kill();
  meta_.SetReachable(false);  // who loses power gives nothing up: its lease stays until it is over
  node.Down();
  meta_.SetReachable(meta_is_up_);
  node.files->Revive(rng_());
}

void World::StepNode(size_t number) {
  SimNode& node = *nodes_[number];
  if (node.node == nullptr) return;
  node.view->Step({}).IgnoreError();
  if (node.registry == nullptr) {
    auto registry = NodeRegistry::Announce(meta_,
                                           {.cluster = kCluster,
                                            .node = StateOf(node),
                                            .own_thread = false,
                                            .now = [this] { return now_.load(); }},
                                           {});
    if (registry.ok()) node.registry = *std::move(registry);
  } else {
    node.registry->Step({}).IgnoreError();
  }
  const auto known = node.view->snapshot();
  node.node->Adopt(OrdersFor(*known, node.name));
  node.node->Step();
  const auto follower = node.node->FindFollower("c");
  if (!follower.ok()) return;
  (*follower)->Settle().IgnoreError();
  if ((*follower)->book()->IsDue() && rng_() % 4 == 0) (*follower)->FillBook({}).IgnoreError();
  if (rng_() % 16 == 0) (*follower)->engine().Seal().IgnoreError();
}

void World::StepRouter(size_t number, bool poll_reach) {
  SimRouter& router = *routers_[number];
  router.view->Step({}).IgnoreError();
  router.Learn();
  if (!poll_reach) return;
  router.routing->Poll({});
  const auto snapshot = router.view->snapshot();
  const auto stored = snapshot->collections.find("c");
  if (stored == snapshot->collections.end() || !router.routing->NextIsComplete({})) return;
  const CollectionId id{.cluster = kCluster, .name = "c", .log_id = log_name_.id};
  SwitchPlacement(meta_, id, stored->second, {}).status().IgnoreError();
}

void World::LoseMeta() {
  const auto all = meta_.List(ClusterPrefix(kCluster), {});
  if (!all.ok()) return;  // it is away
  for (const MetaValue& value : all->values) {
    if (value.key.starts_with(NodePrefix(kCluster))) continue;
    EXPECT_TRUE(meta_.Delete(value.key, value.revision, {}).ok());
  }
}

void World::DamageView(size_t node) {
  std::ofstream(nodes_[node]->dir.path() + "/cluster", std::ios::trunc)
      << "spoor cluster 1 rubbish";
}

// As an operator does, from what all processes know.
void World::SeedMeta() {
  std::vector<ClusterSnapshot> known;
  for (const auto& router : routers_) known.push_back(Seen(*router->view));
  for (const auto& node : nodes_) known.push_back(Seen(*node->view));
  std::vector<std::string> ignored;
  const ClusterSnapshot together = Together(known, kCluster, ignored);
  EXPECT_TRUE(ignored.empty()) << ignored[0];
  const auto seeded = Seed(meta_, kCluster, together, {}, {});
  EXPECT_TRUE(seeded.ok()) << seeded.status();
  EXPECT_TRUE(!seeded.ok() || seeded->refused.empty());
}

size_t World::Stores(size_t node) {
  size_t n = 0;
  std::error_code none;
  for (const char* in : {"/followed", "/quarantine"}) {
    const std::filesystem::directory_iterator all(nodes_[node]->dir.path() + in, none);
    n += static_cast<size_t>(std::distance(begin(all), end(all)));
  }
  return n;
}

absl::Status World::Replace(const std::vector<size_t>& nodes, uint32_t replicas, uint32_t slots) {
  const auto stored = ReadCollection(meta_, kCluster, "c", {});
  if (!stored.ok()) return stored.status();
  PlanRequest request{
      .nodes = Placed(nodes), .replicas = replicas, .cuts = stored->state.placement.cuts};
  if (slots > stored->state.placement.slots()) {
    request.cuts = CutFiner(sample_, request.cuts, slots);
  }
  request.loads = SlotLoads(sample_, request.cuts);
  auto next = Replan(stored->state.placement, request);
  if (!next.ok()) return next.status();
  const CollectionId id{.cluster = kCluster, .name = "c", .log_id = log_name_.id};
  return PlanPlacement(meta_, id, *stored, *next, {}).status();
}

bool World::IsCaughtUp(size_t number, std::string* why) {
  SimNode& node = *nodes_[number];
  const auto snapshot = node.view->snapshot();
  const auto orders = OrdersFor(*snapshot, node.name).follow;
  if (orders.empty()) {
    if (!node.node->AllServed().empty())
      *why = absl::StrCat(node.name, ": serves what it should not");
    return node.node->AllServed().empty();
  }
  const auto follower = node.node->FindFollower("c");
  const auto all = node.node->AllServed();
  std::string problem =
      absl::StrCat(node.name, ": ", all.empty() ? "nothing is served" : all[0].problem);
  if (!follower.ok()) {
    *why = problem;
    return false;
  }
  const bool placed = (*follower)->here() == orders[0].here, ready = (*follower)->ready();
  const bool at_end = (*follower)->engine().position().Includes(*logs_.End(log_name_));
  absl::StrAppend(&problem, placed ? "" : ", not placed", ready ? "" : ", not ready",
                  at_end ? "" : ", not at the end");
  if (!placed || !ready || !at_end) *why = problem;
  return placed && ready && at_end;
}

bool World::Heal(std::string* why) {
  rates = FaultRates();
  Deliver(/*all=*/true);
  SetMetaUp(true);
  for (size_t n = 0; n < nodes_.size(); ++n) {
    if (!is_up(n)) Start(n);
  }
  SeedMeta();
  for (int round = 0; round < 3000; ++round) {
    Pass(std::chrono::milliseconds(100));
    const auto agreed = ReadCollection(meta_, kCluster, "c", {});  // before what follows
    bool all = true;
    for (size_t n = 0; n < nodes_.size(); ++n) {
      StepNode(n);
      all = IsCaughtUp(n, why) && all;
    }
    for (size_t r = 0; r < routers_.size(); ++r) StepRouter(r, round % 8 == 0);
    if (agreed.ok() && agreed->state.next) {
      *why = "a placement is still on its way";
      continue;
    }
    if (all && round > 40) {
      for (size_t r = 0; r < routers_.size(); ++r) StepRouter(r, true);
      return true;
    }
  }
  return false;
}

std::map<std::string, World::Truth> World::Log() {
  std::map<std::string, Truth> out;
  auto reader = logs_.OpenReader(log_name_, {.log_id = log_name_.id});
  EXPECT_TRUE(reader.ok());
  const auto chunk = (*reader)->Read(std::chrono::milliseconds(0), UINT64_MAX);
  EXPECT_TRUE(chunk.ok());
  for (const LogRecord& record : chunk->records) {
    out.erase(record.id);
    if (!record.value) continue;
    auto trajectory = DecodeLogValue(record.id, *record.value);
    EXPECT_TRUE(trajectory.ok()) << trajectory.status();
    out[record.id] = {*std::move(trajectory), record.offset + 1};
  }
  return out;
}

std::string World::Tell(const std::string& id) {
  std::string out;
  auto reader = logs_.OpenReader(log_name_, {.log_id = log_name_.id});
  const auto chunk = (*reader)->Read(std::chrono::milliseconds(0), UINT64_MAX);
  for (const LogRecord& r : chunk->records) {
    if (r.id != id) continue;
    absl::StrAppend(&out, "\nlog: version ", r.offset + 1, " of partition ", r.partition);
    if (!r.value) continue;
    const auto t = DecodeLogValue(id, *r.value);
    absl::StrAppend(&out, " at home in ", absl::Hex(HomeKey(t->view(), id)));
  }
  for (const auto& node : nodes_) {
    if (node->node == nullptr) continue;
    absl::StrAppend(&out, "\n", node->name);
    for (const auto& served : node->node->AllServed()) absl::StrAppend(&out, ": ", served.problem);
    const auto follower = node->node->FindFollower("c");
    if (!follower.ok()) continue;
    absl::StrAppend(&out, " epoch ", (*follower)->epoch(), (*follower)->ready() ? " ready" : "",
                    ", position");
    for (const uint64_t next : (*follower)->engine().position().next) {
      absl::StrAppend(&out, " ", next);
    }
    const auto found = (*follower)->engine().Get(TrajectoryId(id));
    if (found.ok()) {
      absl::StrAppend(&out, ", has version ", found->version, " at home in ",
                      absl::Hex(HomeKey(found->trajectory.view(), id)));
    }
    for (const HomeRange& r : HomesOf(node->number).ranges()) {
      absl::StrAppend(&out, " [", absl::Hex(r.first), " ", absl::Hex(r.last), "]");
    }
  }
  return out;
}

HomeSet World::HomesOf(size_t number) {
  const auto follower = nodes_[number]->node->FindFollower("c");
  return follower.ok() ? spoor::HomesOf((*follower)->here()) : HomeSet::None();
}

std::map<std::string, World::Truth> World::Held(size_t number) {
  std::map<std::string, Truth> out;
  const auto follower = nodes_[number]->node->FindFollower("c");
  if (!follower.ok()) return out;
  const Engine& engine = (*follower)->engine();
  const auto all =
      engine.Range({.filter = {.homes = HomesOf(number)}, .limit = 10'000}, Patience());
  EXPECT_TRUE(all.ok()) << all.status();
  for (const TrajectoryId& id : all->ids) {
    auto found = engine.Get(id);
    EXPECT_TRUE(found.ok()) << found.status();
    out[id.value()] = {std::move(found->trajectory), found->version};
  }
  return out;
}

std::vector<SlotBook::Digest> World::Digests(size_t number) {
  const auto follower = nodes_[number]->node->FindFollower("c");
  return follower.ok() ? (*follower)->book()->Digests() : std::vector<SlotBook::Digest>();
}

}  // namespace spoor::testing
