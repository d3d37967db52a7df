#include "router/jobs/join_jobs.h"

#include <algorithm>
#include <random>
#include <tuple>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "shard/rpc/call.h"

namespace spoor {
namespace {

using Clock = std::chrono::steady_clock;

constexpr absl::string_view kIdStart = "join-";

absl::Status NoSuchJob(const JobId& id) {
  return absl::NotFoundError(absl::StrCat("no job '", id.value(), "'"));
}

// Sorts by the time at which it was made, to the millisecond.
JobId NewId(int64_t now_ms) {
  std::random_device random;
  return JobId(absl::StrCat(kIdStart, absl::Hex(now_ms, absl::kZeroPad12), "-",
                            absl::Hex(random(), absl::kZeroPad8)));
}

// What may have passed when it is tried again.
bool IsPassing(const absl::Status& status) {
  return absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status) ||
         absl::IsAborted(status) || RetryAfter(status).has_value();
}

}  // namespace

bool JoinJobs::IsJoin(const JobId& id) { return absl::StartsWith(id.value(), kIdStart); }

JoinJobs::JoinJobs(Cluster& cluster, const JoinJobsOptions& options)
    : cluster_(cluster), options_(options), files_(options.dir) {
  MutexLock lock(mu_);
  for (JoinFiles::Loaded& loaded : files_.Load()) {
    auto job = std::make_shared<Job>();
    job->ended = std::chrono::steady_clock::now();
    if (loaded.checkpoint.ok()) {
      job->saved = *std::move(loaded.checkpoint);
    } else {
      job->saved.id = loaded.id;
      job->saved.state = JobState::kFailed;
      job->saved.error = std::string(loaded.checkpoint.status().message());
      job->damage = job->saved.error;
    }
    jobs_[loaded.id.value()] = job;
  }
  if (options_.access == Access::kRead) return;
  Expire();
  for (const auto& [id, job] : jobs_) {
    if (options_.resume && job->saved.state == JobState::kRunning) Launch(job);
  }
}

JoinJobs::~JoinJobs() {
  std::vector<std::thread> threads;
  {
    MutexLock lock(mu_);
    down_ = true;
    for (const auto& [id, job] : jobs_) {
      if (job->stop != nullptr) job->stop->store(true);
      if (job->thread.joinable()) threads.push_back(std::move(job->thread));
    }
    changed_.NotifyAll();
  }
  for (std::thread& thread : threads) thread.join();
}

JoinJobs::JobPtr JoinJobs::Get(const JobId& id) const {
  const auto at = jobs_.find(id.value());
  return at == jobs_.end() ? nullptr : at->second;
}

JoinStatus JoinJobs::StatusOf(const Job& job) {
  const JoinCheckpoint& c = job.saved;
  const bool waits = c.state == JobState::kRunning && !job.running;
  return {.job = {.id = c.id,
                  .type = "join",
                  .collection = c.collection,
                  .state = waits ? JobState::kQueued : c.state,
                  .step = c.state == JobState::kRunning ? "joining" : "",
                  .done = c.done,
                  .total = c.total,
                  .error = c.error,
                  .created_ms = c.created_ms,
                  .ended_ms = c.ended_ms,
                  .tune = {}},
          .pairs = c.pairs,
          .bytes = c.bytes};
}

absl::Status JoinJobs::CheckChangeable() const {
  if (options_.access != Access::kRead) return absl::OkStatus();
  return absl::FailedPreconditionError("the jobs were opened to be read");
}

