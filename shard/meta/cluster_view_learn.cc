#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "shard/meta/cluster_view.h"

namespace spoor {
namespace {

// Why a listed state cannot be later than the known one; empty: it can.  A known log gives way to
// another one only where it is proven that it was dropped.
std::string WhyEarlier(const CollectionState& known, const CollectionState& listed,
                       const std::set<uint64_t>& dropped) {
  if (known.log_id != listed.log_id) {
    if (known.phase == CollectionPhase::kDropping || dropped.contains(known.log_id)) return "";
    return absl::StrCat("log is ", listed.log_id, ", known is ", known.log_id,
                        ", which was not dropped");
  }
  if (listed.placement.epoch < known.placement.epoch) {
    return absl::StrCat("epoch is ", listed.placement.epoch.value(), ", known is ",
                        known.placement.epoch.value());
  }
  if (listed.generation < known.generation) {
    return absl::StrCat("generation is ", listed.generation, ", known is ", known.generation);
  }
  if (listed.phase < known.phase) return "phase is serving, known is dropping";
  return "";
}

// A listing, decoded, with what it says in words where it says nothing.
class Learner {
 public:
  Learner(const ClusterSnapshot& known, const std::string& cluster,
          std::vector<std::string>& ignored)
      : known_(known), prefix_(ClusterPrefix(cluster)), ignored_(ignored) {
    next_.cluster = cluster;
  }

  ClusterSnapshot Learn(const MetaListing& listing) {
    next_.dropped = known_.dropped;
    next_.read_here = known_.read_here;
    for (const MetaValue& value : listing.values) ReadProof(value);
    for (const MetaValue& value : listing.values) Read(value);
    KeepWhatWasNotDropped();
    next_.revision = listing.revision;
    return std::move(next_);
  }

 private:
  // What was dropped, before anything is judged by it.
  void ReadProof(const MetaValue& value) {
    absl::string_view rest = value.key;
    uint64_t log_id = 0;
    if (absl::ConsumePrefix(&rest, prefix_) && absl::ConsumePrefix(&rest, "dropped/") &&
        absl::SimpleAtoi(rest, &log_id)) {
      next_.dropped.insert(log_id);
      next_.read_here.insert(log_id);
    }
  }

  void Read(const MetaValue& value) {
    absl::string_view rest = value.key;
    if (!absl::ConsumePrefix(&rest, prefix_)) return;
    if (absl::ConsumePrefix(&rest, "collections/")) {
      ReadCollection(std::string(rest), value);
    } else if (absl::ConsumePrefix(&rest, "nodes/")) {
      ReadNode(std::string(rest), value);
    }
    // Other keys are of later versions.
  }

  void ReadCollection(const std::string& name, const MetaValue& value) {
    const auto known = known_.collections.find(name);
    const bool is_known = known != known_.collections.end();
    auto state = DecodeCollection(value.value);
    std::string why;
    if (!state.ok()) {
      why = std::string(state.status().message());
    } else if (next_.dropped.contains(state->log_id) && state->phase == CollectionPhase::kServing) {
      why = absl::StrCat("log ", state->log_id, " was dropped");
    } else if (is_known) {
      why = WhyEarlier(known->second.state, *state, next_.dropped);
    }
    if (why.empty()) {
      next_.read_here.insert(state->log_id);
      next_.collections[name] = {*std::move(state), value.revision};
      return;
    }
    Ignore(value.key, why);
    if (is_known) next_.collections.insert(*known);
  }

  void ReadNode(const std::string& name, const MetaValue& value) {
    auto node = DecodeNode(value.value);
    if (node.ok() && node->name == name) {
      next_.nodes[name] = *std::move(node);
      return;
    }
    Ignore(value.key, node.ok() ? "it is the state of another node" : node.status().message());
    const auto known = known_.nodes.find(name);
    if (known != known_.nodes.end()) next_.nodes.insert(*known);
  }

  void KeepWhatWasNotDropped() {
    for (const auto& [name, collection] : known_.collections) {
      if (next_.collections.contains(name) || next_.dropped.contains(collection.state.log_id))
        continue;
      next_.collections[name] = collection;
      Ignore(prefix_ + "collections/" + name, "it is not there, and was not dropped");
    }
  }

  void Ignore(absl::string_view key, absl::string_view why) {
    ignored_.push_back(absl::StrCat(key, ": ", why));
  }

  const ClusterSnapshot& known_;
  const std::string prefix_;
  std::vector<std::string>& ignored_;
  ClusterSnapshot next_;
};

}  // namespace

ClusterSnapshot Learn(const ClusterSnapshot& known, const std::string& cluster,
                      const MetaListing& listing, std::vector<std::string>& ignored) {
  return Learner(known, cluster, ignored).Learn(listing);
}

}  // namespace spoor
