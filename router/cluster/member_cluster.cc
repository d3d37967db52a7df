#include "router/cluster/member_cluster.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

namespace spoor {
namespace {

absl::Status AskARouter() {
  return absl::NotFoundError("this is a node of a cluster: a router has its collections");
}

class ClusterOfAMember : public Cluster {
 public:
  ClusterOfAMember(std::string name, std::string address, const NodeCatalog& catalog)
      : name_(std::move(name)), address_(std::move(address)), catalog_(catalog) {}

  absl::StatusOr<Created> Create(absl::string_view, std::optional<IndexParams>,
                                 const Patience&) override {
    return AskARouter();
  }
  absl::StatusOr<std::shared_ptr<ClusterCollection>> Find(absl::string_view) override {
    return AskARouter();
  }
  std::vector<std::string> Names() const override {
    std::vector<std::string> names;
    for (const auto& served : catalog_.AllServed()) names.push_back(served.name);
    return names;
  }
  absl::Status Drop(absl::string_view, const Patience&) override { return AskARouter(); }

  const Memory* memory() const override { return catalog_.memory(); }
  CollectionStats Stats(const Patience&) override {
    CollectionStats stats;
    for (const auto& served : catalog_.AllServed()) {
      if (served.served == nullptr) continue;
      stats.emplace_back(served.name, served.served->engine().Stats());
    }
    return stats;
  }

  std::vector<std::pair<std::string, StoreFigures>> Storage() const override {
    return catalog_.Storage();
  }

  absl::StatusOr<ClusterDescription> Describe(const Patience&) override {
    ClusterDescription out;
    out.nodes.push_back(
        {.name = name_, .address = address_, .zone = {}, .up = true, .problem = {}});
    for (const auto& served : catalog_.AllServed()) {
      ClusterDescription::Collection collection{.name = served.name};
      const Served* const s = served.served.get();
      if (s != nullptr) collection.epoch = s->epoch(), collection.slots = s->slots();
      collection.nodes.push_back({.node = name_,
                                  .ready = s != nullptr && s->ready(),
                                  .lag = s == nullptr ? 0 : s->lag(),
                                  .staleness_ms = s == nullptr ? 0 : s->staleness_ms()});
      out.collections.push_back(std::move(collection));
    }
    return out;
  }

  absl::Status Ready() const override {
    for (const auto& served : catalog_.AllServed()) {
      if (served.served != nullptr && served.served->ready()) continue;
      return absl::UnavailableError(
          absl::StrCat("collection '", served.name, "' is not ready",
                       served.problem.empty() ? "" : absl::StrCat(": ", served.problem)));
    }
    return absl::OkStatus();
  }

 private:
  const std::string name_, address_;
  const NodeCatalog& catalog_;
};

}  // namespace

std::unique_ptr<Cluster> MemberCluster(std::string name, std::string address,
                                       const NodeCatalog& catalog) {
  return std::make_unique<ClusterOfAMember>(std::move(name), std::move(address), catalog);
}

}  // namespace spoor
