#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "engine/store/home_set.h"
#include "geo/ids.h"

namespace spoor {

// Which nodes serve which part of the Z-order curve.
//
// A slot is a contiguous range of home keys (engine/store/home_key.h), and it is what is placed,
// replicated and moved.  A placement is a value: it is planned (shard/place/placement_plan.h),
// stored, and replaced as a whole by one with a higher epoch.  Every request names the epoch it was
// made for, so that a node that knows a newer one can say so.
//
//     home keys   0 ........ cuts[0] ........ cuts[1] ........ 2^64 - 1
//     slots       |    0    |       1        |       2        |
//     replicas      a, b           a, c             b, c
//
// Thread safety: values and pure functions.

inline constexpr uint32_t kMaxSlots = 4096;    // a city of ten million trips in slots of 2 400
inline constexpr uint32_t kMaxNodes = 1024;    // every node follows the whole log: far beyond that
inline constexpr uint32_t kMaxReplicas = 7;    // the log is the truth; replicas are for reads
inline constexpr uint32_t kMaxWeight = 65535;  // of one node

// A counter in the stored value.  0 belongs to a placement that was planned and not yet published.
using Epoch = StrongId<struct EpochTag, uint64_t>;

// A process that serves slots.
struct PlacedNode {
  std::string name;     // 1 to 64 of a-z, A-Z, 0-9, '.', '_', '-'; one node a name
  std::string address;  // host:port
  std::string zone;     // what fails together, such as a rack; empty: a zone of its own
  uint32_t weight = 1;  // what it can bear, in relation to the others; 0 drains it

  friend bool operator==(const PlacedNode&, const PlacedNode&) = default;
};

// Invariants, by Validate:
//   1. 1 to kMaxSlots slots; cuts ascend strictly from above 0, so no slot is empty of keys.
//   2. 1 to kMaxNodes nodes with distinct names; every field as PlacedNode says.
//   3. Every slot has the same number, 1 to kMaxReplicas, of replicas, all on distinct nodes.
struct Placement {
  Epoch epoch;
  std::vector<uint64_t> cuts;  // cuts[s]: the first home key of slot s + 1
  std::vector<PlacedNode> nodes;
  std::vector<std::vector<uint32_t>> replicas;  // of each slot: indices into nodes, preferred first

  uint32_t slots() const { return static_cast<uint32_t>(replicas.size()); }
  friend bool operator==(const Placement&, const Placement&) = default;
};

// InvalidArgument that names the field, its value and what is allowed.
absl::Status Validate(const Placement& placement);
absl::Status Validate(const PlacedNode& node);

// The slot of a home key: one for every key.  REQUIRES: cuts ascend.
uint32_t SlotOf(const std::vector<uint64_t>& cuts, uint64_t home_key);
// The keys of a slot.  REQUIRES: slot <= cuts.size().
HomeRange RangeOf(const std::vector<uint64_t>& cuts, uint32_t slot);
// The keys of these slots together.
HomeSet HomesOf(const std::vector<uint64_t>& cuts, absl::Span<const uint32_t> slots);
// The slots that a node serves, ascending; none for an unknown name.
std::vector<uint32_t> SlotsOf(const Placement& placement, absl::string_view node);

// What a node has to fetch before `to` can be published.
struct SlotMove {
  uint32_t slot = 0;              // of `to`
  HomeRange range;                // that part of the slot
  std::string to;                 // the node that lacks it
  std::vector<std::string> from;  // the nodes that hold all of it, preferred first

  friend bool operator==(const SlotMove&, const SlotMove&) = default;
};

// All moves between two placements, by range, then receiver.  Nodes are the same where their names
// are; cuts may differ.  REQUIRES: both are valid.
std::vector<SlotMove> MovesBetween(const Placement& from, const Placement& to);

// The text that is stored and sent: JSON of proto/placement.proto.  Equal placements have equal
// texts.  REQUIRES: valid.
std::string EncodePlacement(const Placement& placement);
// InvalidArgument for any text that is not that of a valid placement.
absl::StatusOr<Placement> DecodePlacement(absl::string_view text);

}  // namespace spoor
