#include "engine/segment/segment_cells.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "engine/store/merge_ascending.h"

namespace spoor {
namespace {

// No box is looked up at a level where it has more rows.
constexpr uint32_t kMostRows = 256;
// So many trajectories for each byte of postings: where a level has no more bytes than the first
// allows, it is as good as a coarser one with fewer; where all have more than the second allows,
// looking at the trajectories themselves is as good.
constexpr uint64_t kWorthPrecision = 16, kWorthListing = 4;
constexpr uint64_t kNever = std::numeric_limits<uint64_t>::max();

template <typename Visit>
void ForEachPosting(const Segment::Arrays& a, uint64_t from, uint64_t to, Visit visit) {
  if (from > to || to > a.cell_bytes) return;
  ByteReader in({a.cell_postings + from, static_cast<size_t>(to - from)});
  for (uint64_t ordinal = 0; !in.done();) {
    ordinal += in.Varint();
    if (!in.ok() || ordinal >= a.size) return;
    visit(static_cast<uint32_t>(ordinal));
  }
}

// The cells of one list of one level that a box meets, as ranges of a segment's cells.
class LevelCells {
 public:
  LevelCells(const Segment::Arrays& arrays, const CellRows& rows, int level, CellList list) {
    const CellKey* at = arrays.cell;
    const CellKey* const end = arrays.cell + arrays.cells;
    for (uint32_t row = rows.first_row; row <= rows.last_row; ++row) {
      const CellKey* next = at;
      for (const auto& [first, last] : rows.columns) {
        const CellKey* from = std::lower_bound(at, end, MakeCellKey(level, list, row, first));
        const CellKey* to = std::upper_bound(from, end, MakeCellKey(level, list, row, last));
        next = std::max(next, to);
        if (from == to) continue;
        ranges_.emplace_back(from - arrays.cell, to - arrays.cell);
        bytes_ += arrays.cell_start[to - arrays.cell] - arrays.cell_start[from - arrays.cell];
      }
      at = next;
    }
  }

  uint64_t bytes() const { return bytes_; }  // of their postings
  void AddTo(const Segment::Arrays& arrays, OrdinalBits& bits) const {
    for (const auto& [from, to] : ranges_) {
      for (uint64_t cell = from; cell < to; ++cell) {
        ForEachPosting(arrays, arrays.cell_start[cell], arrays.cell_start[cell + 1],
                       [&bits](uint32_t ordinal) { bits.Add(ordinal); });
      }
    }
  }

 private:
  std::vector<std::pair<uint64_t, uint64_t>> ranges_;
  uint64_t bytes_ = 0;
};

}  // namespace

CellWriter::CellWriter(const SegmentCanvas& canvas)
    : cell_(canvas.Get<CellKey>(Section::kCell)),
      start_(canvas.Get<uint64_t>(Section::kCellStart)),
      postings_(canvas.Get<char>(Section::kCellPostings)) {
  start_[0] = 0;
}

void CellWriter::Add(CellKey cell, absl::Span<const uint32_t> ordinals) {
  uint32_t before = 0;
  for (const uint32_t ordinal : ordinals) {
    for (uint32_t step = ordinal - before;; step >>= 7) {
      const bool last = step < 0x80;
      if (postings_ != nullptr) postings_[bytes_] = static_cast<char>(last ? step : step | 0x80);
      ++bytes_;
      if (last) break;
    }
    before = ordinal;
  }
  if (cell_ != nullptr) cell_[cells_] = cell;
  ++cells_;
  if (start_ != nullptr) start_[cells_] = bytes_;
}

void CellWriter::AddTo(SegmentShape& shape) const {
  shape.cells = cells_;
  shape.cell_bytes = bytes_;
}

void MergeCells(absl::Span<const CellSource> sources, CellWriter& writer) {
  std::vector<uint32_t> sizes;
  for (const CellSource& s : sources) sizes.push_back(s.arrays->cells);
  CellKey cell = 0;
  std::vector<uint32_t> ordinals;
  const auto flush = [&] {
    if (!std::is_sorted(ordinals.begin(), ordinals.end())) {
      std::sort(ordinals.begin(), ordinals.end());
    }
    if (!ordinals.empty()) writer.Add(cell, ordinals);
    ordinals.clear();
  };
  MergeAscending<CellKey>(
      sizes, [&](uint32_t s, uint32_t i) { return sources[s].arrays->cell[i]; },
      [&](CellKey next, uint32_t s, uint32_t i) {
        if (next != cell) flush();
        cell = next;
        const Segment::Arrays& a = *sources[s].arrays;
        ForEachPosting(a, a.cell_start[i], a.cell_start[i + 1], [&](uint32_t old) {
          const uint32_t ordinal = sources[s].ordinals[old];
          if (ordinal != CellSource::kGone) ordinals.push_back(ordinal);
        });
      });
  flush();
}

std::optional<OrdinalBits> NearBox(const Segment::Arrays& arrays, const Box& box) {
  // From the coarsest: what has its own cells at a level is looked up there by all finer ones too.
  std::vector<LevelCells> own;
  uint64_t own_bytes = 0, best_bytes = kNever;
  size_t best_own = 0;
  std::optional<LevelCells> best;
  for (int level = kCellLevels - 1; level >= 0; --level) {
    const CellRows rows = BoxCellRows(box, level);
    if (rows.rows() > kMostRows) break;
    own.emplace_back(arrays, rows, level, CellList::kOwn);
    own_bytes += own.back().bytes();
    if (level >= kThroughLevels) continue;
    LevelCells through(arrays, rows, level, CellList::kThrough);
    const uint64_t bytes = own_bytes + through.bytes();
    if (bytes > best_bytes && bytes > arrays.size / kWorthPrecision) continue;
    best_bytes = bytes;
    best_own = own.size();
    best = std::move(through);
  }
  if (!best || best_bytes > arrays.size / kWorthListing + 64) return std::nullopt;
  OrdinalBits bits(arrays.size);
  best->AddTo(arrays, bits);
  for (size_t i = 0; i < best_own; ++i) own[i].AddTo(arrays, bits);
  return bits;
}

}  // namespace spoor
