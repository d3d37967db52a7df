#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "engine/segment/outline.h"
#include "engine/segment/segment.h"
#include "engine/store/wire.h"

// The layout of a segment, the same in memory and in a file: a header, then flat little-endian
// arrays, each on a multiple of eight bytes.  engine/doc/segment_format.md draws it.
namespace spoor {

// The arrays, in the order in which they lie in the file.  Never renumbered within a version.
enum class Section : uint32_t {
  kHome,     // u64 per trajectory
  kVersion,  // u64
  kIdStart,  // u32 per trajectory and one more: where its id begins in kIdBytes
  kIdBytes,
  kById,         // u32: the ordinals in the order of the ids
  kIdRank,       // u32 per trajectory: its place in kById
  kBox,          // Box
  kEndPoints,    // EndPoints
  kTimeSpan,     // TimeSpan
  kLength,       // double, metres
  kFixes,        // u32
  kObject,       // u32: index into the objects
  kObjectStart,  // u64 per distinct object and one more; objects ascend
  kObjectBytes,
  kTagSet,           // u32 per trajectory: index into the tag sets
  kTagSetStart,      // u64 per distinct set of tags and one more
  kTagSetBytes,      // each: count, then name and value as length and bytes, in varints
  kPrefix,           // u32: the distinct upper halves of the geodabs, ascending
  kPrefixStart,      // u32 per prefix and one more: its first term
  kSuffix,           // u32 per term: the lower half of its geodab, ascending within a prefix
  kPostingsStart,    // u32 per term and one more
  kPostings,         // u32: ordinals, ascending within a term
  kForwardStart,     // u32 per trajectory and one more
  kForward,          // u32: terms, ascending within a trajectory
  kFine,             // u32 per trajectory: how many of them are not of its coarser depth
  kOccurrenceStart,  // u64 per trajectory and one more
  kOccurrences,      // varints: index into the own forward set, signed step of from, to - from
  kBlocks,           // Block per kBlockSize trajectories
  kOutline,          // Outline per trajectory
  kGrouped,          // u32: the ordinals once more, those side by side that begin and end close
  kGroups,           // Group per kGroupSize of these, then per kGroupFan of those, and so on
  kSketchStart,      // u64 per trajectory and one more
  kSketches,         // engine/segment/sketch.h
  kCell,             // u64: the cells that lines pass, ascending (engine/segment/line_cells.h)
  kCellStart,        // u64 per cell and one more
  kCellPostings,     // varints: ordinals, ascending within a cell, each as the step from the last
};
inline constexpr size_t kSections = static_cast<size_t>(Section::kCellPostings) + 1;

// Of how many trajectories a Block speaks: so few that they lie close together, so many that
// looking at the blocks first costs nothing.
inline constexpr uint32_t kBlockSize = 128;

// Of how many trajectories a Group of the lowest level speaks, and of how many groups of the level
// below one of the others does.
inline constexpr uint32_t kGroupSize = 8;
inline constexpr uint32_t kGroupFan = 8;

struct EndPoints {
  int32_t start_lat_e7, start_lon_e7, end_lat_e7, end_lon_e7;
};

struct TimeSpan {
  int64_t first_ms, last_ms;  // both kNoTime when there are no times
};

// What all trajectories of a block lie in.
struct Block {
  Box box;
  TimeSpan span;  // of those with times; first > last when none has
};

// What some trajectories have in common: boxes that they all lie in, within the one that holds them
// altogether.
struct Group {
  Box cover;
  Outline::Insets starts, ends;  // where they begin, where they end
  // The way they go: each part of each lies in one or more of these parts, in order, the first in
  // the first and the last in the last.
  Outline outline;
  // Which share of the fixes of each lies in each of these, at least, in 255ths.
  std::array<uint8_t, Outline::kMaxParts> shares;
  uint32_t fixes;  // of each, at least
  uint32_t zero;
};

// The groups of a segment: a tree without pointers.
struct GroupLevels {
  explicit GroupLevels(uint32_t trajectories);

