#include "router/cluster/remote_cluster.h"

#include <algorithm>
#include <random>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "proto/node.pb.h"
#include "router/cluster/remote_collection.h"
#include "shard/place/placement_plan.h"
#include "shard/questions/node_messages.h"

namespace spoor {
namespace {

using Clock = std::chrono::steady_clock;

// A node that does not answer within this is shown as not there.
constexpr std::chrono::milliseconds kNodeLimit(1000);
constexpr std::chrono::seconds kPollLimit(5);
// An unknown name is looked up in the store of metadata, which must not take long.
constexpr std::chrono::milliseconds kLookUpLimit(1000);
Patience Within(std::chrono::milliseconds limit, const Patience& patience = {}) {
  return {.deadline = std::min(Clock::now() + limit, patience.deadline),
          .cancelled = patience.cancelled};
}

absl::Status NoSuchCollection(absl::string_view name) {
  return absl::NotFoundError(absl::StrCat("no collection '", name, "'"));
}

template <typename Reply>
absl::StatusOr<Reply> ReplyOf(const Answer& answer) {
  if (!answer.ok()) return answer.status();
  Reply reply;
  if (!reply.ParseFromString(*answer)) {
    return absl::InternalError(absl::StrCat("a node's answer is no ", reply.GetTypeName()));
  }
  return reply;
}

template <typename Reply>
absl::StatusOr<Reply> AskNode(Channel& channel, const std::string& method,
                              const google::protobuf::MessageLite& request,
                              const Patience& patience) {
  return ReplyOf<Reply>(
      channel.Ask({.method = method, .body = request.SerializeAsString()}, patience));
}

}  // namespace

RemoteCluster::RemoteCluster(const RemoteClusterOptions& options, MetaStore& meta, LogStore& logs)
    : options_(options),
      damage_(options.tell),
      meta_(meta),
      logs_(logs),
      channels_(io_, [&options] {
        DialOptions dial = options.dial;
        dial.cluster = options.cluster;
        dial.node = options.name;
        return dial;
      }()) {
  view_ = std::make_unique<ClusterView>(
      meta, ClusterViewOptions{.cluster = options.cluster, .path = options.snapshot_path});
  const auto known = view_->snapshot();
  Learn(*known);
  subscription_ =
      view_->Subscribe([this](const ClusterView::Snapshot& snapshot) { Learn(*snapshot); });
  thread_ = std::thread([this] { Loop(); });
}

RemoteCluster::~RemoteCluster() {
  {
    MutexLock lock(mu_);
    stopping_ = true;
    *stop_ = true;
    wake_.NotifyAll();
  }
  thread_.join();
  subscription_ = nullptr;
  view_ = nullptr;
  MutexLock lock(mu_);
  collections_.clear();
}

RoutedOptions RemoteCluster::RoutedBy() {
  RoutedOptions routed = options_.routed;
  routed.damage_heard = [this](const std::string& collection, const std::string& node,
                               const absl::Status& damage) {
    damage_.Note(collection, node, damage);
  };
  return routed;
}

void RemoteCluster::Learn(const ClusterSnapshot& snapshot) {
  MutexLock lock(mu_);
  for (auto it = collections_.begin(); it != collections_.end();) {
    const auto now = snapshot.collections.find(it->first);
    const bool stays = now != snapshot.collections.end() &&
                       now->second.state.phase == CollectionPhase::kServing &&
                       now->second.state.log_id == it->second->LogId();
    if (!stays) it->second->routing().LearnGone();
    it = stays ? std::next(it) : collections_.erase(it);
  }
  for (const auto& [name, stored] : snapshot.collections) {
    if (stored.state.phase != CollectionPhase::kServing) continue;
    CollectionPtr& collection = collections_[name];
    if (collection == nullptr) {
      collection = std::make_shared<Collection>(*this, name, stored.state);
    }
    collection->routing().Learn(stored.state, snapshot.nodes);
  }
}

void RemoteCluster::Loop() {
  const auto stopping = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) { return stopping_; };
  Clock::time_point compare = Clock::now() + options_.compare_every;
  for (;;) {
    const Patience patience = Within(kPollLimit, {.cancelled = stop_});
    for (const CollectionPtr& collection : All()) collection->routing().Poll(patience);
    FinishMoves(patience);
    if (Clock::now() >= compare) {
      compare = Clock::now() + options_.compare_every;
      CompareAll(patience);
      FinishDrops(patience);
      RemoveUnusedLogs(patience);
    }
    MutexLock lock(mu_);
    if (wake_.WaitFor(mu_, options_.reach_every, stopping)) return;
  }
}

