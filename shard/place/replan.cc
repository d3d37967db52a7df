#include "shard/place/replan.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <string>
#include <utility>

namespace spoor {

Rebalance::Rebalance(const Placement& from, const PlanRequest& request, std::vector<uint64_t> loads,
                     const std::vector<uint64_t>& shares)
    : rank_count_(request.replicas),
      loads_(std::move(loads)),
      zones_(request.nodes),
      zones_suffice_(zones_.count() >= request.replicas),
      bears_(request.replicas, std::vector<double>(request.nodes.size())),
      replicas_(loads_.size(), std::vector<uint32_t>(request.replicas, kNone)) {
  const auto whole =
      static_cast<double>(std::accumulate(shares.begin(), shares.end(), uint64_t{0}));
  const auto load = static_cast<double>(std::accumulate(loads_.begin(), loads_.end(), uint64_t{0}));
  for (const uint64_t share : shares) target_.push_back(static_cast<double>(share) / whole * load);
  Inherit(from, request);
}

std::vector<std::vector<uint32_t>> Rebalance::Run() {
  for (uint32_t rank = 0; rank < rank_count_; ++rank) FillHoles(rank);
  for (uint32_t rank = 0; rank < rank_count_; ++rank) Shed({rank, rank});
  if (rank_count_ > 1) Shed({0, rank_count_ - 1});
  Diffuse();
  return std::move(replicas_);
}

void Rebalance::Inherit(const Placement& from, const PlanRequest& request) {
  std::map<std::string, uint32_t> index;
  for (uint32_t n = 0; n < request.nodes.size(); ++n) index[request.nodes[n].name] = n;
  for (uint32_t slot = 0; slot < replicas_.size(); ++slot) {
    const uint64_t first_key = RangeOf(request.cuts, slot).first;
    const std::vector<uint32_t>& earlier = from.replicas[SlotOf(from.cuts, first_key)];
    for (uint32_t r = 0; r < std::min<size_t>(rank_count_, earlier.size()); ++r) {
      const auto node = index.find(from.nodes[earlier[r]].name);
      if (node != index.end() && Allowed(slot, r, node->second)) Give(slot, r, node->second);
    }
  }
}

void Rebalance::FillHoles(uint32_t rank) {
  const Ranks ranks{rank, rank};
  uint32_t receiver = kNone;
  for (uint32_t slot = 0; slot < replicas_.size(); ++slot) {
    if (replicas_[slot][rank] != kNone) continue;
    const uint32_t roomiest = Roomiest(slot, rank, ranks);
    // Goes on with one node, so that it gets runs, until another has twice the room: whoever is
    // filled to the brim first leaves the rest to those that may not take it.
    if (receiver == kNone || !Allowed(slot, rank, receiver) ||
        2 * RoomOf(receiver, ranks) < RoomOf(roomiest, ranks)) {
      receiver = roomiest;
    }
    Give(slot, rank, receiver);
  }
}

void Rebalance::Shed(Ranks ranks) {
  std::vector<uint32_t> donors;  // as they first come on the curve
  std::vector<bool> seen(target_.size());
  for (const auto& nodes : replicas_) {
    for (uint32_t r = ranks.first; r <= ranks.last; ++r) {
      if (!seen[nodes[r]]) donors.push_back(nodes[r]);
      seen[nodes[r]] = true;
    }
  }
  // Every second one gives from its begin: what two neighbours give lies side by side.
  uint32_t receiver = kNone;
  for (size_t i = 0; i < donors.size(); ++i) ShedFrom(donors[i], ranks, i % 2 == 0, &receiver);
}

void Rebalance::ShedFrom(uint32_t donor, Ranks ranks, bool from_end, uint32_t* receiver) {
  const auto slots = static_cast<uint32_t>(replicas_.size());
  for (uint32_t i = 0; i < slots; ++i) {
    const uint32_t slot = from_end ? slots - 1 - i : i;
    const auto load = static_cast<double>(loads_[slot]);
    for (uint32_t rank = ranks.first; rank <= ranks.last; ++rank) {
      if (replicas_[slot][rank] != donor || RoomOf(donor, ranks) > -load / 2) continue;
      // Plan rounds at both ends of a run: what comes of that stays as it is.
      const double least =
          std::max(load / 2, RoomOf(donor, ranks) + 2 * load * (ranks.last - ranks.first + 1));
      if (*receiver == kNone || !Allowed(slot, rank, *receiver) ||
          RoomOf(*receiver, ranks) < least) {
        *receiver = Roomiest(slot, rank, ranks);
      }
      if (*receiver == kNone || RoomOf(*receiver, ranks) < least) continue;
      Give(slot, rank, *receiver);
    }
  }
}

void Rebalance::Diffuse() {
  constexpr double kTolerance = .05;  // of the target: less is not worth moving data twice
  constexpr int kPasses = 8;
  const Ranks all{0, rank_count_ - 1};
  for (int pass = 0; pass < kPasses; ++pass) {
    for (uint32_t slot = 0; slot < replicas_.size(); ++slot) {
      const auto load = static_cast<double>(loads_[slot]);
      for (uint32_t rank = 0; rank < rank_count_; ++rank) {
        const uint32_t donor = replicas_[slot][rank];
        const double room = RoomOf(donor, all);
        if (room > -(kTolerance * target_[donor] + load) * rank_count_) continue;
        const uint32_t receiver = Roomiest(slot, rank, all);
        if (receiver != donor && RoomOf(receiver, all) > room + 2 * load)
          Give(slot, rank, receiver);
      }
    }
  }
}

void Rebalance::Give(uint32_t slot, uint32_t rank, uint32_t node) {
  const auto load = static_cast<double>(loads_[slot]);
  uint32_t& holder = replicas_[slot][rank];
  if (holder != kNone) bears_[rank][holder] -= load;
  bears_[rank][node] += load;
  holder = node;
}

bool Rebalance::Allowed(uint32_t slot, uint32_t rank, uint32_t node) const {
  if (zones_.of(node) == Zones::kNone) return false;
  for (uint32_t r = 0; r < rank_count_; ++r) {
    const uint32_t other = replicas_[slot][r];
    if (r == rank || other == kNone) continue;
    if (other == node || (zones_suffice_ && zones_.of(other) == zones_.of(node))) return false;
  }
  return true;
}

double Rebalance::RoomOf(uint32_t node, Ranks ranks) const {
  double room = 0;
  for (uint32_t r = ranks.first; r <= ranks.last; ++r) room += target_[node] - bears_[r][node];
  return room;
}

uint32_t Rebalance::Roomiest(uint32_t slot, uint32_t rank, Ranks ranks) const {
  uint32_t best = kNone;
  double most = 0;
  for (uint32_t node = 0; node < target_.size(); ++node) {
    if (!Allowed(slot, rank, node)) continue;
    const double room = RoomOf(node, ranks);
    if (best != kNone && room <= most) continue;
    best = node;
    most = room;
  }
  return best;
}

}  // namespace spoor
