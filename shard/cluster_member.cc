#include "shard/cluster_member.h"

#include <filesystem>
#include <fstream>
#include <random>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "shard/slot_methods.h"

namespace spoor {
namespace {

namespace fs = std::filesystem;

// How long a start waits for the store of metadata, and then how often it is tried again.
constexpr std::chrono::seconds kAnnounceLimit(3);
constexpr std::chrono::milliseconds kAnnouncePause(1000);

absl::StatusOr<NodeIdentity> ReadIdentity(const std::string& path) {
  std::ifstream in(path);
  std::string line;
  std::getline(in, line);
  const std::vector<absl::string_view> words = absl::StrSplit(line, ' ');
  NodeIdentity identity;
  if (words.size() == 3 && words[0] == "1" && absl::SimpleHexAtoi(words[1], &identity.store_id) &&
      absl::SimpleAtoi(words[2], &identity.incarnation) && identity.store_id != 0) {
    return identity;
  }
  return absl::DataLossError(absl::StrCat("damaged ", path));
}

int64_t WallMs() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

}  // namespace

absl::StatusOr<NodeIdentity> NextIdentity(const std::string& data_dir) {
  const std::string path = data_dir + "/IDENTITY", fresh = path + ".new";
  std::error_code error;
  fs::create_directories(data_dir, error);
  NodeIdentity identity;
  if (fs::exists(path, error)) {
    auto known = ReadIdentity(path);
    if (!known.ok()) return known.status();
    identity = *known;
  } else {
    std::random_device random;
    do identity.store_id = uint64_t{random()} << 32 | random();
    while (identity.store_id == 0);
  }
  ++identity.incarnation;
  std::ofstream out(fresh, std::ios::trunc);
  out << "1 " << absl::StrCat(absl::Hex(identity.store_id)) << " " << identity.incarnation << "\n";
  out.close();
  if (out) fs::rename(fresh, path, error);
  if (!out || error) return absl::UnavailableError(absl::StrCat("cannot write ", path));
  return identity;
}

std::vector<FollowOrder> OrdersFor(const ClusterSnapshot& snapshot, const std::string& node) {
  std::vector<FollowOrder> orders;
  for (const auto& [name, stored] : snapshot.collections) {
    const CollectionState& state = stored.state;
    if (state.phase != CollectionPhase::kServing || !state.params) continue;
    std::vector<uint32_t> slots = SlotsOf(state.placement, node);
    if (slots.empty()) continue;
    orders.push_back({.name = name,
                      .log_id = state.log_id,
                      .partitions = state.partitions,
                      .params = *state.params,
                      .here = {.epoch = state.placement.epoch,
                               .cuts = state.placement.cuts,
                               .slots = std::move(slots)}});
  }
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
  const auto identity = NextIdentity(options.data_dir);
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
  const auto known = member->view_->snapshot();
  member->node_->Adopt(OrdersFor(*known, options.name));
  member->subscription_ =
      member->view_->Subscribe([m = member.get()](const ClusterView::Snapshot& snapshot) {
        m->node_->Adopt(OrdersFor(*snapshot, m->options_.name));
      });
  if (absl::Status s = member->Announce(); !s.ok() && !absl::IsUnavailable(s)) return s;
  member->announcer_ = std::thread([m = member.get()] { m->KeepAnnouncing(); });
  return member;
}

absl::Status ClusterMember::Announce() {
  const Patience patience{.deadline = std::chrono::steady_clock::now() + kAnnounceLimit,
                          .cancelled = stop_};
  auto registry = NodeRegistry::Announce(
      meta_, {.cluster = options_.cluster, .node = node_state_, .ttl = options_.ttl}, patience);
  if (registry.ok()) registry_ = *std::move(registry);
  if (absl::IsDeadlineExceeded(registry.status())) {
    return absl::UnavailableError(registry.status().message());
  }
  return registry.status();
}

// Until the store of metadata has been reached once; then the registry goes on by itself.
void ClusterMember::KeepAnnouncing() {
  const auto stopping = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) { return stopping_; };
  while (registry_ == nullptr) {
    {
      MutexLock lock(mu_);
      if (wake_.WaitFor(mu_, kAnnouncePause, stopping)) return;
    }
    Announce().IgnoreError();
  }
}

ClusterMember::~ClusterMember() {
  {
    MutexLock lock(mu_);
    stopping_ = true;
    *stop_ = true;
    wake_.NotifyAll();
  }
  if (announcer_.joinable()) announcer_.join();
  registry_ = nullptr;
  if (server_ != nullptr) server_->Stop();
  subscription_ = nullptr;
  view_ = nullptr;
}

}  // namespace spoor
