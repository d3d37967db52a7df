#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "engine/wait/mutex.h"
#include "shard/meta/cluster_state.h"
#include "shard/meta/meta_store.h"

namespace spoor {

struct NodeRegistryOptions {
  std::string cluster;
  NodeState node;
  std::chrono::seconds ttl{10};  // after which others know that a silent node is gone; from 2
  bool own_thread = true;        // else whoever has it calls Step
  std::function<std::chrono::steady_clock::time_point()> now = std::chrono::steady_clock::now;
};

// Says to the cluster that this node is there, as long as this lives: its state lies in the store
// under a lease that is kept alive three times in a ttl.  Where the lease is lost, because the
// store was away for long or was built anew, the node announces itself again.
//
// One process at a time is a node.  A node that comes back within the ttl of its former life takes
// its place over at once, because it has the same data directory (store_id) and a higher
// incarnation; a process on another directory is refused until the ttl is over; and one that finds
// a later incarnation of itself has lost its place for good.
//
// Thread-safe but for Step, which runs once at a time.
class NodeRegistry {
 public:
  // Announces the node.  AlreadyExists when another process is the node, or a later one of the same
  // directory; InvalidArgument; errors of MetaStore.  REQUIRES: the store outlives it.
  static absl::StatusOr<std::unique_ptr<NodeRegistry>> Announce(MetaStore& store,
                                                                NodeRegistryOptions options,
                                                                const Patience& patience);
  // Stops, and gives the place up where the store can be reached.
  ~NodeRegistry();

  // Whether no process on another directory can be this node now: its lease is not over by this
  // machine's clock, and the place was seen to be its own under it.  A later process of the same
  // directory is noticed at the next step.
  bool held() const;
  // How the last try to keep the place went.
  absl::Status last() const;

  // Does what is due by now, if anything.  For who runs it without a thread.  Errors as Announce;
  // after any of them the next call tries again.
  absl::Status Step(const Patience& patience);
  std::chrono::steady_clock::time_point next_step() const;  // when something will be due

 private:
  NodeRegistry(MetaStore& store, NodeRegistryOptions options);

  void Run();
  absl::Status Keep(const Patience& patience);
  absl::Status KeepLease(const Patience& patience);
  // The place of this process under its lease; Aborted when somebody comes in between.
  absl::Status TakePlace(const Patience& patience);
  absl::StatusOr<bool> HasPlace(const MetaValue& there) const;

  MetaStore& store_;
  const NodeRegistryOptions options_;
  const std::string key_;
  const std::shared_ptr<std::atomic<bool>> ending_ = std::make_shared<std::atomic<bool>>(false);
  Lease lease_ = 0;  // of whoever steps
  mutable Mutex mu_;
  ConditionVariable wake_;
  bool placed_ ABSL_GUARDED_BY(mu_) = false;
  std::chrono::steady_clock::time_point lease_end_ ABSL_GUARDED_BY(mu_);
  std::chrono::steady_clock::time_point next_step_ ABSL_GUARDED_BY(mu_);
  absl::Status last_ ABSL_GUARDED_BY(mu_);
  std::thread thread_;
};

}  // namespace spoor
