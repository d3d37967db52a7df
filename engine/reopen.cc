// When the store's handle is of no more use: it has failed to write, or was opened while the disk
// was full.  Another one takes its place, and the state is read from it anew.
#include <algorithm>
#include <chrono>
#include <utility>

#include "engine/engine_impl.h"

namespace spoor {
namespace {

// How long readers may hold up the change, and new ones wait for it; else it is tried again later.
constexpr std::chrono::milliseconds kReadersLimit(2000);

}  // namespace

// What the committer knows of the store.
struct Engine::Impl::CommitterState {
  StoreHeader header;
  Manifest manifest;
  bool has_params = false;
  uint64_t position = 0, saved_total = 0;
  Followed followed;
  std::vector<LiveSegment> segments;
  LostIds lost;
};

void Engine::Impl::SwapState(CommitterState& other) {
  std::swap(header_, other.header);
  std::swap(manifest_, other.manifest);
  std::swap(has_params_, other.has_params);
  std::swap(position_, other.position);
  std::swap(saved_total_, other.saved_total);
  std::swap(followed_, other.followed);
  std::swap(segments_, other.segments);
  std::swap(lost_, other.lost);
}

// From here until Publish nobody reads from the store.
absl::Status Engine::Impl::AwaitReaders() {
  ViewPtr newest;
  {
    MutexLock lock(view_mu_);
    newest = std::exchange(view_, nullptr);
  }
  newest = nullptr;
  {
    MutexLock lock(view_mu_);
    const auto none = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(view_mu_) { return views_ == 0; };
    if (published_.WaitFor(view_mu_, kReadersLimit, none)) return absl::OkStatus();
  }
  Publish();
  return absl::ResourceExhaustedError("disk full: readers still use the store as it was");
}

absl::Status Engine::Impl::ExchangeStore(Access access) {
  auto opened =
      Store::Open(path_ + "/store", {.memory = memory_, .env = options_.env, .access = access});
  if (!opened.ok()) return opened.status();
  std::unique_ptr<Store> other = *std::move(opened);
  if (absl::Status s = AwaitReaders(); !s.ok()) return s;
  std::swap(store_, other);
  CommitterState before;
  SwapState(before);
  absl::Status status = LoadMeta();
  if (status.ok()) status = LoadSegments();
  if (!status.ok()) {
    std::swap(store_, other);
    SwapState(before);
  }
  CountMemory();
  Publish();
  return status;
}

bool Engine::Impl::NeedsReopening() const { return writes() && !store_->writable(); }

absl::Status Engine::Impl::Reopen() {
  if (!NeedsReopening()) return absl::OkStatus();
  if (reindexing_) {  // it reads from the store, and will have failed in a moment
    return absl::ResourceExhaustedError("disk full: the collection is being re-indexed");
  }
  if (store_->failed()) {  // it keeps the directory locked until it has gone
    if (absl::Status s = ExchangeStore(Access::kRead); !s.ok()) return s;
  }
  return ExchangeStore(Access::kWrite);
}

}  // namespace spoor