void RemoteCluster::CompareAll(const Patience& patience) {
  std::vector<std::string> found;
  for (const CollectionPtr& collection : All()) {
    for (std::string& mismatch : collection->routing().CompareReplicas(patience)) {
      found.push_back(std::move(mismatch));
    }
  }
  MutexLock lock(mu_);
  mismatches_ = std::move(found);
}

// What was dropped while the log or the store of metadata could not be reached.
void RemoteCluster::FinishDrops(const Patience& patience) {
  const auto snapshot = view_->snapshot();
  for (const auto& [name, stored] : snapshot->collections) {
    if (stored.state.phase != CollectionPhase::kDropping) continue;
    const absl::Status removed = logs_.Remove({.collection = name, .id = stored.state.log_id});
    if (!removed.ok() && !absl::IsNotFound(removed)) continue;
    ForgetCollection(meta_,
                     {.cluster = options_.cluster, .name = name, .log_id = stored.state.log_id},
                     patience)
        .IgnoreError();  // tried again
  }
}

// Logs that this process has made for collections that are not there.  Their ids are random: what
// does not name them has never been theirs.
void RemoteCluster::RemoveUnusedLogs(const Patience& patience) {
  std::vector<UnsureLog> unsure;
  {
    MutexLock lock(mu_);
    unsure.swap(unsure_);
  }
  for (const UnsureLog& one : unsure) {
    const auto stored = ReadCollection(meta_, options_.cluster, one.log.collection, patience);
    if (stored.ok() && stored->state.log_id == one.log.id) continue;  // it was made
    const bool is_known = stored.ok() || absl::IsNotFound(stored.status());
    if (is_known && Clock::now() - one.since >= options_.unsure_for) {
      const absl::Status removed = logs_.Remove(one.log);
      if (removed.ok() || absl::IsNotFound(removed)) continue;
    }
    MutexLock lock(mu_);
    unsure_.push_back(one);
  }
}

// Placements that are on their way come into force once their nodes have everything.
void RemoteCluster::FinishMoves(const Patience& patience) {
  const auto known = view_->snapshot();
  for (const CollectionPtr& collection : All()) {
    const auto stored = known->collections.find(collection->name());
    if (stored == known->collections.end() || !stored->second.state.next) continue;
    if (!collection->routing().NextIsComplete(Within(kNodeLimit, patience))) continue;
    SwitchPlacement(
        meta_,
        {.cluster = options_.cluster, .name = collection->name(), .log_id = collection->LogId()},
        stored->second, patience)
        .status()
        .IgnoreError();  // tried again, or somebody else was quicker
  }
}

absl::Status RemoteCluster::Refresh(const Patience& patience) {
  if (absl::Status s = view_->Refresh(patience); !s.ok()) return s;
  for (const CollectionPtr& collection : All()) collection->routing().Poll(patience);
  CompareAll(patience);
  FinishDrops(patience);
  RemoveUnusedLogs(patience);
  FinishMoves(patience);
  return absl::OkStatus();
}

std::vector<std::string> RemoteCluster::mismatches() const {
  MutexLock lock(mu_);
  return mismatches_;
}

std::vector<RemoteCluster::CollectionPtr> RemoteCluster::All() const {
  MutexLock lock(mu_);
  std::vector<CollectionPtr> out;
  for (const auto& [name, collection] : collections_) out.push_back(collection);
  return out;
}

std::vector<PlacedNode> RemoteCluster::NodesNow() const {
  std::vector<PlacedNode> out;
  const auto snapshot = view_->snapshot();
  for (const auto& [name, node] : snapshot->nodes) {
    out.push_back(
        {.name = name, .address = node.address, .zone = node.zone, .weight = node.weight});
  }
  return out;
}

absl::StatusOr<RemoteCluster::CollectionPtr> RemoteCluster::Known(absl::string_view name) const {
  MutexLock lock(mu_);
  const auto it = collections_.find(name);
  if (it == collections_.end()) return NoSuchCollection(name);
  return it->second;
}

absl::StatusOr<std::shared_ptr<ClusterCollection>> RemoteCluster::Find(absl::string_view name) {
  auto known = Known(name);
  if (!known.ok()) {  // made by another router a moment ago?
    const absl::Status looked = view_->Refresh(Within(kLookUpLimit));
    known = Known(name);
    if (!known.ok() && !looked.ok()) {  // whether there is one nobody knows
      return absl::UnavailableError(absl::StrCat("collection '", name,
                                                 "' is not known here, and the store of metadata "
                                                 "cannot be asked: ",
                                                 looked.message()));
    }
  }
  if (!known.ok()) return known.status();
  return std::shared_ptr<ClusterCollection>(*std::move(known));
}

