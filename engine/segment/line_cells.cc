#include "engine/segment/line_cells.h"

#include <cassert>
#include <cmath>
#include <utility>

#include "engine/segment/sketch.h"

namespace spoor {
namespace {

constexpr int64_t kHeightE7 = 2 * int64_t{kMaxLatE7};

int ShiftOf(int level) { return 13 + 2 * level; }

std::vector<CellRows::Columns> ColumnsOf(int64_t west_e7, int64_t width_e7, int shift) {
  const auto column = [shift](int64_t x) { return static_cast<uint32_t>(x >> shift); };
  const uint32_t last = column(kTurnE7 - 1);
  if (width_e7 >= kTurnE7) return {{0, last}};
  int64_t west = west_e7 % kTurnE7;
  if (west < 0) west += kTurnE7;
  const int64_t east = west + width_e7;
  if (east < kTurnE7) return {{column(west), column(east)}};
  return {{column(west), last}, {0, column(east - kTurnE7)}};
}

// The cells of one level that lie within the tolerance of a sketch, with repetitions.
class Raster {
 public:
  Raster(int level, size_t most) : level_(level), shift_(ShiftOf(level)), most_(most) {}

  // The step as the tube around it.  False when there are more than `most` cells.
  bool Add(const SketchPoint& a, const SketchPoint& b, int64_t tolerance_e7) {
    const int64_t south = std::min(a.lat_e7, b.lat_e7) - tolerance_e7 + kMaxLatE7;
    const int64_t north = std::max(a.lat_e7, b.lat_e7) + tolerance_e7 + kMaxLatE7;
    const int64_t last = std::min(north, kHeightE7) >> shift_;
    for (int64_t row = std::max<int64_t>(south, 0) >> shift_; row <= last; ++row) {
      const int64_t from = (row << shift_) - kMaxLatE7;
      const auto [west, east] =
          Longitudes(a, b, from - tolerance_e7, from + (int64_t{1} << shift_) + tolerance_e7);
      if (!AddRow(static_cast<uint32_t>(row), west - tolerance_e7, east + tolerance_e7)) {
        return false;
      }
    }
    return true;
  }

  std::vector<CellKey> Take() {
    std::sort(keys_.begin(), keys_.end());
    keys_.erase(std::unique(keys_.begin(), keys_.end()), keys_.end());
    return std::move(keys_);
  }

 private:
  // Between which longitudes the step is where it is between two latitudes; a unit too wide rather
  // than too narrow.
  static std::pair<int64_t, int64_t> Longitudes(const SketchPoint& a, const SketchPoint& b,
                                                int64_t south, int64_t north) {
    if (std::min(a.lat_e7, b.lat_e7) >= south && std::max(a.lat_e7, b.lat_e7) <= north) {
      return std::minmax(a.lon_e7, b.lon_e7);
    }
    const auto at = [&](int64_t lat_e7) {
      const int64_t within =
          std::clamp(lat_e7, std::min(a.lat_e7, b.lat_e7), std::max(a.lat_e7, b.lat_e7));
      const double share =
          static_cast<double>(within - a.lat_e7) / static_cast<double>(b.lat_e7 - a.lat_e7);
      return static_cast<double>(a.lon_e7) + share * static_cast<double>(b.lon_e7 - a.lon_e7);
    };
    const auto [west, east] = std::minmax({at(south), at(north)});
    return {static_cast<int64_t>(std::floor(west)) - 1, static_cast<int64_t>(std::ceil(east)) + 1};
  }

  bool AddRow(uint32_t row, int64_t west_e7, int64_t east_e7) {
    for (const auto& [first, last] : ColumnsOf(west_e7 + kMaxLonE7, east_e7 - west_e7, shift_)) {
      if (keys_.size() + last - first >= most_) return false;
      for (uint32_t column = first; column <= last; ++column) {
        const CellKey key = MakeCellKey(level_, CellList::kOwn, row, column);
        if (keys_.empty() || keys_.back() != key) keys_.push_back(key);
      }
    }
    return true;
  }

  const int level_, shift_;
  const size_t most_;
  std::vector<CellKey> keys_;
};

// A cell's own row and column.
constexpr uint64_t kPlaceBits = (uint64_t{1} << 59) - 1;

// The cells of one level more, in which those of the last one lie.
std::vector<CellKey> Coarser(const std::vector<CellKey>& cells, int level) {
  std::vector<CellKey> out;
  for (const CellKey key : cells) {
    const auto row = static_cast<uint32_t>((key & kPlaceBits) >> 24);
    const auto column = static_cast<uint32_t>(key & 0xFF'FFFF);
    const CellKey up = MakeCellKey(level, CellList::kThrough, row >> 2, column >> 2);
    if (out.empty() || out.back() != up) out.push_back(up);
  }
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

}  // namespace

std::vector<CellKey> LineCells(absl::string_view sketch, const Fix& start, uint32_t fixes) {
  const size_t most = 128 + fixes / 4;
  for (int level = 0; level < kCellLevels; ++level) {
    const bool coarsest = level + 1 == kCellLevels;
    Raster raster(level, coarsest ? SIZE_MAX : 4 * most);
    bool fits = true;
    const bool sound = ForEachSketchStep(
        sketch, start, [&](const SketchPoint& a, const SketchPoint& b, int64_t tolerance_e7) {
          return fits = raster.Add(a, b, tolerance_e7);
        });
    assert(sound);
    static_cast<void>(sound);
    if (!fits) continue;
    std::vector<CellKey> keys = raster.Take();
    if (keys.size() > most && !coarsest) continue;
    std::vector<CellKey> above = keys;
    for (int up = level + 1; up < kThroughLevels; ++up) {
      above = Coarser(above, up);
      keys.insert(keys.end(), above.begin(), above.end());
    }
    std::sort(keys.begin(), keys.end());
    return keys;
  }
  return {};
}

CellRows BoxCellRows(const Box& box, int level) {
  const int shift = ShiftOf(level);
  const auto row = [shift](int32_t lat_e7) {
    return static_cast<uint32_t>((int64_t{lat_e7} + kMaxLatE7) >> shift);
  };
  const int64_t width =
      int64_t{box.east_e7} - box.west_e7 + (box.crosses_antimeridian() ? kTurnE7 : 0);
  return {.first_row = row(box.south_e7),
          .last_row = row(box.north_e7),
          .columns = ColumnsOf(int64_t{box.west_e7} + kMaxLonE7, width, shift)};
}

}  // namespace spoor
