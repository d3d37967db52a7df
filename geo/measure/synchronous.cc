#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numbers>

#include "geo/measure/measure.h"
#include "geo/measure/outline_bounds.h"

namespace spoor {
namespace {

// Where a line is as time goes on: on the straight step between two fixes in proportion to the
// time, and at its last fix when it has ended.  Of fixes at the same time the last one counts.
class Walker {
 public:
  explicit Walker(PlaneView line) : line_(line) {}

  // REQUIRES: t_s never falls from call to call.
  PlanePoint At(double t_s) {
    while (next_ < line_.size() && line_[next_].t_s <= t_s) ++next_;
    return ComingTo(t_s);
  }

  // Where it comes to, from earlier: elsewhere than At that time if it jumps then.  REQUIRES: t_s
  // is neither below that of the last call of At, nor above NextTimeS.
  PlanePoint ComingTo(double t_s) const {
    const PlanePoint& before = line_[std::max<size_t>(next_, 1) - 1];
    if (next_ == line_.size() || next_ == 0) return before;
    const PlanePoint& after = line_[next_];
    if (t_s == after.t_s) return after;
    const double share = (t_s - before.t_s) / (after.t_s - before.t_s);
    return {.x_m = before.x_m + share * (after.x_m - before.x_m),
            .y_m = before.y_m + share * (after.y_m - before.y_m)};
  }

  // When the next fix comes, or `otherwise`.
  double NextTimeS(double otherwise) const {
    return next_ < line_.size() ? line_[next_].t_s : otherwise;
  }

 private:
  const PlaneView line_;
  size_t next_ = 0;
};

// From one place of the one line to the other's, as time goes on.
struct Apart {
  double x_m, y_m;

  static Apart Of(PlanePoint from, PlanePoint to) { return {to.x_m - from.x_m, to.y_m - from.y_m}; }
  double Square() const { return x_m * x_m + y_m * y_m; }
  double Dot(Apart other) const { return x_m * other.x_m + y_m * other.y_m; }
  double Cross(Apart other) const { return x_m * other.y_m - y_m * other.x_m; }
};

// ln x, to some 1e-16 of the larger of it and 1, of additions, multiplications and a division: the
// same on all machines, which libraries' are not.  REQUIRES: x is positive, finite and not tiny.
double Log(double x) {
  int exponent = 0;
  double mantissa = std::frexp(x, &exponent);  // 0.5 ... 1
  if (mantissa < std::numbers::sqrt2 / 2) mantissa *= 2, --exponent;
  const double s = (mantissa - 1) / (mantissa + 1), q = s * s;  // at most 0.1716, 0.0295
  double sum = 0;
  for (int odd = 23; odd >= 1; odd -= 2) sum = 1.0 / odd + q * sum;
  return 2 * s * sum + exponent * std::numbers::ln2;
}

// The mean distance while what is between both lines changes evenly from u to v, where it changes
// little: Gauss-Legendre's five points, to 1e-14 of it.
double MeanByPoints(Apart u, Apart v) {
  constexpr std::array<double, 3> kAt = {0.5, 0.230765344947158454, 0.0469100770306680036};
  constexpr std::array<double, 3> kWeight = {64.0 / 225, 0.239314335249683234,
                                             0.118463442528094544};
  const auto at = [&](double share) {
    const double x_m = u.x_m + share * (v.x_m - u.x_m), y_m = u.y_m + share * (v.y_m - u.y_m);
    return std::sqrt(x_m * x_m + y_m * y_m);
  };
  double sum = kWeight[0] * at(kAt[0]);
  for (size_t i = 1; i < kAt.size(); ++i) sum += kWeight[i] * (at(kAt[i]) + at(1 - kAt[i]));
  return sum;
}

// The same in closed form otherwise: with w = v - u, the integral of |u + t w| from 0 to 1.  Along
// w, where the least distance h is passed at 0, it goes from s0 to s1; of sqrt(s^2 + h^2)
//
//   (s sqrt(s^2 + h^2) + h^2 asinh(s / h)) / 2   is an antiderivative.
double MeanM(Apart u, Apart v) {
  const Apart w{v.x_m - u.x_m, v.y_m - u.y_m};
  const double w2 = w.Square(), u2 = u.Square(), v2 = v.Square();
  if (!(w2 > 1e-2 * std::max(u2, v2))) return MeanByPoints(u, v);
  const double w_m = std::sqrt(w2), u_m = std::sqrt(u2), v_m = std::sqrt(v2);
  const double s0 = u.Dot(w) / w_m, s1 = v.Dot(w) / w_m, h_m = u.Cross(v) / w_m, h2 = h_m * h_m;
  const double along = s1 * v_m - s0 * u_m;
  // Below, what it adds is lost in rounding, or its logarithm in underflow.
  if (!(h2 > 1e-36 * w2)) return std::max(along, 0.0) / (2 * w_m);
  // asinh(s / h) = ln((s + r) / h) = ln(h / (r - s)), r = sqrt(s^2 + h^2): what does not cancel.
  const double above = s1 >= 0 ? (s1 + v_m) / h_m : h_m / (v_m - s1);
  const double below = s0 >= 0 ? (s0 + u_m) / h_m : h_m / (u_m - s0);
  return std::max(along + h2 * Log(above / below), 0.0) / (2 * w_m);
}

// The mean distance between where both are at the same time since their starts (the synchronous
// distance; Nanni, Pedreschi 2006), until the later one ends; the one that ended before waits.
// Metres.  Between two times at which either has a fix the mean is that of all times, in closed
// form, so that fixes on the way of steady motion change nothing.  Trajectories that take no time
// are as far apart as their last fixes.
class Synchronous final : public Measure {
 public:
  double UpperBound(PlaneView a, PlaneView b, MeasureWork& work) const override {
    return Compute(a, b, std::numeric_limits<double>::infinity(), work);
  }

