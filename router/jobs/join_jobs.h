#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "engine/store/access.h"
#include "engine/wait/mutex.h"
#include "router/cluster.h"
#include "router/jobs/join_files.h"
#include "router/jobs/join_run.h"
#include "router/message/request.h"
#include "shard/job.h"

namespace spoor {

struct JoinJobsOptions {
  std::string dir;     // of checkpoints and results; made with the first job
  bool resume = true;  // what was running when the process ended; else Resume has to be asked
  Access access = Access::kWrite;  // kRead: what is there is told, and no file is changed
  size_t max_running = 2;
  size_t max_kept = 100;  // that have ended, with their results
  // After their end, as long as this process has known of it: no clock that is set ends them.
  std::chrono::milliseconds keep_for = std::chrono::hours(7 * 24);
  uint64_t max_result_bytes = uint64_t{16} << 30;  // of one job
  uint64_t min_free_disk_bytes = uint64_t{64} << 20;
  std::chrono::milliseconds save_every{1000};  // a checkpoint: what a crash may cost
  // What cannot be reached is tried again, so long without a page that worked.
  std::chrono::milliseconds give_up_after = std::chrono::minutes(10);
  std::chrono::milliseconds retry_every{500};
  JoinPace pace;
};

// Where a process keeps its joins in its data directory.
inline std::string JobsDir(const std::string& data_dir) { return data_dir + "/jobs"; }

struct JoinStatus {
  JobStatus job;
  uint64_t pairs = 0;  // that are durable and can be read, as are these bytes of result
  uint64_t bytes = 0;
};

// The joins of this process: each is driven by a thread of its own, and goes on after a restart
// exactly where its last checkpoint is, without a pair lost or doubled.  A result can be read while
// it grows; what was read once stays.
//
// Thread safety: all methods may be called from any number of threads.
class JoinJobs {
 public:
  // The cluster outlives it.  Jobs whose checkpoint is damaged are there, and have failed.
  JoinJobs(Cluster& cluster, const JoinJobsOptions& options);
  ~JoinJobs();  // running ones stop, and go on at the next start

  // NotFound: the collection; overload (shard/rpc/call.h) above max_running; ResourceExhausted when
  // the disk is full; errors of ClusterCollection::Count.  body: of a request that ReadJoin takes.
  // This, Resume and Cancel: FailedPrecondition when they were opened to be read.
  absl::StatusOr<JobId> Start(absl::string_view collection, std::string body,
                              const Patience& patience);
  // Lets one go on that has failed or was running when the process ended; nothing when it runs.
  // NotFound; FailedPrecondition when it is done or cancelled, or its checkpoint is damaged.
  absl::Status Resume(const JobId& id);
  // Ends one that runs; removes one that has ended, with its result.  NotFound.
  absl::Status Cancel(const JobId& id);
  absl::StatusOr<JoinStatus> Find(const JobId& id) const;  // NotFound
  std::vector<JoinStatus> All() const;                     // newest first

  // Whole lines of a result from byte `from`, about max_bytes.  OutOfRange for a `from` behind it.
  struct Lines {
    std::string text;
    bool more = false;  // there are more now
  };
  absl::StatusOr<Lines> Read(const JobId& id, uint64_t from, uint64_t max_bytes) const;
  // The whole lines from there that are there now, to be read bit by bit.
  absl::StatusOr<std::shared_ptr<BodySource>> Stream(const JobId& id, uint64_t from) const;

  static bool IsJoin(const JobId& id);

 private:
  absl::Status CheckChangeable() const;
  absl::Status CheckBetweenLines(const JobId& id, uint64_t from, uint64_t to) const;

  struct Job {
    JoinCheckpoint saved;  // what is on disk
    std::string damage;    // why it cannot go on; empty: it can
    bool running = false;
    std::chrono::steady_clock::time_point ended;  // or was known to have
    bool stop_for_good = false;  // cancelled by somebody, not by the end of the process
    std::shared_ptr<std::atomic<bool>> stop;
    std::thread thread;
  };
  using JobPtr = std::shared_ptr<Job>;

  void Launch(const JobPtr& job) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void Run(const JobPtr& job);
  absl::Status Drive(const JobPtr& job, JoinResult& result, const Patience& patience);
  absl::Status DriveOnce(const JobPtr& job, const JoinRequest& request, JoinResult& result,
                         JoinCheckpoint& at, const Patience& patience);
  absl::Status Write(absl::string_view lines, JoinResult& result) const;
  absl::Status Save(const JobPtr& job, JoinResult& result, JoinCheckpoint& at);
  void End(const JobPtr& job, const absl::Status& status);
  void Expire() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  JobPtr Get(const JobId& id) const ABSL_SHARED_LOCKS_REQUIRED(mu_);
  static JoinStatus StatusOf(const Job& job);

  Cluster& cluster_;
  const JoinJobsOptions options_;
  const JoinFiles files_;
  mutable Mutex mu_;
  ConditionVariable changed_;
  std::map<std::string, JobPtr> jobs_ ABSL_GUARDED_BY(mu_);
  bool down_ ABSL_GUARDED_BY(mu_) = false;
};

}  // namespace spoor
