#include "engine/motif/sketch_bounds.h"

#include <gtest/gtest.h>

#include <cmath>

#include "engine/motif/part_search.h"
#include "engine/segment/sketch.h"
#include "geo/measure/frechet.h"
#include "tests/engine/random_query.h"

namespace spoor {
namespace {

using testing::Draw;
using testing::Rng;
using SketchVerdict = SketchBounds::Verdict;

// A way that now and then turns round, stands still or is silent for long.
std::vector<Fix> SketchedWay(Rng& rng, double lat_deg, double lon_deg, double step_m, int fixes) {
  std::vector<Fix> out;
  double east_m = Draw(rng, 400), north_m = Draw(rng, 400), turn = Draw(rng, 7);
  for (int i = 0; i < fixes; ++i) {
    const uint32_t what = Draw(rng, 24);
    if (what == 0) turn += 3.14159;
    if (what < 6) turn += (Draw(rng, 100) - 50.0) / 40;
    const double gone_m = what == 7 ? 0 : what == 8 ? 12 * step_m : step_m;
    east_m += gone_m * std::cos(turn);
    north_m += gone_m * std::sin(turn);
    const double noise_m = Draw(rng, 100) / 20.0;
    const double lat = lat_deg + (north_m + noise_m) / 111'195;
    double lon = lon_deg + (east_m - noise_m) / 111'195 / std::cos(lat_deg * 3.14159265 / 180);
    if (lon > 180) lon -= 360;
    out.push_back(FixFromDegrees(lat, lon, kNoTime));
  }
  return out;
}

// The same way once more by somebody else.
std::vector<Fix> SketchedBeside(Rng& rng, const std::vector<Fix>& way, int off_e7) {
  std::vector<Fix> out;
  for (const Fix& f : way) {
    const auto off = [&] { return static_cast<int32_t>(Draw(rng, 2 * off_e7 + 1)) - off_e7; };
    Fix moved = f;
    moved.lat_e7 += off();
    if (std::abs(moved.lon_e7) < kMaxLonE7 - off_e7) moved.lon_e7 += off();
    if (Draw(rng, 5) > 0) out.push_back(moved);
  }
  if (out.empty()) out.push_back(way[0]);
  return out;
}

TEST(SketchBounds, SaysNothingThatTheLineDoesNotHold) {
  constexpr uint64_t kSeed = 20261130;
  size_t yes = 0, no = 0, maybe = 0, farther = 0;
  for (uint64_t seed = kSeed; seed < kSeed + 1500; ++seed) {
    SCOPED_TRACE(seed);
    Rng rng(seed);
    const double lat_deg = static_cast<double>(Draw(rng, 150)) - 75;
    const double lon_deg = Draw(rng, 3) == 0 ? 179.999 : Draw(rng, 300) - 150.0;
    const double step_m = 5 + Draw(rng, 60);
    const std::vector<Fix> way = SketchedWay(rng, lat_deg, lon_deg, step_m, 40 + Draw(rng, 80));
    const size_t from = Draw(rng, 20);
    const std::vector<Fix> stretch(way.begin() + from, way.begin() + from + 1 + Draw(rng, 20));
    const std::vector<Fix> line =
        Draw(rng, 4) == 0 ? SketchedWay(rng, lat_deg, lon_deg, step_m, 1 + Draw(rng, 99))
                          : SketchedBeside(rng, way, 1 + Draw(rng, 2000));
    const double distance_m = 5 + Draw(rng, 250);
    const LocalPlane plane(stretch[stretch.size() / 2]);
    const std::vector<PlanePoint> points = plane.Project(stretch);
    const LineWindows windows(stretch, distance_m, plane);
    SketchBounds bounds(points, distance_m, windows, plane);
    const bool same = Draw(rng, 3) > 0, opposite = !same || Draw(rng, 2) == 0;
    const std::string sketch = SketchOf(line);
    const SketchVerdict verdict = bounds.Judge(sketch, line[0], {same, opposite});
    const double least_m = bounds.least_m();

    MeasureWork work;
    PartSearch there(points, work), back(Backwards(points), work);
    const std::vector<PlanePoint> whole = plane.Project(line);
    double nearest_m = 1e9;
    if (same) nearest_m = there.Nearest(whole, 1e6)->distance_m;
    if (opposite) nearest_m = std::min(nearest_m, back.Nearest(whole, 1e6)->distance_m);
    if (verdict == SketchVerdict::kYes) {
      EXPECT_LE(nearest_m, distance_m + kFrechetStepM);
    }
    if (verdict == SketchVerdict::kNo) {
      EXPECT_GT(nearest_m, distance_m);
    }
    EXPECT_LE(std::min(least_m, distance_m), nearest_m);
    const double within_m = distance_m * Draw(rng, 100) / 100;
    if (bounds.IsFarther(sketch, line[0], within_m)) {
      EXPECT_GT(nearest_m, within_m);
      ++farther;
    }
    yes += verdict == SketchVerdict::kYes;
    no += verdict == SketchVerdict::kNo;
    maybe += verdict == SketchVerdict::kMaybe;
  }
  EXPECT_GT(yes, 100u);
  EXPECT_GT(no, 100u);
  EXPECT_GT(maybe, 100u);
  EXPECT_GT(farther, 100u);
}

TEST(SketchBounds, DamagedBytesProveNothing) {
  const std::vector<Fix> stretch = {FixFromDegrees(51.5, -.1, kNoTime),
                                    FixFromDegrees(51.501, -.1, kNoTime)};
  const LocalPlane plane(stretch[1]);
  const LineWindows windows(stretch, 100, plane);
  SketchBounds bounds(plane.Project(stretch), 100, windows, plane);
  EXPECT_EQ(bounds.Judge("\x40\x01\x02", stretch[0], {}), SketchVerdict::kMaybe);
  EXPECT_EQ(bounds.Judge("\x09\xff", stretch[0], {}), SketchVerdict::kMaybe);
  EXPECT_FALSE(bounds.IsFarther("\x09\xff", stretch[0], 10));
}

}  // namespace
}  // namespace spoor
