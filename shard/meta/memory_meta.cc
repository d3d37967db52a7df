#include "shard/meta/memory_meta.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace spoor {

struct MemoryMeta::Watcher {
  Watcher(std::string watched, std::function<void()> call)
      : prefix(std::move(watched)), hint(std::move(call)) {}

  const std::string prefix;
  const std::function<void()> hint;
  bool due = true;  // of the store's mutex
  Mutex calling;    // held while the hint runs
  bool ended ABSL_GUARDED_BY(calling) = false;
};

class MemoryMeta::WatchEnd : public Watch {
 public:
  WatchEnd(MemoryMeta& store, std::shared_ptr<Watcher> watcher)
      : store_(store), watcher_(std::move(watcher)) {}
  ~WatchEnd() override {
    {
      const MutexLock lock(store_.mu_);
      std::erase(store_.watchers_, watcher_);
    }
    const MutexLock running(watcher_->calling);
    watcher_->ended = true;
  }

 private:
  MemoryMeta& store_;
  const std::shared_ptr<Watcher> watcher_;
};

MemoryMeta::MemoryMeta(MemoryMetaOptions options) : options_(std::move(options)) {
  if (!options_.inline_hints) thread_ = std::thread([this] { CallHints(); });
}

MemoryMeta::~MemoryMeta() {
  {
    const MutexLock lock(mu_);
    ending_ = true;
    due_.NotifyAll();
  }
  if (thread_.joinable()) thread_.join();
}

void MemoryMeta::Expire() {
  {
    const MutexLock lock(mu_);
    EndLeases();
  }
  Hint();
}

void MemoryMeta::SetReachable(bool reachable) {
  {
    const MutexLock lock(mu_);
    if (reachable && !reachable_) {
      for (const auto& watcher : watchers_) watcher->due = true;
    }
    reachable_ = reachable;
  }
  Hint();
}

absl::StatusOr<std::optional<MetaValue>> MemoryMeta::Get(const std::string& key,
                                                         const Patience& patience) {
  std::optional<MetaValue> value;
  {
    const MutexLock lock(mu_);
    if (absl::Status s = Enter(patience); !s.ok()) return s;
    const auto found = values_.find(key);
    if (found != values_.end()) {
      value = MetaValue{key, found->second.value, found->second.revision};
    }
  }
  Hint();
  return value;
}

absl::StatusOr<MetaListing> MemoryMeta::List(const std::string& prefix, const Patience& patience) {
  MetaListing listing;
  {
    const MutexLock lock(mu_);
    if (absl::Status s = Enter(patience); !s.ok()) return s;
    listing.revision = revision_;
    for (auto it = values_.lower_bound(prefix);
         it != values_.end() && absl::StartsWith(it->first, prefix); ++it) {
      listing.values.push_back({it->first, it->second.value, it->second.revision});
    }
  }
  Hint();
  return listing;
}

absl::StatusOr<uint64_t> MemoryMeta::Put(const MetaValue& change, Lease lease,
                                         const Patience& patience) {
  uint64_t revision = 0;
  {
    const MutexLock lock(mu_);
    if (absl::Status s = Enter(patience); !s.ok()) return s;
    if (change.key.empty()) return absl::InvalidArgumentError("key is '', allowed: 1 byte or more");
    if (RevisionOf(change.key) != change.revision) {
      return absl::AbortedError(absl::StrCat("key has revision ", RevisionOf(change.key),
                                             ", expected was ", change.revision));
    }
    if (lease != 0 && !leases_.contains(lease)) {
      return absl::NotFoundError(absl::StrCat("lease ", lease, " is over"));
    }
    revision = ++revision_;
    values_[change.key] = {change.value, revision, lease};
    Changed(change.key);
  }
  Hint();
  return revision;
}

absl::Status MemoryMeta::Delete(const std::string& key, uint64_t revision,
                                const Patience& patience) {
  {
    const MutexLock lock(mu_);
    if (absl::Status s = Enter(patience); !s.ok()) return s;
    if (RevisionOf(key) != revision) {
      return absl::AbortedError(
          absl::StrCat("key has revision ", RevisionOf(key), ", expected was ", revision));
    }
    if (values_.erase(key) > 0) {
      ++revision_;
      Changed(key);
    }
  }
  Hint();
  return absl::OkStatus();
}

