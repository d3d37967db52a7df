#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "geo/box.h"
#include "geo/trajectory.h"

namespace spoor {

// A polygon with holes, or several: an area that a filter names.  Edges are straight in latitude
// and longitude; a ring whose longitudes step by more than 180 degrees crosses the antimeridian
// there.  (lat, lon) in degrees, rounded to the positions that fixes have; a ring is closed, its
// last position equals the first.  Several polygons may touch or overlap.
using Ring = std::vector<std::pair<double, double>>;
using PolygonRings = std::vector<Ring>;  // outer ring first, then holes

// Immutable.  Thread safety: const methods may be called from any number of threads.
class Region {
 public:
  // Returns InvalidArgument, saying what is wrong where, when a ring is open, has fewer than four
  // positions, is out of range, crosses itself, or goes round a pole, or a hole is not in its ring.
  static absl::StatusOr<std::shared_ptr<const Region>> Make(
      const std::vector<PolygonRings>& polygons);
  ~Region();

  // Whether the line through the fixes has this relation to the area; borders belong to it.
  // REQUIRES: fixes is not empty.
  bool Meets(TrajectoryView fixes, Relation relation) const;
  // What it was made of.
  const std::vector<PolygonRings>& polygons() const { return polygons_; }
  // A box that holds the area.
  const Box& bounds() const { return bounds_; }

 private:
  struct Rep;  // keeps GEOS out of this header
  Region(std::unique_ptr<Rep> rep, std::vector<PolygonRings> polygons, Box bounds);
  const std::unique_ptr<Rep> rep_;
  const std::vector<PolygonRings> polygons_;
  const Box bounds_;
};

}  // namespace spoor
