#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "engine/store/memory.h"
#include "engine/wait/mutex.h"
#include "shard/files/directory_lock.h"
#include "shard/files/quarantine.h"
#include "shard/follow/follower.h"
#include "shard/log/log.h"
#include "shard/node_catalog.h"

namespace spoor {

// A collection that a node is to serve a part of.
struct FollowOrder {
  std::string name;
  uint64_t log_id = 0;
  uint32_t partitions = 16;
  IndexParams params;
  SlotsHere here;  // to be served
  // To be had as well, before a placement that is on its way comes into force.
  std::optional<SlotsHere> next = std::nullopt;
  // Read by this process from the store of metadata: what it leaves out may be given up.
  bool is_read_here = false;
  friend bool operator==(const FollowOrder&, const FollowOrder&) = default;
};

// All that a node has to do.
struct NodeOrders {
  std::vector<FollowOrder> follow;
  // Logs whose stores may go: their collection was dropped, or a placement that came into force
  // when its nodes had everything has no slot here; and this process has read so.  What is neither
  // here nor above is left as it is.
  std::set<uint64_t> released;
};

struct FollowedDirectory;  // shard/node/following.h

struct FollowingNodeOptions {
  uint64_t memory_bytes = uint64_t{1} << 30;  // shared by all collections
  // Of every collection's; memory is the node's.
  FollowerOptions follower;
  // How long a read of the log waits; what fails is tried again after `pause`.
  std::chrono::milliseconds wait{200}, pause{500};
  Quarantine::Options quarantine;
  // Tests and simulations step by hand.
  bool threads = true;
};

// The followed collections in one data directory, made to serve what placements say:
//
//   * what a store has kept it goes on with;
//   * slots that it has not kept are followed anew from the log's beginning, in a new directory,
//     while the old one serves what it has; when the new one has all that the old one has it takes
//     over.  A store that is damaged or was away for too long is made anew alike;
//   * where the log cannot be followed any more, because it is gone, or ends before what was
//     followed, or is damaged, what there is goes on to be served, and is said to be stuck;
//   * nothing goes because nobody speaks of it: only what is released does, and what something
//     better has taken over from.  It goes to quarantine first.
//
// Layout: <data>/LOCK, <data>/followed/<name>.<log id>.<number>/ (one engine each), and
// <data>/quarantine (shard/files/quarantine.h).  The engine's note says which homes it has kept.
//
// Thread safety: all methods may be called from any number of threads, Step from one.
class FollowingNode : public NodeCatalog {
 public:
  // Unavailable when another process has the directory.  `logs` outlives it.
  static absl::StatusOr<std::unique_ptr<FollowingNode>> Open(const std::string& data_dir,
                                                             const FollowingNodeOptions& options,
                                                             LogStore& logs);
  ~FollowingNode() override;

  // From now on these.  One call at a time.
  void Adopt(const NodeOrders& orders);
  // Removes what has lain in quarantine for long enough.
  void Expire() { quarantine_.Expire(); }
  // Every collection one step further; with options.threads they do it themselves.
  void Step();

  // NodeCatalog.
  absl::StatusOr<std::shared_ptr<Served>> FindServed(absl::string_view name) const override;
  std::vector<ServedName> AllServed() const override;
  const Memory* memory() const override { return memory_.get(); }
  // NotFound; Unavailable while it is being opened.
  absl::StatusOr<std::shared_ptr<Follower>> FindFollower(absl::string_view name) const;

 private:
  class Following;  // one collection

  FollowingNode(std::string root, const FollowingNodeOptions& options, LogStore& logs);
  void Judge(const NodeOrders& orders);
  bool IsFollowed(const FollowedDirectory& directory) const;

  const std::string root_;
  const FollowingNodeOptions options_;
  LogStore& logs_;
  const std::shared_ptr<Memory> memory_;
  DirectoryLock lock_;
  Quarantine quarantine_;
  mutable Mutex mu_;
  std::vector<ServedName> unordered_ ABSL_GUARDED_BY(mu_);  // stores that nobody speaks of
  std::map<std::string, std::shared_ptr<Following>, std::less<>> following_ ABSL_GUARDED_BY(mu_);
};

}  // namespace spoor
