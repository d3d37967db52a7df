#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <utility>
#include <vector>

#include "geo/measure/frechet.h"
#include "geo/measure/measure.h"
#include "tests/geo/frechet_naive.h"

// The measures as their papers define them: whole tables, no cutoff, nothing shared but the
// distance of two points.
namespace spoor::testing {

namespace naive {

template <typename T>
using Table = std::vector<std::vector<T>>;

// Every fix with another one; cost(distance_m, before) of a cell.  The distances of a to each
// beginning of b, the last one to all of it.
template <typename Cost>
std::vector<double> Align(PlaneView a, PlaneView b, const Cost& cost) {
  Table<double> table(a.size(), std::vector<double>(b.size()));
  for (size_t i = 0; i < a.size(); ++i) {
    for (size_t j = 0; j < b.size(); ++j) {
      double before = i == 0 && j == 0 ? 0 : kInf;
      if (i > 0) before = std::min(before, table[i - 1][j]);
      if (j > 0) before = std::min(before, table[i][j - 1]);
      if (i > 0 && j > 0) before = std::min(before, table[i - 1][j - 1]);
      table[i][j] = cost(DistanceM(a[i], b[j]), before);
    }
  }
  return table.back();
}

inline std::vector<double> DiscreteFrechet(PlaneView a, PlaneView b) {
  return Align(a, b, [](double d, double before) { return std::max(d, before); });
}

inline std::vector<double> Dtw(PlaneView a, PlaneView b) { return Align(a, b, std::plus<>()); }

// Edit distances: pair(i, j) pairs two fixes, drop_a(i) and drop_b(j) leave one out.
template <typename Pair, typename DropA, typename DropB>
double Edit(PlaneView a, PlaneView b, const Pair& pair, const DropA& drop_a, const DropB& drop_b) {
  Table<double> table(a.size() + 1, std::vector<double>(b.size() + 1, 0));
  for (size_t i = 1; i <= a.size(); ++i) table[i][0] = table[i - 1][0] + drop_a(i - 1);
  for (size_t j = 1; j <= b.size(); ++j) table[0][j] = table[0][j - 1] + drop_b(j - 1);
  for (size_t i = 1; i <= a.size(); ++i) {
    for (size_t j = 1; j <= b.size(); ++j) {
      table[i][j] = std::min({table[i - 1][j - 1] + pair(i - 1, j - 1),
                              table[i - 1][j] + drop_a(i - 1), table[i][j - 1] + drop_b(j - 1)});
    }
  }
  return table.back().back();
}

inline double Erp(PlaneView a, PlaneView b) {
  const PlanePoint gap;
  return Edit(
      a, b, [&](size_t i, size_t j) { return DistanceM(a[i], b[j]); },
      [&](size_t i) { return DistanceM(a[i], gap); },
      [&](size_t j) { return DistanceM(b[j], gap); });
}

inline bool Match(const PlanePoint& p, const PlanePoint& q, double tolerance_m, double max_time_s) {
  const double dx = p.x_m - q.x_m, dy = p.y_m - q.y_m;
  return dx * dx + dy * dy <= tolerance_m * tolerance_m && std::abs(p.t_s - q.t_s) <= max_time_s;
}

inline double Edr(PlaneView a, PlaneView b, double tolerance_m, double max_time_s) {
  const auto one = [](size_t) { return 1; };
  return Edit(
      a, b, [&](size_t i, size_t j) { return Match(a[i], b[j], tolerance_m, max_time_s) ? 0 : 1; },
      one, one);
}

inline double Lcss(PlaneView a, PlaneView b, double tolerance_m, double max_time_s) {
  Table<int> common(a.size() + 1, std::vector<int>(b.size() + 1, 0));
  for (size_t i = 1; i <= a.size(); ++i) {
    for (size_t j = 1; j <= b.size(); ++j) {
      common[i][j] = Match(a[i - 1], b[j - 1], tolerance_m, max_time_s)
                         ? common[i - 1][j - 1] + 1
                         : std::max(common[i - 1][j], common[i][j - 1]);
    }
  }
  return 1 - common.back().back() / static_cast<double>(std::min(a.size(), b.size()));
}

inline double DirectedHausdorff(PlaneView a, PlaneView b) {
  double farthest = 0;
  for (const PlanePoint& p : a) {
    double nearest = kInf;
    for (const PlanePoint& q : b) nearest = std::min(nearest, DistanceM(p, q));
    farthest = std::max(farthest, nearest);
  }
  return farthest;
}

inline double Hausdorff(PlaneView a, PlaneView b) {
  return std::max(DirectedHausdorff(a, b), DirectedHausdorff(b, a));
}

// The least distance to a part, and the part: of equals the one that ends first, then the shortest.
struct Part {
  double distance = kInf;
  uint32_t first = 0, last = 0;
};
inline Part BestPart(PlaneView a, PlaneView b,
                     std::vector<double> (*to_beginnings)(PlaneView, PlaneView)) {
  Part best;
  for (uint32_t first = 0; first < b.size(); ++first) {
    const std::vector<double> distances = to_beginnings(a, b.subspan(first));
    for (uint32_t i = 0; i < distances.size(); ++i) {
      const bool nearer = distances[i] < best.distance;
      if (nearer || (distances[i] == best.distance && first + i <= best.last)) {
        best = {distances[i], first, first + i};
      }
    }
  }
  return best;
}

inline double PointToSegmentM(PlanePoint p, PlanePoint a, PlanePoint b) {
  const double dx = b.x_m - a.x_m, dy = b.y_m - a.y_m, square = dx * dx + dy * dy;
  if (square == 0) return DistanceM(p, a);
  const double t = std::clamp(((p.x_m - a.x_m) * dx + (p.y_m - a.y_m) * dy) / square, 0.0, 1.0);
  return DistanceM(p, {.x_m = a.x_m + t * dx, .y_m = a.y_m + t * dy});
}

// Least sum for the points from i on, on segments from j on.
inline double MonotoneSum(PlaneView points, PlaneView line, size_t i, size_t j,
                          Table<double>& known) {
  if (i == points.size()) return 0;
  if (known[i][j] >= 0) return known[i][j];
  const size_t segments = std::max<size_t>(line.size() - 1, 1);
  double least = kInf;
  for (size_t k = j; k < segments; ++k) {
    const double here = PointToSegmentM(points[i], line[k], line[std::min(k + 1, line.size() - 1)]);
    least = std::min(least, here + MonotoneSum(points, line, i + 1, k, known));
  }
  return known[i][j] = least;
}

inline double MonotoneHalf(PlaneView points, PlaneView line) {
  Table<double> known(points.size(), std::vector<double>(line.size(), -1));
  return MonotoneSum(points, line, 0, 0, known) / static_cast<double>(points.size());
}

inline double MonotoneMean(PlaneView a, PlaneView b) {
  return (MonotoneHalf(a, b) + MonotoneHalf(b, a)) / 2;
}

// EDwP by the recursion alone, every choice tried: the least cost where an insertion is followed by
// the replacement it is made for.  Exponential.
class EdwpLeast {
 public:
  static double Of(PlaneView a, PlaneView b) { return Rest(Steps(a), Steps(b)); }

