#include "engine/stay/stay_region.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <numbers>

#include "geo/plane_area.h"

namespace spoor {
namespace {

constexpr double kStep = std::numbers::pi / 16;
constexpr double kMetresPerDegree = kEarthRadiusM * std::numbers::pi / 180;

// The direction from a to b.
double Bearing(const PlanePoint& a, const PlanePoint& b) {
  return std::atan2(b.y_m - a.y_m, b.x_m - a.x_m);
}

}  // namespace

std::vector<RegionVertex> StayRegion(TrajectoryView fixes, double buffer_m) {
  assert(!fixes.empty() && buffer_m > 0);
  const Fix& origin = fixes.front();
  const double cos_lat = std::max(1e-9, std::cos(origin.lat_deg() * std::numbers::pi / 180));
  PlaneRing places;
  places.reserve(fixes.size());
  for (const Fix& f : fixes) {
    const double east_deg = LonDeltaE7(origin.lon_e7, f.lon_e7) / kUnitsPerDegree;
    places.push_back({.x_m = east_deg * kMetresPerDegree * cos_lat,
                      .y_m = (f.lat_deg() - origin.lat_deg()) * kMetresPerDegree});
  }
  const PlaneRing hull = ConvexHull(std::move(places));
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