  // While the query goes on it is on its steps; then it waits at its end, for how long is not
  // known.
  double LowerBound(const EnvelopeDistances& e) const override {
    double sum = 0;
    for (size_t i = 0; i + 1 < e.query.size(); ++i) {
      const double from_m = e.FromStepM(i, DistanceM(e.query[i], e.query[i + 1]));
      sum += (e.query[i + 1].t_s - e.query[i].t_s) * from_m;
    }
    return BelowRounding(std::min(Mean(sum, e.query), e.to_box_m.back()));
  }

  double BoundOfOutline(const OutlineDistances& o) const override {
    double waiting_m = std::numeric_limits<double>::infinity();
    for (size_t p = 1; p <= o.parts(); ++p) {
      waiting_m = std::min<double>(waiting_m, o.from_line[p * o.runs() - 1]);
    }
    const double sum = LeastSumOfLines(o, o.run_time_s);
    return BelowRounding(std::min(Mean(sum, o.query), waiting_m));
  }

  bool needs_times() const override { return true; }
  bool is_symmetric() const override { return true; }
  bool is_metric() const override { return false; }

 private:
  // Over the time that the line takes; any number where it takes none.
  static double Mean(double sum, PlaneView line) {
    const double time_s = line.back().t_s - line.front().t_s;
    return time_s > 0 ? sum / time_s : std::numeric_limits<double>::infinity();
  }

  double Compute(PlaneView a, PlaneView b, double cutoff, MeasureWork& work) const override {
    const double end_s = std::max(a.back().t_s, b.back().t_s);
    Walker first(a), second(b);
    double now_s = 0, sum = 0;
    Apart here = Apart::Of(first.At(0), second.At(0));
    while (now_s < end_s) {
      ++work.cells;
      const double next_s = std::min(first.NextTimeS(end_s), second.NextTimeS(end_s));
      sum += MeanM(here, Apart::Of(first.ComingTo(next_s), second.ComingTo(next_s))) *
             (next_s - now_s);
      if (sum / end_s > cutoff) return sum / end_s;
      now_s = next_s;
      here = Apart::Of(first.At(next_s), second.At(next_s));
    }
    return end_s > 0 ? sum / end_s : std::sqrt(here.Square());
  }
};

}  // namespace

std::unique_ptr<Measure> MakeSynchronous(const MeasureParams&) {
  return std::make_unique<Synchronous>();
}

}  // namespace spoor
