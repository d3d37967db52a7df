#include <google/protobuf/util/json_util.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "geo/trajectory.h"
#include "shard/place/placement_message.h"

namespace spoor {
namespace {

// The longest text of a valid placement is shorter.
constexpr size_t kMaxPlacementBytes = size_t{4} << 20;

}  // namespace

void ToMessage(const Placement& placement, v1::Placement& message) {
  message.set_epoch(placement.epoch.value());
  for (const PlacedNode& node : placement.nodes) {
    v1::Placement::Node& out = *message.add_nodes();
    out.set_name(node.name);
    out.set_address(node.address);
    out.set_zone(node.zone);
    out.set_weight(node.weight);
  }
  for (const uint64_t cut : placement.cuts) message.add_cuts(cut);
  for (const auto& replicas : placement.replicas) {
    v1::Placement::Slot& out = *message.add_slots();
    for (const uint32_t node : replicas) out.add_replicas(node);
  }
}

Placement FromMessage(v1::Placement message) {
  Placement placement{.epoch = Epoch(message.epoch()),
                      .cuts = {message.cuts().begin(), message.cuts().end()},
                      .nodes = {},
                      .replicas = {}};
  for (v1::Placement::Node& node : *message.mutable_nodes()) {
    placement.nodes.push_back({.name = std::move(*node.mutable_name()),
                               .address = std::move(*node.mutable_address()),
                               .zone = std::move(*node.mutable_zone()),
                               .weight = node.weight()});
  }
  for (const v1::Placement::Slot& slot : message.slots()) {
    placement.replicas.emplace_back(slot.replicas().begin(), slot.replicas().end());
  }
  return placement;
}

std::string EncodePlacement(const Placement& placement) {
  v1::Placement message;
  ToMessage(placement, message);
  std::string text;
  // Fails on messages of unknown types only.
  static_cast<void>(google::protobuf::util::MessageToJsonString(message, &text));
  return text;
}

absl::StatusOr<Placement> DecodePlacement(absl::string_view text) {
  if (text.size() > kMaxPlacementBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("placement is ", text.size(), " bytes, allowed: ", kMaxPlacementBytes));
  }
  v1::Placement message;
  // Text that is not UTF-8 would make the library print.
  if (!IsUtf8(text) ||
      !google::protobuf::util::JsonStringToMessage(std::string(text), &message).ok()) {
    return absl::InvalidArgumentError(
        "placement is not JSON of epoch, nodes, cuts and slots, and of nothing else");
  }
  Placement placement = FromMessage(std::move(message));
  if (absl::Status s = Validate(placement); !s.ok()) return s;
  return placement;
}

}  // namespace spoor
