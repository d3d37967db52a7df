#include "router/jobs/jobs.h"

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "router/jobs/kind.h"
#include "router/jobs/new_job.h"
#include "shard/rpc/call.h"

namespace spoor {
namespace {

using Clock = std::chrono::steady_clock;

absl::Status NoSuchJob(const JobId& id) {
  return absl::NotFoundError(absl::StrCat("no job '", id.value(), "'"));
}

// One whose record cannot be read: its id says what it was.
JobRecord DamagedJob(const JobId& id, const absl::Status& why) {
  JobRecord record;
  record.id = id;
  record.type = id.value().substr(0, id.value().find('-'));
  record.state = JobState::kFailed;
  record.error = std::string(why.message());
  return record;
}

// Searches come first.
void LowerPriority() {
  constexpr int kNice = 10;
  setpriority(PRIO_PROCESS, static_cast<id_t>(syscall(SYS_gettid)), kNice);
}

}  // namespace

Jobs::Jobs(Cluster& cluster, std::unique_ptr<JobStore> store, JobsOptions options)
    : cluster_(cluster),
      store_(std::move(store)),
      options_(std::move(options)),
      disk_(options_.spool_dir, options_.min_free_disk_bytes, 0, options_.free_bytes) {
  if (options_.access == Access::kRead) return;
  Look();
  store_->OnChange([this] {
    MutexLock lock(mu_);
    hinted_ = true;
    Changed();
  });
  keeper_ = std::thread([this] { Keep(); });
}

Jobs::~Jobs() {
  if (options_.access != Access::kRead) store_->OnChange(nullptr);
  std::vector<std::thread> threads;
  {
    MutexLock lock(mu_);
    down_ = true;
    for (const auto& [id, job] : running_) {
      job->stop->store(true);
      if (job->thread.joinable()) threads.push_back(std::move(job->thread));
    }
    Changed();
  }
  if (keeper_.joinable()) keeper_.join();
  for (std::thread& thread : threads) thread.join();
  JoinEnded();
}

absl::Status Jobs::CheckChangeable() const {
  if (options_.access != Access::kRead) return absl::OkStatus();
  return absl::FailedPreconditionError("the jobs were opened to be read");
}

// --- What is asked.

absl::Status Jobs::CheckRoom(const JobRecord& record) {
  if (down_) return absl::UnavailableError("shutting down");
  if (FindKind(record.type)->one_at_a_time) {
    for (const auto& [id, job] : running_) {
      if (job->record.type != record.type || job->record.collection != record.collection) continue;
      return absl::AbortedError(absl::StrCat(
          "job '", id, "' (", record.type, ") is running on collection '", record.collection, "'"));
    }
  }
  if (running_.size() < options_.max_running) return absl::OkStatus();
  return OverloadError(
      absl::StrCat("there are ", running_.size(), " jobs running, allowed: ", options_.max_running),
      std::chrono::seconds(10));
}

absl::StatusOr<JobId> Jobs::Start(absl::string_view collection, const JobOrder& order,
                                  const Patience& patience) {
  if (absl::Status s = CheckChangeable(); !s.ok()) return s;
  auto record = NewJobRecord(cluster_, *store_, collection, order, patience);
  if (!record.ok()) return record.status();
  JoinEnded();
  if (const auto all = known_.All()) Expire(*all);
  const RunningPtr job = std::make_shared<Running>();
  job->record = *record;
  {
    MutexLock lock(mu_);
    if (absl::Status s = CheckRoom(*record); !s.ok()) return s;
    running_[record->id.value()] = job;
  }
  absl::Status launched = store_->Create(*record);
  const bool created = launched.ok();
  if (created) launched = Launch(record->id, job, order.selection.ids);
  if (launched.ok()) return record->id;
  MutexLock lock(mu_);
  running_.erase(record->id.value());
  if (created && absl::IsAborted(launched)) return record->id;  // another process drives it already
  return launched;
}

// `ids`: those of its selection where it is new; where they cannot be kept there is no such job.
absl::Status Jobs::Launch(const JobId& id, const RunningPtr& job,
                          const std::vector<std::string>& ids) {
  auto claimed = store_->Claim(id);
  if (!claimed.ok()) return claimed.status();
  if (AreKeptApart(ids)) {
    if (absl::Status s = KeepIdsApart(*store_, ids, *claimed); !s.ok()) {
      if (!store_->Remove(id).ok()) store_->Release(*claimed);
      return s;
    }
  }
  claimed->state = JobState::kRunning;
  claimed->error.clear();
  claimed->waits.clear();
  claimed->ended_ms = 0;
  if (const auto saved = store_->Save(*claimed); !saved.ok()) {
    store_->Release(*claimed);  // somebody may
    return saved.status();
  }
  MutexLock lock(mu_);
  if (down_) return absl::UnavailableError("shutting down");
  job->record = *std::move(claimed);
  job->thread = std::thread([this, job] { Run(job); });
  Changed();
  return absl::OkStatus();
}

// Lets one go on that nobody drives; OK when it runs here.
absl::Status Jobs::TakeUp(const JobId& id) {
  const RunningPtr job = std::make_shared<Running>();
  job->record.id = id;
  {
    MutexLock lock(mu_);
    if (down_) return absl::UnavailableError("shutting down");
    if (!running_.try_emplace(id.value(), job).second) return absl::OkStatus();
  }
  absl::Status launched = Launch(id, job, {});
  if (launched.ok()) return launched;
  MutexLock lock(mu_);
  running_.erase(id.value());
  return launched;
}

absl::Status Jobs::Resume(const JobId& id) {
  if (absl::Status s = CheckChangeable(); !s.ok()) return s;
  {
    MutexLock lock(mu_);
    if (running_.count(id.value()) > 0) return absl::OkStatus();
  }
  const auto record = store_->Find(id);
  if (absl::IsDataLoss(record.status())) {
    return absl::FailedPreconditionError(record.status().message());
  }
  if (!record.ok()) return record.status();
  if (record->state == JobState::kDone || record->state == JobState::kCancelled) {
    return absl::FailedPreconditionError(absl::StrCat(
        "job '", id.value(), "' is ", record->state == JobState::kDone ? "done" : "cancelled"));
  }
  const absl::Status taken = TakeUp(id);
  if (!absl::IsAborted(taken)) return taken;
  return IsOver(record->state) ? store_->Wish(id, JobWish::kResume) : absl::OkStatus();
}

absl::Status Jobs::Cancel(const JobId& id) {
  if (absl::Status s = CheckChangeable(); !s.ok()) return s;
  {
    MutexLock lock(mu_);
    const auto running = running_.find(id.value());
    if (running != running_.end()) {
      running->second->stop_for_good = true;
      running->second->stop->store(true);
      Changed();
      return absl::OkStatus();
    }
  }
  const auto record = store_->Find(id);
  if (absl::IsNotFound(record.status())) return NoSuchJob(id);
  if (!record.ok() && !absl::IsDataLoss(record.status())) return record.status();
  // One that waits for somebody to drive it is removed too, unless somebody just does.
  if (record.ok() && !IsOver(record->state)) {
    const auto claimed = store_->Claim(id);
    if (absl::IsAborted(claimed.status())) return store_->Wish(id, JobWish::kCancel);
    if (!claimed.ok()) return claimed.status();
    const absl::Status removed = Remove(id);
    if (!removed.ok()) store_->Release(*claimed);
    return removed;
  }
  return Remove(id);
}

absl::Status Jobs::Remove(const JobId& id) {
  absl::Status removed = store_->Remove(id);
  if (removed.ok()) known_.Forget(id);
  return removed;
}

absl::StatusOr<JobRecord> Jobs::Find(const JobId& id) const {
  {
    MutexLock lock(mu_);
    const auto running = running_.find(id.value());
    if (running != running_.end() && !running->second->record.type.empty()) {
      return running->second->record;
    }
  }
  auto known = known_.is_silent() ? known_.Find(id) : std::nullopt;
  if (known) return *std::move(known);
  auto record = store_->Find(id);
  if (absl::IsUnavailable(record.status())) known = known_.Find(id);
  if (known) return *std::move(known);
  if (absl::IsDataLoss(record.status())) return DamagedJob(id, record.status());
  if (record.ok()) known_.Learn(*record);
  if (!absl::IsNotFound(record.status())) return record;
  known_.Forget(id);
  return NoSuchJob(id);
}

// What the store tells, or has told last where it cannot be asked.
absl::StatusOr<std::vector<JobStore::Listed>> Jobs::List() const {
  if (known_.is_silent()) {
    if (auto known = known_.All()) return *std::move(known);
  }
  auto listed = store_->List();
  if (listed.ok()) known_.Learn(*listed);
  if (absl::IsUnavailable(listed.status())) {
    if (auto known = known_.All()) return *std::move(known);
  }
  return listed;
}

absl::StatusOr<std::vector<JobRecord>> Jobs::All() const {
  const auto listed = List();
  if (!listed.ok()) return listed.status();
  std::vector<JobRecord> out;
  MutexLock lock(mu_);
  for (const JobStore::Listed& one : *listed) {
    const auto running = running_.find(one.id.value());
    if (running != running_.end() && !running->second->record.type.empty()) {
      out.push_back(running->second->record);
    } else {
      out.push_back(one.record.ok() ? *one.record : DamagedJob(one.id, one.record.status()));
    }
  }
  std::sort(out.begin(), out.end(), [](const JobRecord& a, const JobRecord& b) {
    return std::tie(b.created_ms, b.id) < std::tie(a.created_ms, a.id);
  });
  return out;
}

absl::StatusOr<JobLines> Jobs::Read(const JobRecord& record, const JobRead& read) const {
  return store_->Read(record, read);
}

uint64_t Jobs::AwaitChange(uint64_t seen, Clock::time_point until) const {
  MutexLock lock(mu_);
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - Clock::now());
  if (left.count() > 0) {
    changed_.WaitFor(
        mu_, left, [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) { return changes_ != seen || down_; });
  }
  return changes_;
}

