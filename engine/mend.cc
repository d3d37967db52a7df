#include <algorithm>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "engine/engine_impl.h"
#include "engine/file_build.h"

// Index files that are in use are read again all the time.  What is not any more what was written
// leaves the view, its file goes, so that no start takes it for sound, and the trajectories that no
// other segment has are indexed anew from their records, while the others serve.
namespace spoor {
namespace {

// After a pause no more than so much is made up for at once.
constexpr std::chrono::seconds kMostAtOnce(2);

bool Holds(const std::vector<SegmentView>& segments, absl::string_view id, const IdEntry& entry) {
  return std::any_of(segments.begin(), segments.end(), [&](const SegmentView& s) {
    const auto ordinal = s.segment->Find(entry.home, id);
    return ordinal && s.segment->version(*ordinal) == entry.position;
  });
}

}  // namespace

absl::Status Engine::Impl::Told(absl::Status status) const {
  if (absl::IsDataLoss(status)) damage_.Tell(DamageBook::Of::kRecords, status.message());
  return status;
}

absl::Status Engine::Impl::Scrub() {
  const ViewPtr v = view();
  for (size_t i = 0; i < v->segments.size(); ++i) {
    const absl::Status sound = CheckAgain(v->segments[i].segment);
    if (!sound.ok()) Condemn(v->uids[i], sound);
  }
  return Mend();
}

// On the maintainer: a piece of what is mapped, in turn.
void Engine::Impl::ScrubSome() {
  const auto now = std::chrono::steady_clock::now();
  const auto since = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::min<std::chrono::steady_clock::duration>(now - scrubbed_at_, kMostAtOnce));
  const uint64_t bytes = options_.scrub_bytes_per_s * static_cast<uint64_t>(since.count()) / 1000;
  if (bytes == 0) return;
  scrubbed_at_ = now;
  const ViewPtr v = view();
  if (!scrub_) {  // the next one behind that of the last time, or else the first one
    size_t next = v->uids.size();
    for (size_t i = 0; i < v->uids.size(); ++i) {
      if (!v->segments[i].segment->mapped()) continue;
      const auto rank = [&](size_t k) {
        return std::pair(v->uids[k] <= scrubbed_uid_, v->uids[k]);
      };
      if (next == v->uids.size() || rank(i) < rank(next)) next = i;
    }
    if (next < v->uids.size()) {
      scrub_.emplace(v->segments[next].segment);
      scrubbed_uid_ = v->uids[next];
    }
  }
  if (scrub_) {
    const absl::Status sound = scrub_->Step(bytes);
    if (!sound.ok()) Condemn(scrubbed_uid_, sound);
    if (!sound.ok() || scrub_->done()) scrub_.reset();
  }
  if (to_mend_) Mend().IgnoreError();  // a full disk: tried again
}

bool Engine::Impl::Condemns(const View& view) {
  bool condemned = false;
  for (size_t i = 0; i < view.segments.size(); ++i) {
    const auto& segment = view.segments[i].segment;
    if (!segment->suspected()) continue;
    const absl::Status sound = CheckAgain(segment);
    if (sound.ok()) {
      segment->Absolve();
      continue;
    }
    Condemn(view.uids[i], sound);
    condemned = true;
  }
  return condemned;
}

void Engine::Impl::Condemn(uint64_t uid, const absl::Status& why) {
  RunOnCommitter([&] {
    for (LiveSegment& s : segments_) {
      if (s.uid != uid || s.damaged) continue;
      s.damaged = true;
      std::error_code ignored;
      std::filesystem::remove(SegmentPath(s.file), ignored);
      damage_.Tell(DamageBook::Of::kIndex, absl::StrCat(SegmentPath(s.file), ": ", why.message()));
      Publish();
    }
  });
  to_mend_ = true;
  MutexLock lock(queue_mu_);
  ++commits_;  // wakes the maintainer
  committed_.NotifyAll();
}

absl::Status Engine::Impl::Mend() {
  MutexLock lock(maintain_mu_);
  for (;;) {
    std::set<uint64_t> uids;
    std::vector<SegmentView> others;
    Store::SnapshotPtr snapshot;
    RunOnCommitter([&] {
      for (const LiveSegment& s : segments_) {
        if (s.damaged) {
          uids.insert(s.uid);
        } else {
          others.push_back(s.view);
        }
      }
      if (uids.empty()) return;
      snapshot = store_->TakeSnapshot();
      gone_meanwhile_.emplace();
    });
    if (uids.empty()) return absl::OkStatus();
    to_mend_ = false;
    LostIds unreadable;
    auto built = BuildMissing(others, *snapshot, follows() ? nullptr : &unreadable);
    absl::Status status = built.status();
    RunOnCommitter([&] {
      if (status.ok()) status = SwapMended(uids, *std::move(built), unreadable);
      gone_meanwhile_.reset();
    });
    if (!status.ok()) {
      to_mend_ = true;
      return status;
    }
  }
}

// Segments of what the ids lead to and none of the others has.
absl::StatusOr<std::vector<LiveSegment>> Engine::Impl::BuildMissing(
    const std::vector<SegmentView>& others, const Store::Snapshot& snapshot, LostIds* unreadable) {
  std::vector<HomePlace> missing;
  absl::Status status;
  const absl::Status scanned =
      store_->Scan(Family::kIds, "", &snapshot, [&](absl::string_view id, absl::string_view value) {
        const auto entry = DecodeIdEntry(value);
        status.Update(entry.status());
        if (entry.ok() && !Holds(others, id, *entry)) {
          missing.push_back({entry->home, std::string(id)});
        }
        return status.ok();
      });
  status.Update(scanned);
  if (!status.ok()) return Told(status);
  std::sort(missing.begin(), missing.end());
  FileBuild build(*this, manifest_.params);
  for (const HomePlace& place : missing) {
    {
      MutexLock lock(queue_mu_);
      if (stopping_) return absl::CancelledError("the engine is being closed");
    }
    auto record = RecordAt(place.home, place.id, &snapshot);
    const bool lost = absl::IsDataLoss(record.status()) || absl::IsNotFound(record.status());
    if (lost && unreadable != nullptr) {
      unreadable->insert(place.id);
      continue;
    }
    if (!record.ok()) return record.status();
    if (absl::Status s = build.Add(place.home, place.id, *std::move(record)); !s.ok()) return s;
  }
  return build.Finish();
}

// On the committer.
absl::Status Engine::Impl::SwapMended(const std::set<uint64_t>& uids,
                                      std::vector<LiveSegment> built, const LostIds& unreadable) {
  LostIds lost = lost_;
  lost.insert(unreadable.begin(), unreadable.end());
  for (const auto& [home, id] : *gone_meanwhile_) {
    Remove(built, home, id, UINT64_MAX);
    lost.erase(id);
  }
  std::vector<LiveSegment> list = built;
  for (const LiveSegment& s : segments_) {
    if (!uids.contains(s.uid)) list.push_back(s);
  }
  Manifest manifest = ManifestOf(list);
  Store::Batch batch;
  batch.Put(Family::kMeta, kManifestKey, EncodeManifest(manifest));
  batch.Put(Family::kMeta, kLostKey, EncodeLost(lost));
  if (absl::Status s = store_->Commit(std::move(batch)); !s.ok()) {
    RemoveFiles(built);
    return s;
  }
  manifest_ = std::move(manifest);
  segments_ = std::move(list);
  lost_ = std::move(lost);
  CountMemory();
  Publish();
  return absl::OkStatus();
}

}  // namespace spoor
