#pragma once

#include <cmath>
#include <cstdint>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "engine/wait/patience.h"
#include "geo/plane_area.h"

namespace spoor {

// A square of the plane, [x, x + 1) times [y, y + 1) in units of its width.
struct MicroCell {
  int32_t x = 0, y = 0;

  bool operator==(const MicroCell&) const = default;
  template <typename H>
  friend H AbslHashValue(H h, const MicroCell& c) {
    return H::combine(std::move(h), c.x, c.y);
  }
};
inline MicroCell CellAt(PlanePoint place, double cell_m) {
  return {static_cast<int32_t>(std::floor(place.x_m / cell_m)),
          static_cast<int32_t>(std::floor(place.y_m / cell_m))};
}
inline PlanePoint MiddleOf(MicroCell cell, double cell_m) {
  return {(cell.x + .5) * cell_m, (cell.y + .5) * cell_m, 0};
}
inline bool RowFirst(const MicroCell& a, const MicroCell& b) {
  return a.y != b.y ? a.y < b.y : a.x < b.x;
}

// The cells that an area meets, and how much of it lies in each.
struct CellPart {
  MicroCell cell;
  double square_m2 = 0;
};
// By row.  InvalidArgument: they are more than that.
absl::StatusOr<std::vector<CellPart>> CellsOf(const PlaneArea& area, double cell_m, size_t most,
                                              const Patience& patience);

// What a set of cells covers: polygons whose parts hang together by sides of cells, by row.
// REQUIRES: cells ascend by row, without doubles.
PlaneArea OutlineOf(absl::Span<const MicroCell> cells, double cell_m);

// Which of the areas has a cell that several meet: the one with the most of it in common in
// relation to both, or whose centroid is nearest to the middle of the cell (of equals the first);
// or the one in which that middle lies, and none where it lies in none.
enum class CellRule : uint8_t { kSimilar, kNearest, kCenter };

// The plane in disjoint sets of cells: each cell has one label, the number of an area, or none.
class Partition {
 public:
  static constexpr uint32_t kNone = UINT32_MAX;
  static constexpr size_t kMostCells = 4'000'000;

  explicit Partition(double cell_m) : cell_m_(cell_m) {}
  // InvalidArgument: more than kMostCells.
  static absl::StatusOr<Partition> Make(absl::Span<const PlaneArea> areas, double cell_m,
                                        CellRule rule, const Patience& patience);
  // The first to take a cell has it.
  void Take(MicroCell cell, uint32_t label) { labels_.try_emplace(cell, label); }

  uint32_t LabelAt(PlanePoint place) const {
    const auto it = labels_.find(CellAt(place, cell_m_));
    return it == labels_.end() ? kNone : it->second;
  }
  double cell_m() const { return cell_m_; }
  size_t size() const { return labels_.size(); }
  // Of labels 0 ... count - 1, the cells of each by row.
  std::vector<std::vector<MicroCell>> CellsByLabel(size_t count) const;

 private:
  double cell_m_;
  absl::flat_hash_map<MicroCell, uint32_t> labels_;
};

}  // namespace spoor
