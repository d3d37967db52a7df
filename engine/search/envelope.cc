#include "engine/search/envelope.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

namespace spoor {
namespace {

constexpr double kPi = std::numbers::pi;
constexpr double kRadiansPerUnit = kPi / 180 / kUnitsPerDegree;
constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kRoundingM = 1e-3;  // more than all roundings in double precision together
// Coordinates, their difference, its square, sum and root are each off by 2^-24 at most.
constexpr double kSinglePrecision = 1e-6;

// cos x from below and from above, |x| <= pi / 2, by its series.
double CosBelow(double x) {
  const double q = x * x;
  return std::max(0.0, 1 + q * (-1.0 / 2 + q * (1.0 / 24 - q / 720)));
}
double CosAbove(double x) {
  const double q = x * x;
  return std::min(1.0, 1 + q * (-1.0 / 2 + q * (1.0 / 24)));
}

double LargestLat(double south, double north) { return std::max(std::abs(south), std::abs(north)); }

const Fix& MiddleOf(const std::vector<Fix>& fixes) { return fixes[fixes.size() / 2]; }

template <typename T>
T Gap(T low, T high, T other_low, T other_high) {
  const T below = other_low - high, above = low - other_high;
  const T gap = below > above ? below : above;
  return gap > 0 ? gap : 0;
}

}  // namespace

double QueryEnvelope::Sides::far_lon() const { return std::max(std::abs(west), std::abs(east)); }

double QueryEnvelope::Ground::Slack(double height_m, double width_m) const {
  if (height_m == 0 && width_m == 0) return 0;
  const double wide_m = width_m * widest;
  return std::min(flat_m, bend_per_m * (height_m * height_m + wide_m * wide_m));
}

// Of which the west lies within half a turn of the origin.
QueryEnvelope::Sides QueryEnvelope::InFrame(const Box& box) const {
  const double west = LonDeltaE7(origin_lon_e7_, box.west_e7) * kRadiansPerUnit;
  const double width = (double{1} * box.east_e7 - box.west_e7) * kRadiansPerUnit;
  return {.south = box.south_e7 * kRadiansPerUnit,
          .north = box.north_e7 * kRadiansPerUnit,
          .west = west,
          .east = west + (width < 0 ? width + 2 * kPi : width)};
}

QueryEnvelope::Rectangle QueryEnvelope::InMetres(const Sides& s) const {
  return {.south_m = (s.south - origin_lat_) * kEarthRadiusM,
          .west_m = s.west * kEarthRadiusM,
          .north_m = (s.north - origin_lat_) * kEarthRadiusM,
          .east_m = s.east * kEarthRadiusM};
}

QueryEnvelope::Rectangle QueryEnvelope::InMetres(int32_t lat_e7, int32_t lon_e7) const {
  const double north_m = (lat_e7 * kRadiansPerUnit - origin_lat_) * kEarthRadiusM;
  const double east_m = LonDeltaE7(origin_lon_e7_, lon_e7) * kRadiansPerUnit * kEarthRadiusM;
  return {north_m, east_m, north_m, east_m};
}

// The second derivative of the projection, along a straight line in latitude and longitude, is at
// most `bend` / (R cos lat) times its speed squared: 3 within 0.3 radians of the origin, 12 within
// 1.5.  A chord leaves a curve by at most an eighth of that times its length squared.
//
// Further away, a place on a chord is within half the chord of one of its ends, and the plane
// stretches what lies within c of the origin by at most c / sin c.
QueryEnvelope::Ground QueryEnvelope::GroundOf(const Sides& s) const {
  Ground g{.across = 0,
           .along = 0,
           .far_lon = s.far_lon(),
           .bend_per_m = kInfinity,
           .widest = 0,
           .flat_m = kInfinity,
           .rounding_m = 0};
  const double lat = LargestLat(s.south, s.north), cos_lat = CosBelow(lat);
  const double lon_reach = box_.far_lon() + g.far_lon;
  const double lat_reach = std::max(s.north, box_.north) - std::min(s.south, box_.south);
  // The short way round the Earth is the one that the frame knows.
  const bool short_way = lon_reach <= kPi;
  const double reach = short_way ? std::max(lon_reach, lat_reach) : lat_reach;
  g.along = 1 - reach * reach / 24;
  g.across = short_way ? g.along * std::sqrt(cos_lat_ * cos_lat) : 0;
  g.rounding_m = kRoundingM + kSinglePrecision * kEarthRadiusM * std::max(lon_reach, lat_reach);

  const bool on_equator = s.south <= 0 && s.north >= 0;
  g.widest = on_equator ? 1 : CosAbove(std::min(std::abs(s.south), std::abs(s.north)));
  const double north = std::max(std::abs(s.south - origin_lat_), std::abs(s.north - origin_lat_));
  const double away = g.far_lon + north;
  if (away <= 1.5 && cos_lat > 0) {
    g.bend_per_m = (away <= 0.3 ? 3 : 12) / (8 * kEarthRadiusM * cos_lat);
  }
  const double across = std::min(s.north - s.south + (s.east - s.west) * g.widest, kPi);
  if (away + across < 3) {
    g.flat_m = kEarthRadiusM * across / 2 * (away + across) / std::sin(away + across);
    if (across == 0) g.flat_m = 0;
  }
  return g;
}

QueryEnvelope::QueryEnvelope(const std::vector<Fix>& fixes, PlaneView line, PlaneView back,
                             Direction direction, const Measure& measure)
    : direction_(direction),
      measure_(measure),
      origin_lat_(MiddleOf(fixes).lat_e7 * kRadiansPerUnit),
      origin_lon_e7_(MiddleOf(fixes).lon_e7),
      same_{.points = line},
      opposite_{.points = back} {
  CutIntoRuns(fixes);
  MeasureRuns();
}

void QueryEnvelope::Reach::Add(int32_t lat_e7, int32_t lon_e7) {
  south = std::min(south, lat_e7);
  north = std::max(north, lat_e7);
  west = std::min(west, lon_e7);
  east = std::max(east, lon_e7);
}

void QueryEnvelope::Reach::Add(const Reach& other) {
  Add(other.south, other.west);
  Add(other.north, other.east);
}

QueryEnvelope::Reach QueryEnvelope::ReachOf(absl::Span<const Fix> fixes) const {
  Reach out;
  for (const Fix& f : fixes) out.Add(f.lat_e7, LonDeltaE7(origin_lon_e7_, f.lon_e7));
  return out;
}

QueryEnvelope::Sides QueryEnvelope::InFrame(const Reach& r) {
  return {.south = r.south * kRadiansPerUnit,
          .north = r.north * kRadiansPerUnit,
          .west = r.west * kRadiansPerUnit,
          .east = r.east * kRadiansPerUnit};
}

void QueryEnvelope::CutIntoRuns(const std::vector<Fix>& fixes) {
  const size_t n = fixes.size();
  const auto all = absl::MakeConstSpan(fixes);
  runs_ = static_cast<uint32_t>(std::min<size_t>(n, kMaxRuns));
  std::array<Reach, kMaxRuns> points;
  Reach whole;
  for (uint32_t r = 0; r < runs_; ++r) {
    const size_t from = n * r / runs_, to = n * (r + 1) / runs_;
    same_.run_points[r] = opposite_.run_points[runs_ - 1 - r] = static_cast<uint32_t>(to - from);
    points[r] = ReachOf(all.subspan(from, to - from));
    whole.Add(points[r]);
  }
  box_ = InFrame(whole);
  cos_lat_ = CosBelow(LargestLat(box_.south, box_.north));
  const Ground ground = GroundOf(box_);
  for (uint32_t r = 0; r < runs_; ++r) {
    const Rectangle of_points = InMetres(InFrame(points[r]));
    points_of_.Set(r, of_points.south_m, of_points.west_m, of_points.north_m, of_points.east_m, 0);
    Reach to_next = ReachOf(all.subspan(n * (r + 1) / runs_).first(r + 1 < runs_ ? 1 : 0));
    to_next.Add(points[r]);
    const Rectangle line = InMetres(InFrame(to_next));
    line_of_.Set(r, line.south_m, line.west_m, line.north_m, line.east_m,
                 ground.Slack(line.north_m - line.south_m, line.east_m - line.west_m));
  }
  first_ = InMetres(InFrame(ReachOf(all.first(1))));
  last_ = InMetres(InFrame(ReachOf(all.last(1))));
}

// A step to the next run belongs to the run that it leaves; the other way round it is the same.
void QueryEnvelope::MeasureRuns() {
  size_t i = 0;
  for (uint32_t r = 0; r < runs_; ++r) {
    double length_m = 0;
    const size_t first = i;
    const size_t end = std::min(i + same_.run_points[r], same_.points.size() - 1);
    for (; i < end; ++i) length_m += DistanceM(same_.points[i], same_.points[i + 1]);
    same_.run_length_m[r] = opposite_.run_length_m[runs_ - 1 - r] = length_m;
    same_.run_time_s[r] = opposite_.run_time_s[runs_ - 1 - r] =
        same_.points[end].t_s - same_.points[first].t_s;
  }
}

double QueryEnvelope::BoundOfEnds(const Rectangle& starts, const Rectangle& ends) {
  if (!measure_.pairs_ends()) return 0;
  const auto apart_m = [this](const Rectangle& a, const Rectangle& b) {
    const double y_m = ground_.along * Gap(a.south_m, a.north_m, b.south_m, b.north_m);
    const double x_m = ground_.across * Gap(a.west_m, a.east_m, b.west_m, b.east_m);
    return std::max(0.0, std::sqrt(x_m * x_m + y_m * y_m) - kRoundingM);
  };
  if (direction_ != Direction::kOpposite) {
    same_.start_m = apart_m(first_, starts);
    same_.end_m = apart_m(last_, ends);
  }
  if (direction_ != Direction::kSame) {
    opposite_.start_m = apart_m(last_, starts);
    opposite_.end_m = apart_m(first_, ends);
  }
  const double same = std::max(same_.start_m, same_.end_m);
  const double opposite = std::max(opposite_.start_m, opposite_.end_m);
  if (direction_ == Direction::kEither) return std::min(same, opposite);
  return direction_ == Direction::kSame ? same : opposite;
}

QueryEnvelope::Rectangle QueryEnvelope::Within(const Rectangle& whole,
                                               const Outline::Insets& insets) {
  const double height_m = (whole.north_m - whole.south_m) / 255;
  const double width_m = (whole.east_m - whole.west_m) / 255;
  return {.south_m = whole.south_m + insets.south * height_m,
          .west_m = whole.west_m + insets.west * width_m,
          .north_m = whole.north_m - insets.north * height_m,
          .east_m = whole.east_m - insets.east * width_m};
}

void QueryEnvelope::SetParts(const Rectangle& whole, const Outline& outline, size_t count) {
  for (size_t p = 0; p < count; ++p) {
    const Rectangle s = Within(whole, outline.parts[p]);
    const double slack_m = ground_.Slack(s.north_m - s.south_m, s.east_m - s.west_m);
    parts_.Set(p, s.south_m, s.west_m, s.north_m, s.east_m, slack_m + ground_.rounding_m);
  }
}

double QueryEnvelope::LowerBound(absl::Span<const double> part_shares, double points,
                                 double cutoff) {
  const size_t cells = part_shares.size() * runs_;
  part_count_ = part_shares.size();
  const Stretch stretch{static_cast<float>(ground_.along), static_cast<float>(ground_.across)};
  MeasureApart(points_of_, runs_, parts_, part_count_, stretch, from_points_);
  MeasureApart(line_of_, runs_, parts_, part_count_, stretch, from_line_);
  const auto bound = [&](const Course& course) {
    return measure_.BoundOfOutline({.query = course.points,
                                    .run_points = {course.run_points.data(), runs_},
                                    .run_length_m = {course.run_length_m.data(), runs_},
                                    .run_time_s = {course.run_time_s.data(), runs_},
                                    .part_shares = part_shares,
                                    .points = points,
                                    .from_points = {from_points_.data(), cells},
                                    .from_line = {from_line_.data(), cells},
                                    .start_m = course.start_m,
                                    .end_m = course.end_m,
                                    .cutoff = cutoff});
  };
  double least = kInfinity;
  if (direction_ != Direction::kOpposite) least = bound(same_);
  if (direction_ == Direction::kSame) return least;
  for (size_t at = 0; at < cells; at += runs_) {
    std::reverse(from_points_.begin() + at, from_points_.begin() + at + runs_);
    std::reverse(from_line_.begin() + at, from_line_.begin() + at + runs_);
  }
  return std::min(least, bound(opposite_));
}

double QueryEnvelope::StrayM() const {
  float stray_m = 0;
  for (size_t r = 0; r < runs_; ++r) {
    float nearest_m = std::numeric_limits<float>::infinity();
    for (size_t p = 0; p < part_count_; ++p) {
      nearest_m = std::min(nearest_m, from_points_[p * runs_ + r]);
    }
    stray_m = std::max(stray_m, nearest_m);
  }
  return stray_m;
}

void QueryEnvelope::Enter(const Box& cover) { ground_ = GroundOf(InFrame(cover)); }

double QueryEnvelope::Bound(const Group& group, double cutoff_m) {
  const Rectangle cover = InMetres(InFrame(group.cover));
  const double bound_m = BoundOfEnds(Within(cover, group.starts), Within(cover, group.ends));
  if (bound_m > cutoff_m || group.fixes == 0) return bound_m;
  SetParts(cover, group.outline, kMaxParts);
  std::array<double, kMaxParts> shares;
  for (size_t p = 0; p < kMaxParts; ++p) shares[p] = group.shares[p] / 255.0;
  return LowerBound(shares, group.fixes, cutoff_m);
}

double QueryEnvelope::Bound(const Box& box, const EndPoints& ends, uint32_t fixes,
                            const Outline& outline, double cutoff_m) {
  const double bound_m = BoundOfEnds(InMetres(ends.start_lat_e7, ends.start_lon_e7),
                                     InMetres(ends.end_lat_e7, ends.end_lon_e7));
  if (bound_m > cutoff_m || fixes == 0) return bound_m;
  const uint32_t parts = PartsOf(fixes);
  SetParts(InMetres(InFrame(box)), outline, parts);
  const double each = 1.0 / fixes;
  std::array<double, kMaxParts> shares;
  for (uint32_t p = 0; p < parts; ++p) shares[p] = PointsOf(fixes, p) * each;
  return LowerBound({shares.data(), parts}, fixes, cutoff_m);
}

}  // namespace spoor
