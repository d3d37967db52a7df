#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "engine/segment/segment_format.h"

// What building and merging a segment have in common.
namespace spoor {

// The bytes that an array has of each trajectory, and where they start.
struct BytesOfEach {
  Section start, bytes;  // u64 per trajectory and one more; what they are about
};
inline constexpr BytesOfEach kOccurrencesOfEach{Section::kOccurrenceStart, Section::kOccurrences};
inline constexpr BytesOfEach kSketchOfEach{Section::kSketchStart, Section::kSketches};

// Writes what get(ordinal) says of each.
template <typename Get>
void FillBytes(const SegmentCanvas& canvas, BytesOfEach to, uint32_t trajectories, Get get) {
  auto* start = canvas.Get<uint64_t>(to.start);
  auto* bytes = canvas.Get<char>(to.bytes);
  *start = 0;
  for (uint32_t o = 0; o < trajectories; ++o, ++start) {
    const absl::string_view b = get(o);
    std::copy(b.begin(), b.end(), bytes + *start);
    start[1] = *start + b.size();
  }
}

// The dictionary in the making.  Terms come in ascending order.
class DictionaryDraft {
 public:
  void Reserve(size_t terms);
  // Appends a term that `count` trajectories contain.
  void Add(Geodab geodab, uint32_t count);

  uint32_t terms() const { return static_cast<uint32_t>(suffix_.size()); }
  uint64_t postings() const { return postings_; }
  void AddTo(SegmentShape& shape) const;
  void Fill(const SegmentCanvas& canvas) const;

 private:
  std::vector<uint32_t> prefix_, prefix_start_, suffix_, postings_start_;
  uint64_t postings_ = 0;
};

// Writes a string table: the strings in `section + 1`, where they begin in `section`.
void FillStrings(const SegmentCanvas& canvas, Section section,
                 absl::Span<const absl::string_view> strings);
uint64_t TotalSize(absl::Span<const absl::string_view> strings);

// Inverts kById into kIdRank, sums the summaries up into blocks, and groups trajectories by their
// ends.
void FillIdRank(const SegmentCanvas& canvas, uint32_t trajectories);
void FillBlocks(const SegmentCanvas& canvas, uint32_t trajectories);
void FillGroups(const SegmentCanvas& canvas, uint32_t trajectories);

}  // namespace spoor
