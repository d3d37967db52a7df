#include <algorithm>
#include <chrono>
#include <filesystem>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/engine_impl.h"

namespace spoor {
namespace {

// So many sealed segments of about one size are merged while writes go on; two are enough when they
// pause.
constexpr size_t kMergeBusy = 4;
constexpr size_t kMergeIdle = 2;
// A set is worth merging when its largest member is at most so many times the others together: then
// a record is rewritten O(log n) times.
constexpr uint64_t kMaxSkew = 4;
// A pause this long, with at least so many records still in memory segments, is a good time to
// seal.
constexpr std::chrono::milliseconds kIdle(1000);
constexpr uint64_t kSealIdle = 1000;

uint64_t LiveInMemory(const View& view) {
  uint64_t sum = 0;
  for (const SegmentView& s : view.segments) sum += s.segment->mapped() ? 0 : s.live();
  return sum;
}

}  // namespace

bool Engine::Impl::SealIsDue() const {
  const ViewPtr v = view();
  uint64_t trajectories = 0;
  for (const SegmentView& s : v->segments) {
    if (!s.segment->mapped()) trajectories += s.segment->size();
  }
  return trajectories >= options_.seal_trajectories ||
         (trajectories > 0 && memory_->segment_bytes().load() > memory_->segment_budget());
}

void Engine::Impl::MaintainerLoop() {
  uint64_t seen = 0;
  std::chrono::steady_clock::time_point looked;
  for (;;) {
    bool idle = false;
    {
      MutexLock lock(queue_mu_);
      const auto something = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(queue_mu_) {
        return stopping_ || commits_ != seen;
      };
      idle = !committed_.WaitFor(queue_mu_, kIdle, something);
      if (stopping_) return;
      seen = commits_;
    }
    const auto now = std::chrono::steady_clock::now();
    if (now - looked >= kIdle) LookAtTheDisk();
    if (now - looked >= kIdle) looked = now;
    const uint64_t in_memory = LiveInMemory(*view());
    absl::Status status;  // a full disk is told to those who write; here it is tried again
    if (SealIsDue() || (idle && in_memory >= kSealIdle)) status = Seal();
    if (status.ok()) Merge(idle ? kMergeIdle : kMergeBusy, /*all=*/false).IgnoreError();
    ScrubSome();
  }
}

// What the store may use in the background is bounded by what is free, and what was opened for
// reading, for want of room, is opened for writing once there is some.
void Engine::Impl::LookAtTheDisk() {
  disk_.KeepReserve();
  RunOnCommitter([&] {
    store_->SetRoom(disk_.free_bytes());
    if (NeedsReopening() && disk_.Check().ok()) disk_full_ = !Reopen().ok();
  });
}

absl::Status Engine::Impl::CheckWritesFromOutside() {
  absl::Status status;
  RunOnCommitter([&] { status = CheckWrites(); });
  return status;
}

absl::Status Engine::Impl::Seal() {
  if (absl::Status s = CheckWritesFromOutside(); !s.ok()) return s;
  MutexLock lock(maintain_mu_);
  std::vector<LiveSegment> inputs;
  uint64_t position = 0;
  RunOnCommitter([&] {
    for (LiveSegment& s : segments_) {
      if (s.file != 0) continue;
      s.frozen = true;
      inputs.push_back(s);
    }
    position = position_;
  });
  if (inputs.empty()) return absl::OkStatus();
  // More than one file can hold goes into several; all but the last leave the journal as it is.
  std::vector<LiveSegment> part;
  uint64_t size = 0;
  for (size_t i = 0; i < inputs.size(); ++i) {
    part.push_back(inputs[i]);
    size += inputs[i].view.live();
    const bool last = i + 1 == inputs.size();
    if (!last && size + inputs[i + 1].view.live() <= Segment::kMaxTrajectories) continue;
    absl::Status s = MergeInto(std::exchange(part, {}), next_file_.fetch_add(1),
                               last ? std::optional(position) : std::nullopt);
    if (!s.ok()) return s;
    size = 0;
  }
  return absl::OkStatus();
}

// On the committer: where the maintainer, which may be in the midst of a long merge, is late, who
// writes seals, so that memory segments stay near their budget.
void Engine::Impl::SealWhereLate() {
  const uint64_t budget = memory_->segment_budget();
  if (!options_.background || memory_->segment_bytes() <= 2 * budget) return;
  if (counted_memory_ < budget / 4) return;  // it is others who should
  std::vector<LiveSegment> inputs;
  std::vector<SegmentView> views;
  uint64_t takes = 0, live = 0;
  for (const LiveSegment& s : segments_) {
    if (s.file != 0) continue;
    if (s.frozen) return;  // the maintainer is at it
    inputs.push_back(s);
    views.push_back(s.view);
    live += s.view.live();
    takes += MergeMemory(*s.view.segment);
  }
  if (live == 0 || !disk_.Check(counted_memory_).ok()) return;
  LiveSegment merged{.uid = NextSegmentUid(), .file = next_file_.fetch_add(1)};
  const Memory::Work work(*memory_, takes);
  auto written = MergeToFile(views, SegmentPath(merged.file));
  if (!written.ok()) return;  // nothing is lost: it is tried again with the next write
  merged.view.segment = *std::move(written);
  const std::vector<LiveSegment> file = {merged};
  if (!Swap(inputs, std::move(merged), position_).ok()) RemoveFiles(file);
}

std::vector<LiveSegment> Engine::Impl::PickMerge(size_t min_count, bool all) {
  std::vector<LiveSegment*> sealed;
  for (LiveSegment& s : segments_) {
    if (s.file != 0 && !s.damaged) sealed.push_back(&s);
  }
  std::sort(sealed.begin(), sealed.end(), [](const LiveSegment* a, const LiveSegment* b) {
    return a->view.live() < b->view.live();
  });
  uint64_t sum = 0, memory = 0;
  size_t take = 0;
  for (size_t i = 0; i < sealed.size(); ++i) {
    const uint64_t live = sealed[i]->view.live();
    memory += MergeMemory(*sealed[i]->view.segment);
    if (sum + live > Segment::kMaxTrajectories || memory > memory_->work_budget()) break;
    if (all || live <= kMaxSkew * std::max<uint64_t>(sum, 1)) take = i + 1;
    sum += live;
  }
  std::vector<LiveSegment> out;
  if (take < min_count) return out;
  for (size_t i = 0; i < take; ++i) {
    sealed[i]->frozen = true;
    out.push_back(*sealed[i]);
  }
  return out;
}

absl::Status Engine::Impl::Merge(size_t min_count, bool all) {
  if (absl::Status s = CheckWritesFromOutside(); !s.ok()) return s;
  MutexLock lock(maintain_mu_);
  for (;;) {
    std::vector<LiveSegment> inputs;
    RunOnCommitter([&] { inputs = PickMerge(min_count, all); });
    if (inputs.empty()) return absl::OkStatus();
    absl::Status s = MergeInto(std::move(inputs), next_file_.fetch_add(1), std::nullopt);
    if (!s.ok()) return s;
  }
}

absl::Status Engine::Impl::MergeInto(std::vector<LiveSegment> inputs, uint64_t file,
                                     std::optional<uint64_t> sealed_position) {
  std::vector<SegmentView> views;
  uint64_t live = 0, bytes = 0, takes = 0;
  absl::Status status;
  for (const LiveSegment& s : inputs) {
    views.push_back(s.view);
    live += s.view.live();
    bytes += s.view.segment->bytes();
    takes += MergeMemory(*s.view.segment);
    const absl::Status sound = CheckAgain(s.view.segment);  // before it gets new checksums
    if (!sound.ok()) Condemn(s.uid, sound);
    status.Update(sound);
  }
  LiveSegment merged{.uid = NextSegmentUid(), .file = file};
  status.Update(disk_.Check(bytes));
  const Memory::Work work(*memory_, takes);
  if (status.ok() && live > 0) {
    auto written = MergeToFile(views, SegmentPath(file));
    status = written.status();
    if (written.ok()) merged.view.segment = *std::move(written);
  }
  if (status.ok()) {
    RunOnCommitter([&] { status = Swap(inputs, std::move(merged), sealed_position); });
  }
  if (status.ok()) {
    RemoveFiles(inputs);
    inputs.clear();
    views.clear();
    Memory::ReturnFree();
    return status;
  }
  RunOnCommitter([&] {
    for (LiveSegment& s : segments_) s.frozen = false;
  });
  std::error_code ignored;
  std::filesystem::remove(SegmentPath(file), ignored);
  return status;
}

// On the committer: the merged segment takes the place of its inputs, less what was deleted
// meanwhile.
absl::Status Engine::Impl::Swap(const std::vector<LiveSegment>& inputs, LiveSegment merged,
                                std::optional<uint64_t> sealed_position) {
  std::vector<LiveSegment> list;
  OrdinalSet deleted;
  size_t found = 0;
  for (const LiveSegment& now : segments_) {
    const auto was = std::find_if(inputs.begin(), inputs.end(),
                                  [&](const LiveSegment& s) { return s.uid == now.uid; });
    if (was == inputs.end()) {
      list.push_back(now);
      continue;
    }
    if (now.damaged) return absl::AbortedError("a segment was damaged while it was merged");
    ++found;
    if (now.view.deleted == nullptr || merged.view.segment == nullptr) continue;
    const OrdinalSet none;
    const OrdinalSet fresh =
        now.view.deleted->Minus(was->view.deleted != nullptr ? *was->view.deleted : none);
    fresh.ForEach([&](uint32_t o) {
      const Segment& s = *now.view.segment;
      deleted.Add(*merged.view.segment->Find(s.home(o), s.id(o)));
    });
  }
  if (found != inputs.size()) return absl::AbortedError("the store was opened anew meanwhile");
  if (merged.view.segment != nullptr) {
    if (!deleted.empty()) merged.view.deleted = std::make_shared<OrdinalSet>(std::move(deleted));
    const auto memory =
        std::find_if(list.begin(), list.end(), [](const LiveSegment& s) { return s.file == 0; });
    list.insert(memory, std::move(merged));
  }
  Manifest manifest = ManifestOf(list);
  if (sealed_position) manifest.sealed_position = *sealed_position;
  Store::Batch batch;
  batch.Put(Family::kMeta, kManifestKey, EncodeManifest(manifest));
  batch.DeleteBelow(Family::kJournal, JournalKey(JournalEnd(manifest.sealed_position) + 1));
  if (absl::Status s = store_->Commit(std::move(batch)); !s.ok()) return s;
  manifest_ = std::move(manifest);
  segments_ = std::move(list);
  CountMemory();
  Publish();
  return absl::OkStatus();
}

Manifest Engine::Impl::ManifestOf(const std::vector<LiveSegment>& list) const {
  Manifest m = manifest_;
  m.next_file = next_file_.load();
  m.files.clear();
  for (const LiveSegment& s : list) {
    if (s.file == 0) continue;
    m.files.push_back(
        {.number = s.file, .deleted = s.view.deleted != nullptr ? s.view.deleted->Encode() : ""});
  }
  return m;
}

// The journal may forget what lies at or below this position.
uint64_t Engine::Impl::JournalEnd(uint64_t sealed_position) const {
  return std::min(sealed_position, journal_floor_.value_or(sealed_position));
}

void Engine::Impl::RemoveFiles(const std::vector<LiveSegment>& list) const {
  std::error_code ignored;  // what stays is removed as an orphan at the next start
  for (const LiveSegment& s : list) {
    if (s.file != 0) std::filesystem::remove(SegmentPath(s.file), ignored);
  }
}

}  // namespace spoor
