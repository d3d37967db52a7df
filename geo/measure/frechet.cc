#include "geo/measure/frechet.h"

#include <algorithm>
#include <cmath>

#include "geo/measure/free_space.h"
#include "geo/measure/measure.h"
#include "geo/measure/outline_bounds.h"
#include "geo/measure/rough_alignment.h"

namespace spoor {
namespace {

using Steps = int64_t;  // multiples of kFrechetStepM

double LengthM(Steps steps) { return static_cast<double>(steps) * kFrechetStepM; }
double SpanM2(Steps steps) { return LeashM2(LengthM(steps)); }

// The most steps that are not longer than length_m; negative where there are none.
Steps StepsWithin(double length_m) {
  constexpr double kMost = 1e17;  // beyond all lengths, and no sum or product of a search overflows
  return static_cast<Steps>(std::floor(std::min(length_m / kFrechetStepM, kMost)));
}

// The least leash that spans the root of square_m2.
Steps StepsToSpan(double square_m2) {
  Steps steps = StepsWithin(std::sqrt(square_m2));
  while (SpanM2(steps) < square_m2) ++steps;
  while (steps > 0 && SpanM2(steps - 1) >= square_m2) --steps;
  return steps;
}

// Both walk from start to end; each pair of starts and ends is held together by any leash.
Steps StepsOfEnds(PlaneView a, PlaneView b) {
  return StepsToSpan(std::max(SquareM2(a.front(), b.front()), SquareM2(a.back(), b.back())));
}

// Where one stands still, the other is furthest from it at one of its fixes.
Steps StepsOfOneFix(PlaneView a, PlaneView b) {
  double most_m2 = 0;
  for (const PlanePoint p : a) {
    for (const PlanePoint q : b) most_m2 = std::max(most_m2, SquareM2(p, q));
  }
  return StepsToSpan(most_m2);
}

// The mean of each fix and its neighbours, two on each side where there are that many.
void Smooth(PlaneView line, double* x_m, double* y_m) {
  constexpr size_t kBeside = 2;
  const size_t n = line.size();
  double sum_x_m = 0, sum_y_m = 0;
  for (size_t i = 0, begin = 0, end = 0; i < n; ++i) {
    for (; end < std::min(i + kBeside + 1, n); ++end) {
      sum_x_m += line[end].x_m;
      sum_y_m += line[end].y_m;
    }
    for (; begin + kBeside < i; ++begin) {
      sum_x_m -= line[begin].x_m;
      sum_y_m -= line[begin].y_m;
    }
    const double share = 1 / static_cast<double>(end - begin);
    x_m[i] = sum_x_m * share;
    y_m[i] = sum_y_m * share;
  }
}

// The square of the longest leash in a walk of both from fix to fix, hence never less than the
// distance's; infinity as soon as it exceeds limit_m2.
//
// Of the next fix of the one, of the other, and of both, the walk takes what keeps them nearest.
// Nearness is that of the smoothed lines for the most part: led by the fixes alone, a walk stays
// behind with the first one that errs ahead, to which the other's are nearer than to all that
// follow.
double GreedyM2(PlaneView a, PlaneView b, double limit_m2, MeasureWork& work) {
  constexpr double kShareOfFixes = 0.2;
  double* const ax_m = work.Numbers(2 * (a.size() + b.size()));
  double *const ay_m = ax_m + a.size(), *const bx_m = ay_m + a.size(), *by_m = bx_m + b.size();
  Smooth(a, ax_m, ay_m);
  Smooth(b, bx_m, by_m);
  struct Step {
    double nearness_m2, leash_m2;
  };
  const auto step = [&](size_t i, size_t j) {
    const double dx_m = ax_m[i] - bx_m[j], dy_m = ay_m[i] - by_m[j];
    const double leash_m2 = SquareM2(a[i], b[j]);
    return Step{dx_m * dx_m + dy_m * dy_m + kShareOfFixes * leash_m2, leash_m2};
  };
  size_t i = 0, j = 0;
  double most_m2 = SquareM2(a[0], b[0]);
  while (i + 1 < a.size() && j + 1 < b.size() && most_m2 <= limit_m2) {
    const Step both = step(i + 1, j + 1), one = step(i + 1, j), other = step(i, j + 1);
    const double nearest_m2 = std::min({both.nearness_m2, one.nearness_m2, other.nearness_m2});
    const bool takes_both = both.nearness_m2 == nearest_m2;
    const bool takes_one = !takes_both && one.nearness_m2 == nearest_m2;
    most_m2 = std::max(most_m2, (takes_both ? both : takes_one ? one : other).leash_m2);
    i += takes_both || takes_one;
    j += !takes_one;
  }
  work.cells += i + j;
  for (; i + 1 < a.size(); ++i) most_m2 = std::max(most_m2, SquareM2(a[i + 1], b[j]));
  for (; j + 1 < b.size(); ++j) most_m2 = std::max(most_m2, SquareM2(a[i], b[j + 1]));
  return most_m2 > limit_m2 ? kInf : most_m2;
}

// Finds the least leash of one pair of lines.
class LeashSearch {
 public:
  // REQUIRES: both lines have at least two points.
  LeashSearch(PlaneView a, PlaneView b, MeasureWork& work)
      : space_(a.size() < b.size() ? b : a, a.size() < b.size() ? a : b, work), work_(work) {}

