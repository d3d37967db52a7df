#include "engine/envelope.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

namespace spoor {
namespace {

constexpr double kPi = std::numbers::pi;
constexpr double kRadiansPerUnit = kPi / 180 / kUnitsPerDegree;
constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kRoundingM = 1e-6;  // more than all roundings here together

// cos x from below and from above, |x| <= pi / 2, by its series.
double CosBelow(double x) { return std::max(0.0, 1 - x * x / 2); }
double CosAbove(double x) { return std::min(1.0, 1 - x * x / 2 + x * x * x * x / 24); }

// Around the Earth the short way.
inline double Around(double a, double b) {
  const double d = std::abs(a - b);
  return std::min(d, 2 * kPi - d);
}

// From below: the angle between places that are `apart` of longitude apart, one of them at a
// latitude with this cosine: asin(cos * sin d) up to a quarter turn, and no less from there on.
// asin x >= x, and sin d >= d - d^3 / 6.
inline double AngleAcross(double cos_lat, double apart) {
  const double d = std::min(std::max(apart, 0.0), kPi / 2);
  return cos_lat * (d - d * d * d / 6);
}

}  // namespace

QueryEnvelope::Sides QueryEnvelope::InRadians(const Box& box) {
  const double width = box.east_e7 * kRadiansPerUnit - box.west_e7 * kRadiansPerUnit;
  const double half = (width < 0 ? width + 2 * kPi : width) / 2;
  const double middle = box.west_e7 * kRadiansPerUnit + half;
  return {.south = box.south_e7 * kRadiansPerUnit,
          .north = box.north_e7 * kRadiansPerUnit,
          .middle = middle > kPi ? middle - 2 * kPi : middle,
          .half = half};
}

QueryEnvelope::QueryEnvelope(const std::vector<Fix>& fixes, const LocalPlane& plane,
                             Direction direction, const Measure& measure)
    : plane_(plane),
      direction_(direction),
      measure_(measure),
      origin_lat_(fixes[fixes.size() / 2].lat_e7 * kRadiansPerUnit),
      origin_lon_(fixes[fixes.size() / 2].lon_e7 * kRadiansPerUnit),
      box_(InRadians(Cover(fixes))),
      slack_m_(SlackM(box_)),
      points_(plane.Project(fixes)),
      reversed_points_(points_.rbegin(), points_.rend()),
      to_box_m_(fixes.size()) {
  for (const Fix& f : fixes) {
    lat_.push_back(f.lat_e7 * kRadiansPerUnit);
    lon_.push_back(f.lon_e7 * kRadiansPerUnit);
    cos_lat_.push_back(std::cos(lat_.back()));
  }
}

// The second derivative of the projection, along a straight line in latitude and longitude, is at
// most `bend` / (R cos lat) times its speed squared: 3 within 0.3 radians of the origin, 12 within
// 1.5.  A chord leaves a curve by at most an eighth of that times its length squared.
double QueryEnvelope::SlackM(const Sides& box) const {
  const double east = Around(origin_lon_, box.middle) + box.half;
  const double north =
      std::max(std::abs(box.south - origin_lat_), std::abs(box.north - origin_lat_));
  const double cos_lat = CosBelow(std::max(std::abs(box.south), std::abs(box.north)));
  if (east + north > 1.5 || cos_lat <= 0) return kInfinity;
  const double bend = east + north <= 0.3 ? 3 : 12;
  const bool on_equator = box.south <= 0 && box.north >= 0;
  const double nearest_lat = on_equator ? 0 : std::min(std::abs(box.south), std::abs(box.north));
  const double across = 2 * box.half * CosAbove(nearest_lat), along = box.north - box.south;
  return kRoundingM + kEarthRadiusM * bend / 8 * (along * along + across * across) / cos_lat;
}

double QueryEnvelope::GapM(const Sides& box) const {
  const auto cos_lat = [](const Sides& b) {
    return CosBelow(std::max(std::abs(b.south), std::abs(b.north)));
  };
  const double apart = Around(box_.middle, box.middle) - box_.half - box.half;
  const double across = AngleAcross(std::max(cos_lat(box_), cos_lat(box)), apart);
  const double along = std::max(box.south - box_.north, box_.south - box.north);
  return kEarthRadiusM * std::max({across, along, 0.0});
}

void QueryEnvelope::MeasureToBox(const Sides& box, double slack_m) {
  for (size_t i = 0; i < to_box_m_.size(); ++i) {
    const double along = std::max(box.south - lat_[i], lat_[i] - box.north);
    const double across = AngleAcross(cos_lat_[i], Around(lon_[i], box.middle) - box.half);
    to_box_m_[i] = std::max(kEarthRadiusM * std::max(along, across) - slack_m, 0.0);
  }
}

double QueryEnvelope::MeasureBound(const EndDistances& same, const EndDistances& opposite,
                                   double gap_m) {
  double least = kInfinity;
  if (direction_ != Direction::kOpposite) {
    least = measure_.LowerBound({.query = points_,
                                 .to_box_m = to_box_m_,
                                 .start_m = same.start_m,
                                 .end_m = same.end_m,
                                 .box_gap_m = gap_m});
  }
  if (direction_ != Direction::kSame) {
    reversed_m_.assign(to_box_m_.rbegin(), to_box_m_.rend());
    least = std::min(least, measure_.LowerBound({.query = reversed_points_,
                                                 .to_box_m = reversed_m_,
                                                 .start_m = opposite.start_m,
                                                 .end_m = opposite.end_m,
                                                 .box_gap_m = gap_m}));
  }
  return least;
}

double QueryEnvelope::Bound(const Box& box, const EndPoints& ends) {
  const Sides sides = InRadians(box);
  const double slack_m = SlackM(sides);
  MeasureToBox(sides, slack_m);
  const PlanePoint start = plane_.Project(ends.start_lat_e7, ends.start_lon_e7);
  const PlanePoint end = plane_.Project(ends.end_lat_e7, ends.end_lon_e7);
  return MeasureBound({DistanceM(points_.front(), start), DistanceM(points_.back(), end)},
                      {DistanceM(points_.back(), start), DistanceM(points_.front(), end)},
                      std::max(0.0, GapM(sides) - slack_m - slack_m_));
}

double QueryEnvelope::BoundOfBox(const Box& box) {
  const Sides sides = InRadians(box);
  const double slack_m = SlackM(sides);
  MeasureToBox(sides, slack_m);
  const EndDistances same{to_box_m_.front(), to_box_m_.back()};
  return MeasureBound(same, {same.end_m, same.start_m},
                      std::max(0.0, GapM(sides) - slack_m - slack_m_));
}

}  // namespace spoor
