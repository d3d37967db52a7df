#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "geo/local_plane.h"
#include "geo/measure/kernel/kernels.h"

namespace spoor {

// What is known of a trajectory that has not been read yet, seen from a query: lower bounds on
// plane distances, from the box that holds its line and from its first and last fix.
struct EnvelopeDistances {
  PlaneView query;                    // not empty
  absl::Span<const double> to_box_m;  // from each point of the query to the box
  double start_m = 0;                 // between both first points
  double end_m = 0;                   // between both last points
  double box_gap_m = 0;               // between the two boxes

  // No place on the query's step from point i, which has this length, is nearer to the box: half of
  // what its ends have is left when the length is taken off.
  double FromStepM(size_t i, double length_m) const {
    return std::max((to_box_m[i] + to_box_m[i + 1] - length_m) / 2, box_gap_m);
  }
};

// What is known of a trajectory of which only an outline has been read, seen from a query: both
// lines are cut, the query into runs and the other one into parts.  Every point is in one run or
// part; what lies between two of them goes with one of them.
struct OutlineDistances {
  PlaneView query;  // not empty
  absl::Span<const uint32_t> run_points;
  // How long the line of each run is, and what time it takes.
  absl::Span<const double> run_length_m, run_time_s;
  // Which share of the other line's points each part has, at least, and how many it has, at least.
  absl::Span<const double> part_shares;
  double points = 1;
  // Lower bounds on plane distances to anything on a part, at [part * runs() + run]:
  absl::Span<const float> from_points;  // from each of the points of a run
  absl::Span<const float> from_line;    // from anything on a run
  // Between both first and both last points; 0 unless the measure pairs_ends().
  double start_m = 0, end_m = 0;
  // Any bound above it is as good as the best.
  double cutoff = std::numeric_limits<double>::infinity();

  size_t runs() const { return run_points.size(); }
  size_t parts() const { return part_shares.size(); }
};

// Memory that measuring needs, kept from one pair to the next, what was done so far, and whom to
// ask whether to go on.
//
// Thread safety: none.
struct MeasureWork : Effort {
  std::vector<double> numbers;  // scratch

  // Every kCellsPerQuestion cells `over` is asked, with the caller, whether measuring is to end.
  void AskWhether(bool (*over)(const void* caller), const void* whom) {
    is_over = over;
    caller = whom;
    asks_at = cells + kCellsPerQuestion;
  }
  // For every loop whose length grows with more than one of the lines.
  bool IsOver() { return cells >= asks_at && AskIfOver(*this); }

  // Room for n numbers, uninitialised; what was there before is gone.
  double* Numbers(size_t n) {
    if (numbers.size() < n) numbers.resize(n);
    return numbers.data();
  }
};

// A way to compare two trajectories: smaller is more alike.
//
// Thread safety: const methods may be called from any number of threads.
class Measure {
 public:
  virtual ~Measure() = default;

  // Returns the distance between a and b, or any value > cutoff as soon as the distance is proven
  // to exceed cutoff.  Both are in metres, unless the file of the measure names another unit.  The
  // same a and b have the same distance, to the last bit, whatever the cutoff.  Any value once
  // work.stopped: it asks at least every kCellsPerQuestion cells and some rows.  Memory grows with
  // the sum of both lines, never with their product.
  // REQUIRES: a and b are not empty, finite, and projected on the same plane; times never fall.
  double Distance(PlaneView a, PlaneView b, double cutoff, MeasureWork& work) const {
    return Compute(a, b, cutoff, work);
  }
  double Distance(PlaneView a, PlaneView b, double cutoff) const {
    MeasureWork work;
    return Compute(a, b, cutoff, work);
  }

  // A value never below the distance, found in linear time, so that a caller with many candidates
  // measures the most promising first and against a cutoff.  Infinity where the measure knows none.
  // With a good cutoff at hand, Distance costs no more than this.
  virtual double UpperBound(PlaneView a, PlaneView b, MeasureWork& work) const {
    static_cast<void>(a), static_cast<void>(b), static_cast<void>(work);
    return std::numeric_limits<double>::infinity();
  }