  bool IsEnough(Steps steps) {
    space_.Start(SpanM2(steps), now_);
    return Gets(space_.rows() - 1, steps, now_);
  }

  // The least leash that is enough, or `most` + 1 if that is not.  REQUIRES: nothing below low is.
  Steps Least(Steps low, Steps most) {
    low = std::max(low, StepsToSpan(space_.LeastM2(SpanM2(low), SpanM2(most), work_)));
    if (low > most) return most + 1;
    const Steps climbed = Climb(low, most + 1, kSomeWay);
    if (climbed == low || !IsEnough(climbed - 1)) return climbed;
    return Climb(low, climbed - 1, kToTheStart);
  }

 private:
  using Frontier = FreeSpace::Frontier;
  enum Back { kSomeWay, kToTheStart };

  // Two frontiers that a walk has passed, the older one from `stride` to two strides before.
  struct Passed {
    size_t stride;
    Frontier older, newer;

    void Start(const Frontier& now) {
      FreeSpace::Copy(now, older);
      FreeSpace::Copy(now, newer);
    }
    void Pass(const Frontier& now) {
      if (now.row < newer.row + stride) return;
      std::swap(older, newer);
      FreeSpace::Copy(now, newer);
    }
  };

  // Whether a frontier gets to a row, and through, where that is the last one.
  bool Gets(size_t row, Steps steps, Frontier& frontier) {
    return space_.Advance(row, SpanM2(steps), frontier, work_) &&
           (row + 1 < space_.rows() || space_.IsThrough(SpanM2(steps), frontier));
  }
  // The same from an earlier frontier, or from the start where there is none.
  bool GetsFrom(const Frontier* from, size_t row, Steps steps, Frontier& frontier) {
    from != nullptr ? FreeSpace::Copy(*from, frontier) : space_.Start(SpanM2(steps), frontier);
    return Gets(row, steps, frontier);
  }

  // Returns a leash that is enough, or `high` where it finds none below: walks with `low`, and
  // where that gets stuck goes back, takes the least leash with which it gets past, and walks on.
  // What has been reached with a shorter leash is reached with a longer one, so that the last leash
  // is enough.  It is the least one if each search went back to the start: what the shorter leash
  // reaches further on may begin too late.  REQUIRES: nothing below low is enough.
  Steps Climb(Steps low, Steps high, Back back) {
    const size_t last = space_.rows() - 1;
    Steps steps = low;
    space_.Start(SpanM2(steps), now_);
    near_.Start(now_);
    far_.Start(now_);
    while (now_.row < last) {
      if (Gets(std::min(now_.row + near_.stride, last), steps, now_)) {
        near_.Pass(now_);
        far_.Pass(now_);
        continue;
      }
      const size_t past = std::min(now_.row + near_.stride, last);
      Steps enough = Gallop(&near_.older, past, steps + 1, high);
      enough = Halve(&far_.older, past, steps, enough);
      if (back == kToTheStart) enough = Halve(nullptr, past, steps, enough);
      if (enough == high) return high;
      steps = enough;
    }
    return steps;
  }

