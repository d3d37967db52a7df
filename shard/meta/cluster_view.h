#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "engine/wait/held.h"
#include "engine/wait/mutex.h"
#include "shard/meta/cluster_state.h"
#include "shard/meta/meta_store.h"

namespace spoor {

struct ClusterViewOptions {
  std::string cluster;
  // Where the last snapshot is kept, so that a process can start while the store is away; empty:
  // nowhere.
  std::string path;
  // How often the store is asked without a hint.  That costs an empty listing while nothing
  // changes.
  std::chrono::milliseconds refresh_every{3000};
  bool own_thread = true;  // else whoever has it calls Step
  std::function<std::chrono::steady_clock::time_point()> now = std::chrono::steady_clock::now;
  std::function<int64_t()> wall_ms = [] {  // since the Unix epoch
    return std::chrono::duration_cast<std::chrono::milliseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
  };
};

// What a process knows of its cluster: an immutable snapshot, replaced when the store has changed.
// Nothing on a query's path asks the store, and while it cannot be reached the last snapshot stays.
//
// What was known is not unlearnt from a store that has lost it (restored from an old backup, or
// built anew):
//   1. A collection never goes back: a listed value of the same log with a lower epoch or
//      generation, or one that is not being dropped any more, is ignored.
//   2. A collection goes, or gives way to another log of its name, only when there is proof that it
//      was dropped; and one of which there was such proof does not come back.
//   3. A value that cannot be read leaves what was known.
// What is ignored for these reasons is told by `ignored`, for an operator to mend.
//
// Thread-safe but for Step.  REQUIRES: subscriptions end before it.
class ClusterView {
 public:
  using Snapshot = Held<ClusterSnapshot>;
  using Callback = std::function<void(const Snapshot&)>;

  // Ends with the object, which waits for a running call.
  class Subscription;

  // Begins with the snapshot of the file where there is a good one, else with an empty one
  // (revision 0).  Does not wait for the store.  REQUIRES: the store outlives it.
  ClusterView(MetaStore& store, ClusterViewOptions options);
  ~ClusterView();

  Snapshot snapshot() const;
  // Since when the store has not been read successfully; no value while it is.
  std::optional<std::chrono::steady_clock::time_point> stale_since() const;
  // What the last listing said and is not believed, a sentence each.
  std::vector<std::string> ignored() const;
  // How the last try to read the store went, and to read or write the file: DataLoss for one that
  // was damaged or is of a later version, which then counts for nothing and is kept beside, with
  // ".damaged" behind its name.
  absl::Status last_refresh() const;
  absl::Status file_status() const;

  // Reads the store now.  When it returns OK, the snapshot reflects all that was written before the
  // call.  Errors of MetaStore.
  absl::Status Refresh(const Patience& patience);

  // Calls with each snapshot that differs from the one before, in order, on the thread that has
  // read it; the callback must not refresh or end its own subscription.
  std::unique_ptr<Subscription> Subscribe(Callback callback);

  // Reads the store where a hint has come or the time has; for who runs it without a thread.
  absl::Status Step(const Patience& patience);

 private:
  struct Subscriber;

  void Run();
  void Hinted();
  absl::Status Poll(const Patience& patience);
  absl::Status ReadAll(const Patience& patience) ABSL_EXCLUSIVE_LOCKS_REQUIRED(refreshing_);
  absl::Status Note(absl::Status status);
  void Publish(ClusterSnapshot next, std::vector<std::string> ignored)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(refreshing_);

  MetaStore& store_;
  const ClusterViewOptions options_;
  const std::shared_ptr<std::atomic<bool>> ending_ = std::make_shared<std::atomic<bool>>(false);
  Mutex refreshing_;  // one at a time reads the store; before mu_
  mutable Mutex mu_;
  ConditionVariable wake_;
  bool hinted_ ABSL_GUARDED_BY(mu_) = true;
  std::chrono::steady_clock::time_point next_poll_ ABSL_GUARDED_BY(mu_);
  Snapshot snapshot_ ABSL_GUARDED_BY(mu_);
  std::optional<std::chrono::steady_clock::time_point> stale_since_ ABSL_GUARDED_BY(mu_);
  std::vector<std::string> ignored_ ABSL_GUARDED_BY(mu_);
  absl::Status last_refresh_ ABSL_GUARDED_BY(mu_), file_status_ ABSL_GUARDED_BY(mu_);
  std::vector<std::shared_ptr<Subscriber>> subscribers_ ABSL_GUARDED_BY(mu_);
  std::unique_ptr<MetaStore::Watch> watch_;
  std::thread thread_;
};

class ClusterView::Subscription {
 public:
  Subscription(ClusterView& view, std::shared_ptr<Subscriber> subscriber)
      : view_(view), subscriber_(std::move(subscriber)) {}
  ~Subscription();
  Subscription(const Subscription&) = delete;
  Subscription& operator=(const Subscription&) = delete;

 private:
  ClusterView& view_;
  const std::shared_ptr<Subscriber> subscriber_;
};

// The snapshot that a listing of all keys of a cluster makes of what was known, by the rules above.
// Pure.  Appends what is ignored.
ClusterSnapshot Learn(const ClusterSnapshot& known, const std::string& cluster,
                      const MetaListing& listing, std::vector<std::string>& ignored);

}  // namespace spoor
