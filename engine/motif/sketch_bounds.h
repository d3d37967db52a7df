#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "absl/strings/string_view.h"
#include "engine/motif/line_windows.h"
#include "engine/segment/sketch.h"
#include "geo/local_plane.h"

namespace spoor {

// What the sketch of a line (engine/segment/sketch.h) proves about who follows a stretch, so that
// the line itself is read only where that is not enough.
//
// At least.  Each point of the line has one of the sketch within the tolerance: a point of the
// stretch is no nearer to the line than to the sketch, but for that.  What follows has no point of
// the stretch further away than the distance.
//
// At most.  A step of the sketch stands for a piece of the line that lies in a tube around it, but
// may go to and fro there: the piece is matched with the step so that no place is further away than
// half its length and what the tube is wide.  Some points of the stretch and the places nearest to
// them cut both into pieces, and these, each gone at its own pace, bound the Frechet distance.
//
// Both count in what straight means in degrees and on the plane.  A step of some kilometres proves
// little, and near the poles nothing is proven.
//
// Thread safety: none.
class SketchBounds {
 public:
  // REQUIRES: points is the stretch on the plane, and not empty; windows are those of the stretch
  // for the distance; plane and windows outlive it.
  SketchBounds(PlaneView points, double distance_m, const LineWindows& windows,
               const LocalPlane& plane);

  enum class Verdict : uint8_t { kNo, kMaybe, kYes };
  // Whether a line with this sketch has a part within the distance: in the asked ways, that of the
  // stretch and the opposite one.  kNo and kYes are proven.
  struct Ways {
    bool same = true, opposite = false;
  };
  Verdict Judge(absl::string_view sketch, const Fix& start, Ways ways);
  // Of what was judged last: no part of it is nearer, or it is further than the distance.  0 where
  // nothing is proven.
  double least_m() const { return least_m_; }
  // Whether some point of the stretch is proven to be further than that from the line.
  bool IsFarther(absl::string_view sketch, const Fix& start, double distance_m);

 private:
  // A step of the sketch that comes near, on the plane.
  struct Step {
    double x_m, y_m;    // where it begins
    double dx_m, dy_m;  // to where it ends
    double per_m2;      // 1 / the square of its length, 0 without one
    double length_m;
    double error_m;  // the line is no further from what it is matched with
    bool joins;      // it begins where the one before ends
  };
  struct Place {
    size_t step = 0;
    double share = 0;
  };

  // False: nothing can be said.
  bool Read(absl::string_view sketch, const Fix& start);
  void Add(const SketchPoint& a, const SketchPoint& b, double tolerance_m, bool joins);
  void ChooseSamples(PlaneView points);
  double SquareToStep(const PlanePoint& p, size_t step) const;
  double SquareToAll(const PlanePoint& p) const;
  void FindPlaces();
  double LessError(double apart_m) const;
  double LeastM() const;
  double MostM(bool backwards) const;
  double MatchedM(PlanePoint from_point, PlanePoint to_point, Place from, Place to) const;
  Place PlaceOf(size_t sample) const;
  PlanePoint At(const Place& place) const;

  static constexpr size_t kSamples = 16;
  const LineWindows& windows_;
  const LocalPlane& plane_;
  const double distance_m_;
  const bool proves_;
  const double m_per_e7_;  // how far off something is that is off by as much in both directions
  const std::vector<PlanePoint> points_;
  // Points of the stretch, in order, and how far what lies between two of them is from the straight
  // way.
  std::array<PlanePoint, kSamples> samples_;
  std::array<double, kSamples - 1> bulge_m_;
  // The same once more as they are compared, and what of the sketch is nearest to each.
  std::array<double, kSamples> x_m_, y_m_, square_m2_, place_;
  std::vector<Step> steps_;
  double off_m_ = 0;  // of what was read: the line is no further from the sketch
  double least_m_ = 0;
};

}  // namespace spoor
