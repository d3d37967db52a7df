#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <set>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "engine/wait/mutex.h"
#include "engine/wait/patience.h"
#include "router/jobs/job_record.h"
#include "shard/meta/meta_store.h"

namespace spoor {

struct JobDriversOptions {
  std::string prefix;           // of the keys
  std::string driver;           // this process: nobody else ever has this name
  std::chrono::seconds ttl{5};  // after which the jobs of a silent process are free
  std::function<std::chrono::steady_clock::time_point()> now = std::chrono::steady_clock::now;
};

// Who drives which job, in the store of metadata: a key for each, under a lease of its driver's
// process, so that it goes when that lives no more.  It keeps others from claiming what is driven;
// what fences one who is thought dead and is not is the term in the job's record.
//
// Thread-safe.
class JobDrivers {
 public:
  // The store outlives it.
  JobDrivers(MetaStore& store, JobDriversOptions options);
  ~JobDrivers();  // gives up all at once, where the store can be reached

  // Aborted while another process drives it; OK also when this one does.  Errors of MetaStore.
  absl::Status Take(const JobId& id, const Patience& patience);
  // Where the store cannot be reached, a later Step sees to it.
  void Give(const JobId& id, const Patience& patience);
  // Whether it was taken, and nobody else was seen to have it since.
  bool Has(const JobId& id) const;

  // Keeps the lease alive where that is due, and takes again, under a new one, what was taken under
  // one that is over; what another process has by then is this one's no more.
  absl::Status Step(const Patience& patience);

 private:
  absl::Status Renew(const Patience& patience) ABSL_EXCLUSIVE_LOCKS_REQUIRED(calling_);
  absl::Status Grant(const Patience& patience) ABSL_EXCLUSIVE_LOCKS_REQUIRED(calling_);
  absl::Status Put(const JobId& id, const Patience& patience)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(calling_);
  absl::Status Clear(const JobId& id, const Patience& patience)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(calling_);
  std::string KeyOf(const JobId& id) const { return options_.prefix + id.value(); }

  MetaStore& store_;
  const JobDriversOptions options_;
  Mutex calling_;  // one at a time asks the store; before mu_
  Lease lease_ ABSL_GUARDED_BY(calling_) = 0;
  std::chrono::steady_clock::time_point next_step_ ABSL_GUARDED_BY(calling_);
  // Whose keys may be there although nothing was taken: an answer was lost.
  std::set<std::string> to_clear_ ABSL_GUARDED_BY(calling_);
  mutable Mutex mu_;
  std::map<std::string, Lease> taken_ ABSL_GUARDED_BY(mu_);  // under which lease, by job
};

}  // namespace spoor
