#include "engine/place/density.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace spoor {
namespace {

constexpr double kReachOfSigma = 3;

// How much of a normal distribution around 0 is below x.
double Below(double x) { return std::erfc(-x / std::numbers::sqrt2) / 2; }

}  // namespace

void DwellDensity::Add(PlanePoint place, double weight) {
  const double reach_m = kReachOfSigma * sigma_m_;
  const MicroCell low = CellAt({place.x_m - reach_m, place.y_m - reach_m, 0}, cell_m_);
  const MicroCell high = CellAt({place.x_m + reach_m, place.y_m + reach_m, 0}, cell_m_);
  const auto share = [&](double at_m, int32_t cell) {
    return Below(((cell + 1) * cell_m_ - at_m) / sigma_m_) -
           Below((cell * cell_m_ - at_m) / sigma_m_);
  };
  std::vector<double> of_column;
  for (int32_t x = low.x; x <= high.x; ++x) of_column.push_back(share(place.x_m, x));
  for (int32_t y = low.y; y <= high.y; ++y) {
    const double of_row = weight * share(place.y_m, y);
    for (int32_t x = low.x; x <= high.x; ++x) {
      density_[{x, y}] += of_row * of_column[static_cast<size_t>(x - low.x)];
    }
  }
}

std::vector<DwellDensity::Dense> DwellDensity::Densest(double mass) const {
  std::vector<Dense> cells;
  cells.reserve(density_.size());
  for (const auto& [cell, density] : density_) cells.push_back({cell, density});
  std::ranges::sort(cells, [](const Dense& a, const Dense& b) {
    return a.density != b.density ? a.density > b.density : RowFirst(a.cell, b.cell);
  });
  double all = 0, held = 0;
  for (const Dense& c : cells) all += c.density;
  size_t count = 0;
  while (count < cells.size() && held < mass * all) held += cells[count++].density;
  cells.resize(count);
  std::ranges::sort(cells, RowFirst, &Dense::cell);
  return cells;
}

}  // namespace spoor
