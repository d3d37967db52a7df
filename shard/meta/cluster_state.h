#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "engine/fingerprint/index_params.h"
#include "engine/store/log_position.h"
#include "shard/place/placement.h"

namespace spoor {

// What the store of metadata keeps of a cluster, and under which keys:
//
//     /spoor/<cluster>/collections/<name>   CollectionState
//     /spoor/<cluster>/nodes/<node>         NodeState, while the node lives
//     /spoor/<cluster>/dropped/<log id>     nothing: proof that the collection was dropped
//
// Values are JSON of proto/cluster.proto.  Pure functions.

enum class CollectionPhase : uint8_t {
  kServing,
  kDropping  // nobody may use it any more; its data goes
};

// All that must be agreed on about a collection.
struct CollectionState {
  uint64_t log_id = 0;       // random, not 0; another collection of this name has another one
  uint32_t partitions = 16;  // of the log
  std::optional<IndexParams> params;  // absent, only with auto_params: not chosen yet
  bool auto_params = false;           // whoever appends first chooses or has chosen them
  uint64_t generation = 1;            // of the index parameters; from 1
  uint32_t replicas = 1;              // wanted, 1 ... kMaxReplicas
  Placement placement;                // in force; its epoch is at least 1
  // On its way: its nodes get their slots while `placement` stays in force, and it takes over when
  // all have them whole (collection_changes.h).  Of a higher epoch.
  std::optional<Placement> next = std::nullopt;
  CollectionPhase phase = CollectionPhase::kServing;

  friend bool operator==(const CollectionState&, const CollectionState&) = default;
};

// A process that serves.
struct NodeState {
  std::string name, address, zone;  // as of PlacedNode
  uint32_t weight = 1;
  uint64_t store_id = 0;  // random, not 0: which data directory; made with it
  // Rises with each start on the data directory, which keeps it; from 1.  Two processes with one
  // store and one incarnation cannot be told apart.
  uint64_t incarnation = 0;
  int64_t started_ms = 0;  // since the Unix epoch

  friend bool operator==(const NodeState&, const NodeState&) = default;
};

// A collection as it lies in the store.
struct StoredCollection {
  CollectionState state;
  uint64_t revision = 0;  // of the value
  friend bool operator==(const StoredCollection&, const StoredCollection&) = default;
};

// All that was known of a cluster at one moment.
struct ClusterSnapshot {
  std::string cluster;                                  // which; empty: nothing was ever read
  std::map<std::string, StoredCollection> collections;  // by name
  std::map<std::string, NodeState> nodes;               // by name
  std::set<uint64_t> dropped;                           // logs of collections that were dropped
  uint64_t revision = 0;                                // of the store; 0: nothing was ever read
  int64_t read_ms = 0;                                  // since the Unix epoch
  // Of which collections, by their logs, this process has read in the store what is said here, and
  // not only a former one that left it in a file: only then anything may go on its word.  Not kept.
  std::set<uint64_t> read_here;

  friend bool operator==(const ClusterSnapshot&, const ClusterSnapshot&) = default;
};

// Whether it may be the name of a collection, or of a cluster: 1 to 64 of a-z, 0-9, '_', '-'.
bool IsCollectionName(absl::string_view name);

std::string ClusterPrefix(absl::string_view cluster);  // of all its keys
std::string CollectionKey(absl::string_view cluster, absl::string_view name);
std::string NodePrefix(absl::string_view cluster);  // of all its nodes
std::string NodeKey(absl::string_view cluster, absl::string_view node);
std::string DroppedKey(absl::string_view cluster, uint64_t log_id);

// InvalidArgument that names the field, its value and what is allowed.
absl::Status Validate(const CollectionState& state);
absl::Status Validate(const NodeState& node);

// Equal values have equal texts.  REQUIRES: valid.
std::string EncodeCollection(const CollectionState& state);
std::string EncodeNode(const NodeState& node);
// InvalidArgument for any text that is not that of a valid value; nothing unknown is allowed in it.
absl::StatusOr<CollectionState> DecodeCollection(absl::string_view text);
absl::StatusOr<NodeState> DecodeNode(absl::string_view text);

// The bytes of a file with a snapshot: a line with a checksum, then JSON.  DataLoss for any others.
std::string EncodeSnapshot(const ClusterSnapshot& snapshot);
absl::StatusOr<ClusterSnapshot> DecodeSnapshot(absl::string_view bytes);

}  // namespace spoor
