#include "shard/meta/cluster_state.h"

#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "engine/store/crc32c.h"
#include "geo/trajectory.h"
#include "proto/cluster.pb.h"
#include "shard/place/not_allowed.h"
#include "shard/place/placement_message.h"

namespace spoor {
namespace {

constexpr size_t kMaxCollectionNameBytes = 64;
// Of a value: what placement_codec.cc takes, and some; of a file: many of them.
constexpr size_t kMaxTextBytes = size_t{5} << 20, kMaxFileBytes = size_t{1} << 30;
constexpr char kFileHead[] = "spoor cluster 1 ";

struct PhaseEntry {
  CollectionPhase phase;
  absl::string_view name;
};
constexpr PhaseEntry kPhases[] = {{CollectionPhase::kServing, "serving"},
                                  {CollectionPhase::kDropping, "dropping"}};

struct PrefixEntry {
  Prefix prefix;
  absl::string_view name;
};
constexpr PrefixEntry kPrefixes[] = {{Prefix::kCentroid, "centroid"}, {Prefix::kCover, "cover"}};

absl::Status WrongNumber(absl::string_view field, uint64_t value, uint64_t least, uint64_t most) {
  if (value >= least && value <= most) return absl::OkStatus();
  return NotAllowed(field, absl::StrCat(value), absl::StrCat(least, " ... ", most));
}

absl::Status Within(absl::string_view field, const absl::Status& status) {
  if (status.ok()) return status;
  return {status.code(), absl::StrCat(field, "/", status.message())};
}

std::string Text(absl::string_view view) { return std::string(view); }

// -0.0 is 0.0 and must not have a text of its own.
double Plain(double value) { return value == 0 ? 0 : value; }

void ToMessage(const IndexParams& params, v1::IndexParams& out) {
  out.set_scheme(Text(SchemeName(params.scheme)));
  out.set_depth(params.depth);
  out.set_k(params.k);
  out.set_t(params.t);
  out.set_grids(params.grids);
  out.set_smoothing_s(Plain(params.smoothing_s));
  out.set_smoothing_m(Plain(params.smoothing_m));
  out.set_max_gap_s(params.max_gap_s);
  out.set_max_gap_m(params.max_gap_m);
  out.set_max_speed_mps(Plain(params.max_speed_mps));
  for (const PrefixEntry& entry : kPrefixes) {
    if (entry.prefix == params.prefix) out.set_prefix(Text(entry.name));
  }
}

absl::StatusOr<IndexParams> FromMessage(const v1::IndexParams& message) {
  IndexParams params{.depth = message.depth(),
                     .k = message.k(),
                     .t = message.t(),
                     .grids = message.grids(),
                     .smoothing_s = Plain(message.smoothing_s()),
                     .smoothing_m = Plain(message.smoothing_m()),
                     .max_gap_s = message.max_gap_s(),
                     .max_gap_m = message.max_gap_m(),
                     .max_speed_mps = Plain(message.max_speed_mps())};
  if (!SchemeFromName(message.scheme(), &params.scheme)) {
    return NotAllowed("scheme", message.scheme(), "v2, paper, cells");
  }
  const auto prefix =
      std::ranges::find(kPrefixes, absl::string_view(message.prefix()), &PrefixEntry::name);
  if (prefix == std::end(kPrefixes))
    return NotAllowed("prefix", message.prefix(), "centroid, cover");
  params.prefix = prefix->prefix;
  return params;
}

void ToMessage(const CollectionState& state, v1::CollectionState& out) {
  out.set_log_id(state.log_id);
  out.set_partitions(state.partitions);
  if (state.params) ToMessage(*state.params, *out.mutable_params());
  out.set_auto_params(state.auto_params);
  out.set_generation(state.generation);
  out.set_replicas(state.replicas);
  ToMessage(state.placement, *out.mutable_placement());
  if (state.next) ToMessage(*state.next, *out.mutable_next());
  for (const PhaseEntry& entry : kPhases) {
    if (entry.phase == state.phase) out.set_phase(Text(entry.name));
  }
}

absl::StatusOr<CollectionState> FromMessage(v1::CollectionState message) {
  CollectionState state{.log_id = message.log_id(),
                        .partitions = message.partitions(),
                        .params = std::nullopt,
                        .auto_params = message.auto_params(),
                        .generation = message.generation(),
                        .replicas = message.replicas(),
                        .placement = spoor::FromMessage(std::move(*message.mutable_placement()))};
  if (message.has_next()) state.next = spoor::FromMessage(std::move(*message.mutable_next()));
  if (message.has_params()) {
    auto params = FromMessage(message.params());
    if (!params.ok()) return Within("params", params.status());
    state.params = *params;
  }
  const auto phase =
      std::ranges::find(kPhases, absl::string_view(message.phase()), &PhaseEntry::name);
  if (phase == std::end(kPhases)) return NotAllowed("phase", message.phase(), "serving, dropping");
  state.phase = phase->phase;
  if (absl::Status s = Validate(state); !s.ok()) return s;
  return state;
}

void ToMessage(const NodeState& node, v1::NodeState& out) {
  out.set_name(node.name);
  out.set_address(node.address);
  out.set_zone(node.zone);
  out.set_weight(node.weight);
  out.set_store_id(node.store_id);
  out.set_incarnation(node.incarnation);
  out.set_started_ms(node.started_ms);
}

absl::StatusOr<NodeState> FromMessage(v1::NodeState message) {
  NodeState node{.name = std::move(*message.mutable_name()),
                 .address = std::move(*message.mutable_address()),
                 .zone = std::move(*message.mutable_zone()),
                 .weight = message.weight(),
                 .store_id = message.store_id(),
                 .incarnation = message.incarnation(),
                 .started_ms = message.started_ms()};
  if (absl::Status s = Validate(node); !s.ok()) return s;
  return node;
}

void ToMessage(const ClusterSnapshot& snapshot, v1::ClusterSnapshot& out) {
  out.set_cluster(snapshot.cluster);
  out.set_revision(snapshot.revision);
  out.set_read_ms(snapshot.read_ms);
  for (const auto& [name, collection] : snapshot.collections) {
    v1::ClusterSnapshot::Collection& c = *out.add_collections();
    c.set_name(name);
    c.set_revision(collection.revision);
    ToMessage(collection.state, *c.mutable_state());
  }
  for (const auto& [name, node] : snapshot.nodes) ToMessage(node, *out.add_nodes());
  for (const uint64_t log_id : snapshot.dropped) out.add_dropped(log_id);
}

absl::StatusOr<ClusterSnapshot> FromMessage(v1::ClusterSnapshot message) {
  ClusterSnapshot snapshot{.cluster = std::move(*message.mutable_cluster()),
                           .dropped = {message.dropped().begin(), message.dropped().end()},
                           .revision = message.revision(),
                           .read_ms = message.read_ms()};
  for (v1::ClusterSnapshot::Collection& c : *message.mutable_collections()) {
    auto state = FromMessage(std::move(*c.mutable_state()));
    if (!state.ok()) return state.status();
    if (!IsCollectionName(c.name())) return NotAllowed("name", c.name(), "that of a collection");
    snapshot.collections[c.name()] = {*std::move(state), c.revision()};
  }
  for (v1::NodeState& n : *message.mutable_nodes()) {
    auto node = FromMessage(std::move(n));
    if (!node.ok()) return node.status();
    snapshot.nodes[node->name] = *node;
  }
  return snapshot;
}

template <typename Message, typename Value>
std::string Encode(const Value& value) {
  Message message;
  ToMessage(value, message);
  std::string text;
  // Fails on messages of unknown types only.
  static_cast<void>(google::protobuf::util::MessageToJsonString(message, &text));
  return text;
}

template <typename Message>
absl::StatusOr<Message> Parse(absl::string_view what, absl::string_view text, size_t max_bytes) {
  if (text.size() > max_bytes) {
    return absl::InvalidArgumentError(
        absl::StrCat(what, " is ", text.size(), " bytes, allowed: ", max_bytes));
  }
  Message message;
  // Text that is not UTF-8 would make the library print.
  if (!IsUtf8(text) ||
      !google::protobuf::util::JsonStringToMessage(std::string(text), &message).ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat(what, " is not JSON of its fields in proto/cluster.proto and nothing else"));
  }
  return message;
}

absl::Status ValidateNext(const CollectionState& state) {
  const absl::Status above = WrongNumber("epoch", state.next->epoch.value(),
                                         state.placement.epoch.value() + 1, UINT64_MAX);
  return above.ok() ? Validate(*state.next) : above;
}

}  // namespace

