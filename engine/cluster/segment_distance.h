#pragma once

#include <algorithm>
#include <array>
#include <cmath>

#include "geo/local_plane.h"

namespace spoor {

// How far apart two that move are, on the average, while both go along a straight step at the same
// time:
//
//     d(a, b) = integral over l in [0, 1] of |u + l w|,   u = b.from - a.from,  v = b.to - a.to,
//                                                         w = v - u
//
// which is a norm of (u, v): 0 only where both are the same, symmetric to the last bit, and the
// triangle inequality holds.  |u + v| / 2 <= d <= (|u| + |v|) / 2, and (sqrt 2 - 1) max(|u|, |v|)
// <= d.

// A step of a trip, from one stamp to the next.
struct MovedStep {
  double from_x_m = 0, from_y_m = 0, to_x_m = 0, to_y_m = 0;

  double mid_x_m() const { return (from_x_m + to_x_m) / 2; }
  double mid_y_m() const { return (from_y_m + to_y_m) / 2; }
};

// d in closed form, or by Gauss and Legendre where the difference hardly changes its direction and
// the form would cancel.  Relative error below 1e-12.
double StepDistanceM(double ux, double uy, double vx, double vy);
inline double StepDistanceM(const MovedStep& a, const MovedStep& b) {
  return StepDistanceM(b.from_x_m - a.from_x_m, b.from_y_m - a.from_y_m, b.to_x_m - a.to_x_m,
                       b.to_y_m - a.to_y_m);
}

// A value never above d, up to rounding.
inline double StepDistanceAtLeastM(const MovedStep& a, const MovedStep& b) {
  const double x = b.mid_x_m() - a.mid_x_m(), y = b.mid_y_m() - a.mid_y_m();
  return std::sqrt(x * x + y * y);
}

// Whether d <= eps, mostly without d.
class StepsWithin {
 public:
  explicit StepsWithin(double eps_m)
      : eps_(eps_m),
        square_(eps_m * eps_m),
        above_(square_ * (1 + kSlack)),
        ends_above_(square_ * kEnds * (1 + kSlack)) {}

  bool operator()(const MovedStep& a, const MovedStep& b) const {
    const double ux = b.from_x_m - a.from_x_m, uy = b.from_y_m - a.from_y_m;
    const double vx = b.to_x_m - a.to_x_m, vy = b.to_y_m - a.to_y_m;
    const double mx = (ux + vx) / 2, my = (uy + vy) / 2;
    if (mx * mx + my * my > above_) return false;
    const double u2 = ux * ux + uy * uy, v2 = vx * vx + vy * vy;
    if (std::max(u2, v2) <= square_) return true;
    if (std::max(u2, v2) > ends_above_) return false;
    return Decide({ux, uy}, {vx, vy});
  }
  double eps_m() const { return eps_; }

 private:
  static constexpr double kSlack = 1e-9;
  static constexpr double kEnds = 5.82842712474619;  // (1 + sqrt 2)^2: see the bound above
  bool Decide(std::array<double, 2> u, std::array<double, 2> v) const;

  double eps_, square_, above_, ends_above_;
};

}  // namespace spoor
