#include "engine/stay/stay_region.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <random>

#include "geo/local_plane.h"

namespace spoor {
namespace {

constexpr double kDegreeM = kEarthRadiusM * std::numbers::pi / 180;

struct Point {
  double x, y;
};
Point PlaceOf(double lon_deg, double lat_deg, const Fix& origin) {
  const double cos_lat = std::cos(origin.lat_deg() * std::numbers::pi / 180);
  return {(lon_deg - origin.lon_deg()) * kDegreeM * cos_lat,
          (lat_deg - origin.lat_deg()) * kDegreeM};
}
std::vector<Point> RingOf(const std::vector<Fix>& fixes, double buffer_m) {
  std::vector<Point> out;
  for (const RegionVertex& v : StayRegion(fixes, buffer_m)) {
    out.push_back(PlaceOf(v.lon_deg, v.lat_deg, fixes[0]));
  }
  return out;
}
double AreaOf(const std::vector<Point>& ring) {
  double twice = 0;
  for (size_t i = 0; i < ring.size(); ++i) {
    const Point &a = ring[i], &b = ring[(i + 1) % ring.size()];
    twice += a.x * b.y - b.x * a.y;
  }
  return twice / 2;
}

TEST(StayRegion, OfOneFixIsADisc) {
  const auto ring = RingOf({{514'000'000, -1'200'000}}, 7.8);
  ASSERT_EQ(ring.size(), 32u);
  for (const Point& p : ring) EXPECT_NEAR(std::hypot(p.x, p.y), 7.8, 1e-6);
  EXPECT_NEAR(AreaOf(ring), std::numbers::pi * 7.8 * 7.8, 2);
}

TEST(StayRegion, OfTwoFixesIsACapsule) {
  const std::vector<Fix> fixes{{514'000'000, -1'200'000}, {514'009'000, -1'200'000}};
  const double apart_m = 9e-4 * kDegreeM;
  EXPECT_NEAR(AreaOf(RingOf(fixes, 10)), std::numbers::pi * 100 + 20 * apart_m, 3);
}

// Each fix is as far within as the buffer says, and of the border nothing is nearer to a fix.
TEST(StayRegion, HoldsEveryFixWithItsBuffer) {
  std::mt19937_64 rng(17);
  for (int round = 0; round < 200; ++round) {
    std::vector<Fix> fixes;
    for (uint64_t n = 1 + rng() % 30; n > 0; --n) {
      const auto off = [&rng] { return static_cast<int32_t>(rng() % 20'000) - 10'000; };
      fixes.push_back({-333'000'000 + off(), 1'500'000'000 + off()});
    }
    const auto ring = RingOf(fixes, 7.8);
    ASSERT_GT(AreaOf(ring), 0) << "counter-clockwise";
    double nearest = 1e9;
    for (size_t i = 0; i < ring.size(); ++i) {
      const Point &a = ring[i], &b = ring[(i + 1) % ring.size()], &c = ring[(i + 2) % ring.size()];
      const double length = std::hypot(b.x - a.x, b.y - a.y);
      if (length < 1e-6) continue;
      EXPECT_GE((b.x - a.x) * (c.y - b.y) - (b.y - a.y) * (c.x - b.x), -1e-3) << "convex";
      for (const Fix& f : fixes) {
        const Point p = PlaceOf(f.lon_deg(), f.lat_deg(), fixes[0]);
        const double aside = ((b.x - a.x) * (p.y - a.y) - (b.y - a.y) * (p.x - a.x)) / length;
        ASSERT_GE(aside, 7.8 * std::cos(std::numbers::pi / 32) - 1e-3);
        nearest = std::min(nearest, aside);
      }
    }
    EXPECT_LE(nearest, 7.8 + 1e-3);
  }
}

}  // namespace
}  // namespace spoor
