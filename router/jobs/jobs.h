#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "engine/store/access.h"
#include "engine/store/disk_guard.h"
#include "engine/wait/mutex.h"
#include "router/cluster.h"
#include "router/jobs/job_order.h"
#include "router/jobs/job_run.h"
#include "router/jobs/job_store.h"
#include "router/jobs/known_jobs.h"

namespace spoor {

struct JobsOptions {
  std::string spool_dir;  // for what is too large for memory; made with the first such job
  uint64_t min_free_disk_bytes = uint64_t{64} << 20;  // of its disk: below it jobs wait
  std::function<uint64_t()> free_bytes;               // of that disk; null: as it is
  bool resume = true;  // also what was running when its process ended; else Resume has to be asked
  Access access = Access::kWrite;  // kRead: what is there is told, and nothing is changed
  size_t max_running = 2;          // of this process
  size_t max_kept = 100;           // that have ended, with their results
  // After their end, at most, as long as this process has known of it: no clock that is set ends
  // them.
  std::chrono::milliseconds keep_for = std::chrono::hours(366 * 24);
  std::chrono::milliseconds look_every{1000};  // what others have done, and what has grown old
  JobLimits limits;
};

// The jobs that a process shows, and drives some of: each of these on a thread of its own at low
// priority.  A job goes on after a restart, here or wherever the store is shared, from its last
// checkpoint, with no row lost or doubled.  A result can be read while it grows; what was read once
// stays.  One that finds no room on a disk waits, and says so, until there is some.
//
// Thread safety: all methods may be called from any number of threads.
class Jobs {
 public:
  // The cluster outlives it.  Jobs whose record is damaged are there, and have failed.
  Jobs(Cluster& cluster, std::unique_ptr<JobStore> store, JobsOptions options);
  ~Jobs();  // those that run here stop, and go on at the next start

  // NotFound: the collection; overload (shard/rpc/call.h) above max_running; FailedPrecondition:
  // the collection cannot, or such a job runs on it; InvalidArgument: the selection has too many
  // ids; ResourceExhausted when the disk is full; errors of ClusterCollection::Count and the store.
  // This, Resume and Cancel: FailedPrecondition when they were opened to be read.  Unavailable, and
  // there is no such job, when its ids could not be kept.
  absl::StatusOr<JobId> Start(absl::string_view collection, const JobOrder& order,
                              const Patience& patience);
  // Lets one go on that has failed or was running when its process ended; nothing when it runs.
  // NotFound; FailedPrecondition when it is done or cancelled, or its record is damaged.
  absl::Status Resume(const JobId& id);
  // Ends one that runs; removes one that does not, with its result.  NotFound.
  absl::Status Cancel(const JobId& id);

  // Where the store cannot be asked, these two tell what it has told last and when that was
  // (JobRecord::known_at_ms), and nothing of a job that it has never told of: Unavailable.
  absl::StatusOr<JobRecord> Find(const JobId& id) const;  // NotFound
  absl::StatusOr<std::vector<JobRecord>> All() const;     // newest first
  // Rows of a result, of the record as Find gave it.  As JobStore::Read.
  absl::StatusOr<JobLines> Read(const JobRecord& record, const JobRead& read) const;

  // Waits until something has changed since `seen`, a former return of this, or the moment has
  // come; what another process does may show late.
  uint64_t AwaitChange(uint64_t seen, std::chrono::steady_clock::time_point until) const;

 private:
  struct Running {
    JobRecord record;            // as it is now
    bool stop_for_good = false;  // cancelled by somebody, not by the end of the process
    std::shared_ptr<std::atomic<bool>> stop = std::make_shared<std::atomic<bool>>(false);
    std::thread thread;
  };
  using RunningPtr = std::shared_ptr<Running>;

  absl::Status CheckChangeable() const;
  absl::Status CheckRoom(const JobRecord& record) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  absl::Status Launch(const JobId& id, const RunningPtr& job, const std::vector<std::string>& ids);
  absl::Status TakeUp(const JobId& id);
  absl::Status Remove(const JobId& id);
  absl::StatusOr<std::vector<JobStore::Listed>> List() const;
  void Keep();  // the thread that looks
  void Look();
  void LookAt(const JobRecord& record);
  void Expire(const std::vector<JobStore::Listed>& all);
  void JoinEnded();

  void Run(const RunningPtr& job);
  absl::Status Drive(const RunningPtr& job, JobRecord& record);
  absl::Status DriveOnce(const RunningPtr& job, const JobWork& work, JobRecord& record,
                         bool* got_on, bool* lost);
  void ShowWaiting(const RunningPtr& job, JobRecord record, const absl::Status& why);
  absl::Status Pause(const Running& job, std::chrono::milliseconds time);
  absl::Status AwaitStored(const RunningPtr& job, JobRecord& record);
  void End(const RunningPtr& job, JobRecord record, const absl::Status& status);
  void Show(const RunningPtr& job, const JobRecord& record);
  void Changed() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
    ++changes_;
    changed_.NotifyAll();
  }

  Cluster& cluster_;
  const std::unique_ptr<JobStore> store_;
  const JobsOptions options_;
  const DiskGuard disk_;  // of what is spilled
  mutable KnownJobs known_;
  mutable Mutex mu_;
  mutable ConditionVariable changed_;
  uint64_t changes_ ABSL_GUARDED_BY(mu_) = 1;
  bool hinted_ ABSL_GUARDED_BY(mu_) = false;
  bool down_ ABSL_GUARDED_BY(mu_) = false;
  std::map<std::string, RunningPtr> running_ ABSL_GUARDED_BY(mu_);
  std::vector<std::thread> ended_ ABSL_GUARDED_BY(mu_);  // past their last line
  std::map<std::string, std::chrono::steady_clock::time_point> over_since_ ABSL_GUARDED_BY(mu_);
  std::thread keeper_;
};

}  // namespace spoor
