#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "engine/segment/outline.h"
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
  // The same, where the line's box and outline are known: whole parts are passed over.
  void Cut(TrajectoryView fixes, const Box& box, const Outline& outline,
           std::vector<LineWindow>& to) const;

  // Whether something between these latitudes and longitudes, which may count on beyond half a
  // turn, may lie in a window.
  bool MayMeet(int64_t south_e7, int64_t north_e7, int64_t west_e7, int64_t east_e7) const;
  // How far from the equator windows go; more than there is where they are everywhere.
  int64_t farthest_lat_e7() const { return std::max(-south_e7_, north_e7_); }
  int64_t nearest_lat_e7() const { return std::max({int64_t{0}, south_e7_, -north_e7_}); }

 private:
  uint32_t SidesOf(const Fix& fix) const;
  // Goes on from fix `first`, of which a window may have begun at `from`, to `last`.
  struct Begun {
    size_t from;
    uint32_t sides;
  };
  void Go(TrajectoryView fixes, size_t first, size_t last, Begun& begun,
          std::vector<LineWindow>& to) const;
  void Add(TrajectoryView fixes, size_t from, size_t to, std::vector<LineWindow>& out) const;

  const LocalPlane& plane_;
  int32_t middle_lon_e7_ = 0;
  int64_t south_e7_ = 0, north_e7_ = 0;  // of the box...
  int64_t west_e7_ = 0, east_e7_ = 0;    // ...seen from the middle longitude
};

}  // namespace spoor
