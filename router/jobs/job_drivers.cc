#include "router/jobs/job_drivers.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

namespace spoor {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kRetry{500};     // where the store did not answer
constexpr milliseconds kGoodbye{1000};  // for giving up the lease at the end

}  // namespace

JobDrivers::JobDrivers(MetaStore& store, JobDriversOptions options)
    : store_(store), options_(std::move(options)), next_step_(options_.now()) {}

JobDrivers::~JobDrivers() {
  const MutexLock calling(calling_);
  if (lease_ == 0) return;
  Patience patience;
  patience.deadline = std::chrono::steady_clock::now() + kGoodbye;
  store_.Revoke(lease_, patience).IgnoreError();  // else it ends by itself
}

bool JobDrivers::Has(const JobId& id) const {
  const MutexLock lock(mu_);
  return taken_.contains(id.value());
}

absl::Status JobDrivers::Take(const JobId& id, const Patience& patience) {
  const MutexLock calling(calling_);
  if (lease_ == 0) {
    if (absl::Status s = Grant(patience); !s.ok()) return s;
  }
  absl::Status put = Put(id, patience);
  if (absl::IsNotFound(put)) {  // the lease is over: under another one
    if (absl::Status s = Grant(patience); !s.ok()) return s;
    put = Put(id, patience);
  }
  return put;
}

void JobDrivers::Give(const JobId& id, const Patience& patience) {
  const MutexLock calling(calling_);
  {
    const MutexLock lock(mu_);
    if (taken_.erase(id.value()) == 0) return;
  }
  if (!Clear(id, patience).ok()) to_clear_.insert(id.value());
}

// No key of this process stays.
absl::Status JobDrivers::Clear(const JobId& id, const Patience& patience) {
  const auto there = store_.Get(KeyOf(id), patience);
  if (!there.ok()) return there.status();
  if (!there->has_value() || (*there)->value != options_.driver) return absl::OkStatus();
  return store_.Delete((*there)->key, (*there)->revision, patience);
}

absl::Status JobDrivers::Step(const Patience& patience) {
  const MutexLock calling(calling_);
  const auto now = options_.now();
  if (lease_ == 0 || now < next_step_) return absl::OkStatus();
  absl::Status renewed = Renew(patience);
  for (auto id = to_clear_.begin(); id != to_clear_.end();) {
    id = Has(JobId(*id)) || Clear(JobId(*id), patience).ok() ? to_clear_.erase(id) : std::next(id);
  }
  next_step_ = now + (renewed.ok() ? milliseconds(options_.ttl) / 3 : kRetry);
  return renewed;
}

absl::Status JobDrivers::Grant(const Patience& patience) {
  const auto granted = store_.Grant(options_.ttl, patience);
  if (!granted.ok()) return granted.status();
  lease_ = *granted;
  next_step_ = options_.now() + milliseconds(options_.ttl) / 3;
  return absl::OkStatus();
}

absl::Status JobDrivers::Renew(const Patience& patience) {
  const absl::Status kept = store_.KeepAlive(lease_, patience);
  if (!kept.ok() && !absl::IsNotFound(kept)) return kept;
  if (!kept.ok()) {
    if (absl::Status s = Grant(patience); !s.ok()) return s;
  }
  std::vector<std::string> old;
  {
    const MutexLock lock(mu_);
    for (const auto& [id, lease] : taken_) {
      if (lease != lease_) old.push_back(id);
    }
  }
  for (const std::string& id : old) {
    const absl::Status put = Put(JobId(id), patience);
    if (!put.ok() && !absl::IsAborted(put)) return put;
  }
  return absl::OkStatus();
}

// NotFound: the lease is over.
absl::Status JobDrivers::Put(const JobId& id, const Patience& patience) {
  const auto there = store_.Get(KeyOf(id), patience);
  if (!there.ok()) return there.status();
  absl::Status put = absl::OkStatus();
  if (there->has_value() && (*there)->value != options_.driver) {
    put = absl::AbortedError(absl::StrCat("'", (*there)->value, "' drives job '", id.value(), "'"));
  } else {
    const uint64_t revision = there->has_value() ? (*there)->revision : 0;
    put = store_.Put({KeyOf(id), options_.driver, revision}, lease_, patience).status();
  }
  if (put.ok()) {
    to_clear_.erase(id.value());
  } else if (!absl::IsAborted(put) && !absl::IsNotFound(put)) {
    to_clear_.insert(id.value());
  }
  const MutexLock lock(mu_);
  if (put.ok()) taken_[id.value()] = lease_;
  if (absl::IsAborted(put)) taken_.erase(id.value());
  return put;
}

}  // namespace spoor
