#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "geo/local_plane.h"
#include "geo/measure/measure.h"

namespace spoor {

// A part of a line, by places on it, and how far it is from a stretch.
struct NearPart {
  double from_at = 0, to_at = 0;  // indices of points, and shares of the legs that begin there
  double distance_m = 0;
};

// Looks in lines for the part that is nearest to a stretch by the continuous Frechet distance: the
// part begins and ends anywhere on the line, also between its points (Alt, Godau, Computing the
// Frechet Distance between Two Polygonal Curves, 1995, section 3.3: partial matching).  In the
// free-space diagram, with the points of the stretch upwards and the line to the right, a walk
// begins anywhere along the lowest row and ends anywhere along the highest.
//
//     stretch ^   . . ./. .     The distance is a multiple of kFrechetStepM, the least at which
//             |   . ./. . .     there is such a walk, as in the measure (geo/measure/frechet.h).
//             +--------------> line
//
// Time: O(nm) at worst for a decision, about as many cells as are free in practice, and two or
// three decisions for a distance: it is guessed from where a greedy walk passes, and the guess is
// proven.  Memory O(n + m).
//
// Thread safety: none.
class PartSearch {
 public:
  // REQUIRES: the stretch is not empty; work outlives it.
  PartSearch(PlaneView stretch, MeasureWork& work);

  // Whether some part of the line is within that distance.  Any answer once work.stopped.
  // REQUIRES: the line is not empty, and on the plane of the stretch.
  bool HasWithin(PlaneView line, double distance_m);

  // The nearest part, if it is within the cutoff: of the walks at its distance one that ends early,
  // there as close to the end of the stretch as it can, and then begins as close to the beginning.
  // Where few lines have one, is_rare says no sooner.
  std::optional<NearPart> Nearest(PlaneView line, double cutoff_m, bool is_rare = false);

 private:
  struct Leg {
    double x_m, y_m;     // where it begins
    double east, north;  // direction, of length 1, or 0 where it has no length
    double length_m = 0;
  };
  struct Span {  // of places on a leg, in metres from where it begins; empty: from > to
    double from_m = 1, to_m = 0;
    bool empty() const { return !(from_m <= to_m); }
  };
  // One line with its legs: a leg begins at each point but the last.  Of one point: it is doubled.
  struct Line {
    std::vector<PlanePoint> points;
    std::vector<Leg> legs;
    void Set(PlaneView view, bool backwards);
  };

  static Span FreeOn(const Leg& leg, const PlanePoint& point, double leash_m2);
  // Walks up; afterwards reached_ says what is reached along the highest row.  From anywhere along
  // the lowest row, or from the first point of the line alone.
  bool Sweep(const Line& stretch, const Line& line, double leash_m2, bool from_first);
  void StartRow(const Line& stretch, const Line& line, double leash_m2, bool from_first);
  bool NextRow(size_t row, const Line& stretch, const Line& line, double leash_m2);
  bool SweepAt(uint64_t steps) { return Sweep(stretch_, line_, LeashOf(steps), false); }
  static double LeashOf(uint64_t steps);

  // A bound that a greedy walk over corners proves, and a guess at the distance; infinity: it got
  // lost.
  struct Greedy {
    double most_m, guess_m;
  };
  Greedy WalkGreedily(double cutoff_m) const;
  double GuessM2(size_t row, size_t column) const;
  std::optional<uint64_t> LeastSteps(uint64_t cutoff);
  NearPart PartAt(uint64_t steps);
  // Of the first run of places that are reached along the highest row, the one nearest to the
  // point.
  double FirstReachedNear(const Line& line, const PlanePoint& end) const;

  MeasureWork& work_;
  Line stretch_, backwards_, line_, line_back_;
  std::vector<Span> reached_;   // of each leg of the line, along the row
  size_t begin_ = 0, end_ = 0;  // legs outside are not reached
  bool at_first_ = false;       // the first point of the line is reached, at the row's point
};

}  // namespace spoor
