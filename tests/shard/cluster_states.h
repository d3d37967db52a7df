#pragma once

#include <string>

#include "engine/search/query.h"
#include "shard/meta/cluster_state.h"
#include "shard/meta/cluster_view.h"
#include "tests/shard/placements.h"

namespace spoor::testing {

inline const Patience kPatience;  // without an end

// One slot on node n0.
inline Placement OneSlot(uint64_t epoch) {
  return {.epoch = Epoch(epoch), .cuts = {}, .nodes = EqualNodes(1), .replicas = {{0}}};
}

// Its parameters are not chosen yet.
inline CollectionState AutoCollection(uint64_t log_id, uint64_t epoch = 1) {
  return {
      .log_id = log_id, .params = std::nullopt, .auto_params = true, .placement = OneSlot(epoch)};
}

inline NodeState MakeNodeState(const std::string& name, uint64_t store_id = 1,
                               uint64_t incarnation = 1) {
  return {.name = name,
          .address = name + ".example:7000",
          .zone = "z1",
          .store_id = store_id,
          .incarnation = incarnation,
          .started_ms = 1'700'000'000'000};
}

// What the view knows now, to be looked at in one line.
inline ClusterSnapshot Seen(const ClusterView& view) {
  const auto snapshot = view.snapshot();
  return *snapshot;
}

}  // namespace spoor::testing