// --- What is looked after.

void Jobs::Keep() {
  for (;;) {
    {
      MutexLock lock(mu_);
      changed_.WaitFor(mu_, options_.look_every,
                       [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) { return hinted_ || down_; });
      if (down_) return;
      hinted_ = false;
    }
    Look();
    JoinEnded();
  }
}

void Jobs::JoinEnded() {
  std::vector<std::thread> threads;
  {
    MutexLock lock(mu_);
    threads.swap(ended_);
  }
  for (std::thread& thread : threads) thread.join();
}

void Jobs::Look() {
  const auto all = store_->List();
  if (!all.ok()) return known_.NoteSilence();  // the next look may see more
  known_.Learn(*all);
  Expire(*all);
  for (const JobStore::Listed& one : *all) {
    if (one.record.ok()) LookAt(*one.record);
  }
}

void Jobs::LookAt(const JobRecord& record) {
  {
    MutexLock lock(mu_);
    const auto running = running_.find(record.id.value());
    if (running != running_.end()) {
      if (record.wish != JobWish::kCancel && record.wish != JobWish::kRemove) return;
      running->second->stop_for_good = true;
      running->second->stop->store(true);
      Changed();
      return;
    }
    if (running_.size() >= options_.max_running) return;
  }
  const bool is_wanted = record.state == JobState::kQueued && options_.resume;
  const bool is_wished = record.state == JobState::kFailed && record.wish == JobWish::kResume;
  // What fails here another may do, or the next look.
  if (is_wanted || is_wished) TakeUp(record.id).IgnoreError();
}