bool IsCollectionName(absl::string_view name) {
  return !name.empty() && name.size() <= kMaxCollectionNameBytes &&
         std::ranges::all_of(name, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
         });
}

std::string ClusterPrefix(absl::string_view cluster) {
  return absl::StrCat("/spoor/", cluster, "/");
}
std::string CollectionKey(absl::string_view cluster, absl::string_view name) {
  return absl::StrCat(ClusterPrefix(cluster), "collections/", name);
}
std::string NodePrefix(absl::string_view cluster) {
  return absl::StrCat(ClusterPrefix(cluster), "nodes/");
}
std::string NodeKey(absl::string_view cluster, absl::string_view node) {
  return absl::StrCat(NodePrefix(cluster), node);
}
std::string DroppedKey(absl::string_view cluster, uint64_t log_id) {
  return absl::StrCat(ClusterPrefix(cluster), "dropped/", log_id);
}

absl::Status Validate(const CollectionState& state) {
  if (state.params) {
    if (absl::Status s = Within("params", Validate(*state.params)); !s.ok()) return s;
  } else if (!state.auto_params) {
    return NotAllowed("params", "absent", "absent only with auto_params");
  }
  const absl::Status checks[] = {
      WrongNumber("log_id", state.log_id, 1, UINT64_MAX),
      WrongNumber("partitions", state.partitions, 1, kMaxPartitions),
      WrongNumber("generation", state.generation, 1, UINT64_MAX),
      WrongNumber("replicas", state.replicas, 1, kMaxReplicas),
      Within("placement", WrongNumber("epoch", state.placement.epoch.value(), 1, UINT64_MAX)),
  };
  for (const absl::Status& check : checks) {
    if (!check.ok()) return check;
  }
  if (absl::Status s = Within("placement", Validate(state.placement)); !s.ok()) return s;
  return state.next ? Within("next", ValidateNext(state)) : absl::OkStatus();
}

