#include "shard/meta/cluster_view.h"

#include <algorithm>
#include <cstdio>
#include <utility>

#include "shard/meta/snapshot_file.h"

namespace spoor {
namespace {

using std::chrono::milliseconds;

// Of one try of the own thread.
constexpr milliseconds kTryLimit{5000};

}  // namespace

struct ClusterView::Subscriber {
  explicit Subscriber(Callback call) : callback(std::move(call)) {}
  const Callback callback;
  Mutex calling;  // held while the callback runs
  bool ended ABSL_GUARDED_BY(calling) = false;
};

ClusterView::Subscription::~Subscription() {
  {
    const MutexLock lock(view_.mu_);
    std::erase(view_.subscribers_, subscriber_);
  }
  const MutexLock running(subscriber_->calling);
  subscriber_->ended = true;
}

ClusterView::ClusterView(MetaStore& store, ClusterViewOptions options)
    : store_(store),
      options_(std::move(options)),
      next_poll_(options_.now()),
      stale_since_(options_.now()),
      last_refresh_(absl::UnavailableError("the store was not read yet")) {
  if (!options_.path.empty()) {
    auto kept = ReadSnapshotFile(options_.path, options_.cluster);
    const MutexLock lock(mu_);
    file_status_ = kept.status();
    if (absl::IsDataLoss(kept.status())) {
      static_cast<void>(std::rename(options_.path.c_str(), (options_.path + ".damaged").c_str()));
    }
    if (kept.ok()) {
      snapshot_ =
          Snapshot(std::make_shared<const ClusterSnapshot>((*kept).value_or(ClusterSnapshot())));
    }
  }
  watch_ = store_.WatchPrefix(ClusterPrefix(options_.cluster), [this] { Hinted(); });
  if (options_.own_thread) thread_ = std::thread([this] { Run(); });
}

ClusterView::~ClusterView() {
  watch_.reset();
  {
    const MutexLock lock(mu_);
    *ending_ = true;
    wake_.NotifyAll();
  }
  if (thread_.joinable()) thread_.join();
}

ClusterView::Snapshot ClusterView::snapshot() const {
  const MutexLock lock(mu_);
  return snapshot_;
}

std::optional<std::chrono::steady_clock::time_point> ClusterView::stale_since() const {
  const MutexLock lock(mu_);
  return stale_since_;
}

std::vector<std::string> ClusterView::ignored() const {
  const MutexLock lock(mu_);
  return ignored_;
}

absl::Status ClusterView::last_refresh() const {
  const MutexLock lock(mu_);
  return last_refresh_;
}

absl::Status ClusterView::file_status() const {
  const MutexLock lock(mu_);
  return file_status_;
}

std::unique_ptr<ClusterView::Subscription> ClusterView::Subscribe(Callback callback) {
  auto subscriber = std::make_shared<Subscriber>(std::move(callback));
  const MutexLock lock(mu_);
  subscribers_.push_back(subscriber);
  return std::make_unique<Subscription>(*this, std::move(subscriber));
}

void ClusterView::Hinted() {
  const MutexLock lock(mu_);
  hinted_ = true;
  wake_.NotifyAll();
}

absl::Status ClusterView::Refresh(const Patience& patience) {
  const MutexLock lock(refreshing_);
  return Note(ReadAll(patience));
}

absl::Status ClusterView::Step(const Patience& patience) {
  bool hinted = false;
  {
    const auto now = options_.now();
    const MutexLock lock(mu_);
    hinted = std::exchange(hinted_, false);
    if (!hinted && now < next_poll_) return absl::OkStatus();
    next_poll_ = now + options_.refresh_every;
  }
  return hinted ? Refresh(patience) : Poll(patience);
}

void ClusterView::Run() {
  while (!*ending_) {
    Patience patience;
    patience.deadline = std::chrono::steady_clock::now() + kTryLimit;
    patience.cancelled = ending_;
    static_cast<void>(Step(patience));  // told by last_refresh()
    const auto now = options_.now();
    const MutexLock lock(mu_);
    const auto wait = std::chrono::ceil<milliseconds>(next_poll_ - now);
    wake_.WaitFor(mu_, std::max(wait, milliseconds(1)),
                  [this]() ABSL_NO_THREAD_SAFETY_ANALYSIS { return hinted_ || ending_->load(); });
  }
}

// The revision of the store tells whether anything has changed, and an empty listing tells it.
absl::Status ClusterView::Poll(const Patience& patience) {
  const MutexLock lock(refreshing_);
  const auto nothing = store_.List(ClusterPrefix(options_.cluster) + "nothing/", patience);
  if (!nothing.ok()) return Note(nothing.status());
  const Snapshot known = snapshot();
  if (nothing->revision == known->revision && last_refresh().ok()) return absl::OkStatus();
  return Note(ReadAll(patience));
}

absl::Status ClusterView::ReadAll(const Patience& patience) {
  const auto listing = store_.List(ClusterPrefix(options_.cluster), patience);
  if (!listing.ok()) return listing.status();
  std::vector<std::string> ignored;
  const Snapshot known = snapshot();
  ClusterSnapshot next = Learn(*known, options_.cluster, *listing, ignored);
  next.read_ms = options_.wall_ms();
  Publish(std::move(next), std::move(ignored));
  return absl::OkStatus();
}

absl::Status ClusterView::Note(absl::Status status) {
  const auto now = options_.now();
  const MutexLock lock(mu_);
  if (status.ok()) {
    stale_since_.reset();
  } else if (!stale_since_) {
    stale_since_ = now;
  }
  last_refresh_ = status;
  return status;
}

void ClusterView::Publish(ClusterSnapshot next, std::vector<std::string> ignored) {
  const Snapshot before = snapshot();
  const bool same = next.collections == before->collections && next.nodes == before->nodes &&
                    next.dropped == before->dropped && before->revision != 0 &&
                    next.read_here == before->read_here;
  const Snapshot after(std::make_shared<const ClusterSnapshot>(std::move(next)));
  // On disk before anybody acts on it: an epoch that was acted on must not be forgotten.
  absl::Status written;
  const bool write = !options_.path.empty() && !(same && file_status().ok());
  if (write) written = WriteSnapshotFile(options_.path, *after);
  std::vector<std::shared_ptr<Subscriber>> told;
  {
    const MutexLock lock(mu_);
    snapshot_ = after;
    ignored_ = std::move(ignored);
    if (write) file_status_ = written;
    if (!same) told = subscribers_;
  }
  for (const auto& subscriber : told) {
    const MutexLock running(subscriber->calling);
    if (!subscriber->ended) subscriber->callback(after);
  }
}

}  // namespace spoor
