#include "engine/motif/near_blocks.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <tuple>

#include "geo/local_plane.h"

namespace spoor {
namespace {

constexpr double kLeastMPerE7 = 0.0111194;  // of a meridian
constexpr double kRadiansPerDegree = std::numbers::pi / 180;
// Nearer to a pole degrees of longitude bound nothing.
constexpr double kPoleDeg = 85;
// More than what is left out of haversine's formula on so small a scale, and rounding.
constexpr double kLooser = 1.005;

int64_t EastE7(int32_t lon_e7) { return (int64_t{lon_e7} + kMaxLonE7) % kTurnE7; }

}  // namespace

NearBlocks::NearBlocks(absl::Span<const TrajectoryView> lines, double distance_m)
    : distance_m_(distance_m),
      height_e7_(static_cast<int64_t>(std::ceil(distance_m * kLooser / kLeastMPerE7)) + 1),
      marks_(lines.size()) {
  for (uint32_t i = 0; i < lines.size(); ++i) {
    for (const Fix& f : lines[i]) {
      entries_.push_back({CellOf(RowOf(f.lat_e7), EastE7(f.lon_e7)), i, f.lat_e7, f.lon_e7});
    }
  }
  std::ranges::sort(entries_, [](const Entry& a, const Entry& b) {
    return std::tie(a.cell, a.line) < std::tie(b.cell, b.line);
  });
  for (uint32_t i = 0, begin = 0; i < entries_.size(); ++i) {
    if (i + 1 < entries_.size() && entries_[i + 1].cell == entries_[i].cell) continue;
    cells_[entries_[i].cell] = {begin, i + 1};
    begin = i + 1;
  }
}

int64_t NearBlocks::ReachE7(double lat_deg) const {
  const double angle = distance_m_ * kLooser / kEarthRadiusM;
  if (std::abs(lat_deg) + angle / kRadiansPerDegree >= kPoleDeg) return kTurnE7;
  const double reach = std::asin(std::sin(angle) / std::cos(lat_deg * kRadiansPerDegree));
  return static_cast<int64_t>(std::ceil(reach / kRadiansPerDegree * 1e7)) + 1;
}

int64_t NearBlocks::RowOf(int32_t lat_e7) const {
  return (int64_t{lat_e7} + kMaxLonE7) / height_e7_;
}

int64_t NearBlocks::WidthOf(int64_t row) const {
  const auto south_e7 = static_cast<double>(row * height_e7_ - kMaxLonE7);
  const double north_e7 = south_e7 + static_cast<double>(height_e7_);
  return ReachE7(std::max(std::abs(south_e7), std::abs(north_e7)) * 1e-7);
}

uint64_t NearBlocks::CellOf(int64_t row, int64_t east_e7) const {
  return static_cast<uint64_t>(row) << 32 | static_cast<uint64_t>(east_e7 / WidthOf(row));
}

template <typename Visit>
void NearBlocks::ForEachNear(const Fix& fix, uint32_t above, Visit visit) const {
  const double lat_deg = fix.lat_e7 * 1e-7;
  const int64_t reach_e7 = ReachE7(lat_deg), east_e7 = EastE7(fix.lon_e7);
  const double far_deg =
      std::abs(lat_deg) + distance_m_ * kLooser / kEarthRadiusM / kRadiansPerDegree;
  const double narrowed = far_deg >= kPoleDeg ? 0 : std::cos(far_deg * kRadiansPerDegree);
  const double most_m2 = distance_m_ * distance_m_ * kLooser * kLooser;
  const auto visit_cells = [&](int64_t row, int64_t first, int64_t last) {
    for (int64_t column = first; column <= last; ++column) {
      const auto cell =
          cells_.find(static_cast<uint64_t>(row) << 32 | static_cast<uint64_t>(column));
      if (cell == cells_.end()) continue;
      for (uint32_t i = cell->second.first; i < cell->second.second; ++i) {
        const Entry& e = entries_[i];
        if (e.line <= above) continue;
        const double north_m = (double{1} * e.lat_e7 - fix.lat_e7) * kLeastMPerE7;
        const double east_m = LonDeltaE7(fix.lon_e7, e.lon_e7) * kLeastMPerE7 * narrowed;
        if (north_m * north_m + east_m * east_m <= most_m2) visit(e.line);
      }
    }
  };
  const int64_t row = RowOf(fix.lat_e7);
  for (int64_t r = std::max<int64_t>(0, row - 1); r <= row + 1; ++r) {
    const int64_t width = WidthOf(r), from = east_e7 - reach_e7, to = east_e7 + reach_e7;
    if (to - from >= kTurnE7) {
      visit_cells(r, 0, kTurnE7 / width);
      continue;
    }
    visit_cells(r, std::max<int64_t>(0, from) / width, std::min(to, kTurnE7 - 1) / width);
    if (from < 0) visit_cells(r, (from + kTurnE7) / width, (kTurnE7 - 1) / width);
    if (to >= kTurnE7) visit_cells(r, 0, (to - kTurnE7) / width);
  }
}

void NearBlocks::Find(TrajectoryView block, uint32_t above, std::vector<uint32_t>& to) {
  to.clear();
  bool any = true;
  for (size_t f = 0; f < block.size() && any; ++f) {
    const uint64_t before = mark_ + f, now = before + 1;
    any = false;
    ForEachNear(block[f], above, [&](uint32_t line) {
      if (f == 0 ? marks_[line] == now : marks_[line] != before) return;
      marks_[line] = now;
      any = true;
      if (f + 1 == block.size()) to.push_back(line);
    });
  }
  mark_ += block.size() + 1;
}

}  // namespace spoor
