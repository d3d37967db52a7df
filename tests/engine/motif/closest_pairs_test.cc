#include "engine/motif/closest_pairs.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "engine/motif/near_blocks.h"
#include "geo/local_plane.h"
#include "tests/engine/motif/naive_motif.h"
#include "tests/engine/random_query.h"

namespace spoor {
namespace {

using testing::Draw;
using testing::Rng;

// Trips of a small town, some along the ways of others.
std::vector<Trajectory> TripsOfTown(Rng& rng, size_t count, double lat_deg, double lon_deg) {
  std::vector<Trajectory> trips;
  for (size_t i = 0; i < count; ++i) {
    double north_m = Draw(rng, 4000), east_m = Draw(rng, 4000);
    Trajectory t{.id = TrajectoryId(absl::StrCat("t", 1000 + i))};
    const Trajectory* along =
        trips.empty() || Draw(rng, 4) > 0 ? nullptr : &trips[Draw(rng, uint32_t(trips.size()))];
    const int fixes = 3 + static_cast<int>(Draw(rng, 9));
    for (int f = 0; f < fixes; ++f) {
      Fix fix = FixFromDegrees(lat_deg + north_m / 111'195, lon_deg, kNoTime);
      double lon = lon_deg + east_m / 111'195 / std::cos(lat_deg * 3.14159265 / 180);
      if (lon > 180) lon -= 360;
      fix = FixFromDegrees(lat_deg + north_m / 111'195, lon, kNoTime);
      if (along != nullptr && size_t(f) < along->fixes.size()) {
        fix = along->fixes[size_t(f)];
        fix.lat_e7 += static_cast<int32_t>(Draw(rng, 4000)) - 2000;
      }
      t.fixes.push_back(fix);
      north_m += Draw(rng, 400) - 200.0;
      east_m += Draw(rng, 400) - 100.0;
    }
    trips.push_back(std::move(t));
  }
  return trips;
}

using ClosestTold = std::tuple<double, std::string, std::string>;

std::vector<ClosestTold> BruteClosest(const std::vector<Trajectory>& trips,
                                      const ClosestQuery& query) {
  std::vector<ClosestTold> all;
  for (size_t a = 0; a < trips.size(); ++a) {
    const LocalPlane plane(trips[a].fixes[trips[a].fixes.size() / 2]);
    const std::vector<PlanePoint> line = plane.Project(trips[a].view());
    for (size_t b = a + 1; b < trips.size(); ++b) {
      const std::vector<PlanePoint> other = plane.Project(trips[b].view());
      double least_m = std::numeric_limits<double>::infinity();
      if (query.direction != Direction::kOpposite) {
        least_m = testing::BruteLeastFrechet(line, other, query.steps, false);
      }
      if (query.direction != Direction::kSame) {
        least_m = std::min(least_m,
                           testing::BruteLeastFrechet(line, Backwards(other), query.steps, false));
      }
      if (std::isinf(least_m)) continue;
      all.emplace_back(least_m, trips[a].id.value(), trips[b].id.value());
    }
  }
  std::ranges::sort(all);
  if (all.size() > query.k) all.resize(query.k);
  return all;
}

void ExpectClosest(const std::vector<Trajectory>& trips, const ClosestQuery& query,
                   ClosestCost* cost) {
  const auto answer = ClosestPairs(trips, query, {}, [](uint64_t, uint64_t) {});
  ASSERT_TRUE(answer.ok()) << answer.status();
  const std::vector<ClosestTold> truth = BruteClosest(trips, query);
  ASSERT_EQ(answer->motifs.size(), truth.size());
  for (size_t i = 0; i < truth.size(); ++i) {
    const Motif& m = answer->motifs[i];
    EXPECT_NEAR(m.distance_m, std::get<0>(truth[i]), 1e-6) << i;
    EXPECT_EQ(m.occurrences[0].id.value(), std::get<1>(truth[i])) << i;
    EXPECT_EQ(m.occurrences[1].id.value(), std::get<2>(truth[i])) << i;
  }
  *cost = answer->cost;
}

TEST(ClosestPairs, AreThoseOfBruteDpOverEveryPairOf300Trips) {
  Rng rng(20261130);
  const std::vector<Trajectory> trips = TripsOfTown(rng, 300, 37.7, -122.4);
  ClosestCost cost;
  ASSERT_NO_FATAL_FAILURE(ExpectClosest(trips, {.steps = 3, .k = 12}, &cost));
  EXPECT_GT(cost.pairs, 20'000u);
  EXPECT_LT(cost.opened, cost.pairs / 20) << "nearly all are not opened";
}

TEST(ClosestPairs, HoldEverywhereAndInEveryDirection) {
  for (uint64_t seed = 0; seed < 24; ++seed) {
    SCOPED_TRACE(seed);
    Rng rng(seed);
    const double lat_deg = seed % 4 == 0 ? 84.99 : Draw(rng, 140) - 70.0;
    const double lon_deg = seed % 3 == 0 ? 179.98 : Draw(rng, 300) - 150.0;
    const std::vector<Trajectory> trips = TripsOfTown(rng, 30, lat_deg, lon_deg);
    const ClosestQuery query{.steps = 1 + Draw(rng, 4),
                             .k = 1 + Draw(rng, 60),
                             .direction = static_cast<Direction>(Draw(rng, 3))};
    ClosestCost cost;
    ASSERT_NO_FATAL_FAILURE(ExpectClosest(trips, query, &cost));
  }
}

TEST(ClosestPairs, OfTooFewAndTooLongTripsThereAreNone) {
  std::vector<Trajectory> trips = {{.id = TrajectoryId("a")}, {.id = TrajectoryId("b")}};
  trips[0].fixes.assign(ClosestQuery::kMostFixes + 1, FixFromDegrees(1, 1, kNoTime));
  trips[1].fixes.assign(50, FixFromDegrees(1, 1, kNoTime));
  const auto answer = ClosestPairs(trips, {}, {}, [](uint64_t, uint64_t) {});
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_TRUE(answer->motifs.empty());
  ASSERT_EQ(answer->too_long.size(), 1u);
  EXPECT_EQ(answer->too_long[0].value(), "a");
  EXPECT_TRUE(ClosestPairs({}, {}, {}, [](uint64_t, uint64_t) {}).ok());
}

TEST(ClosestPairs, LooksAtTheClock) {
  Rng rng(1);
  const std::vector<Trajectory> trips = TripsOfTown(rng, 30, 37.7, -122.4);
  Patience late;
  late.deadline = std::chrono::steady_clock::now() - std::chrono::seconds(1);
  EXPECT_EQ(ClosestPairs(trips, {.steps = 2}, late, [](uint64_t, uint64_t) {}).status().code(),
            absl::StatusCode::kDeadlineExceeded);
}

TEST(NearBlocks, MissNothingThatIsWithinTheDistance) {
  for (uint64_t seed = 0; seed < 200; ++seed) {
    SCOPED_TRACE(seed);
    Rng rng(seed);
    const double lat_deg = seed % 5 == 0 ? 89.9 : Draw(rng, 178) - 89.0;
    const double lon_deg = seed % 2 == 0 ? 180 : Draw(rng, 360) - 180.0;
    const double spread_deg = seed % 3 == 0 ? 10 : .01;
    std::vector<std::vector<Fix>> lines(12);
    std::vector<TrajectoryView> views;
    for (std::vector<Fix>& line : lines) {
      for (int i = 0; i < 6; ++i) {
        const double lat = std::clamp(lat_deg + spread_deg * Draw(rng, 100) / 100, -90.0, 90.0);
        double lon = lon_deg + spread_deg * (Draw(rng, 100) / 100.0 - .5);
        if (lon > 180) lon -= 360;
        if (lon < -180) lon += 360;
        line.push_back(FixFromDegrees(lat, lon, kNoTime));
      }
      views.push_back(line);
    }
    const double distance_m = spread_deg * (1000 + Draw(rng, 4000));
    NearBlocks near(views, distance_m);
    for (uint32_t a = 0; a < views.size(); ++a) {
      std::vector<uint32_t> found;
      near.Find(views[a].subspan(0, 2), a, found);
      for (uint32_t b = a + 1; b < views.size(); ++b) {
        const auto is_near = [&](const Fix& f) {
          return std::ranges::any_of(views[b],
                                     [&](const Fix& o) { return HaversineM(f, o) <= distance_m; });
        };
        if (is_near(views[a][0]) && is_near(views[a][1])) {
          EXPECT_EQ(std::ranges::count(found, b), 1) << a << " " << b;
        }
      }
    }
  }
}

}  // namespace
}  // namespace spoor
