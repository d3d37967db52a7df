#include "engine/motif/course.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "engine/fingerprint/smooth_line.h"

namespace spoor {
namespace {

PlanePoint OnPlane(WorldPoint point, const LocalPlane& plane) {
  const auto lat_e7 = static_cast<int32_t>((uint64_t{point.y} * (2 * uint64_t{kMaxLatE7})) >> 32);
  const auto lon_e7 = static_cast<int64_t>((uint64_t{point.x} * (2 * uint64_t{kMaxLonE7})) >> 32);
  return plane.Project(lat_e7 - kMaxLatE7, static_cast<int32_t>(lon_e7 - kMaxLonE7));
}

// The share of the way from a to b at which p is nearest.
double ShareNearest(PlanePoint p, PlanePoint a, PlanePoint b) {
  const double dx_m = b.x_m - a.x_m, dy_m = b.y_m - a.y_m;
  const double square = dx_m * dx_m + dy_m * dy_m;
  if (square == 0) return 0;
  return std::clamp(((p.x_m - a.x_m) * dx_m + (p.y_m - a.y_m) * dy_m) / square, 0.0, 1.0);
}

}  // namespace

Course::Course(TrajectoryView fixes, const IndexParams& params, const LocalPlane& plane,
               double step_m) {
  SmoothLine line;
  MakeSmoothLine(fixes, params, line);
  smooth_.reserve(line.points.size());
  for (const WorldPoint point : line.points) smooth_.push_back(OnPlane(point, plane));
  fix_ = std::move(line.fixes);
  std::vector<double> of_point(smooth_.size());
  size_t begin = 0;
  for (const uint32_t end : line.ends) {
    for (size_t i = begin; i < end; ++i) {
      const bool starts = i == begin;
      const double gone_m = vertex_.empty() ? 0 : DistanceM(smooth_[vertex_.back()], smooth_[i]);
      const double at_m = vertex_.empty() ? 0 : at_m_.back() + gone_m;
      of_point[i] = at_m;
      if (!starts && gone_m < step_m && i + 1 < end) continue;
      vertex_.push_back(static_cast<uint32_t>(i));
      at_m_.push_back(at_m);
      jump_.push_back(starts && begin > 0);
    }
    begin = end;
  }
  of_fix_.resize(fixes.size());
  for (size_t fix = 0, point = 0; fix < fixes.size(); ++fix) {
    while (point + 1 < fix_.size() && fix_[point + 1] <= fix) ++point;
    of_fix_[fix] = of_point[point];
  }
}

size_t Course::LegAt(double at_m) const {
  const auto next = std::upper_bound(at_m_.begin(), at_m_.end(), at_m);
  const auto passed = static_cast<size_t>(next - at_m_.begin());
  const size_t last = at_m_.size() < 2 ? 0 : at_m_.size() - 2;
  return std::min(passed == 0 ? 0 : passed - 1, last);
}

PlanePoint Course::On(size_t leg, double at_m) const {
  const PlanePoint a = smooth_[vertex_[leg]];
  if (leg + 1 >= vertex_.size()) return a;
  const double length_m = at_m_[leg + 1] - at_m_[leg];
  const double share = length_m > 0 ? (at_m - at_m_[leg]) / length_m : 0;
  return PlaceBetween(a, smooth_[vertex_[leg + 1]], std::clamp(share, 0.0, 1.0));
}

double Course::FixAt(double at_m) const {
  const size_t leg = LegAt(at_m);
  if (leg + 1 >= vertex_.size()) return fix_[vertex_[leg]];
  const PlanePoint place = On(leg, at_m);
  double best_m2 = std::numeric_limits<double>::infinity(), best = fix_[vertex_[leg]];
  for (uint32_t i = vertex_[leg]; i < vertex_[leg + 1]; ++i) {
    const double share = ShareNearest(place, smooth_[i], smooth_[i + 1]);
    const double square_m2 = SquareM2(place, PlaceBetween(smooth_[i], smooth_[i + 1], share));
    if (square_m2 >= best_m2) continue;
    best_m2 = square_m2;
    best = fix_[i] + share * (fix_[i + 1] - fix_[i]);
  }
  return best;
}

Course::Place Course::NearestTo(PlanePoint point, const Window& window) const {
  Place best{.at_m = window.from_m, .apart_m = std::numeric_limits<double>::infinity()};
  double least = best.apart_m;
  const double to_m = std::max(window.from_m, window.to_m);
  for (size_t leg = LegAt(window.from_m); leg + 1 < at_m_.size() && at_m_[leg] <= to_m; ++leg) {
    if (IsJump(leg)) continue;
    const PlanePoint a = smooth_[vertex_[leg]], b = smooth_[vertex_[leg + 1]];
    const double length_m = at_m_[leg + 1] - at_m_[leg];
    const double at_m =
        std::clamp(at_m_[leg] + ShareNearest(point, a, b) * length_m, window.from_m, to_m);
    const double drift_m = window.drift * std::abs(at_m - window.expected_m);
    if (drift_m >= least) continue;
    const double share = length_m > 0 ? std::clamp((at_m - at_m_[leg]) / length_m, 0.0, 1.0) : 0;
    const double square_m2 = SquareM2(point, PlaceBetween(a, b, share));
    const double room_m = least - drift_m;
    if (square_m2 >= room_m * room_m) continue;
    best = {.at_m = at_m, .apart_m = std::sqrt(square_m2)};
    least = best.apart_m + drift_m;
  }
  return best;
}

}  // namespace spoor