std::vector<std::string> RemoteCluster::Names() const {
  MutexLock lock(mu_);
  std::vector<std::string> out;
  for (const auto& [name, collection] : collections_) out.push_back(name);
  return out;
}

CollectionState RemoteCluster::WantedState(std::optional<IndexParams> params) const {
  std::random_device random;
  CollectionState state{.partitions = options_.partitions,
                        .params = std::move(params),
                        .auto_params = false,
                        .replicas = options_.replicas};
  do state.log_id = uint64_t{random()} << 32 | random();
  while (state.log_id == 0);
  state.auto_params = !state.params.has_value();
  return state;
}

// A known collection that the store of metadata has lost is written back to it.
// FailedPrecondition when it has another one under the name, NotFound when it was dropped.
absl::Status RemoteCluster::KeepKnown(const std::string& name, const CollectionState& known,
                                      const Patience& patience) {
  auto there = ReadCollection(meta_, options_.cluster, name, patience);
  if (absl::IsNotFound(there.status())) {
    const auto proof = meta_.Get(DroppedKey(options_.cluster, known.log_id), patience);
    if (!proof.ok()) return proof.status();
    if (proof->has_value()) return NoSuchCollection(name);
    const auto change = CreateCollection(meta_, options_.cluster, name, known, patience);
    if (!change.ok()) return change.status();
    there = change->now;
  }
  if (!there.ok()) return there.status();
  if (there->state.log_id == known.log_id) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(
      "the store of metadata has log ", there->state.log_id, " for '", name, "', and log ",
      known.log_id, " is known, which was not dropped: `spoor cluster seed` decides"));
}