absl::StatusOr<JobId> JoinJobs::Start(absl::string_view collection, std::string body,
                                      const Patience& patience) {
  if (absl::Status s = CheckChangeable(); !s.ok()) return s;
  const auto request = JoinRequestOf(body);
  if (!request.ok()) return request.status();
  const auto found = cluster_.Find(collection);
  if (!found.ok()) return found.status();
  const auto counts = (*found)->Count(patience);
  if (!counts.ok()) return counts.status();
  if (!counts->complete) return absl::UnavailableError("not every slot can be reached");
  auto job = std::make_shared<Job>();
  JoinCheckpoint& c = job->saved;
  c.created_ms = absl::ToUnixMillis(absl::Now());
  c.id = NewId(c.created_ms);
  c.collection = std::string(collection);
  c.request = std::move(body);
  c.as_of = counts->stats.log;
  if (request->written) {
    if (request->written->position.log_id != c.as_of.log_id) {
      return absl::FailedPreconditionError("the token is of another log");
    }
    c.as_of.Raise(request->written->position);
  }
  c.params = counts->stats.params;
  c.total = counts->stats.trajectories;

  MutexLock lock(mu_);
  if (down_) return absl::UnavailableError("shutting down");
  const auto running = std::count_if(jobs_.begin(), jobs_.end(),
                                     [](const auto& entry) { return entry.second->running; });
  if (static_cast<size_t>(running) >= options_.max_running) {
    return OverloadError(
        absl::StrCat("there are ", running, " joins running, allowed: ", options_.max_running),
        std::chrono::seconds(10));
  }
  if (absl::Status s = files_.Save(c); !s.ok()) return s;
  jobs_[c.id.value()] = job;
  Expire();
  Launch(job);
  return c.id;
}

absl::Status JoinJobs::Resume(const JobId& id) {
  if (absl::Status s = CheckChangeable(); !s.ok()) return s;
  MutexLock lock(mu_);
  const JobPtr job = Get(id);
  if (job == nullptr) return NoSuchJob(id);
  if (job->running) return absl::OkStatus();
  if (!job->damage.empty()) return absl::FailedPreconditionError(job->damage);
  JoinCheckpoint& c = job->saved;
  if (c.state == JobState::kDone || c.state == JobState::kCancelled) {
    return absl::FailedPreconditionError(absl::StrCat(
        "job '", id.value(), "' is ", c.state == JobState::kDone ? "done" : "cancelled"));
  }
  c.state = JobState::kRunning;
  c.error.clear();
  c.ended_ms = 0;
  if (absl::Status s = files_.Save(c); !s.ok()) return s;
  Launch(job);
  return absl::OkStatus();
}

absl::Status JoinJobs::Cancel(const JobId& id) {
  if (absl::Status s = CheckChangeable(); !s.ok()) return s;
  MutexLock lock(mu_);
  const JobPtr job = Get(id);
  if (job == nullptr) return NoSuchJob(id);
  if (job->running) {
    job->stop_for_good = true;
    job->stop->store(true);
    changed_.NotifyAll();
    return absl::OkStatus();
  }
  if (job->thread.joinable()) job->thread.join();  // past its last line
  files_.Remove(id);
  jobs_.erase(id.value());
  return absl::OkStatus();
}

absl::StatusOr<JoinStatus> JoinJobs::Find(const JobId& id) const {
  MutexLock lock(mu_);
  const JobPtr job = Get(id);
  if (job == nullptr) return NoSuchJob(id);
  return StatusOf(*job);
}

std::vector<JoinStatus> JoinJobs::All() const {
  MutexLock lock(mu_);
  std::vector<JoinStatus> out;
  for (const auto& [id, job] : jobs_) out.push_back(StatusOf(*job));
  std::sort(out.begin(), out.end(), [](const JoinStatus& a, const JoinStatus& b) {
    return std::tie(b.job.created_ms, b.job.id) < std::tie(a.job.created_ms, a.job.id);
  });
  return out;
}

absl::Status JoinJobs::CheckBetweenLines(const JobId& id, uint64_t from, uint64_t to) const {
  if (from > to) return absl::OutOfRangeError("the cursor is behind the result");
  if (from == 0) return absl::OkStatus();
  const auto before = files_.Read(id, from - 1, from, 1);
  if (!before.ok()) return before.status();
  return *before == "\n" ? absl::OkStatus()
                         : absl::OutOfRangeError("the cursor is in the midst of a pair");
}

