#include "engine/cluster/segment_distance.h"

namespace spoor {
namespace {

// w is so short beside u and v that the closed form cancels.
constexpr double kNearlyParallel = 1e-2;  // of squares
constexpr double kNearlyStill = 1e-5;     // of squares: three nodes are as good as five

double LengthAt(double ux, double uy, double wx, double wy, double at) {
  const double x = ux + at * wx, y = uy + at * wy;
  return std::sqrt(x * x + y * y);
}

double ByNodes(double ux, double uy, double wx, double wy, bool few) {
  constexpr double kThird = 0.3872983346207417;  // sqrt(3/5) / 2
  constexpr double kOuter = 0.4530899229693320, kInner = 0.2692346550528416;
  constexpr double kOuterWeight = 0.1184634425280946, kInnerWeight = 0.2393143352496832,
                   kMiddleWeight = 0.2844444444444444;
  const auto both = [&](double by) {
    return LengthAt(ux, uy, wx, wy, 0.5 - by) + LengthAt(ux, uy, wx, wy, 0.5 + by);
  };
  const double middle = LengthAt(ux, uy, wx, wy, 0.5);
  if (few) return (5 * both(kThird) + 8 * middle) / 18;
  return kOuterWeight * both(kOuter) + kInnerWeight * both(kInner) + kMiddleWeight * middle;
}

}  // namespace

double StepDistanceM(double ux, double uy, double vx, double vy) {
  const double wx = vx - ux, wy = vy - uy;
  const double a2 = wx * wx + wy * wy;
  const double u2 = ux * ux + uy * uy, v2 = vx * vx + vy * vy;
  const double longest = std::max(u2, v2);
  if (a2 == 0) return std::sqrt(u2);
  if (a2 < kNearlyParallel * longest) return ByNodes(ux, uy, wx, wy, a2 < kNearlyStill * longest);
  const double a = std::sqrt(a2), u = std::sqrt(u2), v = std::sqrt(v2);
  const double s0 = (ux * wx + uy * wy) / a, s1 = (vx * wx + vy * wy) / a;
  const double h = std::abs(ux * vy - uy * vx) / a;
  const double straight = s1 * v - s0 * u;
  // Below it h^2 asinh(s / h) is less than rounding.
  if (h * h < 1e-18 * longest) return straight / (2 * a);
  // asinh(s / h) = log((s + r) / h) with r^2 = s^2 + h^2; of a negative s it is -log((r - s) / h).
  const double high = s1 >= 0 ? (s1 + v) / h : h / (v - s1);
  const double low = s0 >= 0 ? (s0 + u) / h : h / (u - s0);
  return (straight + h * h * std::log(high / low)) / (2 * a);
}

bool StepsWithin::Decide(std::array<double, 2> u, std::array<double, 2> v) const {
  const double wx = v[0] - u[0], wy = v[1] - u[1];
  // The length is convex: trapezia are never below its integral, tangents never above.
  const double ends = LengthAt(u[0], u[1], wx, wy, 0) + LengthAt(u[0], u[1], wx, wy, 1);
  const double middle = LengthAt(u[0], u[1], wx, wy, 0.5);
  if ((ends + 2 * middle) / 4 <= eps_ * (1 - kSlack)) return true;
  const double quarters = LengthAt(u[0], u[1], wx, wy, 0.25) + LengthAt(u[0], u[1], wx, wy, 0.75);
  if (quarters / 2 > eps_ * (1 + kSlack)) return false;
  return StepDistanceM(u[0], u[1], v[0], v[1]) <= eps_;
}

}  // namespace spoor
