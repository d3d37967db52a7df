#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "geo/local_plane.h"
#include "geo/measure/kernel/kernels.h"
#include "geo/measure/measure.h"

namespace spoor {

// The square of a leash of that length, as a FreeSpace takes it: a little longer, so that what
// touches is reached, however the last bits were rounded.  Strictly increasing.
inline double LeashM2(double length_m) {
  constexpr double kRelative = 1e-12, kAbsoluteM = 1e-9;
  const double leash_m = length_m * (1 + kRelative) + kAbsoluteM;
  return leash_m * leash_m;
}

// The free-space diagram of two polylines (Alt, Godau 1995): its point (s, t) stands for the place
// s on one line and the place t on the other, and is free where these are no further apart than a
// leash allows.  The lines are within Frechet distance of that leash when a monotone path through
// free points leads from both starts to both ends.
//
//   row point i + 1   +-------+-------+-------+     Cell (i, j): leg i of the rows with leg j of
//                     |       |       |       |     the columns; a leg joins two points of a line.
//   row point i       +-------+-------+-------+     Its free points are convex, so that only its
//         column point j     j + 1                  four sides need to be looked at.
//
// A place on a side is given in metres from where its leg starts.  A leash is given by its square.
//
// Three properties that hold to the last bit, rounding included, because each side is computed from
// the same point, leg and leash by operations that are monotone in the leash, and propagated by
// comparisons alone:
//   1. What a leash reaches, any longer one reaches too.
//   2. Swapping both lines swaps the diagram.
//   3. A walk over free corners, each next to the one before along one or both lines, is reached.
//
// Thread safety: const methods may be called from any number of threads.
class FreeSpace {
 public:
  // The free places on a leg.
  struct FreeInterval {
    double from_m, to_m;
    bool empty() const { return !(from_m <= to_m); }
  };

  // What can be reached of the sides along one row point.  Of the side on leg j of the columns,
  // with bit j % 64 of word j / 64: all that is free, where `whole` says so; from the place
  // from_m[j] on, where only `reached` does.  That is negative where it is the beginning of what is
  // free along an earlier row point, and has not been computed yet.
  struct Frontier {
    struct Word {
      uint64_t reached, whole;
    };
    size_t row = 0;
    bool along_start = false;   // all row points so far are near the first column point
    size_t begin = 0, end = 0;  // words outside are empty; these two are not
    std::unique_ptr<Word[]> words;
    std::unique_ptr<double[]> from_m;

    bool empty() const { return begin == end; }
  };

  // Keeps both lines, prepared, in `work`, which must outlive it and not be asked for numbers again
  // before.  The kernels make no difference to what is found.
  // REQUIRES: both lines have at least two points.
  FreeSpace(PlaneView rows, PlaneView columns, MeasureWork& work,
            const Kernels& kernels = BestKernels());

  size_t rows() const { return rows_.points; }
  size_t columns() const { return columns_.points; }

  // Whether the corner of row point i and column point j is free.
  bool IsNear(size_t i, size_t j, double leash_m2) const {
    const double dx_m = rows_.x_m[i] - columns_.x_m[j], dy_m = rows_.y_m[i] - columns_.y_m[j];
    return dx_m * dx_m + dy_m * dy_m <= leash_m2;
  }
  // The square of the shortest leash by which every row point is near a place on the columns, and
  // the other way round: with a shorter one nothing gets through.  Not less than floor_m2; any
  // value > cutoff_m2 if it is more.
  double LeastM2(double floor_m2, double cutoff_m2, MeasureWork& work) const;
  // The places on leg j of the columns near row point i, and on leg i of the rows near column
  // point j.
  FreeInterval OnColumns(size_t i, size_t j, double leash_m2) const;
  FreeInterval OnRows(size_t i, size_t j, double leash_m2) const;

  Frontier MakeFrontier() const;
  static void Copy(const Frontier& from, Frontier& to);

  // Sets `frontier` to what is reached along row point 0.
  void Start(double leash_m2, Frontier& frontier) const;

  // Moves `frontier` on to row point `last`, or to the first one of which nothing is reached;
  // returns whether it got there.  Counts the cells that are reached in `work`.
  bool Advance(size_t last, double leash_m2, Frontier& frontier, MeasureWork& work) const;

  // Whether the ends of both lines are reached, once `frontier` is at the last row point.
  bool IsThrough(double leash_m2, const Frontier& frontier) const;

 private:
  class CellsOfRow;

  static LegColumns Prepare(PlaneView line, double* numbers);
  struct Seen;
  static Seen SeeFrom(const LegColumns& line, size_t leg, double x_m, double y_m);
  static bool HasFree(double x_m, double y_m, const LegColumns& line, size_t leg, double leash_m2);
  static FreeInterval FreeOnLeg(double x_m, double y_m, const LegColumns& line, size_t leg,
                                double leash_m2);
  double FromOnColumns(double from_m, size_t j, double leash_m2) const;
  double FromOnRows(double from_m, size_t i, double leash_m2) const;

  LegColumns rows_, columns_;
  const Kernels& kernels_;
};

}  // namespace spoor
