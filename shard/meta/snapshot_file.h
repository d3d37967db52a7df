#pragma once

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "shard/meta/cluster_state.h"

namespace spoor {

// The file of a snapshot.  No value when there is none; DataLoss when it is damaged; Unavailable
// when it cannot be read; FailedPrecondition when it is of another cluster than this.
absl::StatusOr<std::optional<ClusterSnapshot>> ReadSnapshotFile(const std::string& path,
                                                                const std::string& cluster);

// Replaces the file as a whole, durably: after a crash there is the old one or the new one.
// Unavailable.
absl::Status WriteSnapshotFile(const std::string& path, const ClusterSnapshot& snapshot);

}  // namespace spoor
