#pragma once

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "geo/local_plane.h"

namespace spoor {

// What is known of a trajectory that has not been read yet, seen from a query: lower bounds on
// plane distances, from the box that holds its line and from its first and last fix.
struct EnvelopeDistances {
  absl::Span<const double> to_box_m;  // from each point of the query to the box; not empty
  double start_m = 0;                 // between both first points
  double end_m = 0;                   // between both last points
  double box_gap_m = 0;               // between the two boxes
};

// A way to compare two trajectories: smaller is more alike.
//
// Thread safety: const methods may be called from any number of threads.
class Measure {
 public:
  virtual ~Measure() = default;

  // Returns the distance between a and b, or any value > cutoff as soon as the distance is proven
  // to exceed cutoff.  Both are in metres, unless the file of the measure names another unit.
  // REQUIRES: a and b are not empty, finite, and projected on the same plane.
  virtual double Distance(PlaneView a, PlaneView b, double cutoff) const = 0;

  // A value never above the distance between the query and any trajectory that `e` is true of, up
  // to rounding (a few units in the last place).  0, which says nothing, unless the measure knows
  // better.
  virtual double LowerBound(const EnvelopeDistances& e) const {
    static_cast<void>(e);
    return 0;
  }

  // Whether swapping a and b never changes the distance, so that one of the two is enough.
  virtual bool is_symmetric() const = 0;

  // Whether it is symmetric and the triangle inequality holds, so that the planner may prune
  // through pivots.
  virtual bool is_metric() const = 0;
};

// A lower bound that was summed up, lowered by more than rounding can have raised it above a
// distance.
inline double BelowRounding(double bound_m) {
  constexpr double kRelative = 1e-9, kAbsoluteM = 1e-9;
  return std::max(0.0, bound_m * (1 - kRelative) - kAbsoluteM);
}

// (name, value) of what a measure needs to be told, names distinct.
using MeasureParams = std::vector<std::pair<std::string, double>>;

// One line of measures.def.
struct MeasureEntry {
  absl::string_view name;
  // REQUIRES: params names nothing but what `takes` lists.
  std::unique_ptr<Measure> (*make)(const MeasureParams& params);
  std::array<absl::string_view, 2> takes;  // names of parameters; empty where there are fewer
};

// Every measure this build knows, in name order.
absl::Span<const MeasureEntry> AllMeasures();

// Returns NotFound, listing the available names, when there is no such measure here, and
// InvalidArgument, naming the parameter and listing the known ones, when the measure takes no such
// parameter.
//
//   MakeMeasure("dtw", {})
absl::StatusOr<std::unique_ptr<Measure>> MakeMeasure(absl::string_view name,
                                                     const MeasureParams& params);

}  // namespace spoor
