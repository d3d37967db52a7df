#include "router/jobs/known_jobs.h"

#include <utility>

#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace spoor {
namespace {

absl::StatusOr<JobRecord> AsOf(absl::StatusOr<JobRecord> record, int64_t at_ms) {
  if (record.ok()) record->known_at_ms = at_ms;
  return record;
}

}  // namespace

void KnownJobs::Learn(const std::vector<JobStore::Listed>& all) {
  const int64_t now = absl::ToUnixMillis(absl::Now());
  std::map<std::string, Known> jobs;
  for (const JobStore::Listed& one : all) {
    jobs.insert_or_assign(one.id.value(), Known{.record = one.record, .at_ms = now});
  }
  const MutexLock lock(mu_);
  jobs_ = std::move(jobs);
  all_ = true;
  silent_ = false;
}

void KnownJobs::Learn(const JobRecord& record) {
  const MutexLock lock(mu_);
  jobs_.insert_or_assign(record.id.value(),
                         Known{.record = record, .at_ms = absl::ToUnixMillis(absl::Now())});
}

void KnownJobs::Forget(const JobId& id) {
  const MutexLock lock(mu_);
  jobs_.erase(id.value());
}

void KnownJobs::NoteSilence() {
  const MutexLock lock(mu_);
  silent_ = true;
}

bool KnownJobs::is_silent() const {
  const MutexLock lock(mu_);
  return silent_;
}

std::optional<JobRecord> KnownJobs::Find(const JobId& id) const {
  const MutexLock lock(mu_);
  const auto known = jobs_.find(id.value());
  if (known == jobs_.end() || !known->second.record.ok()) return std::nullopt;
  return *AsOf(known->second.record, known->second.at_ms);
}

std::optional<std::vector<JobStore::Listed>> KnownJobs::All() const {
  const MutexLock lock(mu_);
  if (!all_) return std::nullopt;
  std::vector<JobStore::Listed> out;
  for (const auto& [id, known] : jobs_) {
    out.push_back({JobId(id), AsOf(known.record, known.at_ms)});
  }
  return out;
}

}  // namespace spoor
