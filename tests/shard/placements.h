#pragma once

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "shard/place/placement_plan.h"

namespace spoor::testing {

using Rng = std::mt19937_64;

inline PlacedNode MakeNode(const std::string& name, const std::string& zone = "",
                           uint32_t weight = 1) {
  return {.name = name, .address = name + ".example:7000", .zone = zone, .weight = weight};
}

// Nodes n0, n1, ... without zones, of equal weight.
inline std::vector<PlacedNode> EqualNodes(uint32_t count) {
  std::vector<PlacedNode> nodes;
  for (uint32_t n = 0; n < count; ++n) nodes.push_back(MakeNode(absl::StrCat("n", n)));
  return nodes;
}

// Keys of some towns of very different size: each a few cells, the low half a hash.
inline KeySample TownKeys(Rng& rng, size_t count) {
  std::vector<uint64_t> towns;
  for (int i = 0; i < 40; ++i) towns.push_back(rng() << 8);
  KeySample keys;
  for (size_t i = 0; i < count; ++i) {
    const uint64_t town = towns[std::min(rng() % 40, rng() % 40)];
    keys.push_back(((town >> 32) + rng() % 4) << 32 | (rng() & 0xFFFF'FFFF));
  }
  std::ranges::sort(keys);
  return keys;
}

inline PlanRequest RequestOf(std::vector<PlacedNode> nodes, uint32_t replicas,
                             const KeySample& sample, uint32_t slots) {
  PlanRequest request{.nodes = std::move(nodes),
                      .replicas = replicas,
                      .cuts = CutByLoad(sample, slots),
                      .loads = {}};
  request.loads = SlotLoads(sample, request.cuts);
  return request;
}

}  // namespace spoor::testing
