#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "shard/place/placement.h"

namespace spoor {

// The zones of the nodes that take slots, numbered as they first come; drained nodes are in none,
// and a node without a zone is one by itself.  Thread safety: a value.
class Zones {
 public:
  explicit Zones(absl::Span<const PlacedNode> nodes) : of_(nodes.size(), kNone) {
    std::map<std::string, uint32_t> known;
    for (uint32_t n = 0; n < nodes.size(); ++n) {
      if (nodes[n].weight == 0) continue;
      const auto next = static_cast<uint32_t>(members_.size());
      const bool alone = nodes[n].zone.empty();
      of_[n] = alone ? next : known.try_emplace(nodes[n].zone, next).first->second;
      if (of_[n] == next) members_.emplace_back();
      members_[of_[n]].push_back(n);
    }
  }

  static constexpr uint32_t kNone = ~uint32_t{0};
  uint32_t of(uint32_t node) const { return of_[node]; }  // or kNone
  uint32_t count() const { return static_cast<uint32_t>(members_.size()); }
  const std::vector<std::vector<uint32_t>>& members() const { return members_; }  // of each zone

 private:
  std::vector<uint32_t> of_;
  std::vector<std::vector<uint32_t>> members_;
};

}  // namespace spoor
