#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"

namespace spoor {

// What a data directory is in a cluster, kept in its file IDENTITY: whose it is, a random id made
// with it, and how often it was started.
struct NodeIdentity {
  uint64_t store_id = 0, incarnation = 0;
};

// The identity, with the incarnation of this start.  A directory belongs to the first node of the
// first cluster that starts on it: FailedPrecondition for any other, which says whose it is, and
// nothing is changed.  Unavailable or ResourceExhausted when it cannot be read or written, DataLoss
// when the file is damaged.  REQUIRES: the directory's lock is held.
absl::StatusOr<NodeIdentity> NextIdentity(const std::string& data_dir, const std::string& cluster,
                                          const std::string& node);

}  // namespace spoor
