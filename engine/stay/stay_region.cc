#include "engine/stay/stay_region.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <numbers>
#include <tuple>

#include "geo/local_plane.h"

namespace spoor {
namespace {

constexpr double kStep = std::numbers::pi / 16;
constexpr double kMetresPerDegree = kEarthRadiusM * std::numbers::pi / 180;

double Cross(const PlanePoint& o, const PlanePoint& a, const PlanePoint& b) {
  return (a.x_m - o.x_m) * (b.y_m - o.y_m) - (a.y_m - o.y_m) * (b.x_m - o.x_m);
}

// Counter-clockwise, each vertex once (Andrew's monotone chain).
std::vector<PlanePoint> HullOf(std::vector<PlanePoint> places) {
  const auto order = [](const PlanePoint& p) { return std::tie(p.x_m, p.y_m); };
  std::sort(places.begin(), places.end(),
            [&](const PlanePoint& a, const PlanePoint& b) { return order(a) < order(b); });
  places.erase(std::unique(places.begin(), places.end(),
                           [&](const auto& a, const auto& b) { return order(a) == order(b); }),
               places.end());
  if (places.size() < 3) return places;
  std::vector<PlanePoint> hull;
  const auto add = [&hull](const PlanePoint& p, size_t from) {
    while (hull.size() >= from + 2 && Cross(hull[hull.size() - 2], hull.back(), p) <= 0) {
      hull.pop_back();
    }
    hull.push_back(p);
  };
  for (const PlanePoint& p : places) add(p, 0);
  const size_t upper = hull.size() - 1;
  for (size_t i = places.size() - 1; i-- > 0;) add(places[i], upper);
  hull.pop_back();
  return hull;
}

// The direction from a to b.
double Bearing(const PlanePoint& a, const PlanePoint& b) {
  return std::atan2(b.y_m - a.y_m, b.x_m - a.x_m);
}

}  // namespace

std::vector<RegionVertex> StayRegion(TrajectoryView fixes, double buffer_m) {
  assert(!fixes.empty() && buffer_m > 0);
  const Fix& origin = fixes.front();
  const double cos_lat = std::max(1e-9, std::cos(origin.lat_deg() * std::numbers::pi / 180));
  std::vector<PlanePoint> places;
  places.reserve(fixes.size());
  for (const Fix& f : fixes) {
    const double east_deg = LonDeltaE7(origin.lon_e7, f.lon_e7) / kUnitsPerDegree;
    places.push_back({.x_m = east_deg * kMetresPerDegree * cos_lat,
                      .y_m = (f.lat_deg() - origin.lat_deg()) * kMetresPerDegree});
  }
  const std::vector<PlanePoint> hull = HullOf(std::move(places));
  std::vector<RegionVertex> ring;
  const auto add = [&](const PlanePoint& p, double direction) {
    const double x_m = p.x_m + buffer_m * std::cos(direction);
    const double y_m = p.y_m + buffer_m * std::sin(direction);
    ring.push_back({origin.lon_deg() + x_m / (kMetresPerDegree * cos_lat),
                    std::clamp(origin.lat_deg() + y_m / kMetresPerDegree, -90.0, 90.0)});
  };
  // Around each vertex from the normal of the step to it to that of the step from it.
  const size_t n = hull.size();
  for (size_t i = 0; i < n; ++i) {
    double from = 0, turn = 2 * std::numbers::pi;
    if (n > 1) {
      from = Bearing(hull[(i + n - 1) % n], hull[i]) - std::numbers::pi / 2;
      turn = Bearing(hull[i], hull[(i + 1) % n]) - std::numbers::pi / 2 - from;
      if (turn < 0) turn += 2 * std::numbers::pi;
    }
    const auto steps = std::max<int>(1, static_cast<int>(std::ceil(turn / kStep - 1e-9)));
    const int last = n > 1 ? steps : steps - 1;
    for (int s = 0; s <= last; ++s) add(hull[i], from + turn * s / steps);
  }
  return ring;
}

}  // namespace spoor
