#include "shard/tune/job_board.h"

#include <algorithm>
#include <random>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

namespace spoor {
namespace {

bool Ended(JobState s) { return s != JobState::kQueued && s != JobState::kRunning; }

absl::Status NoSuchJob(const JobId& id) {
  return absl::NotFoundError(absl::StrCat("no job '", id.value(), "'"));
}

}  // namespace

JobBoard::~JobBoard() { Shutdown(); }

std::string JobBoard::NewLife() {
  return absl::StrCat(absl::Hex(std::random_device()(), absl::kZeroPad8));
}

void JobBoard::Running::Progress(absl::string_view step, uint64_t done, uint64_t total) {
  MutexLock lock(board_.mu_);
  JobStatus& s = board_.Get(id_)->status;
  s.step = std::string(step);
  s.done = done;
  s.total = total;
}

void JobBoard::Running::Result(TuneResult result) {
  MutexLock lock(board_.mu_);
  board_.Get(id_)->status.tune = std::move(result);
}

std::shared_ptr<JobBoard::Job> JobBoard::Get(const JobId& id) const {
  const auto it = std::find_if(jobs_.begin(), jobs_.end(),
                               [&](const auto& job) { return job->status.id == id; });
  return it == jobs_.end() ? nullptr : *it;
}

absl::StatusOr<JobId> JobBoard::Start(absl::string_view type, absl::string_view collection,
                                      Work work) {
  MutexLock lock(mu_);
  if (down_) return absl::UnavailableError("shutting down");
  size_t running = 0;
  for (const auto& job : jobs_) {
    if (Ended(job->status.state)) continue;
    ++running;
    if (job->status.type == type && job->status.collection == collection) {
      return absl::AbortedError(absl::StrCat("job '", job->status.id.value(), "' (", type,
                                             ") is running on collection '", collection, "'"));
    }
  }
  if (running >= kMaxRunning) {
    return absl::ResourceExhaustedError(
        absl::StrCat("there are ", running, " jobs running, allowed: ", kMaxRunning));
  }
  auto job = std::make_shared<Job>();
  job->status.id = JobId(absl::StrCat(type, "-", life_, "-", next_++));
  job->status.type = std::string(type);
  job->status.collection = std::string(collection);
  job->status.state = JobState::kRunning;
  job->status.created_ms = absl::ToUnixMillis(absl::Now());
  jobs_.push_front(job);
  Forget();
  const JobId id = job->status.id;
  job->thread = std::thread([this, job, work = std::move(work)] { Run(job, work); });
  return id;
}

void JobBoard::Run(const std::shared_ptr<Job>& job, const Work& work) {
  JobId id;
  {
    MutexLock lock(mu_);
    id = job->status.id;
  }
  Running running(*this, id, Patience{.cancelled = job->cancelled});
  const absl::Status status = work(running);
  MutexLock lock(mu_);
  job->status.ended_ms = absl::ToUnixMillis(absl::Now());
  job->status.state = status.ok()                 ? JobState::kDone
                      : absl::IsCancelled(status) ? JobState::kCancelled
                                                  : JobState::kFailed;
  if (!status.ok()) job->status.error = std::string(status.message());
}

// The oldest that have ended, above the limit; their threads are past their last line.
void JobBoard::Forget() {
  while (jobs_.size() > kMaxKept && Ended(jobs_.back()->status.state)) {
    if (jobs_.back()->thread.joinable()) jobs_.back()->thread.join();
    jobs_.pop_back();
  }
}

absl::StatusOr<JobStatus> JobBoard::Find(const JobId& id) const {
  MutexLock lock(mu_);
  const auto job = Get(id);
  if (job == nullptr) return NoSuchJob(id);
  return job->status;
}

absl::Status JobBoard::Cancel(const JobId& id) {
  MutexLock lock(mu_);
  const auto job = Get(id);
  if (job == nullptr) return NoSuchJob(id);
  if (Ended(job->status.state)) {
    return absl::FailedPreconditionError(absl::StrCat("job '", id.value(), "' has ended"));
  }
  job->cancelled->store(true);
  return absl::OkStatus();
}

std::vector<JobStatus> JobBoard::All() const {
  MutexLock lock(mu_);
  std::vector<JobStatus> out;
  for (const auto& job : jobs_) out.push_back(job->status);
  return out;
}

void JobBoard::Shutdown() {
  std::vector<std::thread> threads;
  {
    MutexLock lock(mu_);
    down_ = true;
    for (const auto& job : jobs_) {
      job->cancelled->store(true);
      if (job->thread.joinable()) threads.push_back(std::move(job->thread));
    }
  }
  for (std::thread& t : threads) t.join();
}

}  // namespace spoor
