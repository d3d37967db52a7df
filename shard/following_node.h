#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "engine/memory.h"
#include "engine/mutex.h"
#include "shard/directory_lock.h"
#include "shard/follower.h"
#include "shard/job_board.h"
#include "shard/log/log.h"
#include "shard/node_catalog.h"

namespace spoor {

// A collection that a node is to serve a part of.
struct FollowOrder {
  std::string name;
  uint64_t log_id = 0;
  uint32_t partitions = 16;
  IndexParams params;
  SlotsHere here;
  friend bool operator==(const FollowOrder&, const FollowOrder&) = default;
};

struct FollowingNodeOptions {
  uint64_t memory_bytes = uint64_t{1} << 30;  // shared by all collections
  // Of every collection's; memory is the node's.
  FollowerOptions follower;
  // How long a read of the log waits; what fails is tried again after `pause`.
  std::chrono::milliseconds wait{200}, pause{500};
  // Tests and simulations step by hand.
  bool threads = true;
};

// The followed collections in one data directory, made to serve what placements say:
//
//   * what a store has kept it goes on with;
//   * slots that it has not kept are followed anew from the log's beginning, in a new directory,
//     while the old one serves what it has; when the new one has caught up it takes over.  A store
//     that is damaged, was away for too long, or has lost its place in the log is made anew alike;
//   * what is not ordered any more is closed and removed.
//
// Layout: <data>/LOCK, <data>/followed/<name>.<log id>.<number>/ (one engine each), whose name
// begins with '.' while it is being removed.  The engine's note says which homes it has kept.
//
// Thread safety: all methods may be called from any number of threads, Step from one.
class FollowingNode : public NodeCatalog {
 public:
  // Unavailable when another process has the directory.  `logs` outlives it.
  static absl::StatusOr<std::unique_ptr<FollowingNode>> Open(const std::string& data_dir,
                                                             const FollowingNodeOptions& options,
                                                             LogStore& logs);
  ~FollowingNode() override;

  // From now on these, and nothing else.  One call at a time.
  void Adopt(const std::vector<FollowOrder>& orders);
  // Every collection one step further; with options.threads they do it themselves.
  void Step();

  // NodeCatalog.
  absl::StatusOr<std::shared_ptr<Served>> FindServed(absl::string_view name) const override;
  std::vector<ServedName> AllServed() const override;
  absl::StatusOr<JobId> Tune(absl::string_view name, bool apply) override;
  absl::StatusOr<JobStatus> FindJob(const JobId& id) const override { return jobs_.Find(id); }
  absl::Status CancelJob(const JobId& id) override { return jobs_.Cancel(id); }
  std::vector<JobStatus> Jobs() const override { return jobs_.All(); }
  // NotFound; Unavailable while it is being opened.
  absl::StatusOr<std::shared_ptr<Follower>> FindFollower(absl::string_view name) const;

 private:
  class Following;  // one collection

  FollowingNode(std::string root, const FollowingNodeOptions& options, LogStore& logs);
  void RemoveForgotten(const std::vector<FollowOrder>& orders) const;

  const std::string root_;
  const FollowingNodeOptions options_;
  LogStore& logs_;
  const std::shared_ptr<Memory> memory_;
  DirectoryLock lock_;
  mutable Mutex mu_;
  std::map<std::string, std::shared_ptr<Following>, std::less<>> following_ ABSL_GUARDED_BY(mu_);
  JobBoard jobs_;
};

}  // namespace spoor
