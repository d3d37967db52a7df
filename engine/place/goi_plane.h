#pragma once

#include <cmath>
#include <vector>

#include "absl/types/span.h"
#include "engine/stay/stay_region.h"
#include "geo/plane_area.h"

namespace spoor {

// One plane for all places: metres to the east and to the north of an origin, with degrees of
// longitude as wide as they are at its latitude.  What places have in common does not depend on
// that width; their areas are off by as much as the cosines of latitudes differ.
class GoiPlane {
 public:
  GoiPlane(double lon_deg, double lat_deg);
  // About the middle of some places: in latitude of the span, in longitude the least, counted from
  // the first.
  static GoiPlane About(absl::Span<const Fix> places);

  PlanePoint At(double lon_deg, double lat_deg) const;
  PlanePoint At(const Fix& fix) const { return At(fix.lon_deg(), fix.lat_deg()); }
  RegionVertex Degrees(PlanePoint place) const;
  PlaneRing RingOf(absl::Span<const RegionVertex> region) const;
  double lon_deg() const { return lon_deg_; }
  double lat_deg() const { return lat_deg_; }

 private:
  double lon_deg_, lat_deg_, cos_lat_;
};

}  // namespace spoor
