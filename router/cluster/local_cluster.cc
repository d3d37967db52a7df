#include "router/cluster/local_cluster.h"

#include <map>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "engine/wait/mutex.h"
#include "router/reads/routed_collection.h"
#include "shard/questions/node_service.h"
#include "shard/rpc/io_thread.h"
#include "shard/rpc/local_channel.h"

namespace spoor {
namespace {

constexpr char kNodeName[] = "local";

// One slot on one node, for ever.
class FixedRouting : public RoutingSource {
 public:
  FixedRouting(std::shared_ptr<Channel> channel, uint64_t log_id) {
    auto routing = std::make_shared<Routing>();
    routing->placement.nodes.push_back(
        {.name = kNodeName, .address = "127.0.0.1:0", .zone = {}, .weight = 1});
    routing->placement.replicas = {{0}};
    routing->channels = {std::move(channel)};
    routing->log_id = log_id;
    routing_ = Held<Routing>(std::move(routing));
  }
  Held<Routing> Current() const override { return routing_; }
  absl::Status Refresh(uint64_t /*epoch*/, const Patience& patience) override {
    return patience.Check();
  }

 private:
  Held<Routing> routing_;
};

class LocalCollection : public RoutedCollection {
 public:
  LocalCollection(std::string name, std::shared_ptr<Engine> engine,
                  std::shared_ptr<Channel> channel, Alarms& alarms)
      : RoutedCollection(
            std::move(name),
            std::make_shared<FixedRouting>(std::move(channel), engine->position().log_id),
            LogOfEngine(engine), alarms),
        engine_(std::move(engine)) {}

  const std::shared_ptr<Engine>& engine() const { return engine_; }
  bool ReadsAreCurrent() const override { return true; }
  std::optional<IndexParams> Params() const override { return engine_->Stats().params; }
  absl::Status CheckReindex() const override { return absl::OkStatus(); }
  absl::Status Reindex(const IndexParams& params, const Patience& patience,
                       const std::function<void(double)>& progress) override {
    return engine_->Reindex(params, patience, progress);
  }
  absl::Status AwaitApplied(const WrittenTo& written, Applied /*where*/,
                            const Patience& patience) const override {
    return engine_->WaitFor(written.position, patience);
  }

 private:
  const std::shared_ptr<Engine> engine_;
};

class ClusterOfOne : public Cluster {
 public:
  explicit ClusterOfOne(EmbeddedNode& node)
      : node_(node),
        service_(node),
        channel_(LocalChannel(service_, alarms_, {.threads = 1, .on_callers_thread = true})) {}

  absl::StatusOr<Created> Create(absl::string_view name, std::optional<IndexParams> params,
                                 const Patience& /*patience*/) override {
    auto created = node_.Create(name, std::move(params));
    if (!created.ok()) return created.status();
    return Created{.collection = CollectionOn(name, std::move(created->engine)),
                   .created = created->created};
  }
  absl::StatusOr<std::shared_ptr<ClusterCollection>> Find(absl::string_view name) override {
    auto engine = node_.Find(name);
    if (engine.ok()) return CollectionOn(name, *std::move(engine));
    Forget(name);
    return engine.status();
  }
  std::vector<std::string> Names() const override { return node_.Names(); }
  absl::Status Drop(absl::string_view name, const Patience& /*patience*/) override {
    Forget(name);
    return node_.Drop(name);
  }

  std::vector<std::pair<std::string, StoreFigures>> Storage() const override {
    return node_.Storage();
  }

  absl::StatusOr<ClusterDescription> Describe(const Patience& /*patience*/) override {
    ClusterDescription out;
    out.nodes.push_back({.name = kNodeName, .address = {}, .zone = {}, .up = true, .problem = {}});
    for (const NodeCatalog::ServedName& one : node_.AllServed()) {
      const bool ready = one.served != nullptr;
      out.collections.push_back(
          {.name = one.name,
           .epoch = 0,
           .slots = 1,
           .replicas = 1,
           .nodes = {{.node = kNodeName, .ready = ready, .lag = 0, .staleness_ms = 0}}});
      if (!ready) out.nodes[0].problem = one.problem;
    }
    return out;
  }
  const Memory* memory() const override { return node_.memory(); }
  // A node that is open has recovered all of its collections but those that cannot be opened, for
  // which the others do not wait.
  absl::Status Ready() const override { return absl::OkStatus(); }

 private:
  // The one on this engine: another one of the same name, made after it was dropped, is not it.
  std::shared_ptr<ClusterCollection> CollectionOn(absl::string_view name,
                                                  std::shared_ptr<Engine> engine) {
    const MutexLock lock(mu_);
    auto& known = collections_[std::string(name)];
    if (known == nullptr || known->engine() != engine) {
      known = std::make_shared<LocalCollection>(std::string(name), std::move(engine), channel_,
                                                alarms_);
    }
    return known;
  }
  void Forget(absl::string_view name) {
    const MutexLock lock(mu_);
    const auto found = collections_.find(name);
    if (found != collections_.end()) collections_.erase(found);
  }

  EmbeddedNode& node_;
  IoThread alarms_;
  NodeService service_;
  const std::shared_ptr<Channel> channel_;
  Mutex mu_;
  std::map<std::string, std::shared_ptr<LocalCollection>, std::less<>> collections_
      ABSL_GUARDED_BY(mu_);
};

}  // namespace

std::unique_ptr<Cluster> LocalCluster(EmbeddedNode& node) {
  return std::make_unique<ClusterOfOne>(node);
}

}  // namespace spoor
