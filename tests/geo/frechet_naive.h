#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include "geo/local_plane.h"

namespace spoor::testing {

// The free places on a side of a cell, as parts of its length.
struct NaivePart {
  long double from = 1, to = 0;
  bool empty() const { return !(from <= to); }
};

// The places on the way from s to e within leash_m of p: where a circle meets a straight line.
inline NaivePart NaiveFreePart(PlanePoint p, PlanePoint s, PlanePoint e, long double leash_m) {
  const long double dx = static_cast<long double>(e.x_m) - s.x_m;
  const long double dy = static_cast<long double>(e.y_m) - s.y_m;
  const long double px = static_cast<long double>(p.x_m) - s.x_m;
  const long double py = static_cast<long double>(p.y_m) - s.y_m;
  const long double square = dx * dx + dy * dy;
  if (square == 0) {
    if (px * px + py * py <= leash_m * leash_m) return {.from = 0, .to = 1};
    return {};
  }
  const long double t = (px * dx + py * dy) / square;
  const long double cross = px * dy - py * dx;
  const long double root2 = (leash_m * leash_m - cross * cross / square) / square;
  if (root2 < 0) return {};
  const long double root = std::sqrt(root2);
  return {.from = std::max(t - root, 0.0L), .to = std::min(t + root, 1.0L)};
}

// Whether the continuous Frechet distance is at most leash_m: the textbook's table of what can be
// reached (Alt, Godau 1995), whole, in long double.
inline bool NaiveFrechetWithin(PlaneView a, PlaneView b, long double leash_m) {
  const auto distance_m = [](PlanePoint p, PlanePoint q) {
    return std::sqrt((static_cast<long double>(p.x_m) - q.x_m) * (p.x_m - q.x_m) +
                     (static_cast<long double>(p.y_m) - q.y_m) * (p.y_m - q.y_m));
  };
  const size_t n = a.size(), m = b.size();
  if (distance_m(a[0], b[0]) > leash_m || distance_m(a[n - 1], b[m - 1]) > leash_m) return false;
  if (n == 1 || m == 1) {
    for (const PlanePoint p : a) {
      for (const PlanePoint q : b) {
        if (distance_m(p, q) > leash_m) return false;
      }
    }
    return true;
  }
  // lower[i][j]: along a[i], on b[j] to b[j + 1]; left[i][j]: along b[j], on a[i] to a[i + 1].
  std::vector<std::vector<NaivePart>> lower(n, std::vector<NaivePart>(m)), left = lower;
  for (size_t j = 0; j + 1 < m; ++j) {
    lower[0][j] = NaiveFreePart(a[0], b[j], b[j + 1], leash_m);
    const bool reached = lower[0][j].from == 0 && (j == 0 || lower[0][j - 1].to == 1);
    if (!reached || lower[0][j].empty()) lower[0][j] = {};
  }
  for (size_t i = 0; i + 1 < n; ++i) {
    left[i][0] = NaiveFreePart(b[0], a[i], a[i + 1], leash_m);
    const bool reached = left[i][0].from == 0 && (i == 0 || left[i - 1][0].to == 1);
    if (!reached || left[i][0].empty()) left[i][0] = {};
  }
  for (size_t i = 0; i + 1 < n; ++i) {
    for (size_t j = 0; j + 1 < m; ++j) {
      NaivePart upper = NaiveFreePart(a[i + 1], b[j], b[j + 1], leash_m);
      NaivePart right = NaiveFreePart(b[j + 1], a[i], a[i + 1], leash_m);
      const bool from_lower = !lower[i][j].empty(), from_left = !left[i][j].empty();
      if (!from_left) upper.from = from_lower ? std::max(upper.from, lower[i][j].from) : 2;
      if (!from_lower) right.from = from_left ? std::max(right.from, left[i][j].from) : 2;
      lower[i + 1][j] = upper;
      left[i][j + 1] = right;
    }
  }
  return lower[n - 1][m - 2].to == 1 && !lower[n - 1][m - 2].empty();
}

// The continuous Frechet distance, by halving, to 1e-9 m and the rounding of a double.
inline double NaiveFrechet(PlaneView a, PlaneView b) {
  long double low = 0, high = 1e-9L;
  while (!NaiveFrechetWithin(a, b, high)) {
    low = high;
    high *= 2;
  }
  while (high - low > 1e-9L + 1e-15L * high) {
    const long double middle = (low + high) / 2;
    (NaiveFrechetWithin(a, b, middle) ? high : low) = middle;
  }
  return static_cast<double>(high);
}

}  // namespace spoor::testing
