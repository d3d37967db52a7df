#pragma once

#include <vector>

#include "engine/query.h"
#include "engine/segment_format.h"
#include "geo/local_plane.h"

namespace spoor {

// Lower bounds of a measure between a query and trajectories of which only the summary is known, so
// that most trajectories are ruled out before their fixes are read.
//
// Why they hold.  The plane around the query is never shorter than the sphere (geo/local_plane.h),
// and on the sphere a fix at latitude p, d degrees of longitude away from a box, is at least
// asin(cos p sin d) from it.  Lines are straight in the plane, boxes in latitude and longitude:
// what a step may leave its box by is taken off (SlackM).
//
// Thread safety: none.
class QueryEnvelope {
 public:
  // REQUIRES: fixes is not empty; the plane is the one that the measure works on; measure outlives
  // it.
  QueryEnvelope(const std::vector<Fix>& fixes, const LocalPlane& plane, Direction direction,
                const Measure& measure);

  // Of the trajectories with this box and these ends.
  double Bound(const Box& box, const EndPoints& ends);
  // Of all trajectories in the box.
  double BoundOfBox(const Box& box);

 private:
  // A box in radians: from south to north, half its width to both sides of the middle.
  struct Sides {
    double south, north, middle, half;
  };
  struct EndDistances {
    double start_m, end_m;
  };

  static Sides InRadians(const Box& box);
  // How far, at most, steps between fixes in the box leave it.
  double SlackM(const Sides& box) const;
  double GapM(const Sides& box) const;
  // From every fix to the box, into to_box_m_.
  void MeasureToBox(const Sides& box, double slack_m);
  double MeasureBound(const EndDistances& same, const EndDistances& opposite, double gap_m);

  const LocalPlane plane_;
  const Direction direction_;
  const Measure& measure_;
  const double origin_lat_, origin_lon_;
  const Sides box_;
  const double slack_m_;
  std::vector<double> lat_, lon_, cos_lat_;  // of the fixes
  const std::vector<PlanePoint> points_, reversed_points_;
  std::vector<double> to_box_m_, reversed_m_;
};

}  // namespace spoor