  static constexpr uint32_t kMax = 8;
  uint32_t levels = 0;
  std::array<uint32_t, kMax> first{}, count{};  // of each level, the lowest first
  uint32_t groups() const { return levels == 0 ? 0 : first[levels - 1] + count[levels - 1]; }
};

// Piece i of an array that `start` cuts; nothing where the cuts cannot be.
template <typename Element, typename Start>
absl::Span<const Element> PieceOf(absl::Span<const Element> whole, const Start* start, uint32_t i) {
  const Start from = start[i], to = start[i + 1];
  if (from > to || to > whole.size()) return {};
  return {whole.data() + from, static_cast<size_t>(to - from)};
}

// Distinct strings, numbered.
struct StringTable {
  uint32_t count = 0;
  const uint64_t* start = nullptr;
  absl::Span<const char> bytes;

  absl::string_view operator[](uint32_t i) const {
    if (i >= count) return {};
    const absl::Span<const char> part = PieceOf(bytes, start, i);
    return {part.data(), part.size()};
  }
};

// The arrays of a segment, typed, borrowed from its bytes.
//
// They were looked at when the segment was opened, but what is mapped can change beneath: so what
// is read from them and used as an index is bounded here once more, and where it cannot be, the
// part is empty.  What is only compared, shown or computed with is not.
struct Segment::Arrays {
  const char* base = nullptr;  // of the bytes
  uint64_t bytes = 0;
  bool mapped = false;
  uint32_t size = 0;  // trajectories
  uint32_t prefixes = 0, terms = 0;
  uint32_t postings_count = 0;
  uint32_t cells = 0;
  uint64_t cell_bytes = 0;                 // of their postings
  std::atomic<bool>* suspected = nullptr;  // null: the bytes are this process's own

  const uint64_t *home, *version;
  const uint32_t* id_start;
  absl::Span<const char> id_bytes;
  const uint32_t *by_id, *id_rank;
  const Box* box;
  const EndPoints* ends;
  const TimeSpan* span;
  const double* length_m;
  const uint32_t *fixes, *object, *tag_set;
  StringTable objects, tag_sets;
  const uint32_t *prefix, *prefix_start, *suffix;
  const uint32_t *postings_start, *postings;
  const uint32_t *forward_start, *forward, *fine;
  const uint64_t* occurrence_start;
  absl::Span<const char> occurrences;
  const Block* blocks;
  const Outline* outline;
  const uint32_t* grouped;
  const Group* groups;
  const uint64_t* sketch_start;
  absl::Span<const char> sketches;
  const uint64_t *cell, *cell_start;
  const char* cell_postings;

