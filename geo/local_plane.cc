#include "geo/local_plane.h"

#include <algorithm>
#include <array>
#include <limits>
#include <numbers>
#include <utility>

namespace spoor {
namespace {

constexpr double kRadiansPerUnit = std::numbers::pi / 180 / kUnitsPerDegree;
constexpr double kNear = 0.2;  // radians of latitude and of longitude in which the series hold

// Taylor series; for |x| <= kNear what they leave out is below 4e-16.
inline double SinNear(double x) {
  const double q = x * x;
  return x * (1 + q * (-1.0 / 6 + q * (1.0 / 120 + q * (-1.0 / 5040 + q / 362880))));
}

inline double OneMinusCosNear(double x) {
  const double q = x * x;
  return q *
         (1.0 / 2 + q * (-1.0 / 24 + q * (1.0 / 720 + q * (-1.0 / 40320 + q * (1.0 / 3628800)))));
}

// asin(s) / s by its power series, q = s * s <= 0.08: what it leaves out is below 2e-13.  Summed in
// pairs, because a single chain of sums is what a caller of one fix would wait for.
inline double AsinRatioNear(double q) {
  const double q2 = q * q, q4 = q2 * q2;
  const double c01 = 1 + q * (1.0 / 6), c23 = 3.0 / 40 + q * (15.0 / 336);
  const double c45 = 105.0 / 3456 + q * (945.0 / 42240);
  const double c67 = 10395.0 / 599040 + q * (135135.0 / 9676800);
  const double c89 = 2027025.0 / 175472640 + q * (34459425.0 / 3530096640);
  return c01 + q2 * c23 + q4 * (c45 + q2 * c67 + q4 * c89);
}

struct Origin {
  double sin_lat, cos_lat;
};

// Inlined by force: a call would keep its loop from being vectorised.
[[gnu::always_inline]] inline PlanePoint ProjectNear(const Origin& o, double dlat, double dlon) {
  const double sin_dlat = SinNear(dlat), sin_dlon = SinNear(dlon);
  const double cos_lat = o.cos_lat * (1 - OneMinusCosNear(dlat)) - o.sin_lat * sin_dlat;
  const double east = cos_lat * sin_dlon;
  const double north = sin_dlat + o.sin_lat * cos_lat * OneMinusCosNear(dlon);
  const double scale_m = kEarthRadiusM * AsinRatioNear(east * east + north * north);
  return {.x_m = scale_m * east, .y_m = scale_m * north};
}

double CosineOfLatitude(const Fix& fix) { return std::cos(fix.lat_e7 * kRadiansPerUnit); }

// cosines: that of one's latitude by that of the other's.
double GreatCircleM(const Fix& a, const Fix& b, double cosines) {
  const double half_lat = (b.lat_e7 - a.lat_e7) * (kRadiansPerUnit / 2);
  const double half_lon = LonDeltaE7(a.lon_e7, b.lon_e7) * (kRadiansPerUnit / 2);
  if (std::abs(half_lat) < kNear / 2 && std::abs(half_lon) < kNear / 2) {
    const double s = SinNear(half_lat), t = SinNear(half_lon);
    const double square = s * s + cosines * t * t;
    return 2 * kEarthRadiusM * std::sqrt(square) * AsinRatioNear(square);
  }
  const double s = std::sin(half_lat), t = std::sin(half_lon);
  return 2 * kEarthRadiusM * std::asin(std::min(1.0, std::sqrt(s * s + cosines * t * t)));
}

}  // namespace

double HaversineM(const Fix& a, const Fix& b) {
  return GreatCircleM(a, b, CosineOfLatitude(a) * CosineOfLatitude(b));
}

double LengthM(TrajectoryView fixes) {
  double length_m = 0, cosine = fixes.empty() ? 0 : CosineOfLatitude(fixes[0]);
  for (size_t i = 1; i < fixes.size(); ++i) {
    const double before = std::exchange(cosine, CosineOfLatitude(fixes[i]));
    length_m += GreatCircleM(fixes[i - 1], fixes[i], before * cosine);
  }
  return length_m;
}

LocalPlane::LocalPlane(const Fix& origin)
    : lat_e7_(origin.lat_e7),
      lon_e7_(origin.lon_e7),
      sin_lat_(std::sin(origin.lat_e7 * kRadiansPerUnit)),
      cos_lat_(std::cos(origin.lat_e7 * kRadiansPerUnit)) {}

PlanePoint LocalPlane::Project(int32_t lat_e7, int32_t lon_e7) const {
  const double dlat = (lat_e7 - lat_e7_) * kRadiansPerUnit;
  const double dlon = LonDeltaE7(lon_e7_, lon_e7) * kRadiansPerUnit;
  if (std::abs(dlat) <= kNear && std::abs(dlon) <= kNear) {
    return ProjectNear({sin_lat_, cos_lat_}, dlat, dlon);
  }
  return ProjectFar(lat_e7 * kRadiansPerUnit, dlon);
}

PlanePoint LocalPlane::ProjectFar(double lat, double dlon) const {
  const double sin_lat = std::sin(lat), cos_lat = std::cos(lat), cos_dlon = std::cos(dlon);
  const double east = cos_lat * std::sin(dlon);
  const double north = cos_lat_ * sin_lat - sin_lat_ * cos_lat * cos_dlon;
  const double up = sin_lat_ * sin_lat + cos_lat_ * cos_lat * cos_dlon;
  const double sine = std::sqrt(east * east + north * north);  // of the angle between both
  const double scale_m = kEarthRadiusM * (sine > 0 ? std::atan2(sine, up) / sine : 1);
  return {.x_m = scale_m * east, .y_m = scale_m * north};
}

void LocalPlane::Project(TrajectoryView fixes, std::vector<PlanePoint>& out) const {
  out.resize(fixes.size());
  // In blocks, and each block in plain loops over arrays, so that the compiler can do several fixes
  // at a time.
  constexpr size_t kBlock = 32;
  std::array<double, kBlock> dlat, dlon;
  const Origin origin{sin_lat_, cos_lat_};
  for (size_t begin = 0; begin < fixes.size(); begin += kBlock) {
    const size_t n = std::min(kBlock, fixes.size() - begin);
    const Fix* in = fixes.data() + begin;
    PlanePoint* to = out.data() + begin;
    bool near = true;
    for (size_t i = 0; i < n; ++i) {
      dlat[i] = (in[i].lat_e7 - lat_e7_) * kRadiansPerUnit;
      dlon[i] = LonDeltaE7(lon_e7_, in[i].lon_e7) * kRadiansPerUnit;
      near &= std::abs(dlat[i]) <= kNear && std::abs(dlon[i]) <= kNear;
    }
    if (near) {
      for (size_t i = 0; i < n; ++i) to[i] = ProjectNear(origin, dlat[i], dlon[i]);
    } else {
      for (size_t i = 0; i < n; ++i) to[i] = Project(in[i]);
    }
  }
  if (fixes.empty() || !fixes[0].has_time()) return;
  for (size_t i = 0; i < fixes.size(); ++i) {
    out[i].t_s = static_cast<double>(fixes[i].time_ms - fixes[0].time_ms) / 1000;
  }
}

std::vector<PlanePoint> LocalPlane::Project(TrajectoryView fixes) const {
  std::vector<PlanePoint> out;
  Project(fixes, out);
  return out;
}

double PlaneError(double r_m) {
  const double c = r_m / kEarthRadiusM;
  if (c >= std::numbers::pi) return std::numeric_limits<double>::infinity();
  return c > 0 ? c / std::sin(c) - 1 : 0;
}

// Along a line that is straight in latitude and longitude, which is no shorter than the great
// circle, and no longer than if all of it lay at its widest parallel.
double MostApartM(const Fix& fix, const Box& box) {
  const double north = std::max(std::abs(double{1} * box.south_e7 - fix.lat_e7),
                                std::abs(double{1} * box.north_e7 - fix.lat_e7));
  const double to_west = LonDeltaE7(fix.lon_e7, box.west_e7);
  double width = double{1} * box.east_e7 - box.west_e7;
  if (width < 0) width += 2.0 * kMaxLonE7;
  const double east =
      std::min(std::max(std::abs(to_west), std::abs(to_west + width)), 1.0 * kMaxLonE7);
  const int32_t south_e7 = std::min(fix.lat_e7, box.south_e7);
  const int32_t north_e7 = std::max(fix.lat_e7, box.north_e7);
  const bool on_equator = south_e7 <= 0 && north_e7 >= 0;
  const double widest_e7 = on_equator ? 0 : std::min(std::abs(south_e7), std::abs(north_e7));
  const double across = east * std::cos(widest_e7 * kRadiansPerUnit);
  const double radians = std::sqrt(north * north + across * across) * kRadiansPerUnit;
  return kEarthRadiusM * std::min(radians, std::numbers::pi);
}

std::vector<PlanePoint> Backwards(PlaneView line) {
  std::vector<PlanePoint> out(line.rbegin(), line.rend());
  if (out.empty()) return out;
  const double end_s = out.front().t_s;
  for (PlanePoint& p : out) p.t_s = end_s - p.t_s;
  return out;
}

}  // namespace spoor
