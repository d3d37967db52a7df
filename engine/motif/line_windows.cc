#include "engine/motif/line_windows.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace spoor {
namespace {

constexpr double kE7PerM = 1e7 * 180 / (std::numbers::pi * kEarthRadiusM);
// Near the poles, and where the stretch is as wide as an ocean, degrees bound nothing.
constexpr int64_t kMostLatE7 = 850'000'000, kMostSpanE7 = 300'000'000;
// More than a straight leg on the plane leaves one in latitude and longitude, and all rounding.
constexpr double kWider = 1.02, kMarginM = 2;
constexpr int64_t kEverywhereE7 = int64_t{1} << 40;
constexpr size_t kNoWindow = SIZE_MAX;

}  // namespace

double LineWindow::PlaceOf(double own_at) const {
  const size_t i = std::min(static_cast<size_t>(own_at), at.size() - 1);
  if (i + 1 == at.size()) return at[i];
  return at[i] + (own_at - static_cast<double>(i)) * (at[i + 1] - at[i]);
}

LineWindow LineWindow::Before(double own_at) const {
  const size_t whole = std::min(static_cast<size_t>(own_at), points.size() - 1);
  const double share = own_at - static_cast<double>(whole);
  LineWindow out;
  out.points.assign(points.begin(), points.begin() + static_cast<ptrdiff_t>(whole) + 1);
  out.at.assign(at.begin(), at.begin() + static_cast<ptrdiff_t>(whole) + 1);
  if (share > 0 && whole + 1 < points.size()) {
    out.points.push_back(PlaceBetween(points[whole], points[whole + 1], share));
    out.at.push_back(PlaceOf(own_at));
  }
  return out;
}

LineWindow LineWindow::Behind(double own_at) const {
  const size_t whole = std::min(static_cast<size_t>(own_at), points.size() - 1);
  const double share = own_at - static_cast<double>(whole);
  LineWindow out;
  size_t next = whole;
  if (share > 0 && whole + 1 < points.size()) {
    out.points.push_back(PlaceBetween(points[whole], points[whole + 1], share));
    out.at.push_back(PlaceOf(own_at));
    ++next;
  }
  out.points.insert(out.points.end(), points.begin() + static_cast<ptrdiff_t>(next), points.end());
  out.at.insert(out.at.end(), at.begin() + static_cast<ptrdiff_t>(next), at.end());
  return out;
}

LineWindows::LineWindows(TrajectoryView stretch, double distance_m, const LocalPlane& plane)
    : plane_(plane), middle_lon_e7_(stretch[stretch.size() / 2].lon_e7) {
  south_e7_ = north_e7_ = stretch[0].lat_e7;
  for (const Fix& f : stretch) {
    south_e7_ = std::min<int64_t>(south_e7_, f.lat_e7);
    north_e7_ = std::max<int64_t>(north_e7_, f.lat_e7);
    const int64_t east_e7 = LonDeltaE7(middle_lon_e7_, f.lon_e7);
    west_e7_ = std::min(west_e7_, east_e7);
    east_e7_ = std::max(east_e7_, east_e7);
  }
  const double margin_m = std::min(distance_m, 2e7) * kWider + kMarginM;
  const auto lat_e7 = static_cast<int64_t>(std::ceil(margin_m * kE7PerM));
  south_e7_ -= lat_e7;
  north_e7_ += lat_e7;
  const int64_t farthest_e7 = std::max(-south_e7_, north_e7_);
  if (farthest_e7 > kMostLatE7 || east_e7_ - west_e7_ + 2 * lat_e7 > kMostSpanE7) {
    south_e7_ = west_e7_ = -kEverywhereE7;
    north_e7_ = east_e7_ = kEverywhereE7;
    return;
  }
  const double shrunk = std::cos(static_cast<double>(farthest_e7) * 1e-7 * std::numbers::pi / 180);
  const auto lon_e7 = static_cast<int64_t>(std::ceil(margin_m * kE7PerM / shrunk));
  west_e7_ -= lon_e7;
  east_e7_ += lon_e7;
}