  uint32_t block_count() const { return (size + kBlockSize - 1) / kBlockSize; }
  // The ordinals of the trajectories of a group of the lowest level, ascending.
  absl::Span<const uint32_t> group_of(uint32_t group) const {
    const uint32_t from = group * kGroupSize;
    return {grouped + from, std::min(size - from, kGroupSize)};
  }
  // Something was read that contradicts what was checked: somebody should check again.
  void Suspect() const {
    if (suspected != nullptr) suspected->store(true, std::memory_order_relaxed);
  }
  // Whether it is an ordinal, which is suspicious where it is not.
  bool IsOrdinal(uint32_t ordinal) const {
    if (ordinal < size) return true;
    Suspect();
    return false;
  }
  absl::string_view id(uint32_t ordinal) const {
    if (!IsOrdinal(ordinal)) return {};
    const absl::Span<const char> part = PieceOf(id_bytes, id_start, ordinal);
    return {part.data(), part.size()};
  }
  // Of its geodabs, those of the coarser depth or the others; Fingerprint::size.
  uint32_t fingerprint_size(uint32_t ordinal, bool coarse) const {
    return coarse ? forward_start[ordinal + 1] - forward_start[ordinal] - fine[ordinal]
                  : fine[ordinal];
  }
  absl::Span<const uint32_t> forward_of(uint32_t ordinal) const {
    return PieceOf(absl::MakeConstSpan(forward, postings_count), forward_start, ordinal);
  }
  // REQUIRES: term < terms.
  absl::Span<const uint32_t> postings_of(uint32_t term) const {
    return PieceOf(absl::MakeConstSpan(postings, postings_count), postings_start, term);
  }
  absl::string_view sketch(uint32_t ordinal) const {
    const absl::Span<const char> part = PieceOf(sketches, sketch_start, ordinal);
    return {part.data(), part.size()};
  }
  absl::string_view occurrence_bytes(uint32_t ordinal) const {
    const absl::Span<const char> part = PieceOf(occurrences, occurrence_start, ordinal);
    return {part.data(), part.size()};
  }
};

// Tags as kTagSetBytes holds them.
std::string EncodeTags(const Tags& tags);
Tags DecodeTags(absl::string_view bytes);  // what precedes the first damage
// Calls visit(name, value) for each until it returns false.
template <typename Visit>
void ForEachTag(absl::string_view bytes, Visit visit) {
  ByteReader in(bytes);
  for (uint64_t left = in.Varint(); left > 0; --left) {
    const absl::string_view name = in.Text(), value = in.Text();
    if (!in.ok() || !visit(name, value)) return;
  }
}

// Calls visit(local, from, to) for each occurrence of a trajectory, in the order of the way; local
// is an index into its forward set, below distinct.  Stops at the first damage.
template <typename Visit>
void ForEachOccurrence(absl::string_view bytes, uint32_t distinct, Visit visit) {
  ByteReader in(bytes);
  for (uint64_t from = 0; !in.done();) {
    const uint64_t local = in.Varint();
    from += static_cast<uint64_t>(in.Signed());
    const uint64_t to = from + in.Varint();
    if (!in.ok() || local >= distinct || from > to || to > UINT32_MAX) return;
    visit(static_cast<uint32_t>(local), static_cast<uint32_t>(from), static_cast<uint32_t>(to));
  }
}

// How many elements the arrays have.
struct SegmentShape {
  uint64_t trajectories = 0;
  uint64_t id_bytes = 0;
  uint64_t objects = 0, object_bytes = 0;
  uint64_t tag_sets = 0, tag_set_bytes = 0;
  uint64_t prefixes = 0, terms = 0, postings = 0;
  uint64_t occurrence_bytes = 0;
  uint64_t sketch_bytes = 0;
  uint64_t cells = 0, cell_bytes = 0;
};

// Where the arrays lie.
struct SegmentLayout {
  std::array<uint64_t, kSections> offset{}, length{};  // bytes
  uint64_t bytes = 0;                                  // of all
};
SegmentLayout LayOut(const SegmentShape& shape);

// Bytes of a segment that is being written.
class SegmentCanvas {
 public:
  SegmentCanvas(char* base, const SegmentShape& shape) : base_(base), layout_(LayOut(shape)) {}

  template <typename T>
  T* Get(Section section) const {
    return reinterpret_cast<T*>(base_ + layout_.offset[static_cast<size_t>(section)]);
  }

 private:
  char* base_;
  SegmentLayout layout_;
};

// Owned bytes, on a multiple of eight.
using SegmentBuffer = std::unique_ptr<uint64_t[]>;
SegmentBuffer NewSegmentBuffer(const SegmentShape& shape);  // not initialised

// A segment in memory.
class HeapSegment final : public Segment {
 public:
  HeapSegment(SegmentBuffer buffer, const Arrays& arrays)
      : Segment(&arrays_), buffer_(std::move(buffer)), arrays_(arrays) {}

 private:
  const SegmentBuffer buffer_;
  const Arrays arrays_;
};

// The arrays of bytes that this process has laid out itself.
Segment::Arrays PointInto(const char* base, const SegmentShape& shape);

// Completes bytes whose arrays are written: header, checksums, zeros between the arrays.
void SealSegment(char* base, const SegmentShape& shape);

// What the bytes of each array were when they were written.
struct SegmentChecksums {
  SegmentLayout layout;
  std::array<uint32_t, kSections> crc{};
};
// As the header says, which is checked itself.  DataLoss.
absl::StatusOr<SegmentChecksums> ReadChecksums(absl::string_view bytes);

// The arrays of foreign bytes, after a look at everything: checksums, and every number that is used
// as an index or promised to ascend.  DataLoss says what is wrong.  REQUIRES: bytes.data() is a
// multiple of eight.
absl::StatusOr<Segment::Arrays> ReadSegment(absl::string_view bytes);

}  // namespace spoor
