#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "absl/types/span.h"
#include "engine/search/apart.h"
#include "engine/search/query.h"
#include "engine/segment/outline.h"
#include "engine/segment/segment_format.h"
#include "geo/local_plane.h"

namespace spoor {

// Lower bounds of a measure between a query and trajectories of which only the summary or an
// outline is known, so that most trajectories are ruled out before their fixes are read.
//
// Why they hold.  The plane around the query is never shorter than the sphere (geo/local_plane.h).
// On the sphere, with two places at least dlat and dlon apart and at latitudes whose cosines are at
// least c and c', the haversine formula says that they are at least
// 2 asin(sqrt(sin^2(dlat / 2) + c c' sin^2(dlon / 2))) apart, and asin x >= x, sin x >= x - x^3
// / 6. So in a frame of longitude and latitude whose axes are shortened accordingly (Ground),
// distances between boxes are plain geometry.  Lines are straight in the plane, boxes in latitude
// and longitude: what a step may leave its box by is taken off (Slack), and so is what single
// precision may have added.
//
// Thread safety: none.
class QueryEnvelope {
 public:
  // REQUIRES: fixes is not empty; line is what they are on the plane around
  // fixes[fixes.size() / 2], where the measure works, and back the same the other way, empty where
  // direction is kSame; line, back and measure outlive it.
  QueryEnvelope(const std::vector<Fix>& fixes, PlaneView line, PlaneView back, Direction direction,
                const Measure& measure);

  // From now on bounds are of trajectories in this box.
  void Enter(const Box& cover);
  // Of all trajectories of the group.  May be less than it could be once it is above the cutoff.
  double Bound(const Group& group, double cutoff_m);
  // Of the trajectories with this box, these ends, so many fixes and this outline, as above.
  double Bound(const Box& box, const EndPoints& ends, uint32_t fixes, const Outline& outline,
               double cutoff_m);
  // Of what was last bounded: how far some run of the query is from it, at least about.
  double StrayM() const;

 private:
  // A box in the frame: radians of latitude, and of longitude to the east of the origin.
  struct Sides {
    double south, north, west, east;
    double far_lon() const;
  };
  // What is true of everything in a box.
  struct Ground {
    double across, along;  // metres on the sphere, at least, for one in the frame
    double far_lon;        // of the box
    double bend_per_m;     // a part leaves its box by this times the square of its extent,
    double widest;         // across, for one metre in the frame, at most;
    double flat_m;         // but not by more than this
    double rounding_m;     // that single precision may have added
    double Slack(double height_m, double width_m) const;
  };
  // In metres in the frame, to the north and to the east of the origin.
  struct Rectangle {
    double south_m, west_m, north_m, east_m;
  };
  // The query as it goes in one direction, and its runs in that order, as OutlineDistances has
  // them.
  struct Course {
    PlaneView points;
    std::array<uint32_t, kMaxRuns> run_points{};
    std::array<double, kMaxRuns> run_length_m{}, run_time_s{};
    // To what is being bounded; 0 unless the measure pairs ends.
    double start_m = 0, end_m = 0;
  };
  // The same of fixes, in 1e-7 degrees.
  struct Reach {
    int32_t south = INT32_MAX, north = INT32_MIN, west = INT32_MAX, east = INT32_MIN;
    void Add(int32_t lat_e7, int32_t lon_e7);
    void Add(const Reach& other);
  };
  Reach ReachOf(absl::Span<const Fix> fixes) const;
  static Sides InFrame(const Reach& reach);
  Sides InFrame(const Box& box) const;
  Rectangle InMetres(const Sides& sides) const;
  Rectangle InMetres(int32_t lat_e7, int32_t lon_e7) const;
  Ground GroundOf(const Sides& sides) const;
  void CutIntoRuns(const std::vector<Fix>& fixes);
  void MeasureRuns();  // their lengths and times
  // A bound that follows from where others begin and end alone, if one does.
  double BoundOfEnds(const Rectangle& starts, const Rectangle& ends);
  static Rectangle Within(const Rectangle& whole, const Outline::Insets& insets);
  void SetParts(const Rectangle& whole, const Outline& outline, size_t count);
  // By the first parts, which have these shares of at least so many points.
  double LowerBound(absl::Span<const double> part_shares, double points, double cutoff);

  const Direction direction_;
  const Measure& measure_;
  const double origin_lat_;
  const int32_t origin_lon_e7_;
  Course same_, opposite_;
  // The query is cut into runs: enough to see where it goes, few enough to be compared with every
  // part of thousands of outlines.
  uint32_t runs_ = 0;
  Runs points_of_, line_of_;  // of each run: its points; its line to the next run
  Sides box_{};
  double cos_lat_ = 0;  // of the query, at least
  Rectangle first_{}, last_{};
  Ground ground_{};
  // Of what is being bounded.
  size_t part_count_ = 0;
  Parts parts_;
  ApartTable from_points_{}, from_line_{};
};

}  // namespace spoor
