#include "router/reads/far_homes.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

#include "absl/strings/str_cat.h"
#include "engine/store/home_key.h"
#include "geo/local_plane.h"
#include "tests/geo/worlds.h"

namespace spoor {
namespace {

constexpr uint64_t kFarHomesSeed = 20261122;
constexpr double kInf = std::numeric_limits<double>::infinity();

using Rng = std::mt19937_64;

double Uniform(Rng& rng, double low, double high) {
  return std::uniform_real_distribution<double>(low, high)(rng);
}

bool AnyContains(const std::vector<Box>& boxes, const Fix& fix) {
  return std::ranges::any_of(boxes, [&](const Box& b) { return b.Contains(fix); });
}

TEST(BoxesOf, HoldTheMiddleOfEveryLineThatLivesThere) {
  Rng rng(kFarHomesSeed);
  for (int i = 0; i < 20000; ++i) {
    Fix middle{.lat_e7 = static_cast<int32_t>(Uniform(rng, -kMaxLatE7, kMaxLatE7)),
               .lon_e7 = static_cast<int32_t>(Uniform(rng, -kMaxLonE7, kMaxLonE7))};
    if (i % 100 == 0) middle.lat_e7 = i % 200 == 0 ? kMaxLatE7 : -kMaxLatE7;
    if (i % 70 == 0) middle.lon_e7 = i % 140 == 0 ? kMaxLonE7 : 0;
    const uint64_t key = HomeKey({middle}, absl::StrCat(i));
    const uint64_t below = rng() >> (rng() % 64), above = rng() >> (rng() % 64);
    const HomeRange homes{key - std::min(below, key), key + std::min(above, UINT64_MAX - key)};
    const std::vector<Box> boxes = BoxesOf(homes);
    EXPECT_LE(boxes.size(), 62u);
    EXPECT_TRUE(AnyContains(boxes, middle)) << middle.lat_e7 << " " << middle.lon_e7;
  }
}

TEST(BoxesOf, AreNoLargerThanTheHomes) {
  const auto key = [](double lat, double lon) { return HomeKey({FixFromDegrees(lat, lon)}, "x"); };
  EXPECT_EQ(BoxesOf({}).size(), 1u);
  // A cell is 0.0055 degrees wide and 0.0027 high.
  const std::vector<Box> one = BoxesOf({key(51.5, 0.001), key(51.5, 0.001)});
  ASSERT_EQ(one.size(), 1u);
  EXPECT_NEAR(one[0].east_e7 - one[0].west_e7, 360e7 / 65536, 2);
  EXPECT_NEAR(one[0].north_e7 - one[0].south_e7, 180e7 / 65536, 2);
  // The north-eastern quarter without its last cell.
  const std::vector<Box> quarter = BoxesOf({uint64_t{3} << 62, UINT64_MAX - (uint64_t{1} << 32)});
  EXPECT_EQ(quarter.size(), 30u);
  EXPECT_FALSE(AnyContains(quarter, FixFromDegrees(45, -0.001)));
  EXPECT_FALSE(AnyContains(quarter, FixFromDegrees(-0.001, 90)));
  EXPECT_FALSE(AnyContains(quarter, FixFromDegrees(89.999, 179.999)));
}

std::vector<Fix> Line(Rng& rng, double lat, double lon, double step) {
  std::vector<Fix> fixes;
  for (auto n = 1 + rng() % 6; n > 0; --n) {
    fixes.push_back(FixFromDegrees(std::clamp(lat, -90.0, 90.0), std::remainder(lon, 360.0)));
    lat += Uniform(rng, -step, step);
    lon += Uniform(rng, -step, step);
  }
  return fixes;
}

// Who leaves out homes with a hit in them loses an answer.
TEST(FarHomes, NeverLeaveOutWhatIsNear) {
  int left_out = 0;
  for (int i = 0; i < 10000; ++i) {
    SCOPED_TRACE(absl::StrCat("seed ", kFarHomesSeed + i));
    Rng rng(kFarHomesSeed + i);
    const double lat = Uniform(rng, -89, 89), lon = rng() % 3 == 0 ? 180 : Uniform(rng, -180, 180);
    const double apart = std::pow(10, Uniform(rng, -3, 1.8));
    const double step = std::pow(10, Uniform(rng, -3, 1.2));
    const std::vector<Fix> other =
        Line(rng, lat + Uniform(rng, -apart, apart), lon + Uniform(rng, -apart, apart), step);
    Query query;
    query.fixes = Line(rng, lat, lon, step);
    query.direction = static_cast<Direction>(rng() % 3);
    const uint64_t home = HomeKey(other, "x"), around = rng() >> (1 + rng() % 63);
    const HomeRange homes{home - std::min(around, home),
                          home + std::min(around, UINT64_MAX - home)};
    const LocalPlane plane(query.fixes[query.fixes.size() / 2]);
    const std::vector<PlanePoint> a = plane.Project(query.fixes), b = plane.Project(other);
    const std::vector<PlanePoint> back(a.rbegin(), a.rend());
    for (const MeasureEntry& entry : AllMeasures()) {
      const std::shared_ptr<const Measure> measure = testing::SampleMeasure(entry.name, 1e4);
      double distance = kInf;
      if (query.direction != Direction::kOpposite) distance = measure->Distance(a, b, kInf);
      if (query.direction != Direction::kSame) {
        distance = std::min(distance, measure->Distance(back, b, kInf));
      }
      query.rerank = {.measure = measure};
      const FarHomes far(query);
      EXPECT_TRUE(far.MayHold({homes}, distance)) << entry.name;
      EXPECT_TRUE(far.MayHold({homes}, kInf)) << entry.name;
      EXPECT_FALSE(far.MayHold({}, kInf));
      left_out += far.MayHold({homes}, distance / 4) ? 0 : 1;
    }
  }
  EXPECT_GT(left_out, 1000) << "homes that are always asked prove nothing";
}

}  // namespace
}  // namespace spoor
