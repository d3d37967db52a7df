#pragma once

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "shard/place/placement.h"

namespace spoor {

// How placements are made.  Cuts follow the load of a sample, nodes bear load by weight, and what
// has a place keeps it where it can.
//
// Thread safety: pure functions; the same input gives the same placement.

// The home keys of some trajectories, ascending; each stands for the same load.
using KeySample = std::vector<uint64_t>;

// Cuts for so many slots at the quantiles of the sample, so that each holds the same number of
// keys.  A slot may begin inside one cell, because the low half of a key is a hash.  Where a key
// comes so often that several quantiles fall on it, one slot begins with it and the others share
// the range up to the next quantile; without a sample all ranges are the same.
// REQUIRES: sample ascends, 1 <= slots <= kMaxSlots.
std::vector<uint64_t> CutByLoad(const KeySample& sample, uint32_t slots);

// The same cuts and more of them, each through the middle of the keys of the fullest slot of the
// moment: a collection that grows is cut finer without moving anything.
// REQUIRES: sample and cuts ascend, cuts.size() < slots <= kMaxSlots.
std::vector<uint64_t> CutFiner(const KeySample& sample, std::vector<uint64_t> cuts, uint32_t slots);

// How many keys of the sample each slot holds.  REQUIRES: sample and cuts ascend.
std::vector<uint64_t> SlotLoads(const KeySample& sample, const std::vector<uint64_t>& cuts);

// The load of each node, over all of its replicas.
std::vector<uint64_t> NodeLoads(const Placement& placement, const std::vector<uint64_t>& loads);

// What each node bears of the load, as a share of `whole` that sums to it: by weight, but no node,
// and where there are enough zones no zone, more than one of `replicas` replicas of everything
// (two replicas of a slot on one node, or in one zone, would protect from nothing).
// InvalidArgument when there are fewer nodes of positive weight than replicas.
// REQUIRES: replicas > 0, and divides whole.
absl::StatusOr<std::vector<uint64_t>> NodeShares(absl::Span<const PlacedNode> nodes,
                                                 uint32_t replicas, uint64_t whole);

struct PlanRequest {
  std::vector<PlacedNode> nodes;
  uint32_t replicas = 1;
  std::vector<uint64_t> cuts;
  std::vector<uint64_t> loads;  // of the slots; each counts at least 1
};

// A placement from nothing, epoch 0.  For each replica the slots are dealt out in contiguous runs,
// one a node, as long as the node's share; the runs of the next replica are the same, shifted by
// 1 / replicas of the load.  As no share is longer than that shift, the replicas of a slot lie on
// distinct nodes; and as nodes of a zone follow one another, in distinct zones where there are
// enough.  InvalidArgument as Validate and NodeShares.
absl::StatusOr<Placement> Plan(const PlanRequest& request);

// A placement that keeps what it can of an earlier one.  Slots leave nodes that are gone, drained,
// doubled in a slot or in a zone, and nodes above their share, run by run from the end; they go to
// the nodes furthest below theirs.  So a node that joins receives about its share, and one that
// leaves gives up what it had, and hardly anything else moves.  The epoch is the next one.
// InvalidArgument also when the cuts lack one of the earlier cuts.
absl::StatusOr<Placement> Replan(const Placement& from, const PlanRequest& request);

}  // namespace spoor
