#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "engine/fingerprint/index_params.h"
#include "engine/search/join.h"
#include "engine/search/query.h"
#include "engine/wait/held.h"
#include "router/cluster.h"
#include "shard/place/placement.h"
#include "shard/place/reach.h"
#include "shard/rpc/channel.h"

// Which slots a read asks, and in how few calls (design D1): pure functions on values.
//
//     placement   slot:   0     1     2     3
//                 nodes:  a b   b c   a b   c a
//     groups              [0 2 at a, else b]  [1 at b, else c]  [3 at c, else a]
//     a query that slots 0 and 3 may know: one call to a for slot 0, one to c for slot 3
namespace spoor {

// What is known of a slot's reach.
struct SlotReach {
  std::shared_ptr<const Reach> reach;  // null: nothing
  // The reach has all that had been written by then.
  std::chrono::steady_clock::time_point as_of;
  uint64_t live = 0;  // trajectories that lived there
};

// How a collection is reached at one moment.  Immutable once it is shared.
struct Routing {
  Placement placement;                             // valid; its epoch goes into every call
  std::vector<std::shared_ptr<Channel>> channels;  // to each node of the placement
  std::vector<SlotReach> reach;                    // of each slot; empty: nothing is known
  // Of the generation that answers.  Absent, as for an auto collection without records: no slot is
  // left out for its geodabs.
  std::optional<IndexParams> params;
  uint64_t log_id = 0;
  // Why none of the nodes that answer follows the log any more: what it took now would be lost.
  // Empty: one does, or none answers.
  std::string stuck;
};

// The slots that a read asks.
struct AskedSlots {
  std::vector<ReadReport::Slot> slots;  // ascending
  uint32_t pruned = 0;                  // the others
  // A slot that was left out for its geodabs may have trajectories that pass the filter: who
  // re-ranks has not seen all that might be nearer.
  bool more_may_pass = false;
  uint64_t pruned_live = 0;   // trajectories that live in the slots that were left out
  uint32_t staleness_ms = 0;  // of the oldest reach that left a slot out
};

// Leaves out the slots that have no hit: by geodabs, unless the search is exact, as far as what is
// known to live in the slots decides that (engine/search/search.h), and by the box and region of
// the filter.  Asks all the same what the session's token names, what has no reach, and what has
// one older than the staleness that the terms allow.  No slot is named twice; asked and pruned are
// all slots together.
AskedSlots SlotsFor(const Routing& routing, const Query& query, const ReadTerms& terms,
                    std::chrono::steady_clock::time_point now);
AskedSlots SlotsFor(const Routing& routing, const RangeQuery& query, const ReadTerms& terms,
                    std::chrono::steady_clock::time_point now);
AskedSlots AllSlots(const Placement& placement);

// For each slot the probes, ascending, that may have partners there: those behind which it has
// homes, and, unless a measure decides, whose geodabs its reach meets, as far as that was known
// since the join's moment.
std::vector<std::vector<uint32_t>> ProbesBySlot(const Routing& routing,
                                                absl::Span<const JoinProbe> probes,
                                                const JoinQuery& query, const JoinTerms& terms,
                                                std::chrono::steady_clock::time_point now);

// Slots with the same replicas: they are asked together.
struct SlotGroup {
  std::vector<uint32_t> slots;  // ascending
  std::vector<uint32_t> nodes;  // the one to ask first, then those to fall back to
};
// Every slot is in one group.  First nodes are chosen so that nodes get about as many slots as each
// other, large groups first; where that does not decide, by the order of the group's first slot.
std::vector<SlotGroup> GroupsOf(const Placement& placement);

// The slots that meet these homes, ascending.
std::vector<uint32_t> SlotsOfHomes(const Placement& placement, const HomeSet& homes);

}  // namespace spoor
