#pragma once

#include <cmath>
#include <numbers>

#include "geo/local_plane.h"

namespace spoor::testing {

// Snyder's formulas, written down, in long double: the slow twin of the plane.
inline PlanePoint ProjectByFormula(const Fix& origin, const Fix& fix) {
  const long double lat0 = origin.lat_e7 * 1e-7L * std::numbers::pi_v<long double> / 180;
  const long double lat = fix.lat_e7 * 1e-7L * std::numbers::pi_v<long double> / 180;
  const long double dlon =
      LonDeltaE7(origin.lon_e7, fix.lon_e7) * 1e-7L * std::numbers::pi_v<long double> / 180;
  const long double east = cosl(lat) * sinl(dlon);
  const long double north = cosl(lat0) * sinl(lat) - sinl(lat0) * cosl(lat) * cosl(dlon);
  const long double up = sinl(lat0) * sinl(lat) + cosl(lat0) * cosl(lat) * cosl(dlon);
  const long double sine = hypotl(east, north);
  const long double scale = kEarthRadiusM * (sine > 0 ? atan2l(sine, up) / sine : 1);
  return {.x_m = static_cast<double>(scale * east), .y_m = static_cast<double>(scale * north)};
}

}  // namespace spoor::testing
