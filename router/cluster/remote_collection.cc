#include "router/cluster/remote_collection.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/store/home_key.h"
#include "shard/place/placement_plan.h"

namespace spoor {
namespace {

// How long the first batch may take to agree on parameters and cuts.
constexpr std::chrono::seconds kChooseLimit(10);
constexpr int kChooseTries = 5;

// A log that is opened when it is first written to: a router that only reads needs no broker.
class OpenedLater : public CollectionLog {
 public:
  OpenedLater(LogStore& logs, LogName name) : logs_(logs), name_(std::move(name)) {}

  void Write(std::vector<Trajectory> batch, Done done) override {
    const auto log = Opened();
    log.ok() ? (*log)->Write(std::move(batch), std::move(done)) : done(log.status());
  }
  void Delete(std::vector<Engine::Deletion> items, Done done) override {
    const auto log = Opened();
    log.ok() ? (*log)->Delete(std::move(items), std::move(done)) : done(log.status());
  }
  void ChangeIf(ConditionalChange change, Done done) override {
    const auto log = Opened();
    log.ok() ? (*log)->ChangeIf(std::move(change), std::move(done)) : done(log.status());
  }

 private:
  absl::StatusOr<std::shared_ptr<CollectionLog>> Opened() {
    MutexLock lock(mu_);
    if (log_ != nullptr) return log_;
    auto writer = logs_.OpenWriter(name_);
    if (!writer.ok()) return writer.status();
    log_ = LogOfWriter(*std::move(writer));
    return log_;
  }

  LogStore& logs_;
  const LogName name_;
  Mutex mu_;
  std::shared_ptr<CollectionLog> log_ ABSL_GUARDED_BY(mu_);
};

KeySample KeysOf(const std::vector<Trajectory>& batch) {
  KeySample keys;
  for (const Trajectory& t : batch) keys.push_back(HomeKey(t.view(), t.id.value()));
  std::sort(keys.begin(), keys.end());
  return keys;
}

}  // namespace

RemoteCluster::Collection::Collection(RemoteCluster& cluster, std::string name,
                                      const CollectionState& state)
    : cluster_(cluster),
      name_(std::move(name)),
      log_id_(state.log_id),
      partitions_(state.partitions),
      routing_(std::make_shared<RemoteRouting>(
          name_,
          [&cluster](const std::string& node, const std::string& address) {
            return cluster.channels_.To(node, address);
          },
          [&cluster](const Patience& patience) { return cluster.view_->Refresh(patience); })),
      routed_(std::make_unique<RoutedCollection>(
          name_, routing_,
          std::make_shared<OpenedLater>(cluster.logs_, LogName{.collection = name_, .id = log_id_}),
          cluster.io_, cluster.RoutedBy())) {}

// One that nobody has chosen for lies in one slot, in the epoch that it was created with.
bool RemoteCluster::Collection::IsChosen(const std::optional<IndexParams>& params,
                                         const Placement& placement) const {
  return params.has_value() &&
         (placement.slots() > 1 || cluster_.options_.slots == 1 || placement.epoch > Epoch(1));
}

absl::Status RemoteCluster::Collection::ChooseBy(const std::vector<Trajectory>& first,
                                                 const CollectionState& state) {
  const Patience patience{.deadline = std::chrono::steady_clock::now() + kChooseLimit,
                          .cancelled = cluster_.stop_};
  PlanRequest request{.nodes = cluster_.NodesNow(), .replicas = state.replicas};
  if (request.nodes.empty()) request.nodes = state.placement.nodes;
  const KeySample keys = KeysOf(first);
  request.cuts = CutByLoad(keys, cluster_.options_.slots);
  request.loads = SlotLoads(keys, request.cuts);
  auto placement = Plan(request);
  if (!placement.ok()) return placement.status();
  const CollectionId id{.cluster = cluster_.options_.cluster, .name = name_, .log_id = log_id_};
  if (!state.params) {
    return SetParams(cluster_.meta_, id, {.params = AutoParams(), .placement = *placement},
                     patience)
        .status();
  }
  const auto stored = ReadCollection(cluster_.meta_, id.cluster, name_, patience);
  if (!stored.ok()) return stored.status();
  if (IsChosen(stored->state.params, stored->state.placement)) return absl::OkStatus();
  const auto published = PublishPlacement(cluster_.meta_, id, *stored, *placement, patience);
  return absl::IsAborted(published.status()) ? absl::OkStatus() : published.status();
}

absl::Status RemoteCluster::Collection::Choose(const std::vector<Trajectory>& first) {
  MutexLock lock(choosing_);
  for (int attempt = 0; attempt < kChooseTries; ++attempt) {
    if (IsChosenNow()) return absl::OkStatus();
    if (absl::Status s = ChooseBy(first, routing_->state()); !s.ok()) return s;
    const Patience patience{.deadline = std::chrono::steady_clock::now() + kChooseLimit};
    if (absl::Status s = cluster_.view_->Refresh(patience); !s.ok()) return s;
  }
  return absl::UnavailableError(
      absl::StrCat("nobody has chosen the parameters of '", name_, "' in time"));
}

void RemoteCluster::Collection::Write(std::vector<Trajectory> batch, Written done) {
  if (!batch.empty() && !IsChosenNow()) {
    if (absl::Status s = Choose(batch); !s.ok()) return done(s);
  }
  routed_->Write(std::move(batch), std::move(done));
}

void RemoteCluster::Collection::ChangeIf(ConditionalChange change, Written done) {
  if (change.record && !IsChosenNow()) {
    if (absl::Status s = Choose({*change.record}); !s.ok()) return done(s);
  }
  routed_->ChangeIf(std::move(change), std::move(done));
}

absl::StatusOr<CollectionCounts> RemoteCluster::Collection::Count(const Patience& patience) const {
  const CollectionState state = routing_->state();
  CollectionCounts nothing{.stats = {.generation = state.generation, .params = state.params},
                           .slots = state.placement.slots(),
                           .replicas = state.replicas,
                           .epoch = state.placement.epoch.value()};
  nothing.stats.log.log_id = log_id_;
  if (!state.params) return nothing;  // nobody follows it before there are records
  auto counts = routed_->Count(patience);
  if (!absl::IsUnavailable(counts.status()) || IsChosen(state.params, state.placement))
    return counts;
  nothing.complete = false;  // created just now: the nodes do not follow it yet
  return nothing;
}

}  // namespace spoor
