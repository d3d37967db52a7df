#include "engine/segment/segment_cells.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "engine/store/merge_ascending.h"

namespace spoor {
namespace {

// No box is looked up at a level where it has more rows.
constexpr uint32_t kMostRows = 256;
// So many trajectories for each posting, which is about a byte: where a level has no more than the
// first allows, it is as good as a coarser one with fewer; where all have more than the second
// allows, looking at the trajectories themselves is as good.
constexpr uint64_t kWorthPrecision = 16, kWorthListing = 4;
constexpr uint64_t kNever = std::numeric_limits<uint64_t>::max();

CellParts ReadParts(ByteReader& in) {
  const uint32_t low = in.Byte();
  return static_cast<CellParts>(low | uint32_t{in.Byte()} << 8);
}

// Calls visit(posting) for those of a cell.
template <typename Visit>
void ForEachPosting(const Segment::Arrays& a, uint64_t cell, Visit visit) {
  const uint64_t from = a.cell_start[cell], to = a.cell_start[cell + 1];
  if (from > to || to > a.cell_bytes) return;
  const bool in_parts = IsFinest(a.cell[cell]);
  ByteReader in({a.cell_postings + from, static_cast<size_t>(to - from)});
  for (uint64_t ordinal = 0; !in.done();) {
    ordinal += in.Varint();
    const CellParts parts = in_parts ? ReadParts(in) : kAllParts;
    if (!in.ok() || ordinal >= a.size) return;
    visit(CellPosting{static_cast<uint32_t>(ordinal), parts});
  }
}

// Where a box lies: the cells of a level, and the parts of cells of the finest level.
struct BoxPlace {
  CellRows cells, parts;
};

// What share of the parts in this row and these columns of cells is among those of the box.
double ShareOfParts(const CellRows& parts, uint32_t row, const CellRows::Columns& columns) {
  const auto share = [](uint32_t first, uint32_t last, uint32_t from, uint32_t to) {
    const double within = 1.0 + std::min(last, to) - std::max(first, from);
    return within / (1.0 + to - from);
  };
  double of_columns = 0;
  for (const auto& [first, last] : parts.columns) {
    const uint32_t from = 4 * columns.first, to = 4 * columns.last + 3;
    if (first <= to && last >= from) of_columns += share(first, last, from, to);
  }
  return of_columns * share(parts.first_row, parts.last_row, 4 * row, 4 * row + 3);
}

// The cells of one list of one level that a box meets, as ranges of a segment's cells.
class LevelCells {
 public:
  LevelCells(const Segment::Arrays& arrays, const BoxPlace& place, int level, CellList list) {
    const CellKey* at = arrays.cell;
    const CellKey* const end = arrays.cell + arrays.cells;
    for (uint32_t row = place.cells.first_row; row <= place.cells.last_row; ++row) {
      const CellKey* next = at;
      for (const CellRows::Columns& columns : place.cells.columns) {
        const CellKey* from =
            std::lower_bound(at, end, MakeCellKey(level, list, row, columns.first));
        const CellKey* to =
            std::upper_bound(from, end, MakeCellKey(level, list, row, columns.last));
        next = std::max(next, to);
        if (from == to) continue;
        ranges_.emplace_back(from - arrays.cell, to - arrays.cell);
        const uint64_t bytes =
            arrays.cell_start[to - arrays.cell] - arrays.cell_start[from - arrays.cell];
        cost_ += level > 0 ? bytes : Sifted(bytes, ShareOfParts(place.parts, row, columns));
      }
      at = next;
    }
  }

  uint64_t cost() const { return cost_; }  // about how many postings are listed
  // Those who pass the cells, in one of the parts where these are of the finest level.
  void AddTo(const Segment::Arrays& arrays, const CellRows& parts, OrdinalBits& bits) const {
    for (const auto& [from, to] : ranges_) {
      for (uint64_t cell = from; cell < to; ++cell) {
        const CellKey key = arrays.cell[cell];
        const CellParts wanted = IsFinest(key) ? PartsAmong(parts, key) : kAllParts;
        ForEachPosting(arrays, cell, [&](const CellPosting& posting) {
          if ((posting.parts & wanted) != 0) bits.Add(posting.ordinal);
        });
      }
    }
  }

 private:
  // Of postings with their parts, three bytes each, of which few are listed.
  static uint64_t Sifted(uint64_t bytes, double share) {
    return static_cast<uint64_t>(static_cast<double>(bytes) / 3 * (0.25 + 0.75 * share));
  }

