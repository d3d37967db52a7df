#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "geo/local_plane.h"

namespace spoor::testing {

// BruteDP of Tang, Yiu, Mouratidis and Wang (EDBT 2017): from every start the least discrete
// Frechet distance to every end.  `within`: b is a, and the first part ends before the second
// begins.  Infinite where no two parts are long enough.
inline double BruteLeastFrechet(PlaneView a, PlaneView b, uint32_t steps, bool within) {
  constexpr double kNone = std::numeric_limits<double>::infinity();
  double best_m = kNone;
  for (size_t i = 0; i < a.size(); ++i) {
    for (size_t j = within ? i + 1 : 0; j < b.size(); ++j) {
      const size_t row_end = within ? j : a.size();
      std::vector<std::vector<double>> way(row_end + 1, std::vector<double>(b.size() + 1, kNone));
      for (size_t p = i; p < row_end; ++p) {
        for (size_t q = j; q < b.size(); ++q) {
          double before = kNone;
          if (p == i && q == j) before = 0;
          if (p > i) before = std::min(before, way[p - 1][q]);
          if (q > j) before = std::min(before, way[p][q - 1]);
          if (p > i && q > j) before = std::min(before, way[p - 1][q - 1]);
          way[p][q] = std::max(before, DistanceM(a[p], b[q]));
          if (p - i > steps && q - j > steps) best_m = std::min(best_m, way[p][q]);
        }
      }
    }
  }
  return best_m;
}

// BTM as that paper has it: starts in the order of their bounds (cell, cross, bands), each opened
// by a table of two rows, until no bound is below the best.
inline double PublishedBtm(PlaneView a, PlaneView b, uint32_t steps) {
  constexpr double kNone = std::numeric_limits<double>::infinity();
  const size_t n = a.size(), m = b.size(), least = size_t{steps} + 1;
  if (n <= least || m <= least) return kNone;
  std::vector<double> d2(n * m), row_least(n, kNone), column_least(m, kNone);
  for (size_t i = 0; i < n; ++i) {
    for (size_t j = 0; j < m; ++j) {
      d2[i * m + j] = SquareM2(a[i], b[j]);
      row_least[i] = std::min(row_least[i], d2[i * m + j]);
      column_least[j] = std::min(column_least[j], d2[i * m + j]);
    }
  }
  const auto band = [least](const std::vector<double>& of, size_t at) {
    return *std::max_element(of.begin() + static_cast<std::ptrdiff_t>(at + 1),
                             of.begin() + static_cast<std::ptrdiff_t>(at + least + 1));
  };
  std::vector<double> row_band(n - least), column_band(m - least);
  for (size_t i = 0; i + least < n; ++i) row_band[i] = band(row_least, i);
  for (size_t j = 0; j + least < m; ++j) column_band[j] = band(column_least, j);
  struct BtmStart {
    double bound_m2;
    uint32_t i, j;
  };
  std::vector<BtmStart> starts;
  for (uint32_t i = 0; i + least < n; ++i) {
    for (uint32_t j = 0; j + least < m; ++j) {
      starts.push_back({std::max({d2[i * m + j], row_band[i], column_band[j]}), i, j});
    }
  }
  std::sort(starts.begin(), starts.end(),
            [](const BtmStart& x, const BtmStart& y) { return x.bound_m2 < y.bound_m2; });
  double best_m2 = kNone;
  std::vector<double> before(m + 1), row(m + 1);
  for (const BtmStart& start : starts) {
    if (start.bound_m2 >= best_m2) break;
    std::fill(before.begin(), before.end(), kNone);
    for (size_t p = start.i; p < n; ++p) {
      double least_of_row = kNone;
      for (size_t q = start.j; q < m; ++q) {
        double way = p == start.i && q == start.j ? 0 : kNone;
        if (p > start.i) way = std::min(way, before[q]);
        if (q > start.j) way = std::min(way, row[q - 1]);
        if (p > start.i && q > start.j) way = std::min(way, before[q - 1]);
        row[q] = std::max(way, d2[p * m + q]);
        least_of_row = std::min(least_of_row, row[q]);
        if (p - start.i > steps && q - start.j > steps) best_m2 = std::min(best_m2, row[q]);
      }
      if (least_of_row >= best_m2) break;
      std::swap(before, row);
    }
  }
  return std::sqrt(best_m2);
}

// The discrete Frechet distance of two whole lines.
inline double WholeDiscreteFrechet(PlaneView a, PlaneView b) {
  constexpr double kNone = std::numeric_limits<double>::infinity();
  std::vector<std::vector<double>> way(a.size(), std::vector<double>(b.size(), kNone));
  for (size_t p = 0; p < a.size(); ++p) {
    for (size_t q = 0; q < b.size(); ++q) {
      double before = p == 0 && q == 0 ? 0 : kNone;
      if (p > 0) before = std::min(before, way[p - 1][q]);
      if (q > 0) before = std::min(before, way[p][q - 1]);
      if (p > 0 && q > 0) before = std::min(before, way[p - 1][q - 1]);
      way[p][q] = std::max(before, DistanceM(a[p], b[q]));
    }
  }
  return way.back().back();
}

}  // namespace spoor::testing
