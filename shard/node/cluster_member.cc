#include "shard/node/cluster_member.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "shard/node/node_identity.h"
#include "shard/questions/slot_methods.h"

namespace spoor {
namespace {

// How long a start waits for the store of metadata, and then how often it is tried again.
constexpr std::chrono::seconds kAnnounceLimit(3);
constexpr std::chrono::milliseconds kAnnouncePause(1000), kExpirePause(60'000);

int64_t WallMs() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

}  // namespace

NodeOrders OrdersFor(const ClusterSnapshot& snapshot, const std::string& node) {
  NodeOrders orders;
  std::ranges::set_intersection(snapshot.dropped, snapshot.read_here,
                                std::inserter(orders.released, orders.released.end()));
  for (const auto& [name, stored] : snapshot.collections) {
    const CollectionState& state = stored.state;
    const auto here = [&node](const Placement& placement) {
      return SlotsHere{
          .epoch = placement.epoch, .cuts = placement.cuts, .slots = SlotsOf(placement, node)};
    };
    FollowOrder order{.name = name,
                      .log_id = state.log_id,
                      .partitions = state.partitions,
                      .params = state.params.value_or(IndexParams()),
                      .here = here(state.placement),
                      .is_read_here = snapshot.read_here.contains(state.log_id)};
    if (state.next) order.next = here(*state.next);
    if (order.next && order.next->slots.empty()) order.next.reset();
    const bool is_serving = state.phase == CollectionPhase::kServing;
    if (is_serving && !state.params) continue;  // nobody follows it yet
    if (is_serving && (!order.here.slots.empty() || order.next)) {
      orders.follow.push_back(std::move(order));
    } else if (order.is_read_here) {
      orders.released.insert(state.log_id);
    }
  }
  // What is on its way to be dropped or replaced is followed until that is known whole.
  for (const FollowOrder& order : orders.follow) orders.released.erase(order.log_id);
  return orders;
}

ClusterMember::ClusterMember(const ClusterMemberOptions& options, MetaStore& meta)
    : options_(options), meta_(meta) {}

absl::StatusOr<std::unique_ptr<ClusterMember>> ClusterMember::Start(
    const ClusterMemberOptions& options, MetaStore& meta, LogStore& logs) {
  auto member = std::unique_ptr<ClusterMember>(new ClusterMember(options, meta));
  auto node = FollowingNode::Open(options.data_dir, options.following, logs);
  if (!node.ok()) return node.status();
  member->node_ = *std::move(node);
  const auto identity = NextIdentity(options.data_dir, options.cluster, options.name);
  if (!identity.ok()) return identity.status();
  member->service_ = std::make_unique<NodeService>(*member->node_);
  AddSlotMethods(options.name, *member->node_, *member->service_);
  RpcServerOptions rpc = options.rpc;
  rpc.cluster = options.cluster;
  rpc.node = options.name;
  auto server = RpcServer::Listen(*member->service_, rpc);
  if (!server.ok()) return server.status();
  member->server_ = *std::move(server);
  member->node_state_ = {.name = options.name,
                         .address = options.advertise,
                         .zone = options.zone,
                         .weight = options.weight,
                         .store_id = identity->store_id,
                         .incarnation = identity->incarnation,
                         .started_ms = WallMs()};
  if (options.advertise.empty()) {
    member->node_state_.address = absl::StrCat(rpc.address, ":", member->port());
  }
  member->view_ = std::make_unique<ClusterView>(
      meta, ClusterViewOptions{.cluster = options.cluster, .path = options.data_dir + "/cluster"});
  member->subscription_ =
      member->view_->Subscribe([m = member.get()](const ClusterView::Snapshot&) { m->Obey(); });
  member->Obey();
  if (absl::Status s = member->Announce(); !s.ok() && !absl::IsUnavailable(s)) return s;
  member->loop_ = std::thread([m = member.get()] { m->Loop(); });
  return member;
}

void ClusterMember::Obey() {
  const MutexLock lock(obeying_);
  const ClusterView::Snapshot known = view_->snapshot();
  node_->Adopt(OrdersFor(*known, options_.name));
}

absl::Status ClusterMember::Announce() {
  const Patience patience{.deadline = std::chrono::steady_clock::now() + kAnnounceLimit,
                          .cancelled = stop_};
  auto registry = NodeRegistry::Announce(
      meta_, {.cluster = options_.cluster, .node = node_state_, .ttl = options_.ttl}, patience);
  if (registry.ok()) {
    registry_ = *std::move(registry);
    return absl::OkStatus();
  }
  if (absl::IsDeadlineExceeded(registry.status())) {
    return absl::UnavailableError(registry.status().message());
  }
  return registry.status();
}

// Announces the node until the store of metadata has been reached once, when the registry goes on
// by itself; looks after what has lain aside for long enough.
void ClusterMember::Loop() {
  const auto stopping = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) { return stopping_; };
  for (;;) {
    node_->Expire();
    {
      MutexLock lock(mu_);
      if (wake_.WaitFor(mu_, registry_ == nullptr ? kAnnouncePause : kExpirePause, stopping))
        return;
    }
    if (registry_ == nullptr) Announce().IgnoreError();
  }
}

ClusterMember::~ClusterMember() {
  {
    MutexLock lock(mu_);
    stopping_ = true;
    *stop_ = true;
    wake_.NotifyAll();
  }
  if (loop_.joinable()) loop_.join();
  registry_ = nullptr;
  if (server_ != nullptr) server_->Stop();
  subscription_ = nullptr;
  view_ = nullptr;
}

}  // namespace spoor