  std::vector<std::pair<uint64_t, uint64_t>> ranges_;
  uint64_t cost_ = 0;
};

}  // namespace

CellWriter::CellWriter(const SegmentCanvas& canvas)
    : cell_(canvas.Get<CellKey>(Section::kCell)),
      start_(canvas.Get<uint64_t>(Section::kCellStart)),
      postings_(canvas.Get<char>(Section::kCellPostings)) {
  start_[0] = 0;
}

void CellWriter::Add(CellKey cell, absl::Span<const CellPosting> postings) {
  const bool in_parts = IsFinest(cell);
  uint32_t before = 0;
  for (const auto& [ordinal, parts] : postings) {
    uint32_t step = ordinal - before;
    for (; step >= 0x80; step >>= 7) Put(step | 0x80);
    Put(step);
    if (in_parts) {
      Put(parts);
      Put(parts >> 8);
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

namespace {

// Sorts postings that consist of ascending runs, of which `ends` tells the ends.
void MergeRuns(std::vector<CellPosting>& postings, std::vector<size_t>& ends,
               std::vector<CellPosting>& spare) {
  const auto before = [](const CellPosting& a, const CellPosting& b) {
    return a.ordinal < b.ordinal;
  };
  while (ends.size() > 1) {
    spare.resize(postings.size());
    size_t from = 0, kept = 0;
    for (size_t i = 0; i < ends.size(); i += 2) {
      const size_t middle = ends[i], end = ends[std::min(i + 1, ends.size() - 1)];
      const CellPosting* const p = postings.data();
      std::merge(p + from, p + middle, p + middle, p + end, spare.data() + from, before);
      from = end;
      ends[kept++] = end;
    }
    ends.resize(kept);
    postings.swap(spare);
  }
}

}  // namespace

void MergeCells(absl::Span<const CellSource> sources, CellWriter& writer) {
  std::vector<uint32_t> sizes;
  for (const CellSource& s : sources) sizes.push_back(s.arrays->cells);
  CellKey cell = 0;
  std::vector<CellPosting> postings, merged;
  std::vector<size_t> ends;  // of the postings of each source, which ascend
  const auto flush = [&] {
    MergeRuns(postings, ends, merged);
    if (!postings.empty()) writer.Add(cell, postings);
    postings.clear();
    ends.clear();
  };
  MergeAscending<CellKey>(
      sizes, [&](uint32_t s, uint32_t i) { return sources[s].arrays->cell[i]; },
      [&](CellKey next, uint32_t s, uint32_t i) {
        if (next != cell) flush();
        cell = next;
        const Segment::Arrays& a = *sources[s].arrays;
        ForEachPosting(a, i, [&](const CellPosting& old) {
          const uint32_t ordinal = sources[s].ordinals[old.ordinal];
          if (ordinal != CellSource::kGone) postings.push_back({ordinal, old.parts});
        });
        ends.push_back(postings.size());
      });
  flush();
}

std::optional<OrdinalBits> NearBox(const Segment::Arrays& arrays, const Box& box) {
  BoxPlace place{.cells = {}, .parts = BoxPartRows(box)};
  // From the coarsest: what has its own cells at a level is looked up there by all finer ones too.
  std::vector<LevelCells> own;
  uint64_t own_cost = 0, best_cost = kNever;
  size_t best_own = 0;
  std::optional<LevelCells> best;
  for (int level = kCellLevels - 1; level >= 0; --level) {
    place.cells = BoxCellRows(box, level);
    if (place.cells.rows() > kMostRows) break;
    own.emplace_back(arrays, place, level, CellList::kOwn);
    own_cost += own.back().cost();
    if (level >= kThroughLevels) continue;
    LevelCells through(arrays, place, level, CellList::kThrough);
    const uint64_t cost = own_cost + through.cost();
    if (cost > best_cost && cost > arrays.size / kWorthPrecision) continue;
    best_cost = cost;
    best_own = own.size();
    best = std::move(through);
  }
  if (!best || best_cost > arrays.size / kWorthListing + 64) return std::nullopt;
  OrdinalBits bits(arrays.size);
  best->AddTo(arrays, place.parts, bits);
  for (size_t i = 0; i < best_own; ++i) own[i].AddTo(arrays, place.parts, bits);
  return bits;
}

}  // namespace spoor
