#include "engine/envelope.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

#include "absl/strings/str_cat.h"
#include "geo/measure/measure.h"
#include "geo/summary.h"
#include "tests/geo/worlds.h"

namespace spoor {
namespace {

constexpr uint64_t kSeed = 5;
constexpr int kWorlds = 30000;

using Rng = std::mt19937_64;

double Uniform(Rng& rng, double low, double high) {
  return std::uniform_real_distribution<double>(low, high)(rng);
}

// Somewhere on Earth, on some scale.
struct World {
  double lat, lon;  // degrees
  double spread;    // of where lines begin, degrees
  double step;      // between fixes, degrees
};

std::vector<Fix> Line(Rng& rng, const World& w) {
  double lat = w.lat + Uniform(rng, -w.spread, w.spread);
  double lon = w.lon + Uniform(rng, -w.spread, w.spread);
  std::vector<Fix> fixes;
  const auto n = static_cast<int>(1 + rng() % 6);
  for (int i = 0; i < n; ++i) {
    fixes.push_back(FixFromDegrees(std::clamp(lat, -90.0, 90.0), std::remainder(lon, 360.0)));
    lat += Uniform(rng, -w.step, w.step);
    lon += Uniform(rng, -w.step, w.step);
  }
  return fixes;
}

World AnyWorld(Rng& rng) {
  World w{.lat = Uniform(rng, -89, 89), .lon = Uniform(rng, -180, 180), .spread = 0, .step = 0};
  if (rng() % 3 == 0) w.lon = 180;
  w.spread = std::pow(10, Uniform(rng, -3, 1.8));
  w.step = std::pow(10, Uniform(rng, -3, 1.2));
  return w;
}

// A bound above a distance would lose an answer.
TEST(QueryEnvelope, NeverBoundsAboveTheDistanceAnywhereOnEarth) {
  int useful = 0;
  for (int i = 0; i < kWorlds; ++i) {
    SCOPED_TRACE(absl::StrCat("seed ", kSeed + i));
    Rng rng(kSeed + i);
    const World world = AnyWorld(rng);
    const std::vector<Fix> query = Line(rng, world), other = Line(rng, world);
    const LocalPlane plane(query[query.size() / 2]);
    const Summary s = Summarise(other);
    const EndPoints ends{s.start.lat_e7, s.start.lon_e7, s.end.lat_e7, s.end.lon_e7};
    std::vector<PlanePoint> a = plane.Project(query);
    const std::vector<PlanePoint> b = plane.Project(other);
    const auto direction = static_cast<Direction>(rng() % 3);
    for (const MeasureEntry& entry : AllMeasures()) {
      constexpr double kScaleM = 20000;
      const auto measure = MakeMeasure(entry.name, testing::SampleParams(entry.name, kScaleM));
      ASSERT_TRUE(measure.ok()) << measure.status();
      const double inf = std::numeric_limits<double>::infinity();
      const std::vector<PlanePoint> back(a.rbegin(), a.rend());
      double distance = inf;
      if (direction != Direction::kOpposite) distance = (*measure)->Distance(a, b, inf);
      if (direction != Direction::kSame) {
        distance = std::min(distance, (*measure)->Distance(back, b, inf));
      }
      QueryEnvelope envelope(query, plane, direction, **measure);
      const double bound = envelope.Bound(s.box, ends), of_box = envelope.BoundOfBox(s.box);
      EXPECT_LE(bound * (1 - 1e-9), distance) << entry.name << " lat " << world.lat;
      EXPECT_LE(of_box * (1 - 1e-9), bound) << entry.name;
      const Box wider = s.box.Union(Cover(Line(rng, world)));
      EXPECT_LE(envelope.BoundOfBox(wider) * (1 - 1e-9), bound) << entry.name;
      useful += bound > distance / 2;
    }
  }
  EXPECT_GT(useful, kWorlds / 4) << "bounds that say nothing prove nothing";
}

// The straight step between two fixes of one latitude passes north of it, where its box is not: a
// query along that step has distance 0.
TEST(QueryEnvelope, AllowsForStepsThatLeaveTheirBox) {
  const std::vector<Fix> step = {FixFromDegrees(60, 0), FixFromDegrees(60, 4)};
  const LocalPlane plane(FixFromDegrees(60, 2));
  const double along_m = plane.Project(step[0]).y_m;
  ASSERT_GT(along_m, 1000) << "the step must bend away from its latitude";
  double lat = 60;
  while (plane.Project(FixFromDegrees(lat, 2)).y_m < along_m) lat += 1e-6;
  const std::vector<Fix> query = {step[0], FixFromDegrees(lat, 2), step[1]};
  const LocalPlane around(query[1]);
  const auto measure = MakeMeasure("monotone_mean", {});
  ASSERT_TRUE(measure.ok()) << measure.status();
  const double inf = std::numeric_limits<double>::infinity();
  const double distance = (*measure)->Distance(around.Project(query), around.Project(step), inf);
  ASSERT_LT(distance, 20);
  QueryEnvelope envelope(query, around, Direction::kSame, **measure);
  const EndPoints ends{step[0].lat_e7, step[0].lon_e7, step[1].lat_e7, step[1].lon_e7};
  EXPECT_LE(envelope.Bound(Cover(step), ends), distance);
}

}  // namespace
}  // namespace spoor
