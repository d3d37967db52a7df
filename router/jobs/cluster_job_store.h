#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "engine/wait/mutex.h"
#include "router/jobs/job_drivers.h"
#include "router/jobs/job_store.h"
#include "router/jobs/result_reader.h"
#include "router/jobs/result_writer.h"
#include "shard/log/log.h"
#include "shard/meta/meta_store.h"

namespace spoor {

struct ClusterJobStoreOptions {
  std::string cluster;
  std::string name = "router";  // of this process, for people
  std::chrono::seconds ttl{5};  // after which the jobs of a silent driver are free
  size_t max_jobs = 1000;       // that are kept, whatever their state; others may make some more
  uint64_t max_record_bytes = uint64_t{512} << 10;  // etcd takes 1.5 MB
  ResultWriterOptions writer = {};
  std::chrono::milliseconds meta_limit{3'000};   // of a call of the store of metadata
  std::chrono::milliseconds read_limit{10'000};  // of a page of a result
  // What is left of a removed job stays so long, so that who still drives it learns of it, and a
  // log that he makes meanwhile goes too: no call lives so long.
  std::chrono::milliseconds removed_for = std::chrono::minutes(10);
  std::chrono::milliseconds sweep_every{15'000};
  bool own_thread = true;  // else whoever has it calls Step
  std::function<std::chrono::steady_clock::time_point()> now = std::chrono::steady_clock::now;
};

// The jobs of a cluster, the same to all its routers.
//
//   store of metadata   <root>/<cluster>/records/<id>   the record, or that it was removed
//                       <root>/<cluster>/drivers/<id>   who drives it, under his lease
//   log of its own      "job.<id>", one partition       the result, in chunks (result_chunk.h)
//
// A record is changed by compare-and-swap on its revision, wishes with it.  Who claims a job first
// takes its key, then raises the record's term: from then on nothing of the former driver is saved,
// and what he appends is in no extent.  The log is made by whoever writes to it first, hence after
// the record; it is removed after the record has become a mark that the job was removed, which
// stays for `removed_for`, and the log with that name is removed again at its end.
//
// A job that runs, and whose driver lives no more, is shown as queued: it waits for another one.
//
// The store of metadata may lose what it knew, or go back (it was built anew, or restored).  What a
// driver saves is written back then, and by List what has ended, as long as one router lives that
// had listed it within `removed_for` before.  Any other job that nobody drives is lost, and its log
// stays: no log is removed but by the mark of its job.
//
// Errors beside those of JobStore: DeadlineExceeded and others of MetaStore are Unavailable.
// Thread-safe.
class ClusterJobStore : public JobStore {
 public:
  // Asks nobody.  Both outlive it.
  ClusterJobStore(ClusterJobStoreOptions options, MetaStore& meta, LogStore& logs);
  ~ClusterJobStore() override;  // what it drives is free at once

  absl::StatusOr<std::vector<Listed>> List() override;
  absl::StatusOr<JobRecord> Find(const JobId& id) override;
  absl::Status Create(const JobRecord& record) override;
  absl::StatusOr<JobRecord> Claim(const JobId& id) override;
  absl::StatusOr<JobWish> Save(const JobRecord& record) override;
  void Release(const JobRecord& record) override;
  absl::Status Wish(const JobId& id, JobWish wish) override;
  absl::Status Remove(const JobId& id) override;
  absl::StatusOr<std::unique_ptr<JobWriter>> Open(const JobRecord& record) override;
  absl::StatusOr<JobLines> Read(const JobRecord& record, const JobRead& read) override;
  void OnChange(std::function<void()> changed) override;

  // Keeps the lease, removes what is left of removed jobs: what is due of it.  For who runs it
  // without a thread.
  void Step();
  // This process as records name it.
  const std::string& driver() const { return driver_; }

  // The log of a job's result.
  static LogName LogOf(const JobId& id);

 private:
  // What lies under a job's key.
  struct There {
    uint64_t revision = 0;  // 0: nothing
    bool removed = false;
    absl::StatusOr<JobRecord> record = absl::NotFoundError("");
  };
  // A job that this process drives: what it last knew of the record.
  struct Driven {
    uint64_t term = 0, revision = 0;
    JobWish wish = JobWish::kNone;
    std::chrono::steady_clock::time_point seen;  // when that was
  };
  // What is left of a removed job.
  struct Mark {
    std::chrono::steady_clock::time_point since;  // it was seen
    bool log_is_gone = false;
  };

  Patience Limit(std::chrono::milliseconds limit) const;
  std::string KeyOf(const JobId& id) const;
  absl::StatusOr<There> ReadThere(const JobId& id, const Patience& patience);
  // Aborted as MetaStore::Put.
  absl::StatusOr<uint64_t> Put(const JobRecord& record, uint64_t revision,
                               const Patience& patience);
  // Reads, changes and puts the record until nobody comes in between.
  struct Changed {
    JobRecord record;
    uint64_t revision = 0;
  };
  absl::StatusOr<Changed> Change(const JobId& id, const std::function<void(JobRecord&)>& change,
                                 const Patience& patience);
  // Learns what is there now, after the record was not as it was known; Aborted: it is another's.
  absl::Status Follow(const JobRecord& record, Driven& driven, const Patience& patience);
  static void ShowDriverless(bool is_driven, absl::StatusOr<JobRecord>& record);
  absl::StatusOr<Driven> DrivenOf(const JobRecord& record) const;
  void Remember(const JobRecord& record, const Driven& driven);
  void Forget(const JobId& id);
  absl::Status CheckCount();
  void WriteBackEnded(std::vector<MetaValue>& values);
  absl::StatusOr<uint64_t> WriteBack(const JobRecord& record);
  absl::Status CheckExtents(const JobRecord& record);
  absl::StatusOr<std::unique_ptr<LogWriter>> OpenLog(const JobId& id, bool may_make);
  absl::Status MakeLog(const JobId& id);
  void Sweep();
  bool SweepOne(const MetaValue& value, Mark& mark);  // whether it is gone
  void Run();

  const ClusterJobStoreOptions options_;
  const std::string driver_;
  MetaStore& meta_;
  LogStore& logs_;
  const std::shared_ptr<std::atomic<bool>> ending_ = std::make_shared<std::atomic<bool>>(false);
  JobDrivers drivers_;
  ResultReaders readers_;
  mutable Mutex mu_;
  ConditionVariable wake_;
  std::map<std::string, Driven> driven_ ABSL_GUARDED_BY(mu_);    // by job
  std::map<std::string, JobRecord> ended_ ABSL_GUARDED_BY(mu_);  // by key, as they were listed last
  std::chrono::steady_clock::time_point listed_ ABSL_GUARDED_BY(mu_);  // when that was
  std::optional<size_t> jobs_ ABSL_GUARDED_BY(mu_);                    // that there are, about
  std::map<std::string, Mark> marks_;                                  // by key; of whoever steps
  std::chrono::steady_clock::time_point next_sweep_;                   // likewise
  std::unique_ptr<MetaStore::Watch> watch_;                            // of whoever calls OnChange
  std::thread thread_;
};

}  // namespace spoor
