#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <numeric>
#include <set>
#include <string>
#include <vector>

#include "geo/local_plane.h"
#include "router/generate/city.h"
#include "router/generate/fastest_way.h"
#include "router/generate/ndjson.h"
#include "router/generate/random.h"
#include "router/generate/road_graph.h"
#include "router/generate/street_grid.h"

namespace spoor {
namespace {

constexpr uint64_t kGenerateSeed = 20240304;

// A graph drawn on a plane of metres north of the equator: "0: 0 0", and roads {from, to, speed}.
struct DrawnRoad {
  uint32_t from, to;
  double speed_mps;
};
RoadGraph Draw(const std::vector<std::pair<double, double>>& xy_m,
               const std::vector<DrawnRoad>& drawn) {
  const double degrees_per_m = 180 / (M_PI * kEarthRadiusM);
  std::vector<Fix> junctions;
  for (const auto& [x, y] : xy_m)
    junctions.push_back(FixFromDegrees(y * degrees_per_m, x * degrees_per_m));
  std::vector<Road> roads;
  for (const DrawnRoad& r : drawn) {
    roads.push_back({.from = r.from, .to = r.to, .speed_mps = r.speed_mps, .between = {}});
  }
  return *RoadGraph::Make(std::move(junctions), std::move(roads));
}

// The definition of a fastest way: relax all roads until nothing changes.
std::vector<double> BellmanFord(const RoadGraph& graph, uint32_t from) {
  std::vector<double> seconds(graph.junctions().size(), INFINITY);
  seconds[from] = 0;
  for (bool changed = true; changed;) {
    changed = false;
    for (const Road& road : graph.roads()) {
      const double by_here = seconds[road.from] + road.length_m / road.speed_mps;
      if (by_here < seconds[road.to]) {
        seconds[road.to] = by_here;
        changed = true;
      }
    }
  }
  return seconds;
}

const RoadGraph& SmallCity() {
  static const RoadGraph graph = *MakeStreetGrid({.side = 30, .seed = kGenerateSeed});
  return graph;
}
CityOptions SmallTraffic() {
  return {.routes = 12, .variants = 6, .min_route_m = 1500, .seed = kGenerateSeed};
}

// Mean distance from each fix of `a` to the nearest of `b`.
double MeanNearestM(const Trajectory& a, const Trajectory& b) {
  double sum = 0;
  for (const Fix& fix : a.fixes) {
    double nearest = INFINITY;
    for (const Fix& other : b.fixes) nearest = std::min(nearest, HaversineM(fix, other));
    sum += nearest;
  }
  return sum / static_cast<double>(a.fixes.size());
}

TEST(Random, IsTheSameEverywhere) {
  Random random(kGenerateSeed);
  EXPECT_EQ(Random(0).Next(), 0xE220A8397B1DCDAFu);  // the published first output for seed 0
  EXPECT_NE(Random(kGenerateSeed, 1).Next(), Random(kGenerateSeed, 2).Next());
  for (int i = 0; i < 1000; ++i) ASSERT_LT(random.Below(7), 7u);
}

TEST(Random, NormalHasMeanZeroAndDeviationOne) {
  Random random(kGenerateSeed);
  constexpr int kNumbers = 100'000;
  double sum = 0, squares = 0;
  for (int i = 0; i < kNumbers; ++i) {
    const double x = random.Normal();
    sum += x;
    squares += x * x;
  }
  EXPECT_NEAR(sum / kNumbers, 0, 0.02);
  EXPECT_NEAR(squares / kNumbers, 1, 0.03);
}

TEST(WayFinder, PrefersTheFasterDetour) {
  // 0 --slow-- 1 ; 0 -> 2 -> 1 is longer but fast.
  const RoadGraph graph =
      Draw({{0, 0}, {1000, 0}, {500, 400}}, {{0, 1, 5}, {0, 2, 20}, {2, 1, 20}});
  const std::vector<uint32_t> way = WayFinder(graph).FastestWay(0, 1);
  ASSERT_EQ(way.size(), 2u);
  EXPECT_EQ(graph.roads()[way[0]].to, 2u);
  EXPECT_EQ(graph.roads()[way[1]].to, 1u);
}

TEST(WayFinder, FindsNoWayAgainstAOneWayStreet) {
  const RoadGraph graph = Draw({{0, 0}, {1000, 0}}, {{0, 1, 5}});
  EXPECT_EQ(WayFinder(graph).FastestWay(0, 1).size(), 1u);
  EXPECT_TRUE(WayFinder(graph).FastestWay(1, 0).empty());
}

TEST(WayFinder, AgreesWithTheDefinition) {
  const RoadGraph& graph = SmallCity();
  WayFinder finder(graph);
  Random random(kGenerateSeed);
  for (int round = 0; round < 5; ++round) {
    const uint32_t from = random.Below(static_cast<uint32_t>(graph.junctions().size()));
    const std::vector<double> seconds = BellmanFord(graph, from);
    for (uint32_t to = 0; to < graph.junctions().size(); to += 37) {
      double found = 0;
      uint32_t at = from;
      for (uint32_t r : finder.FastestWay(from, to)) {
        ASSERT_EQ(graph.roads()[r].from, at);
        at = graph.roads()[r].to;
        found += graph.roads()[r].length_m / graph.roads()[r].speed_mps;
      }
      if (at != to) found = INFINITY;
      ASSERT_DOUBLE_EQ(found, seconds[to]) << from << " to " << to << ", seed " << kGenerateSeed;
    }
  }
}

TEST(RoadGraph, LargestStrongPartDropsDeadEndsAndIslands) {
  // 0 -> 1 -> 2 -> 0 is the city; 3 only leads in, 4 only leads out, 5 <-> 6 is an island.
  const RoadGraph graph =
      Draw({{0, 0}, {100, 0}, {0, 100}, {9, 9}, {8, 8}, {500, 500}, {600, 600}},
           {{0, 1, 5}, {1, 2, 5}, {2, 0, 5}, {3, 0, 5}, {1, 4, 5}, {5, 6, 5}, {6, 5, 5}});
  const RoadGraph strong = graph.LargestStrongPart();
  EXPECT_EQ(strong.junctions().size(), 3u);
  EXPECT_EQ(strong.roads().size(), 3u);
}

TEST(RoadGraph, RefusesARoadToNowhere) {
  const auto graph =
      RoadGraph::Make({Fix{}}, {Road{.from = 0, .to = 7, .speed_mps = 1, .between = {}}});
  ASSERT_FALSE(graph.ok());
  EXPECT_NE(graph.status().message().find("to 7"), std::string::npos) << graph.status();
}

TEST(RoadGraphCsv, ReadsQuotesGeometryAndSpeeds) {
  const auto graph = ReadRoadGraph("osm_node_id,lon,lat\n10,0.0,51\n11,0.01,51\n12,0.02,51\n",
                                   "u,v,highway,maxspeed,name,geometry_wkt\r\n"
                                   "10,11,residential,20 mph,\"Street, \"\"the\"\"\",\"LINESTRING "
                                   "(0 51, 0.005 51.001, 0.01 51)\"\r\n"
                                   "11,12,\"['primary', 'tertiary']\",,,\n"
                                   "12,11,primary,\"['36', '50']\",,\n");
  ASSERT_TRUE(graph.ok()) << graph.status();
  ASSERT_EQ(graph->roads().size(), 3u);
  EXPECT_EQ(graph->roads()[0].between, (std::vector<Fix>{FixFromDegrees(51.001, 0.005)}));
  EXPECT_NEAR(graph->roads()[0].speed_mps, 8.94, 0.01);
  EXPECT_GT(graph->roads()[0].length_m, HaversineM(graph->junctions()[0], graph->junctions()[1]));
  EXPECT_NEAR(graph->roads()[1].speed_mps, 48 / 3.6, 0.01);
  EXPECT_NEAR(graph->roads()[2].speed_mps, 10, 0.01);
}

TEST(RoadGraphCsv, NamesWhatIsWrongAndWhere) {
  const std::string nodes = "osm_node_id,lon,lat\n10,0,51\n11,0.01,51\n";
  const struct {
    std::string nodes, edges, message;
  } kCases[] = {
      {"id,lon,lat\n", "u,v\n", "the nodes have no column osm_node_id"},
      {nodes, "u,w\n", "the edges have no column v"},
      {nodes + "12,0,91\n", "u,v\n", "line 4 of the nodes: 0, 91 is no lon, lat"},
      {nodes + "10,0,5\n", "u,v\n", "line 4 of the nodes: node 10 comes twice"},
      {nodes, "u,v\n10,11\n10,99\n", "line 3 of the edges: node 99 is not among the nodes"},
      {nodes, "u,v,geometry_wkt\n10,11,POINT (1 2)\n",
       "line 2 of the edges: the geometry is no LINESTRING"},
      {nodes, "u,v,geometry_wkt\n10,11,\"LINESTRING (0 51, 0.01 nan)\"\n", "no LINESTRING"},
  };
  for (const auto& c : kCases) {
    const auto graph = ReadRoadGraph(c.nodes, c.edges);
    ASSERT_FALSE(graph.ok()) << c.message;
    EXPECT_NE(graph.status().message().find(c.message), std::string::npos) << graph.status();
  }
}

TEST(RoadGraphCsv, ReadsCentralLondon) {
  const std::string folder = std::string(SPOOR_SHARED_DATA) + "/osm_london/";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "no " << folder;
  const auto graph =
      ReadRoadGraphFiles(folder + "london_central_nodes.csv", folder + "london_central_edges.csv");
  ASSERT_TRUE(graph.ok()) << graph.status();
  EXPECT_EQ(graph->junctions().size(), 13'394u);
  EXPECT_EQ(graph->roads().size(), 23'614u);
  EXPECT_EQ(graph->LargestStrongPart().junctions().size(), 12'793u);
}

TEST(StreetGrid, IsOneConnectedCityWithoutAFile) {
  const RoadGraph strong = SmallCity().LargestStrongPart();
  EXPECT_GT(strong.junctions().size(), 30u * 30 * 95 / 100);
  EXPECT_GT(strong.max_speed_mps(), 13);
}

TEST(StreetGrid, RefusesWhatCannotBeDrawn) {
  EXPECT_FALSE(MakeStreetGrid({.side = 3}).ok());
  EXPECT_FALSE(MakeStreetGrid({.block_m = NAN}).ok());
  EXPECT_FALSE(MakeStreetGrid({.side = 1000, .block_m = 10'000}).ok());
}

TEST(City, TripsAreTheSameForTheSameSeed) {
  const City a = *City::Make(SmallCity(), SmallTraffic()),
             b = *City::Make(SmallCity(), SmallTraffic());
  CityOptions other = SmallTraffic();
  other.seed = kGenerateSeed + 1;
  const City c = *City::Make(SmallCity(), other);
  EXPECT_EQ(a.Trip(3, Heading::kBack, 1), b.Trip(3, Heading::kBack, 1));
  EXPECT_FALSE(a.Trip(3, Heading::kBack, 1) == c.Trip(3, Heading::kBack, 1));
}

TEST(City, TripSaysWhatItIs) {
  const City city = *City::Make(SmallCity(), SmallTraffic());
  const Trajectory trip = city.Trip(7, Heading::kBack, 2);
  EXPECT_EQ(trip.id.value(), "r00007-b-v02");
  EXPECT_EQ(trip.tags, (Tags{{"direction", "back"}, {"route", "r00007"}}));
  EXPECT_EQ(trip.object.substr(0, 4), "car-");
}

TEST(City, TripsHaveAFixASecondAndDriveAtCitySpeed) {
  CityOptions options = SmallTraffic();
  options.noise_m = 0;
  const City city = *City::Make(SmallCity(), options);
  for (uint32_t route = 0; route < city.routes(); ++route) {
    const Trajectory trip = city.Trip(route, Heading::kForth, 0);
    ASSERT_GE(HaversineM(trip.fixes.front(), trip.fixes.back()), options.min_route_m - 1);
    for (size_t i = 1; i < trip.fixes.size(); ++i) {
      ASSERT_EQ(trip.fixes[i].time_ms - trip.fixes[i - 1].time_ms, 1000);
      ASSERT_LE(HaversineM(trip.fixes[i - 1], trip.fixes[i]), 50 / 3.6 * 1.3);
    }
  }
}

TEST(City, TheWayBackTakesTheSameStreets) {
  CityOptions options = SmallTraffic();
  options.noise_m = 0;
  const City city = *City::Make(SmallCity(), options);
  for (uint32_t route = 0; route < city.routes(); ++route) {
    const Trajectory forth = city.Trip(route, Heading::kForth, 0),
                     back = city.Trip(route, Heading::kBack, 1);
    EXPECT_LT(MeanNearestM(forth, back), 8);  // half a step
    EXPECT_LT(HaversineM(forth.fixes.front(), back.fixes.back()), 1);
    EXPECT_LT(HaversineM(forth.fixes.back(), back.fixes.front()), 1);
  }
}

// Standard deviation of the errors, and the correlation of neighbours, against the same drive
// without noise. Only the noise may differ, so the drives are compared where the cars stand still
// at the same time.
struct NoiseSeen {
  double deviation_m, correlation;
};
NoiseSeen MeasureNoise(Noise noise, double rho) {
  CityOptions options = SmallTraffic();
  options.noise = noise;
  options.rho = rho;
  options.noise_m = 0;
  const City clean = *City::Make(SmallCity(), options);
  options.noise_m = 20;
  const City noisy = *City::Make(SmallCity(), options);
  double squares = 0, products = 0;
  size_t n = 0;
  for (uint32_t route = 0; route < clean.routes(); ++route) {
    const Trajectory a = clean.Trip(route, Heading::kForth, 0),
                     b = noisy.Trip(route, Heading::kForth, 0);
    double last = 0;
    for (size_t i = 0; i < a.fixes.size(); ++i, ++n) {
      const double error_m =
          (b.fixes[i].lat_e7 - a.fixes[i].lat_e7) * 1e-7 * kEarthRadiusM * M_PI / 180;
      squares += error_m * error_m;
      products += i > 0 ? error_m * last : 0;
      last = error_m;
    }
  }
  return {std::sqrt(squares / static_cast<double>(n)), products / squares};
}

TEST(City, NoiseHasTheDeviationAndCorrelationAskedFor) {
  const NoiseSeen iid = MeasureNoise(Noise::kIid, 0.9);
  EXPECT_NEAR(iid.deviation_m, 20, 1.5);
  EXPECT_NEAR(iid.correlation, 0, 0.05);
  const NoiseSeen ar1 = MeasureNoise(Noise::kAr1, 0.9);
  EXPECT_NEAR(ar1.deviation_m, 20, 4);
  EXPECT_NEAR(ar1.correlation, 0.9, 0.05);
}

TEST(City, DropsTheShareAskedForButNotTheEnds) {
  CityOptions options = SmallTraffic();
  options.drop = 0.4;
  const City city = *City::Make(SmallCity(), options);
  double seconds = 0, fixes = 0;
  for (uint32_t route = 0; route < city.routes(); ++route) {
    const Trajectory trip = city.Trip(route, Heading::kForth, 0);
    fixes += static_cast<double>(trip.fixes.size());
    seconds +=
        static_cast<double>(trip.fixes.back().time_ms - trip.fixes.front().time_ms) / 1000 + 1;
  }
  EXPECT_NEAR(fixes / seconds, 0.6, 0.04);
}

TEST(City, TheWeekBringsEveryDriveOnceInOrderOfTime) {
  CityOptions options = SmallTraffic();
  options.variants = 5;  // 3 forth, 2 back
  const City city = *City::Make(SmallCity(), options);
  std::set<std::string> ids;
  int64_t last_ms = 0;
  for (uint64_t i = 0; i < city.drives(); ++i) {
    const Trajectory trip = city.Trip(city.DriveAt(i));
    ids.insert(trip.id.value());
    EXPECT_GE(trip.fixes.front().time_ms, last_ms);
    last_ms = trip.fixes.front().time_ms;
  }
  EXPECT_EQ(ids.size(), 12u * 5);
  EXPECT_EQ(city.variants(Heading::kForth), 3u);
  EXPECT_EQ(city.variants(Heading::kBack), 2u);
}

TEST(City, NoCarIsInTwoPlacesAtOnce) {
  CityOptions options = SmallTraffic();
  options.routes = 40;
  const City city = *City::Make(SmallCity(), options);
  std::map<std::string, int64_t> until;
  for (uint64_t i = 0; i < city.drives(); ++i) {
    const Trajectory trip = city.Trip(city.DriveAt(i));
    EXPECT_LT(until[trip.object], trip.fixes.front().time_ms);
    until[trip.object] = trip.fixes.back().time_ms;
  }
}

TEST(City, NamesTheOptionThatIsOutOfRange) {
  const auto message = [](CityOptions options) {
    return std::string(City::Make(SmallCity(), options).status().message());
  };
  EXPECT_EQ(message({.routes = 0}), "routes is 0; allowed is 1 ... 10 000 000");
  EXPECT_EQ(message({.variants = 0}), "variants is 0; allowed is 1 ... 10 000");
  EXPECT_EQ(message({.min_route_m = 9000}),
            "the longest route is 6000; allowed is no less than the shortest, 9000 m");
  EXPECT_EQ(message({.noise_m = -1}), "noise is -1; allowed is 0 ... 10 000 m");
  EXPECT_EQ(message({.rho = 1}), "rho is 1; allowed is 0 to below 1");
  EXPECT_EQ(message({.drop = 1}), "drop is 1; allowed is 0 to below 1");
  EXPECT_NE(
      message({.routes = 1, .min_route_m = 1e6, .max_route_m = 2e6}).find("found 0 of 1 routes"),
      std::string::npos);
}

TEST(AppendNdjson, WritesExactNumbersAndEscapes) {
  const Trajectory trip{.id = TrajectoryId("a\"b"),
                        .object = "",
                        .tags = {{"x", "\\"}},
                        .fixes = {{.lat_e7 = -5, .lon_e7 = 1'234'567'890, .time_ms = 1500},
                                  {.lat_e7 = 900'000'000, .lon_e7 = -10'000'000, .time_ms = 2000}}};
  std::string line;
  AppendNdjson(trip, &line);
  EXPECT_EQ(line,
            "{\"id\":\"a\\\"b\",\"tags\":{\"x\":\"\\\\\"},"
            "\"coords\":[[123.456789,-0.0000005,1.5],[-1,90,2]]}\n");
}

}  // namespace
}  // namespace spoor
