#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "engine/wait/mutex.h"
#include "router/jobs/job_store.h"

namespace spoor {

// What a process knows of jobs, for when the store that keeps them cannot be asked: each as it was
// told last, and when that was.  Nothing follows from silence: what ran then is told to have run
// then.
//
// Thread-safe.
class KnownJobs {
 public:
  // These there are, and no others.
  void Learn(const std::vector<JobStore::Listed>& all);
  void Learn(const JobRecord& record);
  void Forget(const JobId& id);
  // The store did not answer.  Until it tells of all jobs again, nobody need wait for it.
  void NoteSilence();

  // With JobRecord::known_at_ms; absent: nothing is known of it.
  std::optional<JobRecord> Find(const JobId& id) const;
  // Likewise, in no order; absent: the store has never told of all.
  std::optional<std::vector<JobStore::Listed>> All() const;
  bool is_silent() const;

 private:
  struct Known {
    absl::StatusOr<JobRecord> record;
    int64_t at_ms = 0;
  };
  mutable Mutex mu_;
  std::map<std::string, Known> jobs_ ABSL_GUARDED_BY(mu_);
  bool all_ ABSL_GUARDED_BY(mu_) = false;
  bool silent_ ABSL_GUARDED_BY(mu_) = false;
};

}  // namespace spoor
