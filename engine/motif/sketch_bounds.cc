#include "engine/motif/sketch_bounds.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <tuple>

namespace spoor {
namespace {

constexpr double kInfiniteM = std::numeric_limits<double>::infinity();
constexpr double kMPerE7 = 0.01112;  // of a meridian, at most
// Up to here a leg that is straight in degrees leaves the one that is straight on the plane by less
// than half the square of its length through the radius of the Earth; both the line and its sketch
// do.
constexpr int64_t kStraightLatE7 = 750'000'000;
constexpr double kMostStepM = 200'000, kMostReachM = 1e6;
constexpr int64_t kStepE7 = 20'000'000;  // of such a step, at least
double BendM(double length_m) { return length_m * length_m / kEarthRadiusM; }
// How far apart two places are, on the plane, that are 1e-7 degrees apart in both directions: of
// longitude it is less, least of all where the windows are nearest to the equator.
double MPerE7(int64_t nearest_e7, double reach_m) {
  const double least = std::max(0.0, static_cast<double>(nearest_e7 - kStepE7));
  const double narrowed = std::cos(least * 1e-7 * std::numbers::pi / 180);
  return kMPerE7 * std::sqrt(1 + narrowed * narrowed) * (1 + PlaneError(reach_m));
}

double ReachOf(PlaneView points, double distance_m) {
  double most_m = 0;
  for (const PlanePoint& p : points) most_m = std::max(most_m, DistanceM(p, {}));
  return most_m + distance_m + kMostStepM;
}

// How far what lies between two points is from the straight way, by the Frechet distance, at most:
// beside it, or ahead of what comes later.
struct Bulge {
  double most_m = 0;
  size_t at = 0;  // the point that is worst
};
Bulge BulgeOf(PlaneView line, size_t from, size_t to) {
  const double length_m = DistanceM(line[from], line[to]);
  const double per_m = length_m > 0 ? 1 / length_m : 0;
  const double east = (line[to].x_m - line[from].x_m) * per_m;
  const double north = (line[to].y_m - line[from].y_m) * per_m;
  Bulge worst{0, from};
  double farthest_m = 0;
  for (size_t i = from + 1; i < to; ++i) {
    const double x = line[i].x_m - line[from].x_m, y = line[i].y_m - line[from].y_m;
    const double along_m = x * east + y * north;
    farthest_m = std::max(farthest_m, along_m);
    // Matched with the farthest place so far, on the straight way.
    const double match_m = std::min(farthest_m, length_m);
    const double off_m2 = x * x + y * y + match_m * (match_m - 2 * along_m);
    if (off_m2 > worst.most_m * worst.most_m) worst = {std::sqrt(off_m2), i};
  }
  return worst;
}

int32_t WithinTurn(int64_t lon_e7) {
  while (lon_e7 > kMaxLonE7) lon_e7 -= kTurnE7;
  while (lon_e7 < -kMaxLonE7) lon_e7 += kTurnE7;
  return static_cast<int32_t>(lon_e7);
}

}  // namespace

SketchBounds::SketchBounds(PlaneView points, double distance_m, const LineWindows& windows,
                           const LocalPlane& plane)
    : windows_(windows),
      plane_(plane),
      distance_m_(distance_m),
      proves_(windows.farthest_lat_e7() <= kStraightLatE7 &&
              ReachOf(points, distance_m) <= kMostReachM),
      m_per_e7_(proves_ ? MPerE7(windows.nearest_lat_e7(), kMostReachM) : 0),
      points_(points.begin(), points.end()) {
  ChooseSamples(points);
}

// Cuts the stretch in two where it is furthest from the straight way, and again.
void SketchBounds::ChooseSamples(PlaneView points) {
  std::array<size_t, kSamples> chosen{};
  chosen.fill(points.size() - 1);
  chosen[0] = 0;
  for (size_t count = 2; count < kSamples; ++count) {
    Bulge worst;
    for (size_t i = 1; i < count; ++i) {
      const Bulge bulge = BulgeOf(points, chosen[i - 1], chosen[i]);
      if (bulge.most_m > worst.most_m) worst = bulge;
    }
    if (worst.most_m <= 0) break;
    chosen[count] = worst.at;
    std::sort(chosen.begin(), chosen.begin() + static_cast<ptrdiff_t>(count) + 1);
  }
  std::ranges::sort(chosen);
  for (size_t s = 0; s < kSamples; ++s) {
    samples_[s] = points[chosen[s]];
    x_m_[s] = samples_[s].x_m;
    y_m_[s] = samples_[s].y_m;
    if (s > 0) bulge_m_[s - 1] = BulgeOf(points, chosen[s - 1], chosen[s]).most_m;
  }
}

void SketchBounds::Add(const SketchPoint& a, const SketchPoint& b, double tolerance_m, bool joins) {
  PlanePoint from;
  if (joins) {
    from = {steps_.back().x_m + steps_.back().dx_m, steps_.back().y_m + steps_.back().dy_m, 0};
  } else {
    from = plane_.Project(static_cast<int32_t>(a.lat_e7), WithinTurn(a.lon_e7));
  }
  const PlanePoint to = plane_.Project(static_cast<int32_t>(b.lat_e7), WithinTurn(b.lon_e7));
  Step step{.x_m = from.x_m, .y_m = from.y_m, .dx_m = to.x_m - from.x_m, .dy_m = to.y_m - from.y_m};
  const double square_m2 = step.dx_m * step.dx_m + step.dy_m * step.dy_m;
  step.per_m2 = square_m2 > 0 ? 1 / square_m2 : 0;
  step.length_m = std::sqrt(square_m2);
  const double tube_m = tolerance_m + BendM(step.length_m + 2 * tolerance_m);
  // Beside the tube, and half of what it may go back in it, ends included.
  step.error_m = step.length_m / 2 + tube_m + tolerance_m;
  step.joins = joins;
  off_m_ = std::max(off_m_, step.length_m > kMostStepM ? kInfiniteM : tube_m);
  steps_.push_back(step);
}

bool SketchBounds::Read(absl::string_view sketch, const Fix& start) {
  steps_.clear();
  off_m_ = 0;
  bool joins = false;
  const int64_t most_e7 = sketch.empty() ? 0 : int64_t{1} << std::clamp<int>(sketch[0], 0, 40);
  return ForEachSketchStep(
      sketch, start,
      [&](const SketchPoint& at, int64_t north_e7, int64_t east_e7) {
        const bool far =
            !windows_.MayMeet(at.lat_e7 - north_e7 - most_e7, at.lat_e7 + north_e7 + most_e7,
                              at.lon_e7 - east_e7 - most_e7, at.lon_e7 + east_e7 + most_e7);
        joins &= !far;
        return far;
      },
      [&](const SketchPoint& a, const SketchPoint& b, int64_t tolerance_e7) {
        const auto [south, north] = std::minmax(a.lat_e7, b.lat_e7);
        const auto [west, east] = std::minmax(a.lon_e7, b.lon_e7);
        const bool near = windows_.MayMeet(south - tolerance_e7, north + tolerance_e7,
                                           west - tolerance_e7, east + tolerance_e7);
        if (near) Add(a, b, static_cast<double>(tolerance_e7) * m_per_e7_, joins);
        joins = near;
        return true;
      });
}

SketchBounds::Verdict SketchBounds::Judge(absl::string_view sketch, const Fix& start, Ways ways) {
  least_m_ = 0;
  if (!proves_ || !Read(sketch, start)) return Verdict::kMaybe;
  if (steps_.empty()) return Verdict::kNo;
  // Who leaves the stretch on its way is far from one of its ends.
  for (const PlanePoint& end : {points_.front(), points_.back()}) {
    least_m_ = LessError(std::sqrt(SquareToAll(end)));
    if (least_m_ > distance_m_) return Verdict::kNo;
  }
  FindPlaces();
  least_m_ = LeastM();
  if (least_m_ > distance_m_) return Verdict::kNo;
  if (ways.same && MostM(/*backwards=*/false) <= distance_m_) return Verdict::kYes;
  if (ways.opposite && MostM(/*backwards=*/true) <= distance_m_) return Verdict::kYes;
  return Verdict::kMaybe;
}

// A little less for what rounding has added.
double SketchBounds::LessError(double apart_m) const {
  return std::max(0.0, apart_m - off_m_ - 1e-6 * apart_m - 1e-3);
}

double SketchBounds::SquareToStep(const PlanePoint& p, size_t at) const {
  const Step& step = steps_[at];
  const double x = p.x_m - step.x_m, y = p.y_m - step.y_m;
  const double share = std::clamp((x * step.dx_m + y * step.dy_m) * step.per_m2, 0.0, 1.0);
  const double off_x = x - share * step.dx_m, off_y = y - share * step.dy_m;
  return off_x * off_x + off_y * off_y;
}

double SketchBounds::SquareToAll(const PlanePoint& p) const {
  double least = kInfiniteM;
  for (size_t i = 0; i < steps_.size(); ++i) least = std::min(least, SquareToStep(p, i));
  return least;
}

bool SketchBounds::IsFarther(absl::string_view sketch, const Fix& start, double distance_m) {
  if (!proves_ || !Read(sketch, start)) return false;
  if (steps_.empty()) return true;
  double within_m = distance_m + off_m_ + 1e-3;
  within_m += 2e-6 * within_m;
  const double within_m2 = within_m * within_m;
  size_t at = 0;
  for (const PlanePoint& p : points_) {
    // Mostly near the step that the last one was near.
    bool near = SquareToStep(p, at) <= within_m2;
    for (size_t i = at + 1; !near && i < steps_.size(); ++i) {
      if ((near = SquareToStep(p, i) <= within_m2)) at = i;
    }
    for (size_t i = 0; !near && i < at; ++i) {
      if ((near = SquareToStep(p, i) <= within_m2)) at = i;
    }
    if (!near) return true;
  }
  return false;
}

// Of all samples at once, which the compiler does several at a time.
void SketchBounds::FindPlaces() {
  square_m2_.fill(kInfiniteM);
  double number = 0;
  for (const Step& step : steps_) {
    for (size_t s = 0; s < kSamples; ++s) {
      const double x = x_m_[s] - step.x_m, y = y_m_[s] - step.y_m;
      double share = (x * step.dx_m + y * step.dy_m) * step.per_m2;
      share = share > 0 ? share : 0;
      share = share < 1 ? share : 1;
      const double off_x = x - share * step.dx_m, off_y = y - share * step.dy_m;
      const double square = off_x * off_x + off_y * off_y;
      place_[s] = square < square_m2_[s] ? number + share : place_[s];
      square_m2_[s] = square < square_m2_[s] ? square : square_m2_[s];
    }
    ++number;
  }
}

double SketchBounds::LeastM() const {
  return LessError(std::sqrt(*std::ranges::max_element(square_m2_)));
}

SketchBounds::Place SketchBounds::PlaceOf(size_t sample) const {
  const size_t step = std::min(static_cast<size_t>(place_[sample]), steps_.size() - 1);
  return {step, place_[sample] - static_cast<double>(step)};
}

PlanePoint SketchBounds::At(const Place& place) const {
  const Step& step = steps_[place.step];
  return {step.x_m + place.share * step.dx_m, step.y_m + place.share * step.dy_m, 0};
}

// Of the straight way between two points and that of the sketch between two places.
double SketchBounds::MatchedM(PlanePoint from_point, PlanePoint to_point, Place from,
                              Place to) const {
  double gone_m = -from.share * steps_[from.step].length_m, length_m = gone_m;
  for (size_t j = from.step; j < to.step; ++j) {
    if (!steps_[j + 1].joins) return kInfiniteM;
    length_m += steps_[j].length_m;
  }
  length_m += to.share * steps_[to.step].length_m;
  double most_m = std::max(DistanceM(from_point, At(from)) + steps_[from.step].error_m,
                           DistanceM(to_point, At(to)) + steps_[to.step].error_m);
  for (size_t j = from.step; j < to.step; ++j) {
    gone_m += steps_[j].length_m;
    const double share = length_m > 0 ? std::clamp(gone_m / length_m, 0.0, 1.0) : 1;
    const double error_m = std::max(steps_[j].error_m, steps_[j + 1].error_m);
    const PlanePoint corner{steps_[j + 1].x_m, steps_[j + 1].y_m, 0};
    most_m =
        std::max(most_m, DistanceM(PlaceBetween(from_point, to_point, share), corner) + error_m);
  }
  return most_m;
}

double SketchBounds::MostM(bool backwards) const {
  const auto sample = [&](size_t i) { return backwards ? kSamples - 1 - i : i; };
  double most_m = 0;
  Place at = PlaceOf(sample(0));
  for (size_t i = 1; i < kSamples && most_m <= distance_m_; ++i) {
    const size_t s = sample(i), before = sample(i - 1);
    Place next = PlaceOf(s);
    // Who seems to have gone back has not moved.
    if (std::tie(next.step, next.share) < std::tie(at.step, at.share)) next = at;
    most_m = std::max(
        most_m, MatchedM(samples_[before], samples_[s], at, next) + bulge_m_[std::min(s, before)]);
    at = next;
  }
  return most_m;
}

}  // namespace spoor
