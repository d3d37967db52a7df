#pragma once

#include <cstdint>
#include <vector>

#include "geo/local_plane.h"
#include "geo/trajectory.h"

namespace spoor {

// Some of a line, on a plane, and where its points lie on the whole: indices of fixes, and shares
// of the legs that begin there.
struct LineWindow {
  std::vector<PlanePoint> points;  // not empty
  std::vector<double> at;          // of each point, ascending

  double PlaceOf(double own_at) const;  // of a place on the window
  // What lies before and behind a part, that is between two places on the window.
  LineWindow Before(double own_at) const;
  LineWindow Behind(double own_at) const;
};

// Cuts out of lines what may be within a distance of a stretch: nothing of a line that is nowhere
// within that distance of the stretch lies outside, so that a part that is near all along is in one
// window altogether.  Looks at a few integers of each fix, and projects what is in the windows.
class LineWindows {
 public:
  // REQUIRES: the stretch is not empty; the plane outlives it.
  LineWindows(TrajectoryView stretch, double distance_m, const LocalPlane& plane);

  // The windows of a line, in order; `to` gets them, what was there before is gone.
  void Cut(TrajectoryView fixes, std::vector<LineWindow>& to) const;

 private:
  uint32_t SidesOf(const Fix& fix) const;
  void Add(TrajectoryView fixes, size_t from, size_t to, std::vector<LineWindow>& out) const;

  const LocalPlane& plane_;
  int32_t middle_lon_e7_ = 0;
  int64_t south_e7_ = 0, north_e7_ = 0;  // of the box...
  int64_t west_e7_ = 0, east_e7_ = 0;    // ...seen from the middle longitude
};

}  // namespace spoor
