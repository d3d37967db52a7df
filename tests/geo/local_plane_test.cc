#include "geo/local_plane.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <random>

#include "tests/geo/naive_plane.h"

namespace spoor {
namespace {

constexpr double kRad = std::numbers::pi / 180;

TEST(Haversine, MatchesKnownDistances) {
  const double degree_m = kEarthRadiusM * kRad;
  EXPECT_NEAR(HaversineM(FixFromDegrees(0, 0), FixFromDegrees(0, 1)), degree_m, 1e-6);
  EXPECT_NEAR(HaversineM(FixFromDegrees(0, 179.5), FixFromDegrees(0, -179.5)), degree_m, 1e-6);
  EXPECT_NEAR(HaversineM(FixFromDegrees(90, 0), FixFromDegrees(-90, 77)), 180 * degree_m, 1e-6);
  EXPECT_NEAR(HaversineM(FixFromDegrees(60, 0), FixFromDegrees(60, 1e-3)), degree_m / 2000, 1e-3);
  EXPECT_EQ(HaversineM(FixFromDegrees(51.5, -0.1), FixFromDegrees(51.5, -0.1)), 0);
  // Paris to London.
  EXPECT_NEAR(HaversineM(FixFromDegrees(48.8566, 2.3522), FixFromDegrees(51.5074, -0.1278)), 343556,
              10);
}

// By libm alone.
double HaversineByLibraryM(const Fix& a, const Fix& b) {
  const auto radians = [](double degrees) { return degrees * std::numbers::pi / 180; };
  const double s = std::sin(radians(b.lat_deg() - a.lat_deg()) / 2);
  const double t = std::sin(radians(LonDeltaE7(a.lon_e7, b.lon_e7) / kUnitsPerDegree) / 2);
  const double cosines = std::cos(radians(a.lat_deg())) * std::cos(radians(b.lat_deg()));
  return 2 * kEarthRadiusM * std::asin(std::min(1.0, std::sqrt(s * s + cosines * t * t)));
}

TEST(Haversine, OfStepsOfAnyLengthIsWhatTheLibrarySays) {
  std::mt19937_64 rng(5);
  const auto within = [&rng](int32_t most) {
    return static_cast<int32_t>(
        static_cast<int64_t>(rng() % (2 * static_cast<uint64_t>(most) + 1)) - most);
  };
  std::vector<Fix> line;
  double length_m = 0;
  for (int i = 0; i < 20'000; ++i) {
    const Fix a{within(kMaxLatE7 / 2), within(kMaxLonE7)};
    const int far = i % 29;
    const int64_t lon_e7 = int64_t{a.lon_e7} + within(kMaxLonE7 >> far);
    const int64_t turns_e7 = lon_e7 > kMaxLonE7 ? -kTurnE7 : lon_e7 < -kMaxLonE7 ? kTurnE7 : 0;
    const Fix b{a.lat_e7 + within((kMaxLatE7 / 2) >> far), static_cast<int32_t>(lon_e7 + turns_e7)};
    const double expected_m = HaversineByLibraryM(a, b);
    ASSERT_NEAR(HaversineM(a, b), expected_m, 1e-7 + 1e-12 * expected_m);
    if (!line.empty()) length_m += HaversineM(line.back(), a);
    line.push_back(a);
  }
  EXPECT_EQ(LengthM(line), length_m);
  EXPECT_EQ(LengthM({}), 0);
}

TEST(LocalPlane, KeepsDistancesWithinItsStatedError) {
  struct Row {
    const char* where;
    Fix origin, a, b;  // a and b within 100 km of the origin
  };
  const auto at = [](double lat_deg, double lon_deg) { return FixFromDegrees(lat_deg, lon_deg); };
  for (const Row& row : {
           Row{"equator", at(0, 0), at(0.5, 0.5), at(-0.3, 0.8)},
           Row{"London", at(51.5, -0.1), at(51.9, -0.9), at(50.9, 0.5)},
           Row{"date line", at(-17.7, 179.9), at(-17.2, -179.5), at(-18.3, 179.4)},
           Row{"pole", at(89.9, 0), at(89.5, 170), at(89.6, -60)},
           Row{"the pole itself", at(90, 0), at(89.5, 170), at(89.6, -60)},
       }) {
    SCOPED_TRACE(row.where);
    const std::vector<PlanePoint> p =
        LocalPlane(row.origin).Project(std::vector<Fix>{row.origin, row.a, row.b});
    EXPECT_NEAR(DistanceM(p[0], p[1]) / HaversineM(row.origin, row.a), 1, 1e-9);
    EXPECT_GE(DistanceM(p[1], p[2]) / HaversineM(row.a, row.b), 1 - 1e-9);
    EXPECT_LE(DistanceM(p[1], p[2]) / HaversineM(row.a, row.b), 1 + 5e-5);
  }
}

TEST(LocalPlane, PutsEastOnXAndNorthOnY) {
  const PlanePoint p =
      LocalPlane(FixFromDegrees(51.5, -0.1)).Project(FixFromDegrees(51.501, -0.098));
  EXPECT_NEAR(p.x_m, 138.4, 0.1);
  EXPECT_NEAR(p.y_m, 111.2, 0.1);
}

TEST(LocalPlane, SeriesAndLibraryAgreeToAMicrometre) {
  std::mt19937_64 rng(4);
  for (int i = 0; i < 20000; ++i) {
    const double reach_deg = i % 2 == 0 ? 11.45 : 12;  // the series end at 11.459
    std::uniform_real_distribution<double> offset_deg(-reach_deg, reach_deg);
    const double lat_deg = std::uniform_real_distribution<double>(-90, 90)(rng);
    const double lon_deg = std::uniform_real_distribution<double>(-180, 180)(rng);
    const Fix origin = FixFromDegrees(lat_deg, lon_deg);
    const Fix fix = FixFromDegrees(std::clamp(lat_deg + offset_deg(rng), -90.0, 90.0),
                                   std::remainder(lon_deg + offset_deg(rng), 360));
    const PlanePoint p = LocalPlane(origin).Project(fix),
                     q = testing::ProjectByFormula(origin, fix);
    ASSERT_LT(DistanceM(p, q), 1e-6) << "origin " << origin.lat_e7 << " " << origin.lon_e7
                                     << " fix " << fix.lat_e7 << " " << fix.lon_e7;
  }
}

TEST(LocalPlane, ReachesToTheOtherSideOfTheEarth) {
  const Fix origin = FixFromDegrees(10, 20);
  for (const Fix& fix :
       {FixFromDegrees(-80, 120), FixFromDegrees(-9, -159), FixFromDegrees(70, -1)}) {
    const PlanePoint p = LocalPlane(origin).Project(fix);
    EXPECT_LT(DistanceM(p, testing::ProjectByFormula(origin, fix)), 1e-5);
    EXPECT_NEAR(DistanceM(p, {}), HaversineM(origin, fix), 1e-3);
  }
}

TEST(LocalPlane, ProjectsALineAsItProjectsEachFix) {
  std::mt19937_64 rng(5);
  const LocalPlane plane(FixFromDegrees(60, 179));
  std::vector<PlanePoint> out = {{1, 2}};
  for (const size_t n : {0, 1, 2, 31, 32, 33, 100}) {
    std::vector<Fix> fixes;
    for (size_t i = 0; i < n; ++i) {
      const bool far = n == 100 && i == 70;  // one block has to leave the series
      fixes.push_back(
          FixFromDegrees(far ? -30 : 55 + static_cast<double>(rng() % 1000) / 100,
                         std::remainder(175 + static_cast<double>(rng() % 1000) / 100, 360)));
    }
    plane.Project(fixes, out);
    ASSERT_EQ(out.size(), n);
    for (size_t i = 0; i < n; ++i) {
      EXPECT_EQ(out[i].x_m, plane.Project(fixes[i]).x_m);
      EXPECT_EQ(out[i].y_m, plane.Project(fixes[i]).y_m);
    }
  }
}

TEST(LocalPlane, BackwardsCountsTimeFromTheOtherEnd) {
  const std::vector<PlanePoint> line = {{1, 2, 0}, {3, 4, 10}, {5, 6, 40}};
  const std::vector<PlanePoint> back = Backwards(line);
  ASSERT_EQ(back.size(), 3u);
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(back[i].x_m, line[2 - i].x_m);
    EXPECT_EQ(back[i].y_m, line[2 - i].y_m);
    EXPECT_EQ(back[i].t_s, 40 - line[2 - i].t_s);
  }
  EXPECT_TRUE(Backwards({}).empty());
}

}  // namespace
}  // namespace spoor