 private:
  using Line = std::vector<PlanePoint>;

  static Line Steps(PlaneView line) {
    Line out(line.begin(), line.end());
    if (out.size() == 1) out.push_back(out[0]);
    return out;
  }
  static Line From(PlanePoint start, const Line& line) {
    Line out = {start};
    out.insert(out.end(), line.begin() + 1, line.end());
    return out;
  }
  static Line Tail(const Line& line) { return Line(line.begin() + 1, line.end()); }
  static double Replacement(PlanePoint a, PlanePoint a_to, PlanePoint b, PlanePoint b_to) {
    return (DistanceM(a, b) + DistanceM(a_to, b_to)) * (DistanceM(a, a_to) + DistanceM(b, b_to));
  }
  static PlanePoint NearestOn(const Line& line, PlanePoint to) {
    const double dx = line[1].x_m - line[0].x_m, dy = line[1].y_m - line[0].y_m;
    const double square = dx * dx + dy * dy;
    if (square == 0) return line[0];
    const double along = (to.x_m - line[0].x_m) * dx + (to.y_m - line[0].y_m) * dy;
    const double t = std::clamp(along / square, 0.0, 1.0);
    return {.x_m = line[0].x_m + t * dx, .y_m = line[0].y_m + t * dy};
  }

  static double Rest(const Line& a, const Line& b) {
    if (a.size() == 1 && b.size() == 1) return 0;
    if (a.size() == 1 || b.size() == 1) return kInf;
    const PlanePoint p = NearestOn(a, b[1]), q = NearestOn(b, a[1]);
    return std::min({Replacement(a[0], a[1], b[0], b[1]) + Rest(Tail(a), Tail(b)),
                     Replacement(a[0], p, b[0], b[1]) + Rest(From(p, a), Tail(b)),
                     Replacement(a[0], a[1], b[0], q) + Rest(Tail(a), From(q, b))});
  }
};

// EDwP, pushed forward: from each pair of places that edits have come to, the three that one more
// replacement comes to.  A place is a vertex and a share of the step after it; of more shares than
// kMostWays the cheapest stay.
class Edwp {
 public:
  Edwp(PlaneView a, PlaneView b) : a_(Steps(a)), b_(Steps(b)) {
    ways_.assign(a_.size(), std::vector<std::array<Ways, 3>>(b_.size()));
  }

