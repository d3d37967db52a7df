#include <tuple>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "engine/engine_impl.h"

namespace spoor {
namespace {

// The last lines of the journal are replayed while writes wait; more than this many are not.
constexpr uint64_t kMaxLinesWhileWaiting = 256;
constexpr int kMaxRounds = 100;

uint64_t Live(const View& view) {
  uint64_t sum = 0;
  for (const SegmentView& s : view.segments) sum += s.live();
  return sum;
}

}  // namespace

absl::Status Engine::Impl::Reindex(const IndexParams& params, const Patience& patience,
                                   const std::function<void(double)>& progress) {
  if (absl::Status s = CheckWritesFromOutside(); !s.ok()) return s;
  if (absl::Status s = Validate(params); !s.ok()) return s;
  if (reindexing_.exchange(true)) return absl::AbortedError("the collection is being re-indexed");
  reindex_progress_ = 0;
  uint64_t position = 0;
  Store::SnapshotPtr snapshot;
  RunOnCommitter([&] {
    journal_floor_ = position = position_;  // from here on the journal keeps what the build misses
    snapshot = store_->TakeSnapshot();
  });
  const absl::Cleanup finish = [&] {
    RunOnCommitter([&] { journal_floor_.reset(); });
    reindexing_ = false;
  };

  const uint64_t total = 1 + Live(*view());
  const auto tell = [&](double done) {
    const double share = std::min(1.0, done / static_cast<double>(total));
    reindex_progress_ = share;
    progress(share);
  };
  // A new generation is of all records or none.
  auto built = BuildAll(params, *snapshot, patience, tell, /*unreadable=*/nullptr);
  if (!built.ok()) return built.status();
  std::vector<LiveSegment> list = *std::move(built);

  snapshot = nullptr;
  const absl::Status status = CatchUp(params, position, patience, list);
  RemoveFiles(list);  // the old generation's, or on failure the new one's
  if (status.ok()) progress(1);
  return status;
}

absl::Status Engine::Impl::CatchUp(const IndexParams& params, uint64_t from,
                                   const Patience& patience, std::vector<LiveSegment>& list) {
  uint64_t position = from;
  for (int round = 0; round < kMaxRounds; ++round) {
    uint64_t now = 0;
    Store::SnapshotPtr snapshot;
    RunOnCommitter([&] {
      now = position_;
      snapshot = store_->TakeSnapshot();
    });
    const auto lines = Replay(position, *snapshot, params, list, nullptr);
    if (!lines.ok()) return lines.status();
    if (absl::Status s = patience.Check(); !s.ok()) return s;
    position = now;
    if (*lines <= kMaxLinesWhileWaiting) break;
  }
  absl::Status status;
  MutexLock lock(maintain_mu_);
  RunOnCommitter([&] {
    status = Replay(position, *store_->TakeSnapshot(), params, list, nullptr).status();
    if (!status.ok()) return;
    Manifest manifest = ManifestOf(list);
    manifest.params = params;
    manifest.auto_params = false;
    manifest.fingerprint_version = kFingerprintVersion;
    manifest.generation = manifest_.generation + 1;
    manifest.sealed_position = from;  // the list's memory segments hold what came after
    status = TakeOver(std::move(manifest), list);
  });
  return status;
}

absl::Status Engine::Impl::TakeOver(Manifest manifest, std::vector<LiveSegment>& list) {
  Store::Batch batch;
  batch.Put(Family::kMeta, kManifestKey, EncodeManifest(manifest));
  if (!lost_.empty()) batch.Put(Family::kMeta, kLostKey, EncodeLost({}));
  if (absl::Status s = store_->Commit(std::move(batch)); !s.ok()) return s;
  std::swap(segments_, list);
  lost_.clear();
  manifest_ = std::move(manifest);
  has_params_ = true;
  CountMemory();
  Publish();
  return absl::OkStatus();
}

}  // namespace spoor
