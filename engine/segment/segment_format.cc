#include "engine/segment/segment_format.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <vector>

#include "absl/strings/str_cat.h"
#include "engine/store/crc32c.h"

namespace spoor {
namespace {

static_assert(std::endian::native == std::endian::little, "the format is what memory holds");

constexpr uint32_t kFormatVersion = 5;
constexpr uint64_t kAlignment = 8;

struct SectionEntry {
  uint64_t offset, length;
  uint32_t crc, zero;
};

struct SegmentHeader {
  char magic[8];
  uint32_t version;
  uint32_t trajectories;
  uint64_t bytes;  // of the file
  SectionEntry sections[kSections];
  uint32_t zero;
  uint32_t crc;  // of what comes before it
};
static_assert(sizeof(SegmentHeader) % kAlignment == 0);
constexpr char kMagic[] = "spoorseg";
constexpr size_t kCheckedHeader = offsetof(SegmentHeader, crc);

uint64_t Align(uint64_t offset) { return (offset + kAlignment - 1) / kAlignment * kAlignment; }

uint64_t LengthOf(Section section, const SegmentShape& s) {
  switch (section) {
    case Section::kHome:
    case Section::kVersion:
      return 8 * s.trajectories;
    case Section::kIdStart:
    case Section::kForwardStart:
      return 4 * (s.trajectories + 1);
    case Section::kIdBytes:
      return s.id_bytes;
    case Section::kById:
    case Section::kIdRank:
    case Section::kFixes:
    case Section::kFine:
    case Section::kObject:
    case Section::kTagSet:
    case Section::kGrouped:
      return 4 * s.trajectories;
    case Section::kBox:
      return sizeof(Box) * s.trajectories;
    case Section::kEndPoints:
      return sizeof(EndPoints) * s.trajectories;
    case Section::kTimeSpan:
      return sizeof(TimeSpan) * s.trajectories;
    case Section::kLength:
      return sizeof(double) * s.trajectories;
    case Section::kObjectStart:
      return 8 * (s.objects + 1);
    case Section::kObjectBytes:
      return s.object_bytes;
    case Section::kTagSetStart:
      return 8 * (s.tag_sets + 1);
    case Section::kTagSetBytes:
      return s.tag_set_bytes;
    case Section::kPrefix:
      return 4 * s.prefixes;
    case Section::kPrefixStart:
      return 4 * (s.prefixes + 1);
    case Section::kSuffix:
      return 4 * s.terms;
    case Section::kPostingsStart:
      return 4 * (s.terms + 1);
    case Section::kPostings:
    case Section::kForward:
      return 4 * s.postings;
    case Section::kOccurrenceStart:
    case Section::kSketchStart:
      return 8 * (s.trajectories + 1);
    case Section::kOccurrences:
      return s.occurrence_bytes;
    case Section::kBlocks:
      return sizeof(Block) * ((s.trajectories + kBlockSize - 1) / kBlockSize);
    case Section::kOutline:
      return sizeof(Outline) * s.trajectories;
    case Section::kGroups:
      return sizeof(Group) * GroupLevels(static_cast<uint32_t>(s.trajectories)).groups();
    case Section::kSketches:
      return s.sketch_bytes;
    case Section::kCell:
      return 8 * s.cells;
    case Section::kCellStart:
      return 8 * (s.cells + 1);
    case Section::kCellPostings:
      return s.cell_bytes;
  }
  return 0;
}

absl::Status DamagedSegment(absl::string_view what) {
  return absl::DataLossError(absl::StrCat("segment: ", what));
}

absl::string_view BytesOf(const char* base, const SegmentLayout& layout, size_t i) {
  return {base + layout.offset[i], static_cast<size_t>(layout.length[i])};
}

// The shape that a header claims; LayOut of it must give the header's own table.
absl::StatusOr<SegmentShape> ShapeOf(const SegmentHeader& h) {
  const auto length = [&h](Section s) { return h.sections[static_cast<size_t>(s)].length; };
  for (const SectionEntry& s : h.sections) {
    if (s.length > h.bytes) return DamagedSegment("array longer than the file");
  }
  if (h.trajectories > Segment::kMaxTrajectories) return DamagedSegment("too many trajectories");
  if (length(Section::kObjectStart) < 8 || length(Section::kTagSetStart) < 8) {
    return DamagedSegment("string table without end");
  }
  SegmentShape s{.trajectories = h.trajectories,
                 .id_bytes = length(Section::kIdBytes),
                 .objects = length(Section::kObjectStart) / 8 - 1,
                 .object_bytes = length(Section::kObjectBytes),
                 .tag_sets = length(Section::kTagSetStart) / 8 - 1,
                 .tag_set_bytes = length(Section::kTagSetBytes),
                 .prefixes = length(Section::kPrefix) / 4,
                 .terms = length(Section::kSuffix) / 4,
                 .postings = length(Section::kPostings) / 4,
                 .occurrence_bytes = length(Section::kOccurrences),
                 .sketch_bytes = length(Section::kSketches),
                 .cells = length(Section::kCell) / 8,
                 .cell_bytes = length(Section::kCellPostings)};
  constexpr uint64_t kMax = UINT32_MAX;
  if (s.objects > kMax || s.tag_sets > kMax || s.terms >= kMax || s.postings > kMax ||
      s.cells >= kMax) {
    return DamagedSegment("array too long");
  }
  return s;
}

absl::Status CheckHeader(absl::string_view bytes, SegmentHeader& h) {
  if (bytes.size() < sizeof h) return DamagedSegment(absl::StrCat("only ", bytes.size(), " bytes"));
  std::memcpy(&h, bytes.data(), sizeof h);
  if (std::memcmp(h.magic, kMagic, sizeof h.magic) != 0)
    return DamagedSegment("not a segment file");
  if (h.version != kFormatVersion) {
    return DamagedSegment(
        absl::StrCat("of version ", h.version, ", this build reads ", kFormatVersion));
  }
  if (!HasCrc32c(bytes.substr(0, kCheckedHeader), h.crc)) {
    return DamagedSegment("header fails its checksum");
  }
  if (h.bytes != bytes.size()) {
    return DamagedSegment(absl::StrCat(bytes.size(), " bytes where ", h.bytes, " were written"));
  }
  return absl::OkStatus();
}

absl::Status CheckPlaces(const SegmentHeader& h, const SegmentLayout& layout) {
  if (h.bytes != layout.bytes) return DamagedSegment("arrays do not add up to the file");
  for (size_t i = 0; i < kSections; ++i) {
    if (h.sections[i].offset != layout.offset[i] || h.sections[i].length != layout.length[i]) {
      return DamagedSegment(absl::StrCat("array ", i, " of impossible place or length"));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckSections(const char* base, const SegmentChecksums& sums) {
  const SegmentLayout& layout = sums.layout;
  uint64_t end = sizeof(SegmentHeader);
  for (size_t i = 0; i < kSections; ++i) {
    for (; end < layout.offset[i]; ++end) {
      if (base[end] != 0) return DamagedSegment("noise between arrays");
    }
    if (!HasCrc32c(BytesOf(base, layout, i), sums.crc[i])) {
      return DamagedSegment(absl::StrCat("array ", i, " fails its checksum"));
    }
    end = layout.offset[i] + layout.length[i];
  }
  for (; end < layout.bytes; ++end) {
    if (base[end] != 0) return DamagedSegment("noise after the arrays");
  }
  return absl::OkStatus();
}

// start[0] = 0 <= start[1] <= ... <= start[n] = end.
template <typename T>
bool Partitions(const T* start, uint64_t n, uint64_t end) {
  bool ascends = start[0] == 0 && start[n] == end;
  for (uint64_t i = 0; i < n; ++i) ascends &= start[i] <= start[i + 1];
  return ascends;
}

// Whether each part of values ascends strictly and stays below limit.
bool AscendsInParts(const uint32_t* start, uint32_t parts, const uint32_t* values, uint64_t limit) {
  bool good = true;
  for (uint32_t part = 0; part < parts; ++part) {
    const uint32_t end = start[part + 1];
    for (uint32_t i = start[part]; i + 1 < end; ++i) good &= values[i] < values[i + 1];
    if (end > start[part]) good &= values[end - 1] < limit;
  }
  return good;
}

bool AllBelow(const uint32_t* values, uint32_t n, uint32_t limit) {
  bool good = true;
  for (uint32_t i = 0; i < n; ++i) good &= values[i] < limit;
  return good;
}

bool InRange(int32_t lat_e7, int32_t lon_e7) {
  return lat_e7 >= -kMaxLatE7 && lat_e7 <= kMaxLatE7 && lon_e7 >= -kMaxLonE7 && lon_e7 <= kMaxLonE7;
}

bool IsBox(const Box& b) {
  return InRange(b.south_e7, b.west_e7) && InRange(b.north_e7, b.east_e7) &&
         b.south_e7 <= b.north_e7;
}

// Each trajectory is in one group.
absl::Status CheckGroups(const Segment::Arrays& a) {
  if (!AllBelow(a.grouped, a.size, a.size)) return DamagedSegment("groups out of bounds");
  std::vector<bool> seen(a.size);
  for (uint32_t i = 0; i < a.size; ++i) {
    if (seen[a.grouped[i]]) return DamagedSegment("trajectory in two groups");
    seen[a.grouped[i]] = true;
  }
  for (uint32_t g = 0; g < GroupLevels(a.size).groups(); ++g) {
    const Group& group = a.groups[g];
    if (!IsBox(group.cover) || group.fixes == 0) return DamagedSegment("group out of range");
  }
  return absl::OkStatus();
}

absl::Status CheckTrajectories(const Segment::Arrays& a, const SegmentShape& shape) {
  const uint32_t n = a.size;
  if (!Partitions(a.id_start, n, shape.id_bytes)) return DamagedSegment("ids out of bounds");
  for (uint32_t o = 1; o < n; ++o) {
    if (a.home[o - 1] > a.home[o] || (a.home[o - 1] == a.home[o] && a.id(o - 1) >= a.id(o))) {
      return DamagedSegment("trajectories out of order");
    }
  }
  if (!AllBelow(a.by_id, n, n)) return DamagedSegment("id order out of bounds");
  for (uint32_t i = 0; i < n; ++i) {
    if (a.id_rank[a.by_id[i]] != i) return DamagedSegment("id order is no order");
  }
  if (!Partitions(a.objects.start, shape.objects, shape.object_bytes) ||
      !AllBelow(a.object, n, a.objects.count)) {
    return DamagedSegment("objects out of bounds");
  }
  if (!Partitions(a.tag_sets.start, shape.tag_sets, shape.tag_set_bytes) ||
      !AllBelow(a.tag_set, n, a.tag_sets.count)) {
    return DamagedSegment("tags out of bounds");
  }
  for (uint32_t o = 0; o < n; ++o) {
    const EndPoints& e = a.ends[o];
    if (!IsBox(a.box[o]) || !InRange(e.start_lat_e7, e.start_lon_e7) ||
        !InRange(e.end_lat_e7, e.end_lon_e7) || !std::isfinite(a.length_m[o]) ||
        a.span[o].first_ms > a.span[o].last_ms || a.fixes[o] == 0) {
      return DamagedSegment("summary out of range");
    }
  }
  for (uint32_t b = 0; b < a.block_count(); ++b) {
    if (!IsBox(a.blocks[b].box)) return DamagedSegment("block out of range");
  }
  return CheckGroups(a);
}

// Of a pair of a trajectory and a term; sums of these differ where the pairs do, but by chance.
uint64_t PairSum(uint64_t ordinal, uint64_t term) {
  uint64_t x = (ordinal << 32 | term) * 0x9E3779B97F4A7C15;
  x = (x ^ x >> 32) * 0xD6E8FEB86659FD93;
  return x ^ x >> 32;
}

// Whether forward sets and postings are of the same pairs.
bool Agree(const Segment::Arrays& a) {
  uint64_t of_terms = 0, of_trajectories = 0;
  for (uint32_t t = 0; t < a.terms; ++t) {
    for (const uint32_t o : a.postings_of(t)) of_terms += PairSum(o, t);
  }
  for (uint32_t o = 0; o < a.size; ++o) {
    for (const uint32_t t : a.forward_of(o)) of_trajectories += PairSum(o, t);
  }
  return of_terms == of_trajectories;
}

absl::Status CheckTerms(const Segment::Arrays& a, const SegmentShape& shape) {
  constexpr uint64_t kAny = uint64_t{1} << 32;
  const uint32_t whole[] = {0, a.prefixes};
  if (!AscendsInParts(whole, 1, a.prefix, kAny)) return DamagedSegment("prefixes out of order");
  if (!Partitions(a.prefix_start, a.prefixes, a.terms) ||
      !AscendsInParts(a.prefix_start, a.prefixes, a.suffix, kAny)) {
    return DamagedSegment("terms out of order");
  }
  if (!Partitions(a.postings_start, a.terms, shape.postings) ||
      !AscendsInParts(a.postings_start, a.terms, a.postings, a.size)) {
    return DamagedSegment("postings out of bounds");
  }
  if (!Partitions(a.forward_start, a.size, shape.postings) ||
      !AscendsInParts(a.forward_start, a.size, a.forward, a.terms)) {
    return DamagedSegment("forward sets out of bounds");
  }
  for (uint32_t o = 0; o < a.size; ++o) {
    if (a.fine[o] > a.forward_of(o).size()) return DamagedSegment("more fine terms than terms");
  }
  if (!Agree(a)) return DamagedSegment("forward sets contradict the postings");
  if (!Partitions(a.occurrence_start, a.size, shape.occurrence_bytes)) {
    return DamagedSegment("occurrences out of bounds");
  }
  return absl::OkStatus();
}

// The bytes of sketches and of postings of cells are decoded with bounds.
absl::Status CheckPlaces(const Segment::Arrays& a, const SegmentShape& shape) {
  if (!Partitions(a.sketch_start, a.size, shape.sketch_bytes)) {
    return DamagedSegment("sketches out of bounds");
  }
  bool ascends = true;
  for (uint32_t c = 1; c < a.cells; ++c) ascends &= a.cell[c - 1] < a.cell[c];
  if (!ascends) return DamagedSegment("cells out of order");
  if (!Partitions(a.cell_start, a.cells, shape.cell_bytes))
    return DamagedSegment("cells out of bounds");
  return absl::OkStatus();
}

}  // namespace

GroupLevels::GroupLevels(uint32_t trajectories) {
  for (uint32_t below = trajectories, size = kGroupSize; below > 0 && (levels == 0 || below > 1);
       size = kGroupFan) {
    count[levels] = (below + size - 1) / size;
    if (levels > 0) first[levels] = first[levels - 1] + count[levels - 1];
    below = count[levels++];
  }
}

SegmentLayout LayOut(const SegmentShape& shape) {
  SegmentLayout layout;
  uint64_t at = sizeof(SegmentHeader);
  for (size_t i = 0; i < kSections; ++i) {
    layout.offset[i] = at;
    layout.length[i] = LengthOf(static_cast<Section>(i), shape);
    at = Align(at + layout.length[i]);
  }
  layout.bytes = at;
  return layout;
}

Segment::Arrays PointInto(const char* base, const SegmentShape& shape) {
  const SegmentLayout layout = LayOut(shape);
  Segment::Arrays a;
  a.base = base;
  const auto point = [&](auto& to, Section section) {
    to = reinterpret_cast<std::remove_reference_t<decltype(to)>>(
        base + layout.offset[static_cast<size_t>(section)]);
  };
  const auto bytes_of = [&](Section section) {
    const absl::string_view bytes = BytesOf(base, layout, static_cast<size_t>(section));
    return absl::MakeConstSpan(bytes.data(), bytes.size());
  };
  a.bytes = layout.bytes;
  a.size = static_cast<uint32_t>(shape.trajectories);
  a.prefixes = static_cast<uint32_t>(shape.prefixes);
  a.terms = static_cast<uint32_t>(shape.terms);
  a.postings_count = static_cast<uint32_t>(shape.postings);
  a.cells = static_cast<uint32_t>(shape.cells);
  a.cell_bytes = shape.cell_bytes;
  a.objects.count = static_cast<uint32_t>(shape.objects);
  a.tag_sets.count = static_cast<uint32_t>(shape.tag_sets);
  point(a.home, Section::kHome);
  point(a.version, Section::kVersion);
  point(a.id_start, Section::kIdStart);
  a.id_bytes = bytes_of(Section::kIdBytes);
  point(a.by_id, Section::kById);
  point(a.id_rank, Section::kIdRank);
  point(a.box, Section::kBox);
  point(a.ends, Section::kEndPoints);
  point(a.span, Section::kTimeSpan);
  point(a.length_m, Section::kLength);
  point(a.fixes, Section::kFixes);
  point(a.object, Section::kObject);
  point(a.objects.start, Section::kObjectStart);
  a.objects.bytes = bytes_of(Section::kObjectBytes);
  point(a.tag_set, Section::kTagSet);
  point(a.tag_sets.start, Section::kTagSetStart);
  a.tag_sets.bytes = bytes_of(Section::kTagSetBytes);
  point(a.prefix, Section::kPrefix);
  point(a.prefix_start, Section::kPrefixStart);
  point(a.suffix, Section::kSuffix);
  point(a.postings_start, Section::kPostingsStart);
  point(a.postings, Section::kPostings);
  point(a.forward_start, Section::kForwardStart);
  point(a.forward, Section::kForward);
  point(a.fine, Section::kFine);
  point(a.occurrence_start, Section::kOccurrenceStart);
  a.occurrences = bytes_of(Section::kOccurrences);
  point(a.blocks, Section::kBlocks);
  point(a.outline, Section::kOutline);
  point(a.grouped, Section::kGrouped);
  point(a.groups, Section::kGroups);
  point(a.sketch_start, Section::kSketchStart);
  a.sketches = bytes_of(Section::kSketches);
  point(a.cell, Section::kCell);
  point(a.cell_start, Section::kCellStart);
  point(a.cell_postings, Section::kCellPostings);
  return a;
}

void SealSegment(char* base, const SegmentShape& shape) {
  const SegmentLayout layout = LayOut(shape);
  SegmentHeader h{};
  std::memcpy(h.magic, kMagic, sizeof h.magic);
  h.version = kFormatVersion;
  h.trajectories = static_cast<uint32_t>(shape.trajectories);
  h.bytes = layout.bytes;
  for (size_t i = 0; i < kSections; ++i) {
    const uint64_t end = layout.offset[i] + layout.length[i];
    std::memset(base + end, 0, Align(end) - end);
    h.sections[i] = {.offset = layout.offset[i],
                     .length = layout.length[i],
                     .crc = Crc32c(BytesOf(base, layout, i)),
                     .zero = 0};
  }
  std::memcpy(base, &h, sizeof h);
  h.crc = Crc32c({base, kCheckedHeader});
  std::memcpy(base + kCheckedHeader, &h.crc, sizeof h.crc);
}

namespace {

absl::StatusOr<SegmentShape> ReadHeader(absl::string_view bytes, SegmentChecksums& sums) {
  SegmentHeader h;
  if (absl::Status s = CheckHeader(bytes, h); !s.ok()) return s;
  absl::StatusOr<SegmentShape> shape = ShapeOf(h);
  if (!shape.ok()) return shape;
  sums.layout = LayOut(*shape);
  for (size_t i = 0; i < kSections; ++i) sums.crc[i] = h.sections[i].crc;
  if (absl::Status s = CheckPlaces(h, sums.layout); !s.ok()) return s;
  return shape;
}

}  // namespace

absl::StatusOr<SegmentChecksums> ReadChecksums(absl::string_view bytes) {
  SegmentChecksums sums;
  const absl::StatusOr<SegmentShape> shape = ReadHeader(bytes, sums);
  if (!shape.ok()) return shape.status();
  return sums;
}

absl::StatusOr<Segment::Arrays> ReadSegment(absl::string_view bytes) {
  SegmentChecksums sums;
  const absl::StatusOr<SegmentShape> shape = ReadHeader(bytes, sums);
  if (!shape.ok()) return shape.status();
  if (absl::Status s = CheckSections(bytes.data(), sums); !s.ok()) return s;
  const Segment::Arrays a = PointInto(bytes.data(), *shape);
  if (absl::Status s = CheckTrajectories(a, *shape); !s.ok()) return s;
  if (absl::Status s = CheckTerms(a, *shape); !s.ok()) return s;
  if (absl::Status s = CheckPlaces(a, *shape); !s.ok()) return s;
  return a;
}

SegmentBuffer NewSegmentBuffer(const SegmentShape& shape) {
  return std::make_unique_for_overwrite<uint64_t[]>(LayOut(shape).bytes / sizeof(uint64_t));
}

std::string EncodeTags(const Tags& tags) {
  std::string out;
  ByteWriter w(out);
  w.Varint(tags.size());
  for (const auto& [name, value] : tags) {
    w.Text(name);
    w.Text(value);
  }
  return out;
}

Tags DecodeTags(absl::string_view bytes) {
  Tags tags;
  ForEachTag(bytes, [&tags](absl::string_view name, absl::string_view value) {
    tags.emplace_back(name, value);
    return true;
  });
  return tags;
}

}  // namespace spoor