  double Run() {
    ways_[0][0][kVertices] = {{0, 0}};
    for (size_t i = 0; i < a_.size(); ++i) {
      for (size_t j = 0; j < b_.size(); ++j) {
        for (const Kind kind : {kVertices, kInsideA, kInsideB}) Push(i, j, kind);
      }
    }
    return ways_.back().back()[kVertices].at(0);
  }

 private:
  enum Kind { kVertices, kInsideA, kInsideB };
  static constexpr size_t kMostWays = 4;
  using Ways = std::map<double, double>;  // share of the step: the least cost of being there

  static std::vector<PlanePoint> Steps(PlaneView line) {
    std::vector<PlanePoint> out(line.begin(), line.end());
    if (out.size() == 1) out.push_back(out[0]);
    return out;
  }

  static PlanePoint At(PlanePoint p, PlanePoint q, double share) {
    if (share == 1) return q;
    return {.x_m = p.x_m + share * (q.x_m - p.x_m), .y_m = p.y_m + share * (q.y_m - p.y_m)};
  }

  static double Projected(PlanePoint p, PlanePoint q, double from, PlanePoint to) {
    const double dx = q.x_m - p.x_m, dy = q.y_m - p.y_m;
    if (dx * dx + dy * dy == 0) return from;
    const double share = ((to.x_m - p.x_m) * dx + (to.y_m - p.y_m) * dy) / (dx * dx + dy * dy);
    return std::min(1.0, std::max(share, from));
  }

  // What edits have come to is at `from` of both lines, and goes on to `to` of both.
  static double Replacement(PlanePoint a_from, PlanePoint a_to, PlanePoint b_from,
                            PlanePoint b_to) {
    const double apart = DistanceM(a_from, b_from) + DistanceM(a_to, b_to);
    const double covered = DistanceM(a_from, a_to) + DistanceM(b_from, b_to);
    return apart * covered;
  }

  void Push(size_t i, size_t j, Kind kind) {
    Ways& ways = ways_[i][j][kind];
    while (ways.size() > kMostWays) ways.erase(Dearest(ways));
    for (const auto& [share, cost] : ways) PushWay(i, j, kind, share, cost);
  }

  // Of equal ones that which leaves less of the step.
  static Ways::iterator Dearest(Ways& ways) {
    auto dearest = ways.begin();
    for (auto w = ways.begin(); w != ways.end(); ++w) {
      if (w->second >= dearest->second) dearest = w;
    }
    return dearest;
  }

  void PushWay(size_t i, size_t j, Kind kind, double share, double cost) {
    const bool a_goes = i + 1 < a_.size(), b_goes = j + 1 < b_.size();
    const double a_share = kind == kInsideA ? share : 0, b_share = kind == kInsideB ? share : 0;
    const PlanePoint p = a_goes ? At(a_[i], a_[i + 1], a_share) : a_[i];
    const PlanePoint q = b_goes ? At(b_[j], b_[j + 1], b_share) : b_[j];
    if (a_goes && b_goes) {
      Improve(i + 1, j + 1, kVertices, 0, cost + Replacement(p, a_[i + 1], q, b_[j + 1]));
      const double on_a = Projected(a_[i], a_[i + 1], a_share, b_[j + 1]);
      const PlanePoint p_to = At(a_[i], a_[i + 1], on_a);
      Improve(i, j + 1, kInsideA, on_a, cost + Replacement(p, p_to, q, b_[j + 1]));
      const double on_b = Projected(b_[j], b_[j + 1], b_share, a_[i + 1]);
      const PlanePoint q_to = At(b_[j], b_[j + 1], on_b);
      Improve(i + 1, j, kInsideB, on_b, cost + Replacement(p, a_[i + 1], q, q_to));
    }
  }

  void Improve(size_t i, size_t j, Kind kind, double share, double cost) {
    const auto [at, is_new] = ways_[i][j][kind].try_emplace(share, cost);
    if (!is_new) at->second = std::min(at->second, cost);
  }

