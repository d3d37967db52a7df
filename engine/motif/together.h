#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "geo/local_plane.h"

// How far trips that go the same way for a while go it together.
namespace spoor {

// A line as it is without what a receiver adds to it: each point the mean of those within half_m
// along the way, fewer towards the ends, which stay where they are.
std::vector<PlanePoint> Smoothed(PlaneView line, double half_m);

// Along the way, from the first point on: one number a point.
std::vector<double> AlongM(PlaneView line);

// The points of a line between which another goes with it.
struct Together {
  uint32_t from = 0, to = 0;            // of the line
  double other_from = 0, other_to = 0;  // places on the other that go with them
};
// From a point of each at which they are side by side, both ways, as long as the other, followed
// without going back, is within leash_m of every point; the ends are the last points at which it is
// within a third of that: who turns off is soon further away, and who trembles comes back.
// Nothing: they are not side by side there.
std::optional<Together> GoTogether(PlaneView line, uint32_t at, PlaneView other, uint32_t other_at,
                                   double leash_m);

// Of several trips that go with a line for a while, all around one point of it, the part that most
// share; of all parts at least min_length_m long.  That is the longest part that at least kStay of
// those share who share any.
struct SharedPart {
  uint32_t from = 0, to = 0;  // points of the line
  uint32_t trips = 0;         // the line's own among them
  double length_m = 0;
};
inline constexpr double kStay = 0.7;
std::optional<SharedPart> MostShared(const std::vector<Together>& others,
                                     const std::vector<double>& along_m, double min_length_m);

// What share of the points of a line lie on another one: within leash_m, and it goes the same way
// there, or, `either`, any of both ways.
double ShareOn(PlaneView line, PlaneView other, double leash_m, bool either);

}  // namespace spoor
