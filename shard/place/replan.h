#pragma once

#include <cstdint>
#include <vector>

#include "shard/place/placement_plan.h"
#include "shard/place/zones.h"

namespace spoor {

// The work of Replan, on nodes by their index in the request.
//
// The first replicas of all slots are one rank, the second another; each rank is balanced by
// itself, and then all together.  Invariant after the holes are filled: the replicas of a slot lie
// on distinct nodes, and in distinct zones where there are enough.
//
// Thread safety: none.
class Rebalance {
 public:
  // loads: of the slots, positive.  shares: of the nodes, all replicas together (NodeShares); they
  // may be in any unit.  REQUIRES: request.cuts contain from.cuts.
  Rebalance(const Placement& from, const PlanRequest& request, std::vector<uint64_t> loads,
            const std::vector<uint64_t>& shares);

  std::vector<std::vector<uint32_t>> Run();

 private:
  // Ranks that are balanced together: first ... last, both included.
  struct Ranks {
    uint32_t first, last;
  };

  // What of the earlier placement may stay; holes for the rest.
  void Inherit(const Placement& from, const PlanRequest& request);
  void FillHoles(uint32_t rank);
  void Shed(Ranks ranks);
  // Takes slots from one node, from the end of its slots or from their begin, while it bears half a
  // slot too much.
  void ShedFrom(uint32_t donor, Ranks ranks, bool from_end, uint32_t* receiver);

  // Zones may allow no move from those that bear too much to those that have room.  Then on through
  // nodes between them, which pass on what they got too much.
  void Diffuse();

  void Give(uint32_t slot, uint32_t rank, uint32_t node);
  // Whether the slot's replica of this rank may be on the node.
  bool Allowed(uint32_t slot, uint32_t rank, uint32_t node) const;
  // What the node may still take, in load; negative when it bears too much.
  double RoomOf(uint32_t node, Ranks ranks) const;
  // The allowed node with most room; kNone when none is allowed.
  uint32_t Roomiest(uint32_t slot, uint32_t rank, Ranks ranks) const;

  static constexpr uint32_t kNone = ~uint32_t{0};

  const uint32_t rank_count_;
  const std::vector<uint64_t> loads_;
  const Zones zones_;
  const bool zones_suffice_;
  std::vector<double> target_;                   // load of each node in one rank
  std::vector<std::vector<double>> bears_;       // load by rank and node
  std::vector<std::vector<uint32_t>> replicas_;  // by slot and rank; kNone: a hole
};

}  // namespace spoor
