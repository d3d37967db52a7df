#include "router/reads/stretches.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "absl/strings/str_cat.h"
#include "tests/engine/motif/planted_town.h"
#include "tests/router/reads/test_cluster.h"

namespace spoor {
namespace {

using testing::Carrier;
using testing::Draw;
using testing::OneIn;
using testing::PlantedTown;
using testing::RandomCollection;
using testing::Rng;
using testing::TempDir;
using testing::TestCluster;

constexpr uint64_t kStretchesSeed = 20261202;

void ExpectSameMotifs(const MotifAnswer& a, const MotifAnswer& b) {
  EXPECT_EQ(a.max_distance_m, b.max_distance_m);
  ASSERT_EQ(a.motifs.size(), b.motifs.size());
  for (size_t i = 0; i < a.motifs.size(); ++i) {
    const Motif &x = a.motifs[i], &y = b.motifs[i];
    EXPECT_EQ(x.length_m, y.length_m);
    EXPECT_EQ(x.distance_m, y.distance_m);
    EXPECT_EQ(x.direction, y.direction);
    EXPECT_EQ(x.trajectories, y.trajectories);
    EXPECT_EQ(x.objects, y.objects);
    EXPECT_EQ(x.geometry, y.geometry);
    ASSERT_EQ(x.occurrences.size(), y.occurrences.size());
    for (size_t o = 0; o < x.occurrences.size(); ++o) {
      const MotifOccurrence &p = x.occurrences[o], &q = y.occurrences[o];
      EXPECT_TRUE(p.id == q.id && p.object == q.object && p.from_at == q.from_at &&
                  p.to_at == q.to_at && p.distance_m == q.distance_m && p.direction == q.direction)
          << "motif " << i << ", occurrence " << o;
    }
  }
}

// The engine's own, over segments cut as chance wants.
absl::StatusOr<MotifAnswer> OfEngine(RandomCollection& c, const StretchQuery& query) {
  const SearchContext context = c.context();
  SegmentSource source(context);
  return StretchMotifs(source, query);
}
absl::StatusOr<MotifAnswer> OfEngine(RandomCollection& c, const RegionQuery& query) {
  const SearchContext context = c.context();
  SegmentSource source(context);
  return RegionMotifs(source, query, {});
}

MotifTerms RandomTerms(Rng& rng) {
  MotifTerms terms;
  terms.min_length_m = 150.0 + Draw(rng, 400);
  if (OneIn(rng, 2)) terms.max_distance_m = 40 + Draw(rng, 200);
  terms.min_trajectories = 1 + Draw(rng, 4);
  terms.min_objects = 1 + Draw(rng, 2);
  terms.k = 1 + Draw(rng, 12);
  terms.occurrences = 1 + Draw(rng, 30);
  terms.direction = OneIn(rng, 2) ? Direction::kSame : Direction::kEither;
  return terms;
}

class StretchesLaw : public ::testing::TestWithParam<Carrier> {};

TEST_P(StretchesLaw, ClusterIsEngineIsBruteForce) {
  const TempDir dir;
  size_t followers = 0, stretches = 0;
  for (uint64_t seed = kStretchesSeed; seed < kStretchesSeed + 2; ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    Rng rng(seed);
    RandomCollection c = testing::MakeCollection(
        rng, {.min_trajectories = 30, .max_trajectories = 90, .max_fixes = 24, .routes = 6}, dir);
    for (const size_t n : {1, 2, 5}) {
      SCOPED_TRACE(absl::StrCat(n, " nodes"));
      TestCluster cluster(rng, GetParam(), c, n);
      ASSERT_NO_FATAL_FAILURE(cluster.Write(c.live));
      for (int q = 0; q < 4; ++q) {
        StretchQuery query{.stretch = testing::RandomQueryFixes(rng, c),
                           .terms = RandomTerms(rng),
                           .filter = testing::RandomFilter(rng, c)};
        query.terms.direction = static_cast<Direction>(Draw(rng, 3));
        query.filter.homes = HomeSet::All();
        const auto read = Stretch(cluster.parts(), c.params, query, {});
        ASSERT_TRUE(read.ok()) << read.status();
        EXPECT_EQ(read->report.answered, n);
        ASSERT_NO_FATAL_FAILURE(ExpectSameMotifs(read->answer, *OfEngine(c, query)));
        const FollowQuery follow{.stretches = {query.stretch},
                                 .max_distance_m = read->answer.max_distance_m,
                                 .direction = query.terms.direction,
                                 .filter = query.filter};
        const Followers truth = BruteForceFollow(c.live, c.params, follow).stretches[0];
        const auto& motifs = read->answer.motifs;
        EXPECT_EQ(motifs.empty() ? 0 : motifs[0].trajectories, truth.trajectories);
        EXPECT_EQ(motifs.empty() ? 0 : motifs[0].objects, truth.owners.size());
        followers += truth.trajectories;

        RegionQuery region{.terms = RandomTerms(rng), .filter = testing::RandomFilter(rng, c)};
        region.filter.homes = HomeSet::All();
        const uint64_t at_once = q % 2 == 0 ? RunQuery::kMostOfMessage : 1 + Draw(rng, 40);
        const auto told = RegionStretches(cluster.parts(), c.params, region, {}, at_once);
        ASSERT_TRUE(told.ok()) << told.status();
        ASSERT_NO_FATAL_FAILURE(ExpectSameMotifs(told->answer, *OfEngine(c, region)));
        stretches += told->answer.motifs.size();
      }
    }
  }
  EXPECT_GT(followers, 20u);
  EXPECT_GT(stretches, 8u);
}

TEST_P(StretchesLaw, OfATownIsTheSameOnAnyNumberOfNodes) {
  const PlantedTown town({.stretches = 4, .trips_of_stretch = 10, .others = 40, .seed = 4});
  RandomCollection c{.params = AutoParams(), .live = town.trips, .versions = {}, .segments = {}};
  std::vector<testing::IndexedTrip> trips;
  for (const Trajectory& t : town.trips) {
    c.geometry[t.id.value()] = std::make_shared<Geometry>(Geometry{t.fixes});
    trips.push_back(testing::Prepare(t, c.params, trips.size() + 1));
  }
  c.segments.push_back({.segment = testing::BuildSegment(trips)});
  const RegionQuery query{.terms = {.k = 4}, .filter = {}};
  const MotifAnswer truth = *OfEngine(c, query);
  EXPECT_EQ(truth.motifs.size(), 4u);
  Rng rng(kStretchesSeed);
  for (const size_t n : {1, 5}) {
    TestCluster cluster(rng, GetParam(), c, n);
    ASSERT_NO_FATAL_FAILURE(cluster.Write(c.live));
    const auto read = RegionStretches(cluster.parts(), c.params, query, {});
    ASSERT_TRUE(read.ok()) << read.status();
    ASSERT_NO_FATAL_FAILURE(ExpectSameMotifs(read->answer, truth));
  }
}

INSTANTIATE_TEST_SUITE_P(Carriers, StretchesLaw, ::testing::Values(Carrier::kInside, Carrier::kTcp),
                         [](const auto& row) {
                           return std::string(row.param == Carrier::kTcp ? "tcp" : "inside");
                         });

TEST(Stretches, AreThoseOfWhatIsThereWhileOthersAreWritten) {
  const PlantedTown town({.stretches = 2, .trips_of_stretch = 8, .others = 20, .seed = 5});
  RandomCollection c{.params = AutoParams(), .live = town.trips, .versions = {}, .segments = {}};
  Rng rng(kStretchesSeed);
  TestCluster cluster(rng, Carrier::kInside, c, 3);
  ASSERT_NO_FATAL_FAILURE(cluster.Write(c.live));
  std::atomic<bool> stop = false;
  std::thread writer([&] {  // every write gives a trajectory another version, and the same line
    for (size_t i = 0; !stop; ++i) {
      const Trajectory& t = c.live[i % c.live.size()];
      for (const auto& shard : cluster.shards) {
        if (shard->IsHome(t)) shard->Write(t);
      }
    }
  });
  const RegionQuery query{.terms = {.k = 2}, .filter = {}};
  const auto first = RegionStretches(cluster.parts(), c.params, query, {});
  for (int i = 0; i < 3; ++i) {
    const auto read = RegionStretches(cluster.parts(), c.params, query, {});
    ASSERT_TRUE(read.ok() && first.ok()) << read.status();
    ExpectSameMotifs(read->answer, first->answer);
  }
  stop = true;
  writer.join();
}

}  // namespace
}  // namespace spoor