absl::StatusOr<Lease> MemoryMeta::Grant(std::chrono::seconds ttl, const Patience& patience) {
  const MutexLock lock(mu_);
  if (absl::Status s = Enter(patience); !s.ok()) return s;
  leases_[next_lease_] = {.ttl = ttl, .end = options_.now() + ttl};
  return next_lease_++;
}

absl::Status MemoryMeta::KeepAlive(Lease lease, const Patience& patience) {
  absl::Status kept;
  {
    const MutexLock lock(mu_);
    if (absl::Status s = Enter(patience); !s.ok()) return s;
    const auto found = leases_.find(lease);
    if (found == leases_.end()) {
      kept = absl::NotFoundError(absl::StrCat("lease ", lease, " is over"));
    } else {
      found->second.end = options_.now() + found->second.ttl;
    }
  }
  Hint();
  return kept;
}

absl::Status MemoryMeta::Revoke(Lease lease, const Patience& patience) {
  absl::Status revoked;
  {
    const MutexLock lock(mu_);
    if (absl::Status s = Enter(patience); !s.ok()) return s;
    if (leases_.contains(lease)) {
      End(lease);
    } else {
      revoked = absl::NotFoundError(absl::StrCat("lease ", lease, " is over"));
    }
  }
  Hint();
  return revoked;
}

std::unique_ptr<MetaStore::Watch> MemoryMeta::WatchPrefix(const std::string& prefix,
                                                          std::function<void()> hint) {
  auto watcher = std::make_shared<Watcher>(prefix, std::move(hint));
  {
    const MutexLock lock(mu_);
    watchers_.push_back(watcher);
  }
  Hint();
  return std::make_unique<WatchEnd>(*this, std::move(watcher));
}

absl::Status MemoryMeta::Enter(const Patience& patience) {
  EndLeases();
  if (absl::Status s = patience.Check(); !s.ok()) return s;
  return reachable_ ? absl::OkStatus() : absl::UnavailableError("the store is set to be away");
}

void MemoryMeta::EndLeases() {
  const auto now = options_.now();
  std::vector<Lease> over;
  for (const auto& [lease, promise] : leases_) {
    if (promise.end <= now) over.push_back(lease);
  }
  for (const Lease lease : over) End(lease);
}

void MemoryMeta::End(Lease lease) {
  leases_.erase(lease);
  bool any = false;
  for (auto it = values_.begin(); it != values_.end();) {
    if (it->second.lease != lease) {
      ++it;
      continue;
    }
    if (!std::exchange(any, true)) ++revision_;
    Changed(it->first);
    it = values_.erase(it);
  }
}

uint64_t MemoryMeta::RevisionOf(const std::string& key) const {
  const auto found = values_.find(key);
  return found == values_.end() ? 0 : found->second.revision;
}

void MemoryMeta::Changed(const std::string& key) {
  for (const auto& watcher : watchers_) {
    if (absl::StartsWith(key, watcher->prefix)) watcher->due = true;
  }
}

std::shared_ptr<MemoryMeta::Watcher> MemoryMeta::NextDue() {
  if (!reachable_) return nullptr;
  for (const auto& watcher : watchers_) {
    if (std::exchange(watcher->due, false)) return watcher;
  }
  return nullptr;
}

void MemoryMeta::Hint() {
  {
    const MutexLock lock(mu_);
    due_.NotifyAll();
    // A hint that uses the store comes here again, and its own caller goes on with what that made
    // due.
    if (!options_.inline_hints || std::exchange(calling_, true)) return;
  }
  CallHints();
}

void MemoryMeta::CallHints() {
  while (const std::shared_ptr<Watcher> watcher = WaitForDue()) {
    const MutexLock running(watcher->calling);
    if (!watcher->ended) watcher->hint();
  }
}

std::shared_ptr<MemoryMeta::Watcher> MemoryMeta::WaitForDue() {
  const MutexLock lock(mu_);
  std::shared_ptr<Watcher> watcher;
  if (options_.inline_hints) {
    watcher = NextDue();
    if (watcher == nullptr) calling_ = false;
    return watcher;
  }
  due_.Wait(mu_, [&]() ABSL_NO_THREAD_SAFETY_ANALYSIS {
    watcher = NextDue();
    return ending_ || watcher != nullptr;
  });
  return ending_ ? nullptr : watcher;
}

}  // namespace spoor
