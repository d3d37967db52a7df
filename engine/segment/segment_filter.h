#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "absl/types/span.h"
#include "engine/segment/filter.h"
#include "engine/segment/ordinal_bits.h"
#include "engine/segment/segment.h"
#include "engine/segment/segment_format.h"

namespace spoor {

// What a summary says about a filter.
enum class Verdict : uint8_t { kNo, kMaybe, kYes };

// Neighbouring ordinals, from the first to the one behind the last.
struct OrdinalPart {
  uint32_t from = 0, to = UINT32_MAX;
};

// Whether a line must be looked at before a filter's area is decided; otherwise its ends suffice.
bool NeedsFixes(const Filter& filter);

// Whether a trajectory of which SegmentFilter said kMaybe meets the filter (Filter::Matches). fixes
// may be empty unless NeedsFixes.
bool Admits(const Filter& filter, const Segment& segment, uint32_t ordinal, TrajectoryView fixes);

// A filter on one segment: decides from summaries and sketches what they can decide, so that fixes
// are read only of trajectories whose line must be looked at and which would enter the answer.  An
// area that few lines pass is looked up in the segment's cells, and nothing else is looked at.
// Deleted trajectories never pass.
//
// REQUIRES: filter and view outlive it.
class SegmentFilter {
 public:
  SegmentFilter(const Filter& filter, const SegmentView& view);

  // kYes and kNo are proven; after kMaybe, Admits below decides.
  Verdict Judge(uint32_t ordinal) const {
    if (deleted_ != nullptr && deleted_->Contains(ordinal)) return Verdict::kNo;
    if (masked_ && !LivesHere(ordinal)) return Verdict::kNo;
    return plain_ ? Verdict::kYes : JudgeSummary(ordinal);
  }

  // Whether to judge takes a look at the line, a tenth of a microsecond, and not only at a few
  // numbers.
  bool looks_at_lines() const {
    return (filter_.box || filter_.region != nullptr) && filter_.relation == Relation::kIntersects;
  }
  // What a look at a few numbers tells: false, it does not pass.
  bool MayPass(uint32_t ordinal) const {
    return (!listed_ || listed_->Has(ordinal)) && MayPass(arrays_.box[ordinal]);
  }

  // Whether nothing in the segment can pass.
  bool never() const { return never_; }
  // The parts of the segment, ascending and few, outside of which nothing passes: where the wanted
  // homes are.
  absl::Span<const OrdinalPart> parts() const { return parts_; }
  // How many pass; counting may end above `enough`.  REQUIRES: the filter asks for nothing but
  // homes.
  uint64_t CountAtHome(uint64_t enough) const;
  // False when no trajectory of the block, or within the box, can pass.
  bool MayPass(const Block& block) const;
  bool MayPass(const Box& cover) const;
  // The ordinals of all that may pass, and of some others; null where they are not known so.
  const OrdinalBits* listed() const { return listed_ ? &*listed_ : nullptr; }

  // Calls visit(ordinal, verdict) for each trajectory that passes or may, in ascending order, until
  // it returns false.
  template <typename Visit>
  void ForEachPossible(Visit visit) const {
    if (never_) return;
    if (listed_) {
      for (uint32_t o = 0; (o = listed_->Next(o)) < arrays_.size; ++o) {
        const Verdict verdict = Judge(o);
        if (verdict != Verdict::kNo && !visit(o, verdict)) return;
      }
      return;
    }
    for (uint32_t b = 0; b < arrays_.block_count(); ++b) {
      if (!MayPass(arrays_.blocks[b])) continue;
      const uint32_t end = std::min(arrays_.size, (b + 1) * kBlockSize);
      for (uint32_t o = b * kBlockSize; o < end; ++o) {
        const Verdict verdict = Judge(o);
        if (verdict != Verdict::kNo && !visit(o, verdict)) return;
      }
    }
  }

 private:
  Verdict JudgeSummary(uint32_t ordinal) const;
  Verdict JudgePlace(uint32_t ordinal) const;
  Verdict JudgeArea(const Box& bounds, bool fills, uint32_t ordinal) const;
  void List(const Box& bounds);
  bool HasTags(uint32_t ordinal) const;
  bool LivesHere(uint32_t ordinal) const;
  void FindHomes();
  void FindObjects();
  void FindExcluded();

  const Filter& filter_;
  const Segment::Arrays& arrays_;
  const OrdinalSet* const deleted_;  // null: none
  const bool plain_;
  bool never_ = false;
  bool masked_ = false;  // only part of the segment lives in the wanted homes: homes_
  std::vector<OrdinalPart> parts_ = {OrdinalPart()};
  std::optional<OrdinalBits> listed_;
  std::vector<uint32_t> objects_;   // of the segment's that are wanted, ascending
  std::vector<uint32_t> excluded_;  // ordinals, ascending
  std::vector<OrdinalPart> homes_;  // where it lives, ascending
};

}  // namespace spoor
