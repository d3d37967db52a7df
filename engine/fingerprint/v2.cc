#include <algorithm>
#include <cstdint>

#include "absl/types/span.h"
#include "engine/fingerprint/cell_path.h"
#include "engine/fingerprint/hash.h"
#include "engine/fingerprint/schemes.h"
#include "engine/fingerprint/smooth_line.h"
#include "engine/fingerprint/winnow.h"
#include "geo/cell.h"

namespace spoor {
namespace {

// Any odd constants do; they may never change.
constexpr uint64_t kNamespaceSeed = 0x9e3779b97f4a7c15;  // 2^64 / the golden ratio
constexpr uint64_t kOrderSeed = 0xd1b54a32d192ed03;

// Grams of different lengths, grids and depths never meet.
uint64_t NamespaceOf(const Grid& grid, size_t length) {
  const uint64_t tag = static_cast<uint64_t>(grid.depth) | uint64_t{grid.shifted} << 8 |
                       static_cast<uint64_t>(length) << 16;
  return Mix64(tag ^ kNamespaceSeed);
}

uint64_t Extend(uint64_t hash, Cell c) { return Mix64(hash ^ (uint64_t{c.column} << 32 | c.row)); }

// Stands before the first cell of a trip and behind the last; no grid has it.
constexpr Cell kOutside{~uint32_t{0}, ~uint32_t{0}};

void MarkEnds(CellPath& path) {
  Visit before = path.visits.front(), behind = path.visits.back();
  before.cell = behind.cell = kOutside;
  path.visits.insert(path.visits.begin(), before);
  path.visits.push_back(behind);
  for (uint32_t& end : path.ends) ++end;
  ++path.ends.back();
}

// The middle cell of a gram, of two the first, in the direction in which it is hashed.
Cell MiddleOf(absl::Span<const Visit> cells, bool reversed) {
  if (cells.front().cell == kOutside) cells.remove_prefix(1);
  if (cells.back().cell == kOutside) cells.remove_suffix(1);
  const size_t middle = (cells.size() - 1) / 2;
  return cells[reversed ? cells.size() - 1 - middle : middle].cell;
}

// A gram in the direction in which its hash is the smaller one.
struct Gram {
  uint64_t hash = 0;
  bool reversed = false;    // against the way: strand 1
  bool palindrome = false;  // the same both ways
};

Gram MakeGram(absl::Span<const Visit> cells, uint64_t name_space) {
  uint64_t forward = name_space, backward = name_space;
  for (const Visit& v : cells) forward = Extend(forward, v.cell);
  for (auto v = cells.rbegin(); v != cells.rend(); ++v) backward = Extend(backward, v->cell);
  return {.hash = std::min(forward, backward),
          .reversed = backward < forward,
          .palindrome = backward == forward};
}

// The grams of one stretch of one path, and what winnowing orders them by.
class Grams {
 public:
  Grams(const IndexParams& params, const Grid& grid)
      : params_(params),
        grid_(grid),
        full_(NamespaceOf(grid, static_cast<size_t>(params.k))),
        hash_from_bit_(HasOwnDepths(params) ? 2 : 1) {}

  // Appends the selected grams of a stretch; REQUIRES: not empty.
  void Select(absl::Span<const Visit> cells, const SmoothLine& line, std::vector<Occurrence>& out) {
    const size_t length = std::min(cells.size(), static_cast<size_t>(params_.k));
    const uint64_t name_space =
        length == static_cast<size_t>(params_.k) ? full_ : NamespaceOf(grid_, length);
    grams_.clear();
    orders_.clear();
    for (size_t i = 0; i + length <= cells.size(); ++i) {
      grams_.push_back(MakeGram(cells.subspan(i, length), name_space));
      orders_.push_back(Mix64(grams_.back().hash ^ kOrderSeed));
    }
    const auto window = static_cast<size_t>(params_.t - params_.k + 1);
    for (size_t i = 0; i < grams_.size(); ++i) {
      if (IsWindowMinimum(absl::MakeConstSpan(orders_), window, i)) {
        Append(grams_[i], cells.subspan(i, length), line, out);
      }
    }
  }

 private:
  void Append(const Gram& gram, absl::Span<const Visit> cells, const SmoothLine& line,
              std::vector<Occurrence>& out) const {
    const uint64_t prefix = ZPrefix(MiddleOf(cells, gram.reversed), grid_.depth);
    const Geodab geodab = prefix << 32 | static_cast<uint32_t>(gram.hash << hash_from_bit_);
    const bool strands = params_.k > 1;
    Occurrence o{.geodab = geodab | uint64_t{strands && gram.reversed},
                 .from = line.fixes[cells.front().from],
                 .to = line.fixes[cells.back().to]};
    out.push_back(o);
    if (!strands || !gram.palindrome) return;
    o.geodab |= 1;
    out.push_back(o);
  }

  const IndexParams& params_;
  const Grid grid_;
  const uint64_t full_;      // the namespace of grams of k cells
  const int hash_from_bit_;  // of a geodab: below it are the strand and kCoarseBit
  std::vector<Gram> grams_;
  std::vector<uint64_t> orders_;
};

}  // namespace

void MakeWay(TrajectoryView fixes, const IndexParams& params, CleanWay& out) {
  MakeSmoothLine(fixes, params, out.line);
  out.smoothed = (fixes[0].has_time() ? params.smoothing_s : params.smoothing_m) > 0;
}

void AppendV2(const CleanWay& way, const IndexParams& params, int depth, bool marked,
              std::vector<Occurrence>& out) {
  thread_local CellPath path;
  for (int g = 0; g < params.grids; ++g) {
    const Grid grid{.depth = depth, .shifted = g == 1};
    Densify(way.line, grid, path);
    // What is not smoothed is too sparse to tremble: turns at its fixes are turns of the way.
    if (way.smoothed) RemoveBackTracks(way.line, grid, path);
    if (marked) MarkEnds(path);
    Grams grams(params, grid);
    uint32_t begin = 0;
    for (const uint32_t end : path.ends) {
      grams.Select(absl::MakeConstSpan(path.visits).subspan(begin, end - begin), way.line, out);
      begin = end;
    }
  }
}

}  // namespace spoor