  // The least leash, not below `low`, with which a walk from there gets to a row, or `high` where
  // nothing below does; moves `now_` there.
  Steps Gallop(const Frontier* from, size_t row, Steps low, Steps high) {
    Steps gain = 1 + low / 32;
    while (low + gain < high && !GetsFrom(from, row, low + gain, trial_)) {
      low += gain + 1;
      gain *= 2;
    }
    if (low + gain >= high) return Halve(from, row, low, high);
    std::swap(now_, trial_);
    return Bisect(from, row, low, low + gain);
  }
  Steps Halve(const Frontier* from, size_t row, Steps low, Steps high) {
    if (low >= high || !GetsFrom(from, row, high - 1, trial_)) return high;
    std::swap(now_, trial_);
    return Bisect(from, row, low, high - 1);
  }
  Steps Bisect(const Frontier* from, size_t row, Steps low, Steps high) {
    while (low < high) {
      const Steps middle = low + (high - low) / 2;
      if (GetsFrom(from, row, middle, trial_)) {
        std::swap(now_, trial_);
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return high;
  }

  FreeSpace space_;
  MeasureWork& work_;
  // `now_` is where a walk is.
  Frontier now_ = space_.MakeFrontier(), trial_ = space_.MakeFrontier();
  // Obstacles are mostly seen from one to two strides of the first before.
  Passed near_ = {.stride = 8, .older = space_.MakeFrontier(), .newer = space_.MakeFrontier()};
  Passed far_ = {.stride = 64, .older = space_.MakeFrontier(), .newer = space_.MakeFrontier()};
};

class Frechet final : public Measure {
 public:
  double UpperBound(PlaneView a, PlaneView b, MeasureWork& work) const override {
    return LengthM(StepsToSpan(GreedyM2(a, b, kInf, work)));
  }

  // Less by more than what counts as a touch.
  double LowerBound(const EnvelopeDistances& e) const override {
    return BelowRounding(std::max({*std::ranges::max_element(e.to_box_m), e.start_m, e.end_m}));
  }

  // Each fix has a place of the query's line for a partner.
  double BoundOfFarFix(double gap_m) const override { return BelowRounding(gap_m); }

  double BoundOfOutline(const OutlineDistances& o) const override {
    const double line_m = std::max(LongestOnBestWay(o, o.from_line), LongestOfPoints(o));
    return BelowRounding(std::max({line_m, o.start_m, o.end_m}));
  }

  bool pairs_ends() const override { return true; }
  bool finds_by_bounds() const override { return true; }
  bool is_symmetric() const override { return true; }
  bool is_metric() const override { return true; }

 private:
  double Compute(PlaneView a, PlaneView b, double cutoff, MeasureWork& work) const override {
    const Steps low = StepsOfEnds(a, b);
    if (LengthM(low) > cutoff) return LengthM(low);
    if (a.size() == 1 || b.size() == 1) {
      work.cells += a.size() * b.size();
      return LengthM(StepsOfOneFix(a, b));
    }
    return LengthM(LeashSearch(a, b, work).Least(low, StepsWithin(cutoff)));
  }
};

}  // namespace

bool FrechetWithin(PlaneView a, PlaneView b, double distance_m, MeasureWork& work) {
  if (LengthM(StepsOfEnds(a, b)) > distance_m) return false;
  if (a.size() == 1 || b.size() == 1) return LengthM(StepsOfOneFix(a, b)) <= distance_m;
  const Steps most = StepsWithin(distance_m);
  if (GreedyM2(a, b, SpanM2(most), work) < kInf) return true;
  return LeashSearch(a, b, work).IsEnough(most);
}

std::unique_ptr<Measure> MakeFrechet(const MeasureParams&) { return std::make_unique<Frechet>(); }

}  // namespace spoor