absl::Status Validate(const NodeState& node) {
  const PlacedNode placed{
      .name = node.name, .address = node.address, .zone = node.zone, .weight = node.weight};
  if (absl::Status s = Validate(placed); !s.ok()) return s;
  if (absl::Status s = WrongNumber("store_id", node.store_id, 1, UINT64_MAX); !s.ok()) return s;
  return WrongNumber("incarnation", node.incarnation, 1, UINT64_MAX);
}

std::string EncodeCollection(const CollectionState& state) {
  return Encode<v1::CollectionState>(state);
}

std::string EncodeNode(const NodeState& node) { return Encode<v1::NodeState>(node); }

absl::StatusOr<CollectionState> DecodeCollection(absl::string_view text) {
  auto message = Parse<v1::CollectionState>("collection", text, kMaxTextBytes);
  if (!message.ok()) return message.status();
  return FromMessage(*std::move(message));
}

absl::StatusOr<NodeState> DecodeNode(absl::string_view text) {
  auto message = Parse<v1::NodeState>("node", text, kMaxTextBytes);
  if (!message.ok()) return message.status();
  return FromMessage(*std::move(message));
}

std::string EncodeSnapshot(const ClusterSnapshot& snapshot) {
  const std::string text = Encode<v1::ClusterSnapshot>(snapshot);
  return absl::StrCat(kFileHead, absl::Hex(Crc32c(text), absl::kZeroPad8), "\n", text);
}

absl::StatusOr<ClusterSnapshot> DecodeSnapshot(absl::string_view bytes) {
  constexpr size_t kHeadBytes = sizeof kFileHead - 1, kTextAt = kHeadBytes + 8 + 1;
  uint32_t crc = 0;
  if (bytes.size() < kTextAt || bytes.substr(0, kHeadBytes) != kFileHead ||
      bytes[kTextAt - 1] != '\n' || !absl::SimpleHexAtoi(bytes.substr(kHeadBytes, 8), &crc)) {
    return absl::DataLossError("snapshot of a cluster does not begin as one");
  }
  const absl::string_view text = bytes.substr(kTextAt);
  if (!HasCrc32c(text, crc)) return absl::DataLossError("snapshot of a cluster is damaged");
  auto message = Parse<v1::ClusterSnapshot>("snapshot", text, kMaxFileBytes);
  if (!message.ok()) return absl::DataLossError(message.status().message());
  auto snapshot = FromMessage(*std::move(message));
  if (!snapshot.ok()) return absl::DataLossError(snapshot.status().message());
  return snapshot;
}

}  // namespace spoor
