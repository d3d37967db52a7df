#include <algorithm>
#include <utility>

#include "engine/engine_impl.h"

namespace spoor {
namespace {

// Memory segments of about one size are merged by the committer itself as soon as there are so many
// of them, up to a size that takes a few milliseconds; so n records lie in O(log n) segments.
constexpr size_t kMergeAt = 4;
constexpr uint32_t kMergeUpTo = 2048;

// 0 for 1 ... 3 trajectories, 1 for 4 ... 15, and so on.
int Tier(uint32_t trajectories) {
  int tier = 0;
  for (; trajectories >= kMergeAt; trajectories /= kMergeAt) ++tier;
  return tier;
}

}  // namespace

void Engine::Impl::Remove(std::vector<LiveSegment>& list, uint64_t home, absl::string_view id,
                          uint64_t below_version) const {
  for (LiveSegment& s : list) {
    if (s.damaged) continue;
    const auto ordinal = s.view.segment->Find(home, id);
    if (!ordinal || s.view.segment->version(*ordinal) >= below_version) continue;
    if (s.view.deleted != nullptr && s.view.deleted->Contains(*ordinal)) continue;
    // What a view shares is copied once; a set that only this list holds can grow in place.
    auto deleted = std::const_pointer_cast<OrdinalSet>(s.view.deleted);
    s.view.deleted = nullptr;
    if (deleted == nullptr) deleted = std::make_shared<OrdinalSet>();
    if (deleted.use_count() > 1) deleted = std::make_shared<OrdinalSet>(*deleted);
    deleted->Add(*ordinal);
    s.view.deleted = std::move(deleted);
  }
}

void Engine::Impl::AddMemorySegment(std::vector<LiveSegment>& list,
                                    absl::Span<const SegmentEntry> entries) const {
  list.push_back({.view = {Segment::Build(entries), nullptr}, .uid = NextSegmentUid()});
}

void Engine::Impl::MergeSmall(std::vector<LiveSegment>& list) const {
  for (bool merged = true; merged;) {
    merged = false;
    std::vector<size_t> same;  // indices of the free memory segments of one tier
    for (int tier = 0; tier <= Tier(kMergeUpTo) && !merged; ++tier) {
      same.clear();
      for (size_t i = 0; i < list.size(); ++i) {
        const LiveSegment& s = list[i];
        if (s.file == 0 && !s.frozen && Tier(s.view.segment->size()) == tier) same.push_back(i);
      }
      if (same.size() < kMergeAt || list[same[0]].view.segment->size() >= kMergeUpTo) continue;
      std::vector<SegmentView> inputs;
      for (size_t i : same) inputs.push_back(list[i].view);
      LiveSegment out{.view = {MergeInMemory(inputs), nullptr}, .uid = NextSegmentUid()};
      for (auto i = same.rbegin(); i != same.rend(); ++i) list.erase(list.begin() + *i);
      if (out.view.segment->size() > 0) list.push_back(std::move(out));
      merged = true;
    }
  }
}

void Engine::Impl::CountMemory() {
  uint64_t bytes = 0;
  for (const LiveSegment& s : segments_) {
    if (s.file == 0) bytes += s.view.segment->bytes();
  }
  memory_->segment_bytes() += bytes - counted_memory_;
  counted_memory_ = bytes;
}

}  // namespace spoor
