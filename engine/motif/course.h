#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "engine/fingerprint/index_params.h"
#include "geo/local_plane.h"
#include "geo/trajectory.h"

namespace spoor {

// The way of a trip without what noise adds: cleaned and smoothed (engine/fingerprint/
// smooth_line.h), with a vertex each time that it has gone a step away from the last one, so that
// standing still adds nothing.  Places on it are metres from its start.
//
// Immutable; const methods may be called from any number of threads.
class Course {
 public:
  // REQUIRES: fixes is not empty, Validate(params) is OK, step_m > 0.
  Course(TrajectoryView fixes, const IndexParams& params, const LocalPlane& plane, double step_m);

  double length_m() const { return at_m_.back(); }
  // The leg on which a place lies; a course of one vertex has none, and is of leg 0.
  size_t LegAt(double at_m) const;
  // Whether the leg spans a silence: nobody knows the way there.
  bool IsJump(size_t leg) const { return leg + 1 < jump_.size() && jump_[leg + 1] != 0; }
  PlanePoint At(double at_m) const { return On(LegAt(at_m), at_m); }

  // Of a fix; of one that was dropped, that of the one before it.
  double OfFix(uint32_t fix) const { return of_fix_[fix]; }
  // The index of the fix before a place, and the share of the leg from there to the next one.
  double FixAt(double at_m) const;

  struct Place {
    double at_m = 0;
    double apart_m = 0;
  };
  // The place between two others that is best for a point: each metre off `expected_m` counts as
  // `drift` metres of distance.  apart_m is infinite where there are only jumps between.
  struct Window {
    double from_m, to_m, expected_m, drift;
  };
  Place NearestTo(PlanePoint point, const Window& window) const;

 private:
  PlanePoint On(size_t leg, double at_m) const;

  std::vector<PlanePoint> smooth_;
  std::vector<uint32_t> fix_;  // of each smooth point
  // Vertices: which smooth point, where, and whether the leg to it is a jump.
  std::vector<uint32_t> vertex_;
  std::vector<double> at_m_;
  std::vector<uint8_t> jump_;
  std::vector<double> of_fix_;
};

}  // namespace spoor
