#include <algorithm>
#include <cassert>
#include <map>
#include <string>

#include "absl/strings/str_cat.h"
#include "shard/place/placement_plan.h"
#include "shard/place/zones.h"

namespace spoor {
namespace {

struct Vessel {
  uint64_t weight = 0, cap = 0, share = 0;
  bool full = false;
};

// Pours `rest` into the vessels by weight; what one cannot take goes to the others.
// REQUIRES: weights are positive, rest <= the sum of the caps.
void Pour(uint64_t rest, std::vector<Vessel>& vessels) {
  using Wide = unsigned __int128;
  for (bool overflowed = true; overflowed;) {
    overflowed = false;
    uint64_t weight = 0;
    for (const Vessel& v : vessels) weight += v.full ? 0 : v.weight;
    uint64_t taken = 0;
    for (Vessel& v : vessels) {
      if (v.full) continue;
      v.share = static_cast<uint64_t>(Wide{rest} * v.weight / weight);
      if (v.share < v.cap) continue;
      v.share = v.cap;
      taken += v.cap;
      v.full = overflowed = true;
    }
    rest -= taken;
  }
  for (const Vessel& v : vessels) rest -= v.full ? 0 : v.share;
  for (size_t i = 0; rest > 0; i = (i + 1) % vessels.size()) {  // less than one for each
    if (vessels[i].share == vessels[i].cap) continue;
    ++vessels[i].share;
    --rest;
  }
}

}  // namespace

absl::StatusOr<std::vector<uint64_t>> NodeShares(absl::Span<const PlacedNode> nodes,
                                                 uint32_t replicas, uint64_t whole) {
  assert(replicas > 0 && whole % replicas == 0);
  const uint64_t one_of_each = whole / replicas;
  const Zones zones(nodes);
  size_t takers = 0;
  std::vector<Vessel> of_zone;
  for (const auto& members : zones.members()) {
    takers += members.size();
    Vessel v;
    for (const uint32_t n : members) v.weight += nodes[n].weight;
    v.cap = one_of_each * (zones.count() >= replicas ? 1 : members.size());
    of_zone.push_back(v);
  }
  if (takers < replicas) {
    return absl::InvalidArgumentError(absl::StrCat("replicas is '", replicas, "', allowed: 1 ... ",
                                                   takers, ", one a node that is not drained"));
  }
  Pour(whole, of_zone);
  std::vector<uint64_t> shares(nodes.size());
  for (size_t z = 0; z < of_zone.size(); ++z) {
    std::vector<Vessel> of_node;
    for (const uint32_t n : zones.members()[z]) {
      of_node.push_back({.weight = nodes[n].weight, .cap = one_of_each});
    }
    Pour(of_zone[z].share, of_node);
    for (size_t i = 0; i < of_node.size(); ++i) shares[zones.members()[z][i]] = of_node[i].share;
  }
  return shares;
}

}  // namespace spoor
