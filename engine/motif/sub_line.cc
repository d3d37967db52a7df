#include "engine/motif/sub_line.h"

#include <algorithm>
#include <cmath>

namespace spoor {
namespace {

int32_t Wrapped(int64_t lon_e7) {
  if (lon_e7 > kMaxLonE7) lon_e7 -= kTurnE7;
  if (lon_e7 < -kMaxLonE7) lon_e7 += kTurnE7;
  return static_cast<int32_t>(lon_e7);
}

Fix OnLeg(const Fix& a, const Fix& b, double share) {
  Fix out = a;
  out.lat_e7 += static_cast<int32_t>(std::lround(share * (int64_t{b.lat_e7} - a.lat_e7)));
  out.lon_e7 = Wrapped(a.lon_e7 + int64_t{std::lround(share * LonDeltaE7(a.lon_e7, b.lon_e7))});
  if (a.has_time()) {
    const double ms = static_cast<double>(b.time_ms) - static_cast<double>(a.time_ms);
    out.time_ms = std::clamp<int64_t>(a.time_ms + std::llround(share * ms), a.time_ms, b.time_ms);
  }
  return out;
}

PlanePoint OnLeg(const PlanePoint& a, const PlanePoint& b, double share) {
  return {.x_m = a.x_m + share * (b.x_m - a.x_m),
          .y_m = a.y_m + share * (b.y_m - a.y_m),
          .t_s = a.t_s + share * (b.t_s - a.t_s)};
}

template <typename Point>
std::vector<Point> Part(absl::Span<const Point> line, double from_at, double to_at) {
  const auto place = [&](double at) {
    const auto i = static_cast<size_t>(at);
    const double share = at - static_cast<double>(i);
    return share > 0 ? OnLeg(line[i], line[i + 1], share) : line[i];
  };
  std::vector<Point> out = {place(from_at)};
  const auto inner_end = static_cast<size_t>(std::ceil(to_at));
  for (size_t i = static_cast<size_t>(from_at) + 1; i < inner_end; ++i) out.push_back(line[i]);
  if (to_at > from_at) out.push_back(place(to_at));
  return out;
}

}  // namespace

std::vector<Fix> SubLine(TrajectoryView fixes, double from_at, double to_at) {
  return Part<Fix>(fixes, from_at, to_at);
}

std::vector<PlanePoint> SubLine(PlaneView line, double from_at, double to_at) {
  return Part<PlanePoint>(line, from_at, to_at);
}

}  // namespace spoor
