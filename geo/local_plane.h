#pragma once

#include <cmath>
#include <vector>

#include "absl/types/span.h"
#include "geo/box.h"
#include "geo/fix.h"
#include "geo/trajectory.h"

namespace spoor {

inline constexpr double kEarthRadiusM = 6371008.8;  // the mean radius of WGS 84

// A projected position: metres to the east and to the north of the origin of its plane; and when,
// since the first fix of its trajectory: 0 throughout where there are no times.
struct PlanePoint {
  double x_m = 0;
  double y_m = 0;
  double t_s = 0;
};

// The projected fixes of one trajectory, borrowed.
using PlaneView = absl::Span<const PlanePoint>;

// Of the distance.
inline double SquareM2(PlanePoint a, PlanePoint b) {
  const double dx_m = a.x_m - b.x_m, dy_m = a.y_m - b.y_m;
  return dx_m * dx_m + dy_m * dy_m;
}

// Not std::hypot: metres on the Earth cannot overflow, and this is the inner loop of every measure.
inline double DistanceM(PlanePoint a, PlanePoint b) { return std::sqrt(SquareM2(a, b)); }

// A place on the straight way from a to b: 0 at a, 1 at b.  It has no time.
inline PlanePoint PlaceBetween(PlanePoint a, PlanePoint b, double share) {
  return {.x_m = a.x_m + share * (b.x_m - a.x_m), .y_m = a.y_m + share * (b.y_m - a.y_m)};
}

// Great-circle distance on the sphere of radius kEarthRadiusM by the haversine formula.
double HaversineM(const Fix& a, const Fix& b);
// Of all steps of a line, added up in their order.
double LengthM(TrajectoryView fixes);

// The azimuthal equidistant projection of a sphere around an origin (Snyder, Map Projections,
// 1987, section 25), so that measures work with plane geometry and never with degrees.
//
// Error: a distance from the origin is that of the sphere.  Between two places within r of the
// origin the plane is never shorter than the sphere, and longer by at most PlaneError(r).  The
// sphere itself is within 0.6 % of WGS 84.  A leg that is straight here leaves the great circle
// between its ends by up to about L^2 r / (12 kEarthRadiusM^2): 0.8 km of 734 km whose far end is
// that far away. Poles and the date line need no care; the antipode of the origin has no image.
//
// Near the origin (0.2 rad, 1270 km) Project uses series instead of libm; both agree to 1e-6 m.
class LocalPlane {
 public:
  explicit LocalPlane(const Fix& origin);

  // The place alone.
  PlanePoint Project(const Fix& fix) const { return Project(fix.lat_e7, fix.lon_e7); }
  PlanePoint Project(int32_t lat_e7, int32_t lon_e7) const;
  // With times.
  void Project(TrajectoryView fixes, std::vector<PlanePoint>& out) const;  // replaces out
  std::vector<PlanePoint> Project(TrajectoryView fixes) const;

 private:
  PlanePoint ProjectFar(double lat, double dlon) const;

  int32_t lat_e7_, lon_e7_;
  double sin_lat_, cos_lat_;  // of the origin
};

// c / sin c - 1 with c = r_m / kEarthRadiusM: 0.004 % at 100 km, 0.41 % at 1000 km, infinite from
// the antipode on.
double PlaneError(double r_m);

// A distance on the sphere that no place in the box exceeds.
double MostApartM(const Fix& fix, const Box& box);

// The same line the other way: its last fix first, and times counted from there.
std::vector<PlanePoint> Backwards(PlaneView line);

}  // namespace spoor
