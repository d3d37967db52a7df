#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "engine/search/query.h"

namespace spoor {

// What all processes of a cluster agree on: small values under keys, changed by compare-and-swap
// (design D6).  Collections, placements, which nodes live; never data, and no search asks for it.
// Two keep it: etcd (etcd.h), and memory (memory_meta.h) for one process and for tests.
//
// Revisions count changes of the whole store; a value's revision is that of its last change.
// Errors: Unavailable when it cannot be reached (a change may have been made all the same),
// DeadlineExceeded, Cancelled.
struct MetaValue {
  std::string key, value;
  uint64_t revision = 0;
};

struct MetaListing {
  std::vector<MetaValue> values;  // by key, ascending
  uint64_t revision = 0;          // of the store when it was read
};

// A promise to be alive: what was put with it goes when it is not kept alive for its ttl.
using Lease = uint64_t;  // 0: none

// Thread-safe.
class MetaStore {
 public:
  // A watch in progress; ends when it is destroyed, which waits for a running call of its hint.
  class Watch {
   public:
    virtual ~Watch() = default;
  };

  virtual ~MetaStore() = default;

  virtual absl::StatusOr<std::optional<MetaValue>> Get(const std::string& key,
                                                       const Patience& patience) = 0;
  virtual absl::StatusOr<MetaListing> List(const std::string& prefix, const Patience& patience) = 0;

  // Puts the value if the key still has this revision; 0: if there is none.  The new revision;
  // Aborted when somebody else has changed it, NotFound when the lease is over.
  virtual absl::StatusOr<uint64_t> Put(const MetaValue& change, Lease lease,
                                       const Patience& patience) = 0;
  // Aborted as Put.
  virtual absl::Status Delete(const std::string& key, uint64_t revision,
                              const Patience& patience) = 0;

  virtual absl::StatusOr<Lease> Grant(std::chrono::seconds ttl, const Patience& patience) = 0;
  virtual absl::Status KeepAlive(Lease lease,
                                 const Patience& patience) = 0;  // NotFound: it is over
  virtual absl::Status Revoke(Lease lease, const Patience& patience) = 0;

  // Calls hint, on a thread of its own, soon after a key with this prefix has changed, and now and
  // then for nothing: who is told lists.  Changes may share a hint; while the store cannot be
  // reached there are none, and one comes when it is back.
  virtual std::unique_ptr<Watch> WatchPrefix(const std::string& prefix,
                                             std::function<void()> hint) = 0;
};

}  // namespace spoor