// What has ended goes when it is old, or when newer ones need its place.
void Jobs::Expire(const std::vector<JobStore::Listed>& all) {
  const auto now = Clock::now();
  std::vector<std::tuple<Clock::time_point, int64_t, std::string>> ended;
  std::vector<JobId> old;
  {
    MutexLock lock(mu_);
    std::map<std::string, Clock::time_point> over_since;
    for (const JobStore::Listed& one : all) {
      if (!one.record.ok() || !IsOver(one.record->state)) continue;  // damage somebody should see
      const std::string& id = one.id.value();
      if (running_.count(id) > 0) continue;
      const auto known = over_since_.find(id);
      const auto since = known == over_since_.end() ? now : known->second;
      over_since[id] = since;
      const auto keep = std::min<std::chrono::milliseconds>(
          options_.keep_for, std::chrono::seconds(one.record->keep_for_s));
      if (now - since > keep || one.record->wish == JobWish::kRemove) {
        old.push_back(one.id);
      } else {
        ended.emplace_back(since, one.record->ended_ms, id);
      }
    }
    over_since_ = std::move(over_since);
  }
  std::sort(ended.begin(), ended.end());
  const size_t above = ended.size() - std::min(ended.size(), options_.max_kept);
  for (size_t i = 0; i < above; ++i) old.emplace_back(std::get<std::string>(ended[i]));
  for (const JobId& id : old) Remove(id).IgnoreError();  // else at the next look
}

// --- What is driven.

void Jobs::Run(const RunningPtr& job) {
  LowerPriority();
  JobRecord record;
  {
    MutexLock lock(mu_);
    record = job->record;
  }
  const absl::Status status = Drive(job, record);
  End(job, std::move(record), status);
}

void Jobs::Show(const RunningPtr& job, const JobRecord& record) {
  MutexLock lock(mu_);
  job->record = record;
  Changed();
}

