#include "shard/place/placement_plan.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "shard/place/replan.h"
#include "shard/place/zones.h"

namespace spoor {
namespace {

// Of one replica of everything, so that shares are exact integers.
constexpr uint64_t kReplicaUnits = uint64_t{1} << 40;

// The circle of all slots, so long as the shares of all nodes together, each slot as long as its
// part of the load.
class SlotCircle {
 public:
  SlotCircle(absl::Span<const uint64_t> loads, uint64_t length) : length_(length) {
    using Wide = unsigned __int128;
    uint64_t total = 0, before = 0;
    for (const uint64_t load : loads) total += load;
    for (const uint64_t load : loads) {
      const Wide twice_middle = Wide{2} * before + load;
      middles_.push_back(static_cast<uint64_t>(twice_middle * length / (Wide{2} * total)));
      before += load;
    }
  }

  // The number of the slot whose begin lies nearest, counted on over turns: ascends with the
  // position, and by as many as there are slots in each turn.
  uint64_t SlotAt(uint64_t position) const {
    const auto at = std::lower_bound(middles_.begin(), middles_.end(), position % length_);
    return position / length_ * middles_.size() + static_cast<uint64_t>(at - middles_.begin());
  }

 private:
  const uint64_t length_;
  std::vector<uint64_t> middles_;  // of the slots
};

absl::Status Check(const PlanRequest& request) {
  for (const PlacedNode& node : request.nodes) {
    if (absl::Status s = Validate(node); !s.ok()) return s;
  }
  if (request.replicas < 1 || request.replicas > kMaxReplicas) {
    return absl::InvalidArgumentError(
        absl::StrCat("replicas is '", request.replicas, "', allowed: 1 ... ", kMaxReplicas));
  }
  if (request.cuts.size() >= kMaxSlots || request.loads.size() != request.cuts.size() + 1) {
    return absl::InvalidArgumentError(absl::StrCat("slots is '", request.cuts.size() + 1, "' with ",
                                                   request.loads.size(), " loads, allowed: 1 ... ",
                                                   kMaxSlots, ", each with its load"));
  }
  return absl::OkStatus();
}

std::vector<uint64_t> AtLeastOne(std::vector<uint64_t> loads) {
  for (uint64_t& load : loads) load = std::max<uint64_t>(load, 1);
  return loads;
}

absl::StatusOr<Placement> Valid(Placement placement) {
  if (absl::Status s = Validate(placement); !s.ok()) return s;
  return placement;
}

}  // namespace

absl::StatusOr<Placement> Plan(const PlanRequest& request) {
  if (absl::Status s = Check(request); !s.ok()) return s;
  const uint32_t replicas = request.replicas;
  const uint64_t length = replicas * kReplicaUnits;
  const auto shares = NodeShares(request.nodes, replicas, length);
  if (!shares.ok()) return shares.status();
  const SlotCircle circle(AtLeastOne(request.loads), length);
  const size_t slots = request.loads.size();
  Placement placement{.epoch = Epoch(0),
                      .cuts = request.cuts,
                      .nodes = request.nodes,
                      .replicas = std::vector(slots, std::vector<uint32_t>(replicas))};
  uint64_t begin = 0;
  const Zones zones(request.nodes);
  for (const auto& zone : zones.members()) {
    for (const uint32_t node : zone) {
      const uint64_t end = begin + (*shares)[node];
      for (uint32_t r = 0; r < replicas; ++r) {
        const uint64_t shift = r * kReplicaUnits;
        for (uint64_t s = circle.SlotAt(begin + shift); s < circle.SlotAt(end + shift); ++s) {
          placement.replicas[s % slots][r] = node;
        }
      }
      begin = end;
    }
  }
  return Valid(std::move(placement));
}

absl::StatusOr<Placement> Replan(const Placement& from, const PlanRequest& request) {
  if (absl::Status s = Check(request); !s.ok()) return s;
  if (from.epoch == Epoch(~uint64_t{0})) {
    return absl::InvalidArgumentError("epoch is the last one there is, allowed: any before it");
  }
  if (!std::ranges::includes(request.cuts, from.cuts)) {
    return absl::InvalidArgumentError(
        absl::StrCat("cuts is '", request.cuts.size(), " others', allowed: the ", from.cuts.size(),
                     " earlier cuts and more, because slots are cut finer but never joined"));
  }
  const auto shares = NodeShares(request.nodes, request.replicas, request.replicas * kReplicaUnits);
  if (!shares.ok()) return shares.status();
  Placement placement{.epoch = Epoch(from.epoch.value() + 1),
                      .cuts = request.cuts,
                      .nodes = request.nodes,
                      .replicas = {}};
  Rebalance rebalance(from, request, AtLeastOne(request.loads), *shares);
  placement.replicas = rebalance.Run();
  return Valid(std::move(placement));
}

}  // namespace spoor