bool LineWindows::MayMeet(int64_t south_e7, int64_t north_e7, int64_t west_e7,
                          int64_t east_e7) const {
  if (north_e7 < south_e7_ || south_e7 > north_e7_) return false;
  int64_t from_e7 = west_e7 - middle_lon_e7_;
  if (from_e7 < -kTurnE7 / 2 || from_e7 >= kTurnE7 / 2) {
    from_e7 = ((from_e7 + kTurnE7 / 2) % kTurnE7 + kTurnE7) % kTurnE7 - kTurnE7 / 2;
  }
  const int64_t to_e7 = from_e7 + (east_e7 - west_e7);
  return (from_e7 <= east_e7_ && to_e7 >= west_e7_) || to_e7 >= west_e7_ + kTurnE7;
}

uint32_t LineWindows::SidesOf(const Fix& fix) const {
  const int64_t east_e7 = LonDeltaE7(middle_lon_e7_, fix.lon_e7);
  return static_cast<uint32_t>(fix.lat_e7 < south_e7_) |
         static_cast<uint32_t>(fix.lat_e7 > north_e7_) << 1 |
         static_cast<uint32_t>(east_e7 < west_e7_) << 2 |
         static_cast<uint32_t>(east_e7 > east_e7_) << 3;
}

void LineWindows::Add(TrajectoryView fixes, size_t from, size_t to,
                      std::vector<LineWindow>& out) const {
  LineWindow window;
  plane_.Project(fixes.subspan(from, to - from + 1), window.points);
  window.at.resize(to - from + 1);
  for (size_t i = from; i <= to; ++i) window.at[i - from] = static_cast<double>(i);
  out.push_back(std::move(window));
}

void LineWindows::Go(TrajectoryView fixes, size_t first, size_t last, Begun& begun,
                     std::vector<LineWindow>& to) const {
  for (size_t i = first + 1; i <= last; ++i) {
    const uint32_t sides = SidesOf(fixes[i]);
    // Of a leg whose ends are beyond the same side nothing is in the box.
    if ((begun.sides & sides) == 0) {
      if (begun.from == kNoWindow) begun.from = i - 1;
    } else if (begun.from != kNoWindow) {
      Add(fixes, begun.from, i - 1, to);
      begun.from = kNoWindow;
    }
    begun.sides = sides;
  }
}

void LineWindows::Cut(TrajectoryView fixes, std::vector<LineWindow>& to) const {
  to.clear();
  Begun begun{.from = kNoWindow, .sides = SidesOf(fixes[0])};
  if (begun.sides == 0) begun.from = 0;
  Go(fixes, 0, fixes.size() - 1, begun, to);
  if (begun.from != kNoWindow) Add(fixes, begun.from, fixes.size() - 1, to);
}

void LineWindows::Cut(TrajectoryView fixes, const Box& box, const Outline& outline,
                      std::vector<LineWindow>& to) const {
  const auto count = static_cast<uint32_t>(fixes.size());
  if (count < 4 * Outline::kMaxParts || box.crosses_antimeridian()) return Cut(fixes, to);
  to.clear();
  Begun begun{.from = kNoWindow, .sides = SidesOf(fixes[0])};
  if (begun.sides == 0) begun.from = 0;
  for (uint32_t part = 0; part < PartsOf(count); ++part) {
    const size_t first = PartStart(count, part), last = PartStart(count, part + 1);
    const Box of_part = BoxOf(outline.parts[part], box);
    if (MayMeet(of_part.south_e7, of_part.north_e7, of_part.west_e7, of_part.east_e7)) {
      Go(fixes, first, last, begun, to);
      continue;
    }
    // All of it is beyond one side.
    if (begun.from != kNoWindow) Add(fixes, begun.from, first, to);
    begun = {.from = kNoWindow, .sides = SidesOf(fixes[last])};
  }
  if (begun.from != kNoWindow) Add(fixes, begun.from, fixes.size() - 1, to);
}

}  // namespace spoor
