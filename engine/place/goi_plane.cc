#include "engine/place/goi_plane.h"

#include <algorithm>
#include <numbers>

namespace spoor {
namespace {

constexpr double kMetresOfDegree = kEarthRadiusM * std::numbers::pi / 180;

}  // namespace

GoiPlane::GoiPlane(double lon_deg, double lat_deg)
    : lon_deg_(lon_deg),
      lat_deg_(lat_deg),
      cos_lat_(std::max(1e-9, std::cos(lat_deg * std::numbers::pi / 180))) {}

GoiPlane GoiPlane::About(absl::Span<const Fix> places) {
  if (places.empty()) return {0, 0};
  int64_t west_e7 = 0;
  int32_t south_e7 = places[0].lat_e7, north_e7 = south_e7;
  for (const Fix& p : places) {
    west_e7 = std::min<int64_t>(west_e7, LonDeltaE7(places[0].lon_e7, p.lon_e7));
    south_e7 = std::min(south_e7, p.lat_e7);
    north_e7 = std::max(north_e7, p.lat_e7);
  }
  const double lon_deg = places[0].lon_deg() + static_cast<double>(west_e7) / kUnitsPerDegree;
  return {lon_deg < -180 ? lon_deg + 360 : lon_deg,
          (static_cast<double>(south_e7) + static_cast<double>(north_e7)) / 2 / kUnitsPerDegree};
}

PlanePoint GoiPlane::At(double lon_deg, double lat_deg) const {
  const double east_deg = std::remainder(lon_deg - lon_deg_, 360);
  return {east_deg * kMetresOfDegree * cos_lat_, (lat_deg - lat_deg_) * kMetresOfDegree, 0};
}

RegionVertex GoiPlane::Degrees(PlanePoint place) const {
  return {lon_deg_ + place.x_m / (kMetresOfDegree * cos_lat_),
          std::clamp(lat_deg_ + place.y_m / kMetresOfDegree, -90.0, 90.0)};
}

PlaneRing GoiPlane::RingOf(absl::Span<const RegionVertex> region) const {
  PlaneRing out;
  for (const RegionVertex& v : region) {
    PlanePoint p = At(v.lon_deg, v.lat_deg);
    // One region is in one piece, also across the meridian opposite to the origin.
    if (!out.empty()) {
      const double turn_m = 360 * kMetresOfDegree * cos_lat_;
      p.x_m += turn_m * std::round((out.front().x_m - p.x_m) / turn_m);
    }
    out.push_back(p);
  }
  return out;
}

}  // namespace spoor