absl::StatusOr<JoinJobs::Lines> JoinJobs::Read(const JobId& id, uint64_t from,
                                               uint64_t max_bytes) const {
  const auto status = Find(id);
  if (!status.ok()) return status.status();
  const absl::Status between = CheckBetweenLines(id, from, status->bytes);
  if (!between.ok()) return between;
  auto text = files_.Read(id, from, status->bytes, max_bytes);
  if (!text.ok()) return text.status();
  const bool more = from + text->size() < status->bytes;
  return Lines{.text = *std::move(text), .more = more};
}

namespace {

class ResultStream : public BodySource {
 public:
  ResultStream(const JoinFiles& files, JobId id, uint64_t from, uint64_t to)
      : files_(files), id_(std::move(id)), from_(from), to_(to) {}
  std::optional<uint64_t> bytes_left() const override { return to_ - from_; }
  absl::StatusOr<Piece> Next(const Wake&) override {
    constexpr uint64_t kSentAtOnce = 256 << 10;
    auto piece = files_.Read(id_, from_, to_, kSentAtOnce);
    if (!piece.ok()) return piece.status();
    if (piece->empty()) return absl::DataLossError("the result is shorter than it was");
    from_ += piece->size();
    return Bytes(*std::move(piece));
  }

 private:
  const JoinFiles files_;
  const JobId id_;
  uint64_t from_;
  const uint64_t to_;
};

}  // namespace

absl::StatusOr<std::shared_ptr<BodySource>> JoinJobs::Stream(const JobId& id, uint64_t from) const {
  const auto status = Find(id);
  if (!status.ok()) return status.status();
  const absl::Status between = CheckBetweenLines(id, from, status->bytes);
  if (!between.ok()) return between;
  return std::make_shared<ResultStream>(files_, id, from, status->bytes);
}

// What has ended goes when it is old, or when newer ones need its place.
void JoinJobs::Expire() {
  const auto now = std::chrono::steady_clock::now();
  std::vector<std::tuple<std::chrono::steady_clock::time_point, int64_t, std::string>> ended;
  for (const auto& [id, job] : jobs_) {
    if (job->saved.state != JobState::kRunning)
      ended.emplace_back(job->ended, job->saved.ended_ms, id);
  }
  std::sort(ended.begin(), ended.end());
  const size_t above = ended.size() - std::min(ended.size(), options_.max_kept);
  for (size_t i = 0; i < ended.size(); ++i) {
    const auto& [since, ended_ms, id] = ended[i];
    const JobPtr job = jobs_.at(id);
    const bool damaged = !job->damage.empty();  // somebody should see it
    const bool is_kept = i >= above && now - since <= options_.keep_for;
    if (is_kept || job->running || damaged) continue;
    if (job->thread.joinable()) job->thread.join();
    files_.Remove(JobId(id));
    jobs_.erase(id);
  }
}

void JoinJobs::Launch(const JobPtr& job) {
  if (job->thread.joinable()) job->thread.join();  // of an earlier run, which has ended
  job->running = true;
  job->stop_for_good = false;
  job->stop = std::make_shared<std::atomic<bool>>(false);
  job->thread = std::thread([this, job] { Run(job); });
}

void JoinJobs::Run(const JobPtr& job) {
  JoinCheckpoint at;
  Patience patience;
  {
    MutexLock lock(mu_);
    at = job->saved;
    patience.cancelled = job->stop;
  }
  auto result = JoinResult::Open(files_.ResultPath(at.id), at);
  End(job, result.ok() ? Drive(job, *result, patience) : result.status());
}