// FailedPrecondition when a node has data of a collection that the store of metadata does not know:
// it has lost it.
absl::Status RemoteCluster::CheckUnheld(absl::string_view name, const Patience& patience) const {
  const auto known = view_->snapshot();
  if (known->collections.contains(std::string(name))) return absl::OkStatus();  // being dropped
  for (const auto& [node, state] : known->nodes) {
    const auto reply =
        AskNode<v1::NodeStatusReply>(*channels_.To(node, state.address), "status",
                                     v1::NodeStatusRequest(), Within(kNodeLimit, patience));
    if (!reply.ok()) continue;
    for (const v1::NodeStatusReply::Collection& c : reply->collections()) {
      if (c.name() != name || known->dropped.contains(c.log_id())) continue;
      return absl::FailedPreconditionError(
          absl::StrCat("node '", node, "' has data of '", name,
                       "', which the store of metadata does not know, and no proof that it was "
                       "dropped: `spoor cluster seed` writes it back"));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<Cluster::Created> RemoteCluster::Create(absl::string_view name,
                                                       std::optional<IndexParams> params,
                                                       const Patience& patience) {
  if (!IsCollectionName(name)) {
    return absl::InvalidArgumentError(
        absl::StrCat("collection name '", name, "', allowed: [a-z0-9_-]{1,64}"));
  }
  if (params) {
    if (absl::Status s = Validate(*params); !s.ok()) return s;
  }
  if (absl::Status s = view_->Refresh(patience); !s.ok()) return s;
  auto known = Known(name);
  if (!known.ok()) {
    if (Names().size() >= options_.max_collections) {
      return absl::OutOfRangeError(absl::StrCat(
          "there are ", Names().size(), " collections, allowed: ", options_.max_collections));
    }
    if (absl::Status s = CheckUnheld(name, patience); !s.ok()) return s;
    CollectionState wanted = WantedState(params);
    const std::vector<PlacedNode> nodes = NodesNow();
    if (nodes.empty()) return absl::UnavailableError("there is no node to hold a collection");
    wanted.replicas = std::min<uint32_t>(wanted.replicas, static_cast<uint32_t>(nodes.size()));
    auto placement = Plan({.nodes = nodes, .replicas = wanted.replicas, .cuts = {}, .loads = {1}});
    if (!placement.ok()) return placement.status();
    wanted.placement = *std::move(placement);
    wanted.placement.epoch = Epoch(1);
    // The log first: whoever sees the collection may write to it.
    const LogName log{.collection = std::string(name), .id = wanted.log_id};
    if (absl::Status s = logs_.Create(log, wanted.partitions); !s.ok()) return s;
    const auto change = CreateCollection(meta_, options_.cluster, name, wanted, patience);
    if (!change.ok()) {
      MutexLock lock(mu_);
      unsure_.push_back({log, Clock::now()});
      return change.status();
    }
    if (!change->ours) logs_.Remove(log).IgnoreError();  // another one was quicker
    if (absl::Status s = view_->Refresh(patience); !s.ok()) return s;
    known = Known(name);
    if (!known.ok()) return absl::UnavailableError("the collection is being dropped");
    if (change->ours) return Created{*known, true};
  }
  const CollectionState state = (*known)->routing().state();
  if (params && state.params != params) {
    return absl::FailedPreconditionError(
        absl::StrCat("collection '", name, "' exists with other index parameters"));
  }
  if (absl::Status s = KeepKnown(std::string(name), state, patience); !s.ok()) return s;
  return Created{*known, false};
}

absl::Status RemoteCluster::Drop(absl::string_view name, const Patience& patience) {
  const auto known = Known(name);
  if (!known.ok()) return known.status();
  const CollectionId id{
      .cluster = options_.cluster, .name = std::string(name), .log_id = (*known)->LogId()};
  // What the store has lost can only be dropped in it: else others would not learn of it.
  const absl::Status kept = KeepKnown(id.name, (*known)->routing().state(), patience);
  if (!kept.ok()) return kept;
  if (absl::Status s = DropCollection(meta_, id, patience); !s.ok()) return s;
  if (absl::Status s = view_->Refresh(patience); !s.ok()) return s;
  FinishDrops(patience);
  return absl::OkStatus();
}

absl::StatusOr<ClusterDescription> RemoteCluster::Describe(const Patience& patience) {
  const auto snapshot = view_->snapshot();
  ClusterDescription out;
  std::map<std::string, ClusterDescription::Node> nodes;
  std::map<std::string, ClusterDescription::Collection> collections;
  for (const CollectionPtr& collection : All()) {
    const CollectionState state = collection->routing().state();
    collections[collection->name()] = {.name = collection->name(),
                                       .epoch = state.placement.epoch.value(),
                                       .slots = state.placement.slots(),
                                       .replicas = state.replicas};
    for (const PlacedNode& node : state.placement.nodes) {
      nodes[node.name] = {.name = node.name, .address = node.address, .zone = node.zone};
    }
  }
  for (const auto& [name, node] : snapshot->nodes) {
    nodes[name] = {.name = name, .address = node.address, .zone = node.zone};
  }
  // All at once, so that one that hangs costs the others nothing.
  std::vector<std::shared_ptr<Channel>> channels;
  std::vector<Question> questions;
  for (const auto& [name, node] : nodes) {
    channels.push_back(channels_.To(name, node.address));
    questions.push_back(
        {.channel = channels.back().get(),
         .call = {.method = "status", .body = v1::NodeStatusRequest().SerializeAsString()}});
  }
  const std::vector<Answer> answers = AskAll(std::move(questions), Within(kNodeLimit, patience));
  size_t asked = 0;
  for (auto& [name, node] : nodes) {
    const auto reply = ReplyOf<v1::NodeStatusReply>(answers[asked++]);
    node.up = reply.ok();
    node.problem = std::string(reply.status().message());
    if (!reply.ok()) continue;
    for (const v1::NodeStatusReply::Collection& c : reply->collections()) {
      if (!c.problem().empty()) {
        absl::StrAppend(&node.problem, node.problem.empty() ? "" : "; ", c.name(), ": ",
                        c.problem());
      }
      const auto known = collections.find(c.name());
      if (known == collections.end()) continue;
      known->second.nodes.push_back(
          {.node = name, .ready = c.ready(), .lag = c.lag(), .staleness_ms = c.staleness_ms()});
    }
  }
  for (auto& [name, node] : nodes) out.nodes.push_back(std::move(node));
  for (auto& [name, collection] : collections) out.collections.push_back(std::move(collection));
  out.mismatches = mismatches();
  out.damage = damage_.All();
  if (view_->stale_since()) out.metadata_problem = std::string(view_->last_refresh().message());
  for (const std::string& ignored : view_->ignored()) {
    absl::StrAppend(&out.metadata_problem, out.metadata_problem.empty() ? "" : "; ", ignored);
  }
  return out;
}

absl::Status RemoteCluster::Ready() const {
  const auto snapshot = view_->snapshot();
  if (snapshot->revision != 0) return absl::OkStatus();
  return absl::UnavailableError("the store of metadata has not been reached yet");
}

}  // namespace spoor