  const std::vector<PlanePoint> a_, b_;
  Table<std::array<Ways, 3>> ways_;
};

inline PlanePoint WhereAt(PlaneView line, double t_s) {
  size_t i = 0;
  while (i + 1 < line.size() && line[i + 1].t_s <= t_s) ++i;
  if (i + 1 == line.size() || line[i].t_s > t_s) return line[i];
  const PlanePoint &p = line[i], &q = line[i + 1];
  const double share = (t_s - p.t_s) / (q.t_s - p.t_s);
  return {.x_m = p.x_m + share * (q.x_m - p.x_m), .y_m = p.y_m + share * (q.y_m - p.y_m)};
}

// Before it jumps then, if it does.
inline PlanePoint ComingTo(PlaneView line, double t_s) {
  size_t i = 0;
  while (i + 1 < line.size() && line[i + 1].t_s < t_s) ++i;
  if (i + 1 == line.size() || line[i].t_s > t_s) return line[i];
  const PlanePoint &p = line[i], &q = line[i + 1];
  const double share = (t_s - p.t_s) / (q.t_s - p.t_s);
  if (share == 1) return q;
  return {.x_m = p.x_m + share * (q.x_m - p.x_m), .y_m = p.y_m + share * (q.y_m - p.y_m)};
}

// The mean length of what changes evenly from u to v: by the antiderivative, as textbooks have it,
// where it changes; by Simpson's rule where that would cancel.
inline long double MeanOnTheWay(PlanePoint u, PlanePoint v) {
  const long double wx = static_cast<long double>(v.x_m) - u.x_m;
  const long double wy = static_cast<long double>(v.y_m) - u.y_m;
  const auto at = [&](long double t) { return std::hypot(u.x_m + t * wx, u.y_m + t * wy); };
  const long double w = std::hypot(wx, wy), u_m = at(0), v_m = at(1);
  if (w <= 1e-3L * std::max(u_m, v_m)) return (u_m + 4 * at(0.5L) + v_m) / 6;
  const long double s0 = (u.x_m * wx + u.y_m * wy) / w, s1 = (v.x_m * wx + v.y_m * wy) / w;
  const long double h = std::abs(u.x_m * wy - u.y_m * wx) / w;
  const auto integral = [&](long double s, long double r) {
    return (s * r + (h > 0 ? h * h * std::asinh(s / h) : 0)) / 2;
  };
  return (integral(s1, v_m) - integral(s0, u_m)) / w;
}

inline double Synchronous(PlaneView a, PlaneView b) {
  std::vector<double> times_s = {0};
  for (const PlanePoint& p : a) times_s.push_back(p.t_s);
  for (const PlanePoint& p : b) times_s.push_back(p.t_s);
  std::sort(times_s.begin(), times_s.end());
  if (times_s.back() == 0) return DistanceM(a.back(), b.back());
  long double sum = 0;
  for (size_t i = 1; i < times_s.size(); ++i) {
    const double from_s = times_s[i - 1], to_s = times_s[i];
    if (from_s == to_s) continue;
    const PlanePoint p = WhereAt(a, from_s), q = WhereAt(b, from_s);
    const PlanePoint p_to = ComingTo(a, to_s), q_to = ComingTo(b, to_s);
    sum +=
        MeanOnTheWay({q.x_m - p.x_m, q.y_m - p.y_m}, {q_to.x_m - p_to.x_m, q_to.y_m - p_to.y_m}) *
        (to_s - from_s);
  }
  return static_cast<double>(sum / times_s.back());
}

inline double Param(const MeasureParams& params, absl::string_view name) {
  for (const auto& [given, value] : params) {
    if (given == name) return value;
  }
  return kInf;
}

}  // namespace naive

// The distance by the measure `name` with `params`; NaN when it has no twin here.
inline double DistanceNaively(absl::string_view name, const MeasureParams& params, PlaneView a,
                              PlaneView b) {
  const double tolerance_m = naive::Param(params, "tolerance_m");
  const double max_time_s = naive::Param(params, "max_time_s");
  if (name == "directed_hausdorff") return naive::DirectedHausdorff(a, b);
  if (name == "discrete_frechet") return naive::DiscreteFrechet(a, b).back();
  if (name == "dtw") return naive::Dtw(a, b).back();
  if (name == "edr") return naive::Edr(a, b, tolerance_m, max_time_s);
  if (name == "edwp") return naive::Edwp(a, b).Run();
  if (name == "erp") return naive::Erp(a, b);
  if (name == "frechet") return NaiveFrechet(a, b);
  if (name == "hausdorff") return naive::Hausdorff(a, b);
  if (name == "lcss") return naive::Lcss(a, b, tolerance_m, max_time_s);
  if (name == "monotone_mean") return naive::MonotoneMean(a, b);
  if (name == "sub_discrete_frechet") return naive::BestPart(a, b, naive::DiscreteFrechet).distance;
  if (name == "sub_dtw") return naive::BestPart(a, b, naive::Dtw).distance;
  if (name == "synchronous") return naive::Synchronous(a, b);
  return std::numeric_limits<double>::quiet_NaN();
}

// How far a measure may lie above its definition: the continuous distance is rounded up to a step.
inline double AboveDefinition(absl::string_view name) {
  return name == "frechet" ? kFrechetStepM : 0;
}

}  // namespace spoor::testing