// Until it is done, or fails for good.
absl::Status JoinJobs::Drive(const JobPtr& job, JoinResult& result, const Patience& patience) {
  JoinCheckpoint at;
  {
    MutexLock lock(mu_);
    at = job->saved;
  }
  const auto request = JoinRequestOf(at.request);
  if (!request.ok()) return request.status();
  Clock::time_point moved = Clock::now();
  HomePlace reached = at.reached;
  for (;;) {
    absl::Status status = DriveOnce(job, *request, result, at, patience);
    if (status.ok() || !IsPassing(status)) {
      // What was done is kept, whatever ended it.
      const absl::Status saved = Save(job, result, at);
      return status.ok() ? saved : status;
    }
    if (std::exchange(reached, at.reached) != at.reached) moved = Clock::now();
    if (Clock::now() - moved > options_.give_up_after) return status;
    MutexLock lock(mu_);
    const auto stopped = [&] { return job->stop->load(); };
    if (changed_.WaitFor(mu_, options_.retry_every, stopped)) {
      return absl::CancelledError("cancelled");
    }
  }
}

absl::Status JoinJobs::DriveOnce(const JobPtr& job, const JoinRequest& request, JoinResult& result,
                                 JoinCheckpoint& at, const Patience& patience) {
  const auto since = Clock::now();  // the log had reached as_of before
  const auto collection = cluster_.Find(at.collection);
  if (!collection.ok()) return collection.status();
  const auto counts = (*collection)->Count(patience);
  if (!counts.ok()) return counts.status();
  if (counts->stats.log.log_id != at.as_of.log_id) {
    return absl::FailedPreconditionError(
        "the collection was dropped, and this is another one of its name");
  }
  Clock::time_point saved = since;
  const JoinSink sink = [&](absl::string_view lines, const JoinCheckpoint& reached) {
    if (absl::Status s = Write(lines, result); !s.ok()) return s;
    at = reached;
    at.bytes = result.bytes();
    at.crc = result.crc();
    if (Clock::now() - saved < options_.save_every) return absl::OkStatus();
    saved = Clock::now();
    return Save(job, result, at);
  };
  const JoinWork work{
      .collection = **collection, .request = request, .since = since, .pace = options_.pace};
  return RunJoin(work, at, sink, patience);
}

absl::Status JoinJobs::Write(absl::string_view lines, JoinResult& result) const {
  if (result.bytes() + lines.size() > options_.max_result_bytes) {
    return absl::ResourceExhaustedError(
        absl::StrCat("the result would have more than ", options_.max_result_bytes,
                     " bytes, which is all that a join may have: ask for closer pairs"));
  }
  const uint64_t free = files_.FreeBytes();
  if (free < options_.min_free_disk_bytes + lines.size()) {
    return absl::ResourceExhaustedError(
        absl::StrCat("the disk is full: ", free, " bytes are free where ",
                     options_.min_free_disk_bytes, " must stay; make room and resume the job"));
  }
  return result.Append(lines);
}

// The result before the checkpoint that calls it good.
absl::Status JoinJobs::Save(const JobPtr& job, JoinResult& result, JoinCheckpoint& at) {
  if (absl::Status s = result.Sync(); !s.ok()) return s;
  if (absl::Status s = files_.Save(at); !s.ok()) return s;
  MutexLock lock(mu_);
  job->saved = at;
  return absl::OkStatus();
}

void JoinJobs::End(const JobPtr& job, const absl::Status& status) {
  MutexLock lock(mu_);
  job->running = false;
  JoinCheckpoint& c = job->saved;
  // The end of the process is none of the job: it goes on at the next start.
  if (absl::IsCancelled(status) && !job->stop_for_good) return;
  c.state = status.ok()                 ? JobState::kDone
            : absl::IsCancelled(status) ? JobState::kCancelled
                                        : JobState::kFailed;
  if (!status.ok() && !absl::IsCancelled(status)) c.error = std::string(status.message());
  if (status.ok()) c.total = c.done;  // what came and went meanwhile
  c.ended_ms = absl::ToUnixMillis(absl::Now());
  job->ended = std::chrono::steady_clock::now();
  // Where this fails the job runs again after a restart, from its last checkpoint, to the same end.
  files_.Save(c).IgnoreError();
}

}  // namespace spoor
