#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/types/span.h"
#include "engine/segment/line_cells.h"
#include "engine/segment/ordinal_bits.h"
#include "engine/segment/segment_format.h"

// The part of a segment that answers where: for each cell that a line passes
// (engine/segment/line_cells.h) the trajectories that pass it.
namespace spoor {

// A trajectory that passes a cell, and which parts of it.
struct CellPosting {
  uint32_t ordinal;
  CellParts parts;
};

// Writes cells with their postings, or only counts what they take.  A posting is the step from the
// ordinal before it, as a varint, the first of a cell counting from 0; in cells of the finest level
// two bytes follow, its parts.
class CellWriter {
 public:
  CellWriter() = default;  // counts
  explicit CellWriter(const SegmentCanvas& canvas);

  // REQUIRES: cells ascend, and so do the ordinals of each.
  void Add(CellKey cell, absl::Span<const CellPosting> postings);
  void AddTo(SegmentShape& shape) const;

 private:
  void Put(uint32_t byte) {
    if (postings_ != nullptr) postings_[bytes_] = static_cast<char>(byte);
    ++bytes_;
  }

  uint64_t cells_ = 0, bytes_ = 0;
  CellKey* cell_ = nullptr;
  uint64_t* start_ = nullptr;
  char* postings_ = nullptr;
};

// A segment that is merged with others, and the new ordinals of what lives in it; kGone of the
// others.
struct CellSource {
  static constexpr uint32_t kGone = UINT32_MAX;
  const Segment::Arrays* arrays;
  absl::Span<const uint32_t> ordinals;
};
void MergeCells(absl::Span<const CellSource> sources, CellWriter& writer);

// The ordinals of all trajectories whose line may meet the box, and of few others; nothing where
// that would be so many that a list of them saves nothing.
std::optional<OrdinalBits> NearBox(const Segment::Arrays& arrays, const Box& box);

}  // namespace spoor
