#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "engine/wait/mutex.h"
#include "shard/meta/meta_store.h"

namespace spoor {

struct MemoryMetaOptions {
  // By which leases expire.
  std::function<std::chrono::steady_clock::time_point()> now = std::chrono::steady_clock::now;
  // Hints are called by whoever changes the store, before his call returns, and not on a thread of
  // its own: with the clock this makes a store without threads, for simulations.
  bool inline_hints = false;
};

// A store of metadata in this process' memory: what one process needs, and the obvious version
// beside which the other one is tested.  Thread-safe.  REQUIRES: watches end before it does.
class MemoryMeta : public MetaStore {
 public:
  explicit MemoryMeta(MemoryMetaOptions options = {});
  ~MemoryMeta() override;

  // Ends what leases are over by now.  Every other call does so first.
  void Expire();
  // While it cannot be reached every call is Unavailable and changes nothing, and no hint comes;
  // leases go on ending.  For tests of what depends on it.
  void SetReachable(bool reachable);

  absl::StatusOr<std::optional<MetaValue>> Get(const std::string& key,
                                               const Patience& patience) override;
  absl::StatusOr<MetaListing> List(const std::string& prefix, const Patience& patience) override;
  absl::StatusOr<uint64_t> Put(const MetaValue& change, Lease lease,
                               const Patience& patience) override;
  absl::Status Delete(const std::string& key, uint64_t revision, const Patience& patience) override;
  absl::StatusOr<Lease> Grant(std::chrono::seconds ttl, const Patience& patience) override;
  absl::Status KeepAlive(Lease lease, const Patience& patience) override;
  absl::Status Revoke(Lease lease, const Patience& patience) override;
  std::unique_ptr<Watch> WatchPrefix(const std::string& prefix,
                                     std::function<void()> hint) override;

 private:
  struct Entry {
    std::string value;
    uint64_t revision = 0;
    Lease lease = 0;
  };
  struct Promise {
    std::chrono::seconds ttl{};
    std::chrono::steady_clock::time_point end;
  };
  struct Watcher;
  class WatchEnd;

  absl::Status Enter(const Patience& patience) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void EndLeases() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void End(Lease lease) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  uint64_t RevisionOf(const std::string& key) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void Changed(const std::string& key) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  // Calls the hints that are due, or leaves it to the thread.  Not under the mutex.
  void Hint();
  void CallHints();
  // Null: with inline hints none is due, else the end has come.
  std::shared_ptr<Watcher> WaitForDue();
  std::shared_ptr<Watcher> NextDue() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  const MemoryMetaOptions options_;
  Mutex mu_;
  ConditionVariable due_;
  bool reachable_ ABSL_GUARDED_BY(mu_) = true;
  bool ending_ ABSL_GUARDED_BY(mu_) = false;
  bool calling_ ABSL_GUARDED_BY(mu_) = false;  // somebody calls hints inline
  uint64_t revision_ ABSL_GUARDED_BY(mu_) = 1;
  Lease next_lease_ ABSL_GUARDED_BY(mu_) = 1;
  std::map<std::string, Entry> values_ ABSL_GUARDED_BY(mu_);
  std::map<Lease, Promise> leases_ ABSL_GUARDED_BY(mu_);
  std::vector<std::shared_ptr<Watcher>> watchers_ ABSL_GUARDED_BY(mu_);
  std::thread thread_;  // not with inline hints
};

}  // namespace spoor
