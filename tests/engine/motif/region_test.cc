#include "engine/motif/region.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>

#include "absl/strings/str_cat.h"
#include "engine/motif/together.h"
#include "geo/measure/frechet.h"
#include "tests/engine/motif/planted_town.h"
#include "tests/engine/random_collection.h"
#include "tests/engine/random_query.h"
#include "tests/geo/worlds.h"

namespace spoor {
namespace {

using testing::Draw;
using testing::OneIn;
using testing::PlantedTown;
using testing::Points;
using testing::RandomCollection;
using testing::Rng;
using testing::TempDir;
using testing::TownOptions;

constexpr uint64_t kRegionSeed = 20261201;

// Over several segments.
RandomCollection CollectionOf(const std::vector<Trajectory>& trips, const IndexParams& params,
                              size_t segments) {
  RandomCollection c{.params = params, .live = trips, .versions = {}, .segments = {}};
  std::vector<std::vector<testing::IndexedTrip>> parts(segments);
  for (size_t i = 0; i < trips.size(); ++i) {
    c.geometry[trips[i].id.value()] = std::make_shared<Geometry>(Geometry{trips[i].fixes});
    parts[i % segments].push_back(testing::Prepare(trips[i], params, i + 1));
  }
  for (const auto& part : parts) c.segments.push_back({.segment = testing::BuildSegment(part)});
  return c;
}

absl::StatusOr<MotifAnswer> RegionOf(RandomCollection& c, const RegionQuery& query) {
  const SearchContext context = c.context();
  SegmentSource source(context);
  return RegionMotifs(source, query, {});
}

TEST(Runs, AreCountedAsTheDefinitionSays) {
  const TempDir dir;
  size_t counted = 0;
  for (uint64_t seed = kRegionSeed; seed < kRegionSeed + 40; ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    Rng rng(seed);
    RandomCollection c = testing::MakeCollection(
        rng, {.min_trajectories = 5, .max_trajectories = 60, .max_fixes = 24, .routes = 5}, dir);
    RunQuery query{.filter = testing::RandomFilter(rng, c),
                   .min_length_m = 100.0 + Draw(rng, 900),
                   .either = OneIn(rng, 2),
                   .least = 1 + Draw(rng, 3)};
    query.filter.box.reset();
    query.filter.region.reset();
    const RunAnswer truth = BruteForceRuns(c.live, c.params, query);
    if (c.params.scheme == Scheme::kV2 && !HasOwnDepths(c.params)) {
      const auto answer = CountRuns(c.context(), query);
      ASSERT_TRUE(answer.ok()) << answer.status();
      EXPECT_EQ(answer->runs, truth.runs);
    }
    // Of parts, merged; depths of trips are told from summaries, which is nearly the same.
    std::vector<RunAnswer> parts;
    RunQuery part = query;
    part.least = 1;
    for (const HomeRange& range : testing::CutHomes(rng, c, 4)) {
      if (!query.filter.homes.all()) break;
      part.filter.homes = HomeSet{range};
      parts.push_back(*CountRuns(c.context(), part));
    }
    if (parts.empty()) continue;
    const auto whole = CountRuns(c.context(), query);
    const RunAnswer merged = MergeRuns(std::move(parts), query.least);
    EXPECT_EQ(merged.runs, whole->runs);
    EXPECT_EQ(merged.steps, whole->steps);
    counted += truth.runs.size();
  }
  EXPECT_GT(counted, 300u);
}

TEST(Runs, OfTooManyStepsASampleCounts) {
  EXPECT_EQ(LevelFor({RunQuery::kMostSteps, 1000}), 0u);
  EXPECT_EQ(LevelFor({RunQuery::kMostSteps * 5, RunQuery::kMostSteps * 5 / 2,
                      RunQuery::kMostSteps * 5 / 4, RunQuery::kMostSteps * 5 / 8}),
            3u);
}

TEST(Together, GoUntilTheyPart) {
  const auto a = Points("0:0, 100:0, 200:0, 300:0, 400:0, 500:0");
  const auto b = Points("100:300, 100:5, 200:5, 300:5, 400:-5, 400:-300");
  const auto together = GoTogether(a, 2, b, 2, 60);
  ASSERT_TRUE(together.has_value());
  EXPECT_EQ(together->from, 1u);
  EXPECT_EQ(together->to, 4u);
  EXPECT_FALSE(GoTogether(a, 2, Points("0:200, 500:200"), 0, 60).has_value());
}

TEST(Together, ThePartThatMostShareIsTheLongestThatMostStayOn) {
  std::vector<double> along;
  for (int i = 0; i <= 20; ++i) along.push_back(100 * i);
  const auto part = MostShared({{5, 15}, {5, 15}, {5, 14}, {9, 20}, {8, 12}}, along, 400);
  ASSERT_TRUE(part.has_value());
  EXPECT_EQ(part->from, 5u);
  EXPECT_EQ(part->to, 14u);
  EXPECT_EQ(part->trips, 4u) << "of five";
  EXPECT_FALSE(MostShared({{5, 6}}, along, 400).has_value());
}

// Whether a told stretch is the planted one: its ends within 150 m, and the share of it that lies
// on the planted way.
bool Tells(const Motif& motif, const testing::Streets& way, std::vector<double>* ends_m) {
  const std::vector<Fix> line = PlantedTown::LineOf(way);
  const LocalPlane plane(line[line.size() / 2]);
  const std::vector<PlanePoint> planted = plane.Project(line);
  const std::vector<PlanePoint> told = Smoothed(plane.Project(motif.geometry), 90);
  if (ShareOn(told, planted, 60, false) < .7) return false;
  const double from_m = DistanceM(planted.front(), told.front());
  const double to_m = DistanceM(planted.back(), told.back());
  if (ends_m != nullptr) {
    ends_m->push_back(from_m);
    ends_m->push_back(to_m);
  }
  return true;
}

struct Found {
  size_t planted = 0, told = 0, twice = 0;
  std::vector<double> ends_m;
};
void Look(const PlantedTown& town, const MotifAnswer& answer, Found& found) {
  for (size_t i = 0; i < town.stretches.size(); ++i) {
    size_t times = 0;
    for (const Motif& m : answer.motifs) {
      times += Tells(m, town.stretches[i], times == 0 ? &found.ends_m : nullptr) ? 1 : 0;
    }
    ++found.planted;
    found.told += times > 0 ? 1 : 0;
    found.twice += times > 1 ? 1 : 0;
  }
}

TEST(Region, TellsWhatIsPlantedAndNothingTwice) {
  for (const bool iid : {false, true}) {
    Found found;
    for (uint64_t seed = 1; seed <= (iid ? 1 : 2); ++seed) {
      const PlantedTown town(
          {.others = 200, .noise_m = iid ? 20.0 : 10.0, .iid = iid, .seed = seed});
      RandomCollection c = CollectionOf(town.trips, AutoParams(), 3);
      RegionQuery query;
      query.terms.k = 12;
      const auto answer = RegionOf(c, query);
      ASSERT_TRUE(answer.ok()) << answer.status();
      Look(town, *answer, found);
      for (size_t i = 0; i < answer->motifs.size(); ++i) {
        const Motif& m = answer->motifs[i];
        if (i > 0) {
          EXPECT_LE(m.trajectories, answer->motifs[i - 1].trajectories);
        }
        EXPECT_GE(m.length_m, query.terms.min_length_m);
        ASSERT_FALSE(m.occurrences.empty());
        EXPECT_EQ(m.occurrences[0].distance_m, 0) << "the line is that of one of them";
        EXPECT_LE(m.distance_m, answer->max_distance_m);
      }
    }
    std::sort(found.ends_m.begin(), found.ends_m.end());
    ASSERT_FALSE(found.ends_m.empty());
    const double median_m = found.ends_m[found.ends_m.size() / 2];
    const double p90_m = found.ends_m[found.ends_m.size() * 9 / 10];
    std::printf("%s: told %zu of %zu, %zu twice, ends %.0f m, p90 %.0f m\n",
                iid ? "iid 20 m" : "ar 10 m", found.told, found.planted, found.twice, median_m,
                p90_m);
    EXPECT_GE(found.told * 20, found.planted * 19);
    EXPECT_EQ(found.twice, 0u);
    EXPECT_LE(median_m, 50);
    EXPECT_LE(p90_m, 100);
  }
}

TEST(Region, StaysInItsAreaAndKeepsItsLimits) {
  const PlantedTown town({.others = 100, .seed = 7});
  RandomCollection c = CollectionOf(town.trips, AutoParams(), 2);
  RegionQuery query;
  query.terms.k = 5;
  query.terms.min_objects = 8;
  query.terms.min_trajectories = 10;
  const Fix south_west = PlantedTown::FixAt(-100, -100),
            north_east = PlantedTown::FixAt(3600, 3600);
  query.filter.box = Box{.south_e7 = south_west.lat_e7,
                         .west_e7 = south_west.lon_e7,
                         .north_e7 = north_east.lat_e7,
                         .east_e7 = north_east.lon_e7};
  for (const Direction d : {Direction::kSame, Direction::kEither}) {
    query.terms.direction = d;
    const auto answer = RegionOf(c, query);
    ASSERT_TRUE(answer.ok()) << answer.status();
    ASSERT_FALSE(answer->motifs.empty());
    for (const Motif& m : answer->motifs) {
      for (const Fix& f : m.geometry) EXPECT_TRUE(query.filter.box->Contains(f));
      EXPECT_GE(m.trajectories, 10u);
      EXPECT_GE(m.objects, 8u);
      EXPECT_LE(m.objects, m.trajectories);
    }
  }
  query.terms.direction = Direction::kOpposite;
  EXPECT_TRUE(absl::IsInvalidArgument(RegionOf(c, query).status()));
}

TEST(Region, CountsAsTheDefinitionOfFollowersDoes) {
  const PlantedTown town({.stretches = 2, .trips_of_stretch = 8, .others = 20, .seed = 3});
  RandomCollection c = CollectionOf(town.trips, AutoParams(), 2);
  RegionQuery query;
  query.terms.k = 2;
  const auto answer = RegionOf(c, query);
  ASSERT_TRUE(answer.ok()) << answer.status();
  ASSERT_EQ(answer->motifs.size(), 2u);
  for (const Motif& m : answer->motifs) {
    const FollowQuery follow{.stretches = {m.geometry}, .max_distance_m = answer->max_distance_m};
    const FollowAnswer truth = BruteForceFollow(c.live, c.params, follow);
    EXPECT_EQ(m.trajectories, truth.stretches[0].trajectories);
    EXPECT_EQ(m.objects, truth.stretches[0].owners.size());
  }
}

TEST(Region, AnEmptyCollectionHasNoStretches) {
  RandomCollection c = CollectionOf({}, AutoParams(), 1);
  const auto answer = RegionOf(c, {});
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_TRUE(answer->motifs.empty());
}

}  // namespace
}  // namespace spoor
