// Real shuttles that go the same rounds, where the data is there.
#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "engine/fingerprint/index_params.h"
#include "engine/motif/pair.h"
#include "engine/motif/region.h"

namespace spoor {
namespace {

// {"id":"...","coords":[[lon,lat,s],...]}, a line each.
std::vector<Trajectory> ReadShuttles(const std::filesystem::path& path) {
  std::vector<Trajectory> trips;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    const size_t id = line.find(R"("id":")") + 6;
    Trajectory t{.id = TrajectoryId(line.substr(id, line.find('"', id) - id))};
    double lon = 0, lat = 0, s = 0;
    for (size_t at = line.find('['); (at = line.find('[', at + 1)) != std::string::npos;) {
      if (std::sscanf(line.c_str() + at, "[%lf,%lf,%lf", &lon, &lat, &s) != 3) continue;
      t.fixes.push_back(FixFromDegrees(lat, lon, static_cast<int64_t>(s * 1000)));
    }
    if (!t.fixes.empty()) trips.push_back(std::move(t));
  }
  return trips;
}

TEST(Shuttles, ShareALoopThatIsFoundAndOneGoesItTwice) {
  const std::filesystem::path path =
      std::filesystem::path(SPOOR_SHARED_DATA) / "chicago_athens" / "chicago.ndjson";
  if (!std::filesystem::exists(path)) GTEST_SKIP() << "no " << path;
  const std::vector<Trajectory> trips = ReadShuttles(path);
  ASSERT_EQ(trips.size(), 889u);
  const RegionQuery query{.terms = {.min_length_m = 1000, .k = 3}, .filter = {}};
  const auto region = RegionMotifsOf(trips, AutoParams(), query, {});
  ASSERT_TRUE(region.ok()) << region.status();
  ASSERT_EQ(region->motifs.size(), 3u);
  for (const Motif& motif : region->motifs) {
    EXPECT_GE(motif.trajectories, 100u);
    EXPECT_GE(motif.length_m, 1000);
    EXPECT_LE(motif.distance_m, 25);  // of the twenty nearest
    EXPECT_EQ(motif.occurrences.size(), 20u);
  }
  const auto one = std::ranges::find(trips, TrajectoryId("chicago-380"), &Trajectory::id);
  ASSERT_NE(one, trips.end());
  const auto within =
      MotifsWithin({.id = one->id, .fixes = one->view()}, {.k = 1}, AutoParams(), {});
  ASSERT_TRUE(within.ok()) << within.status();
  ASSERT_EQ(within->motifs.size(), 1u);
  EXPECT_NEAR(within->motifs[0].length_m, 1800, 50);
  EXPECT_LE(within->motifs[0].distance_m, 12);
  EXPECT_EQ(within->motifs[0].occurrences.size(), 2u);
}

}  // namespace
}  // namespace spoor
