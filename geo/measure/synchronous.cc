#include <algorithm>
#include <limits>

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
    const PlanePoint& before = line_[std::max<size_t>(next_, 1) - 1];
    if (next_ == line_.size() || next_ == 0) return before;
    const PlanePoint& after = line_[next_];
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

// The mean distance between where both are at the same time since their starts (the synchronous
// distance; Nanni, Pedreschi 2006), until the later one ends; the one that ended before waits.
// Metres.  The mean over time is taken by trapezia between the times at which either has a fix.
// Trajectories that take no time are as far apart as their last fixes.
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
      const double from_m = EndsInAJump(e.query, i)
                                ? e.box_gap_m
                                : e.FromStepM(i, DistanceM(e.query[i], e.query[i + 1]));
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
    double now_s = 0, here_m = DistanceM(first.At(0), second.At(0)), sum = 0;
    while (now_s < end_s) {
      ++work.cells;
      const double next_s = std::min(first.NextTimeS(end_s), second.NextTimeS(end_s));
      const double there_m = DistanceM(first.At(next_s), second.At(next_s));
      sum += (here_m + there_m) / 2 * (next_s - now_s);
      if (sum / end_s > cutoff) return sum / end_s;
      now_s = next_s;
      here_m = there_m;
    }
    return end_s > 0 ? sum / end_s : here_m;
  }
};

}  // namespace

std::unique_ptr<Measure> MakeSynchronous(const MeasureParams&) {
  return std::make_unique<Synchronous>();
}

}  // namespace spoor