  // A value never above the distance between the query and any trajectory that `e` is true of, up
  // to rounding (a few units in the last place).  0, which says nothing, unless the measure knows
  // better.
  virtual double LowerBound(const EnvelopeDistances& e) const {
    static_cast<void>(e);
    return 0;
  }

  // The same from an outline.  Unless the measure knows better, LowerBound of what the outline
  // tells about the box that holds the other line.
  virtual double BoundOfOutline(const OutlineDistances& o) const;

  // Whether the distance is never less than that between both first points, nor than that between
  // both last.
  virtual bool pairs_ends() const { return false; }

  // A value never above the distance between the query and any trajectory that has a fix at least
  // gap_m away from every place of the query's line, up to rounding.  0, which says nothing, unless
  // the measure knows better.
  virtual double BoundOfFarFix(double gap_m) const {
    static_cast<void>(gap_m);
    return 0;
  }

  // Whether its bounds find the nearest of however many in no more than the time that measuring the
  // best by fingerprint takes (bench/quality --part agreement).
  virtual bool finds_by_bounds() const { return false; }

  // Of the distance, for people: "m" for metres, empty for a share.
  virtual absl::string_view unit() const { return "m"; }

  // Whether it looks at PlanePoint::t_s.
  virtual bool needs_times() const { return false; }

  // Whether the distance is to a part of b, not to the whole.
  virtual bool seeks_part() const { return false; }

  // Where seeks_part(), the indices into b, both ends included, of the part that the distance is
  // to; any once work.stopped.
  virtual std::pair<uint32_t, uint32_t> PartOf(PlaneView a, PlaneView b, MeasureWork& work) const {
    static_cast<void>(a), static_cast<void>(work);
    return {0, static_cast<uint32_t>(b.size() - 1)};
  }

  // Whether swapping a and b never changes the distance, so that one of the two is enough.
  virtual bool is_symmetric() const = 0;

  // Whether it is symmetric and the triangle inequality holds, so that the planner may prune
  // through pivots.
  virtual bool is_metric() const = 0;

 private:
  // Distance.
  virtual double Compute(PlaneView a, PlaneView b, double cutoff, MeasureWork& work) const = 0;
};

// A lower bound that was summed up, lowered by more than rounding can have raised it above a
// distance.
inline double BelowRounding(double bound_m) {
  constexpr double kRelative = 1e-9, kAbsoluteM = 1e-9;
  return std::max(0.0, bound_m * (1 - kRelative) - kAbsoluteM);
}

// (name, value) of what a measure needs to be told.
using MeasureParams = std::vector<std::pair<std::string, double>>;

// What a measure can be told.
struct MeasureParam {
  absl::string_view name;  // with its unit
  double least = 0, most = 0;
  // What holds when it is not given; nothing: it must be.
  std::optional<double> absent = std::nullopt;
};

// One line of measures.def.
struct MeasureEntry {
  absl::string_view name;
  // REQUIRES: params are those of `params()`, all of them and in that order, with values allowed.
  std::unique_ptr<Measure> (*make)(const MeasureParams& params);
  std::array<MeasureParam, 2> takes;  // with empty names where there are fewer

  absl::Span<const MeasureParam> params() const {
    size_t count = 0;
    while (count < takes.size() && !takes[count].name.empty()) ++count;
    return {takes.data(), count};
  }
};

// Every measure this build knows, in name order.
absl::Span<const MeasureEntry> AllMeasures();

// Returns NotFound, listing the available names, when there is no such measure here, and
// InvalidArgument, naming the parameter, its value and what is allowed, when the measure takes no
// such parameter or no such value, or needs one that is not given.
//
//   MakeMeasure("dtw", {})
//   MakeMeasure("edr", {{"tolerance_m", 50}})
absl::StatusOr<std::unique_ptr<Measure>> MakeMeasure(absl::string_view name,
                                                     const MeasureParams& params);

}  // namespace spoor
