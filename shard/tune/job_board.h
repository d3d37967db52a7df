#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "engine/search/query.h"
#include "engine/wait/mutex.h"
#include "shard/job.h"

namespace spoor {

// The jobs of this process: each runs on a thread of its own, at most one of a type on a collection
// and kMaxRunning in all.  They are kept in memory: a restart forgets them.
//
// Thread safety: all methods may be called from any number of threads.
class JobBoard {
 public:
  static constexpr size_t kMaxRunning = 4;
  static constexpr size_t kMaxKept = 1000;

  // What the work of a job sees of it.
  class Running {
   public:
    // Ends with Cancelled when somebody cancels the job.
    const Patience& patience() const { return patience_; }
    void Progress(absl::string_view step, uint64_t done, uint64_t total);
    void Result(TuneResult result);

   private:
    friend class JobBoard;
    Running(JobBoard& board, JobId id, Patience patience)
        : board_(board), id_(std::move(id)), patience_(std::move(patience)) {}
    JobBoard& board_;
    const JobId id_;
    const Patience patience_;
  };
  using Work = std::function<absl::Status(Running&)>;

  ~JobBoard();
  // Aborted when such a job runs on the collection, ResourceExhausted above kMaxRunning.
  absl::StatusOr<JobId> Start(absl::string_view type, absl::string_view collection, Work work);
  absl::StatusOr<JobStatus> Find(const JobId& id) const;  // NotFound
  absl::Status Cancel(const JobId& id);  // NotFound; FailedPrecondition when it has ended
  std::vector<JobStatus> All() const;    // newest first
  void Shutdown();                       // cancels all and waits

 private:
  struct Job {
    JobStatus status;
    std::shared_ptr<std::atomic<bool>> cancelled = std::make_shared<std::atomic<bool>>(false);
    std::thread thread;
  };

  static std::string NewLife();
  void Run(const std::shared_ptr<Job>& job, const Work& work);
  void Forget() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  std::shared_ptr<Job> Get(const JobId& id) const ABSL_SHARED_LOCKS_REQUIRED(mu_);

  mutable Mutex mu_;
  const std::string life_ = NewLife();  // part of all ids, so that no other life's job has one
  std::deque<std::shared_ptr<Job>> jobs_ ABSL_GUARDED_BY(mu_);  // newest first
  uint64_t next_ ABSL_GUARDED_BY(mu_) = 1;
  bool down_ ABSL_GUARDED_BY(mu_) = false;
};

}  // namespace spoor
