#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "engine/fingerprint/fingerprint.h"
#include "engine/segment/ordinal_set.h"
#include "engine/segment/outline.h"
#include "engine/store/home_key.h"
#include "geo/summary.h"
#include "geo/trajectory.h"

namespace spoor {

// What a segment keeps of one trajectory.  Borrowed; must live until Build returns.
struct SegmentEntry {
  uint64_t home = 0;  // home key (engine/store/home_key.h)
  absl::string_view id, object;
  uint64_t version = 0;  // log position of the record
  const Summary* summary = nullptr;
  Outline outline;
  std::string sketch;  // SketchOf
  const Tags* tags = nullptr;
  const Fingerprint* fingerprint = nullptr;
};

// An immutable part of a collection's index: flat arrays, in memory or mapped from a checksummed
// file (layout: engine/doc/segment_format.md).  Ordinals are dense, 0 ... size() - 1, in the order
// of (home, id), which lays neighbours on the ground next to each other.  Dictionary ids are dense
// too, in the order of the geodabs.
//
// Thread safety: const methods may be called from any number of threads.
class Segment {
 public:
  static constexpr uint32_t kMaxTrajectories = 1u << 20;
  static constexpr uint64_t kMaxPostings = 0xFFFF'FFFE;  // (trajectory, geodab) pairs

  // In memory.  REQUIRES: at most kMaxTrajectories entries, (home, id) distinct; any order.
  static std::shared_ptr<const Segment> Build(absl::Span<const SegmentEntry> entries);
  // Maps a file that Merge wrote.  DataLoss when it is cut or fails a checksum, NotFound when there
  // is none; Internal says nothing about the file, but that it cannot be opened now.
  static absl::StatusOr<std::shared_ptr<const Segment>> Open(const std::string& path);
  // The same from bytes in memory, for tests and fuzzing.
  static absl::StatusOr<std::shared_ptr<const Segment>> FromBytes(std::string bytes);

  virtual ~Segment();

  uint32_t size() const;
  uint64_t bytes() const;  // of the flat arrays
  bool mapped() const;     // from a file: not counted as memory
  uint64_t postings_count() const;
  // Whether something in it was found that cannot be, since it was opened: time to check it again
  // (engine/segment/segment_scrub.h).
  bool suspected() const;
  void Absolve() const;  // it was checked and is sound

  uint64_t home(uint32_t ordinal) const;
  absl::string_view id(uint32_t ordinal) const;
  uint64_t version(uint32_t ordinal) const;
  Summary summary(uint32_t ordinal) const;
  absl::string_view object(uint32_t ordinal) const;
  Tags tags(uint32_t ordinal) const;
  std::optional<uint32_t> Find(uint64_t home, absl::string_view id) const;
  // The first ordinal behind that place, whether anything is there or not; size() when none is.
  uint32_t FirstAfter(const HomePlace& place) const;

  // The dictionary.
  uint32_t dictionary_size() const;
  Geodab geodab(uint32_t term) const;
  // The ordinals, ascending, of the trajectories that contain the geodab; empty when none does.
  // `term` gets its dictionary id.  The first and the last are ordinals; who uses one between them
  // as an index looks that they ascend (engine/segment/list_counter.h).
  absl::Span<const uint32_t> Postings(Geodab geodab, uint32_t* term) const;
  // The dictionary ids, ascending, of a trajectory's geodabs.
  absl::Span<const uint32_t> forward(uint32_t ordinal) const;
  // Every selected gram of a trajectory, in the order of the way.
  std::vector<Occurrence> occurrences(uint32_t ordinal) const;

  // The flat arrays themselves, for the loops of search (engine/segment/segment_format.h).
  struct Arrays;
  const Arrays& arrays() const { return *arrays_; }

 protected:
  // What owns the bytes derives from it, and keeps the arrays that point into them.
  explicit Segment(const Arrays* arrays) : arrays_(arrays) {}
  Segment(const Segment&) = delete;
  Segment& operator=(const Segment&) = delete;

 private:
  const Arrays* const arrays_;
};

// A segment and those of its ordinals that are deleted.
struct SegmentView {
  std::shared_ptr<const Segment> segment;
  std::shared_ptr<const OrdinalSet> deleted;  // null: none
  uint32_t live() const;
  // The ordinal of the live trajectory of this id.
  std::optional<uint32_t> Find(absl::string_view id) const;
};

// What lives in the inputs as one segment; in memory, or written to path (complete and synced when
// OK is returned; on failure nothing is left under that name; ResourceExhausted when the disk is
// full or the inputs have more than kMaxPostings).  A file is written through a mapping, so that
// memory use does not grow with its terms and postings.  REQUIRES: an (home, id) lives in one input
// only; at most Segment::kMaxTrajectories live; in memory, at most kMaxPostings.
//
// Beside what it makes, and what it reads, a merge has in memory about the sum of MergeMemory of
// its inputs.
uint64_t MergeMemory(const Segment& input);
std::shared_ptr<const Segment> MergeInMemory(absl::Span<const SegmentView> inputs);
absl::StatusOr<std::shared_ptr<const Segment>> MergeToFile(absl::Span<const SegmentView> inputs,
                                                           const std::string& path);

}  // namespace spoor
