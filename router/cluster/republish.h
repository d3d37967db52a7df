#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>

#include "absl/status/statusor.h"
#include "shard/log/log.h"
#include "shard/meta/collection_changes.h"
#include "shard/rpc/channel.h"

namespace spoor {

// A new log for a collection whose own is gone, or has lost or damaged records, made of what its
// replicas have: of each id the latest version that any of them has.  What was deleted, and one
// replica has not heard of, is there again.
//
// From then on the collection has the new log; nodes set aside what they had of the old one and
// follow the new one from its beginning, and until they have, its slots are not answered.  Writes
// to the old log are not in the new one: nobody should write until all routers have heard of it.
struct RepublishWith {
  MetaStore& meta;
  LogStore& logs;
  std::function<std::shared_ptr<Channel>(const std::string& node, const std::string& address)>
      channel_to;
  // Nodes that are lost for good and are not asked.  Any other that does not answer is an error, as
  // it may have what nobody else has.
  std::set<std::string> without;
};

struct RepublishReport {
  uint64_t log_id = 0, records = 0;
};

// NotFound when there is no such collection; Unavailable when a node does not answer or the stores
// cannot be reached; FailedPrecondition when a slot has no holder.  Until it returns OK the
// collection is as it was.
absl::StatusOr<RepublishReport> Republish(const RepublishWith& with, const std::string& cluster,
                                          const std::string& name, const Patience& patience);

}  // namespace spoor
