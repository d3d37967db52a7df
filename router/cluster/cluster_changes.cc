#include "router/cluster/cluster_changes.h"

#include <algorithm>
#include <map>

#include "absl/strings/str_cat.h"

namespace spoor {
namespace {

using Level = Events::Level;

void TellNodes(const ClusterDescription& before, const ClusterDescription& now, Events& events) {
  std::map<std::string, bool> was_up;
  for (const auto& node : before.nodes) was_up[node.name] = node.up;
  for (const auto& node : now.nodes) {
    const auto known = was_up.find(node.name);
    if (known != was_up.end() && known->second == node.up) continue;
    if (node.up) {
      events.Tell(Level::kInfo, "node_up", {{"node", node.name}, {"address", node.address}});
    } else {
      events.Tell(Level::kWarning, "node_down",
                  {{"node", node.name}, {"address", node.address}, {"why", node.problem}});
    }
  }
  for (const auto& node : before.nodes) {
    const bool stays = std::any_of(now.nodes.begin(), now.nodes.end(),
                                   [&](const auto& other) { return other.name == node.name; });
    if (!stays && node.up) {
      events.Tell(Level::kWarning, "node_down", {{"node", node.name}, {"why", "it has left"}});
    }
  }
}

const ClusterDescription::Collection* Find(const ClusterDescription& in, const std::string& name) {
  const auto found = std::find_if(in.collections.begin(), in.collections.end(),
                                  [&](const auto& collection) { return collection.name == name; });
  return found == in.collections.end() ? nullptr : &*found;
}

void TellReplicas(const ClusterDescription::Collection* before,
                  const ClusterDescription::Collection& now, Events& events) {
  std::map<std::string, bool> was_ready;
  if (before != nullptr) {
    for (const auto& replica : before->nodes) was_ready[replica.node] = replica.ready;
  }
  for (const auto& replica : now.nodes) {
    const auto known = was_ready.find(replica.node);
    if (known != was_ready.end() && known->second == replica.ready) continue;
    events.Tell(
        replica.ready ? Level::kInfo : Level::kWarning,
        replica.ready ? "replica_ready" : "replica_not_ready",
        {{"collection", now.name}, {"node", replica.node}, {"lag", absl::StrCat(replica.lag)}});
  }
}

void TellCollections(const ClusterDescription& before, const ClusterDescription& now,
                     Events& events) {
  for (const auto& collection : now.collections) {
    const auto* known = Find(before, collection.name);
    if (known == nullptr) {
      events.Tell(Level::kInfo, "collection_appeared", {{"collection", collection.name}});
    }
    TellReplicas(known, collection, events);
  }
  for (const auto& collection : before.collections) {
    if (Find(now, collection.name) != nullptr) continue;
    events.Tell(Level::kWarning, "collection_gone", {{"collection", collection.name}});
  }
}

}  // namespace

void TellChanges(const ClusterDescription& before, const ClusterDescription& now, Events& events) {
  TellNodes(before, now, events);
  TellCollections(before, now, events);
  for (const std::string& mismatch : now.mismatches) {
    const auto& known = before.mismatches;
    if (std::find(known.begin(), known.end(), mismatch) != known.end()) continue;
    events.Tell(Level::kError, "replicas_differ", {{"what", mismatch}});
  }
  if (now.mismatches.empty() && !before.mismatches.empty()) {
    events.Tell(Level::kInfo, "replicas_agree", {});
  }
  if (now.metadata_problem.empty() == before.metadata_problem.empty()) return;
  if (now.metadata_problem.empty()) {
    events.Tell(Level::kInfo, "metadata_current", {});
  } else {
    events.Tell(Level::kWarning, "metadata_problem", {{"why", now.metadata_problem}});
  }
}

}  // namespace spoor