// Until it is done, or fails for good.
absl::Status Jobs::Drive(const RunningPtr& job, JobRecord& record) {
  const auto work = WorkOf(record);
  if (!work.ok()) return work.status();
  Clock::time_point moved = Clock::now();
  for (;;) {
    bool got_on = false, lost = false;
    const absl::Status status = DriveOnce(job, **work, record, &got_on, &lost);
    if (lost) return absl::AbortedError("another process drives the job");
    const bool no_room = IsNoRoom(status);
    if (status.ok() || !(no_room || IsPassing(status))) return status;
    if (got_on || no_room) moved = Clock::now();
    if (!no_room && Clock::now() - moved > options_.limits.give_up_after) {
      return absl::FailedPreconditionError(status.message());
    }
    ShowWaiting(job, record, status);
    if (absl::Status s = AwaitStored(job, record); !s.ok()) return s;
  }
}

void Jobs::ShowWaiting(const RunningPtr& job, JobRecord record, const absl::Status& why) {
  record.waits = std::string(why.message());
  Show(job, record);
}

// Cancelled as soon as the job is to stop.
absl::Status Jobs::Pause(const Running& job, std::chrono::milliseconds time) {
  const MutexLock lock(mu_);
  const bool stopped = changed_.WaitFor(mu_, time, [&job] { return job.stop->load(); });
  return stopped ? absl::CancelledError("cancelled") : absl::OkStatus();
}

// After a while: the record is what is stored, of which more may be than the driver has heard.
// Where the store cannot be asked, or there is no room to go on, that is waited for.
absl::Status Jobs::AwaitStored(const RunningPtr& job, JobRecord& record) {
  for (;;) {
    if (absl::Status s = Pause(*job, options_.limits.retry_every); !s.ok()) return s;
    if (IsNoRoom(store_->CheckRoom(0)) || IsNoRoom(disk_.Check())) continue;
    auto stored = store_->Find(record.id);
    if (absl::IsUnavailable(stored.status())) continue;
    if (!stored.ok() || stored->term != record.term || stored->driver != record.driver) {
      return absl::OkStatus();  // the next save tells
    }
    stored->state = record.state;
    record = *std::move(stored);
    return absl::OkStatus();
  }
}

absl::Status Jobs::DriveOnce(const RunningPtr& job, const JobWork& work, JobRecord& record,
                             bool* got_on, bool* lost) {
  const Patience patience{.deadline = Clock::time_point::max(), .cancelled = job->stop};
  const auto collection = cluster_.Find(record.collection);
  if (!collection.ok()) return collection.status();
  JobRun run(record,
             {.collection = collection->get(),
              .store = store_.get(),
              .spool_dir = absl::StrCat(options_.spool_dir, "/", record.id.value(), "/spool"),
              .limits = options_.limits,
              .spool_disk = &disk_,
              .patience = patience,
              .pause = [&](std::chrono::milliseconds time) { return Pause(*job, time); },
              .shown = [&](const JobRecord& now) { Show(job, now); }});
  const auto counts = (*collection)->Count(patience);
  if (!counts.ok()) return counts.status();
  if (counts->stats.log.log_id != record.as_of.log_id) {
    return absl::FailedPreconditionError(
        "the collection was dropped, and this is another one of its name");
  }
  absl::Status status = run.Begin();
  if (status.ok()) status = work.Run(run);
  // What was done is kept, whatever ended it.
  const absl::Status saved = run.SaveWhereItIs();
  if (status.ok()) status = saved;
  *got_on = run.got_on();
  *lost = run.lost();
  record = run.durable();
  return status;
}

void Jobs::End(const RunningPtr& job, JobRecord record, const absl::Status& status) {
  const bool wished = record.wish == JobWish::kCancel || record.wish == JobWish::kRemove;
  bool for_good = wished;
  {
    MutexLock lock(mu_);
    for_good = for_good || job->stop_for_good;
  }
  // The end of the process is none of the job: it goes on at the next start, or elsewhere.
  if (absl::IsAborted(status)) {
  } else if (absl::IsCancelled(status) && !for_good) {
    store_->Release(record);
  } else {
    record.state = status.ok()                 ? JobState::kDone
                   : absl::IsCancelled(status) ? JobState::kCancelled
                                               : JobState::kFailed;
    record.waits.clear();
    record.error = record.state == JobState::kFailed ? std::string(status.message()) : "";
    if (status.ok()) record.total = record.done;  // what came and went meanwhile
    record.ended_ms = absl::ToUnixMillis(absl::Now());
    // Where this fails the job runs again, from its last checkpoint, to the same end: after a
    // restart, or wherever somebody takes it up.
    const auto saved = store_->Save(record);
    saved.ok() ? known_.Learn(record) : store_->Release(record);
    if (saved.ok() && *saved == JobWish::kRemove) Remove(record.id).IgnoreError();
  }
  MutexLock lock(mu_);
  running_.erase(record.id.value());
  if (job->thread.joinable()) ended_.push_back(std::move(job->thread));
  Changed();
}

}  // namespace spoor
