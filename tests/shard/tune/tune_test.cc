#include "shard/tune/tune.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <memory>
#include <random>
#include <set>
#include <vector>

#include "absl/strings/str_cat.h"
#include "shard/tune/half_split.h"
#include "shard/tune/jaccard_ranking.h"
#include "shard/tune/typical_params.h"

namespace spoor {
namespace {

Fingerprint PrintOf(const std::vector<Geodab>& set) {
  return {.geodabs = set, .occurrences = {}, .fine = static_cast<uint32_t>(set.size())};
}

std::vector<AskedSet> Asking(const std::vector<Geodab>& set) {
  return {{.fingerprint = PrintOf(set)}};
}

constexpr int kTrips = 150;

// Trips on a grid of streets 400 m apart, turning at random: a fix every `every_s` seconds at 8
// m/s.
std::vector<Trajectory> Trips(int every_s, int fixes, int trips = kTrips) {
  std::vector<Trajectory> out;
  for (int i = 0; i < trips; ++i) {
    std::mt19937 random(static_cast<unsigned>(i));
    Trajectory t;
    t.id = TrajectoryId(absl::StrCat("t", i));
    double north_m = 400 * static_cast<double>(random() % 8),
           east_m = 400 * static_cast<double>(random() % 8);
    double dn = 1, de = 0, left_m = 400;
    for (int second = 0; static_cast<int>(t.fixes.size()) < fixes; ++second) {
      if (second % every_s == 0) {
        t.fixes.push_back(FixFromDegrees(51.4 + north_m / 111'195, -0.1 + east_m / 69'400,
                                         1'000'000'000'000 + second * 1000));
      }
      north_m += 8 * dn;
      east_m += 8 * de;
      if ((left_m -= 8) > 0) continue;
      left_m = 400;
      if (random() % 2 == 0) std::swap(dn, de);
      if (random() % 3 == 0) dn = -dn, de = -de;
    }
    out.push_back(std::move(t));
  }
  return out;
}

// ---- JaccardRanking ----

TEST(JaccardRanking, FollowsTheDefinition) {
  std::mt19937 random(1);
  std::vector<std::vector<Geodab>> sets(60);
  JaccardRanking ranking;
  for (auto& set : sets) {
    std::set<Geodab> drawn;
    for (size_t n = random() % 12; n > 0; --n) drawn.insert(random() % 20);
    set.assign(drawn.begin(), drawn.end());
    ranking.Add(PrintOf(set));
  }
  for (uint32_t asked = 0; asked < sets.size(); ++asked) {
    std::vector<std::pair<double, uint32_t>> wanted;
    for (uint32_t i = 0; i < sets.size(); ++i) {
      std::vector<Geodab> both, any;
      std::ranges::set_intersection(sets[asked], sets[i], std::back_inserter(both));
      std::ranges::set_union(sets[asked], sets[i], std::back_inserter(any));
      if (both.empty()) continue;
      wanted.emplace_back(-static_cast<double>(both.size()) / static_cast<double>(any.size()), i);
    }
    std::ranges::sort(wanted);
    const auto hits = ranking.Rank(Asking(sets[asked]));
    ASSERT_EQ(hits.size(), wanted.size());
    for (size_t i = 0; i < hits.size(); ++i) {
      EXPECT_EQ(hits[i].score, -wanted[i].first);
      EXPECT_EQ(hits[i].number, wanted[i].second);
    }
  }
}

TEST(JaccardRanking, TiesCountHalf) {
  JaccardRanking ranking;
  for (const std::vector<Geodab>& set :
       std::vector<std::vector<Geodab>>{{1, 2}, {1, 2}, {1, 2}, {3}, {}}) {
    ranking.Add(PrintOf(set));
  }
  const std::vector<AskedSet> asked = Asking({1, 2});
  EXPECT_EQ(ranking.RankOf(asked, 0), 2);    // of three alike
  EXPECT_EQ(ranking.RankOf(asked, 3), 4.5);  // with the empty one, behind those three
  EXPECT_EQ(ranking.RankOf(asked, 4), 4.5);
  EXPECT_EQ(ranking.RankOf({}, 0), 3);  // nothing to go by
  EXPECT_EQ(ranking.postings_read(), 18u);
}

// ---- Halves ----

TEST(HalfSplit, HalvesAreEverySecondFix) {
  const std::vector<Fix> fixes = Trips(1, 5, 1)[0].fixes;
  EXPECT_EQ(HalfOf(fixes, 0), (std::vector<Fix>{fixes[0], fixes[2], fixes[4]}));
  EXPECT_EQ(HalfOf(fixes, 1), (std::vector<Fix>{fixes[1], fixes[3]}));
  EXPECT_TRUE(HalfOf({fixes.data(), 1}, 1).empty());
}

TEST(HalfSplit, LongTripsAskWhereThereAreEnough) {
  std::vector<Trajectory> trips = Trips(1, 30, 40);
  for (size_t i = 0; i < trips.size(); i += 2) trips[i].fixes.resize(6);
  const auto queries = DrawHalfQueries(trips, 15, 3);
  EXPECT_EQ(queries.size(), 15u);
  std::set<uint32_t> distinct;
  for (const HalfQuery& q : queries) {
    EXPECT_EQ(q.wanted % 2, 1u);
    EXPECT_EQ(q.fixes, HalfOf(trips[q.wanted].fixes, 0));
    distinct.insert(q.wanted);
  }
  EXPECT_EQ(distinct.size(), 15u);
  EXPECT_EQ(DrawHalfQueries(trips, 1000, 3).size(), 40u);  // then the short ones too
}

TEST(HalfSplit, DriftHasTheSizeItSaysAndLasts) {
  std::vector<Fix> fixes;
  for (int i = 0; i < 20'000; ++i) fixes.push_back({515'000'000, 0, i * 1000});
  const Drift drift{.sigma_m = 10, .seconds = 20, .seed = 5};
  AddDrift(drift, fixes);
  double square = 0, lagged = 0;
  std::vector<double> north_m;
  for (const Fix& f : fixes) north_m.push_back((f.lat_e7 - 515'000'000) / 89.93);
  for (size_t i = 1; i < north_m.size(); ++i) {
    square += north_m[i] * north_m[i];
    lagged += north_m[i] * north_m[i - 1];
  }
  EXPECT_NEAR(std::sqrt(square / static_cast<double>(fixes.size())), 10, 1);
  EXPECT_NEAR(lagged / square, std::exp(-1.0 / 20), 0.01);
}

TEST(HalfSplit, HalvesOfOneTripFindEachOther) {
  const std::vector<Trajectory> trips = Trips(1, 600);
  const auto result = RunHalfSplit(trips, DrawHalfQueries(trips, 50, 1), AutoParams(), {});
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->ranks.size(), 50u);
  EXPECT_GE(std::ranges::count(result->ranks, 1.0), 48);
  EXPECT_GT(result->postings_per_query, 0);
}

double ThreadSeconds() {
  timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

TEST(HalfSplit, IsOverAfterTheTripDuringWhichPatienceWas) {
  const std::vector<Trajectory> trips = Trips(1, 20'000, 30);
  double start = ThreadSeconds();
  ASSERT_TRUE(RunHalfSplit(trips, {}, IndexParams(), {}).ok());
  const double whole_s = ThreadSeconds() - start;
  const std::chrono::duration<double> soon(whole_s / 30);
  const auto deadline = std::chrono::steady_clock::now() +
                        std::chrono::duration_cast<std::chrono::steady_clock::duration>(soon);
  start = ThreadSeconds();
  const auto result = RunHalfSplit(trips, {}, IndexParams(), {.deadline = deadline});
  EXPECT_TRUE(absl::IsDeadlineExceeded(result.status()));
  EXPECT_LT(ThreadSeconds() - start, whole_s / 2);
}

// ---- Tune ----

TEST(Tune, BestComesFirstAndIsAnIndexOne) {
  const std::vector<Trajectory> trips = Trips(60, 24);
  uint64_t last_done = 0, last_total = 0;
  const auto result = Tune(trips, {.queries = 60}, {}, [&](uint64_t done, uint64_t total) {
    EXPECT_GE(done, last_done);
    EXPECT_LE(done, total);
    last_done = done;
    last_total = total;
  });
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(last_done, last_total);
  EXPECT_EQ(result->rows.size(), last_total);
  EXPECT_EQ(result->rows.front().params, result->best);
  EXPECT_FALSE(result->applied);
  for (const TuneRow& row : result->rows) {
    EXPECT_TRUE(Validate(row.params).ok());
    EXPECT_GT(row.params.k, 1);
    EXPECT_LE(row.recall_at_10, row.recall_at_1000);
    EXPECT_GE(row.mean_rank, 1);
  }
  EXPECT_GT(result->rows.front().recall_at_10, result->rows.back().recall_at_10);
}

TEST(Tune, CellsForAllFollowTheSpacing) {
  const auto best_for_all = [](const std::vector<Trajectory>& trips) {
    const auto tuned = Tune(trips, {.queries = 60}, {}, nullptr);
    EXPECT_TRUE(tuned.ok());
    for (const TuneRow& row : tuned->rows) {
      if (!HasOwnDepths(row.params)) return row.params;
    }
    ADD_FAILURE() << "only trips' own depths were tried";
    return IndexParams();
  };
  const IndexParams sparse = best_for_all(Trips(60, 24)), dense = best_for_all(Trips(2, 300));
  EXPECT_LT(sparse.depth, IndexParams().depth);
  EXPECT_EQ(sparse.smoothing_s, 0);
  EXPECT_GT(dense.smoothing_s, 0);
}

TEST(Tune, WhereEverythingIsFoundNothingChanges) {
  const std::vector<Trajectory> trips = Trips(2, 300);
  const auto result = Tune(trips, {.queries = 60}, {}, nullptr);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->rows.front().mean_rank, 1);
  EXPECT_EQ(result->best, AutoParams());
}

// Far journeys of three fixes, too short to ask, among which the trips of a city are few.
std::vector<Trajectory> AmongFarJourneys(std::vector<Trajectory> trips) {
  const size_t journeys = 2 * trips.size();
  for (size_t i = 0; i < journeys; ++i) {
    Trajectory t;
    t.id = TrajectoryId(absl::StrCat("far", i));
    for (int f = 0; f < 3; ++f) {
      t.fixes.push_back(FixFromDegrees(10 + 0.1 * static_cast<double>(i % 90) + f, f + 20,
                                       1'000'000'000'000 + int64_t{3'600'000} * f));
    }
    trips.push_back(std::move(t));
  }
  return trips;
}

TEST(Tune, FindsCellsFarFromWhatTheMedianSuggests) {
  const std::vector<Trajectory> trips = AmongFarJourneys(Trips(2, 120));
  const int base = TypicalParams(trips).depth;
  ASSERT_LT(base, 25);
  const auto result = Tune(trips, {.queries = 60}, {}, nullptr);
  ASSERT_TRUE(result.ok()) << result.status();
  const auto for_all = std::ranges::find_if(
      result->rows, [](const TuneRow& row) { return !HasOwnDepths(row.params); });
  ASSERT_NE(for_all, result->rows.end());
  EXPECT_GT(for_all->params.depth, base + 3);
}

TEST(Tune, ChoosesNothingWorseThanWhatIsInForce) {
  IndexParams in_force;  // what the city had before the journeys came
  ASSERT_EQ(in_force.depth, 35);
  const std::vector<Trajectory> trips = AmongFarJourneys(Trips(2, 120));
  const auto result = Tune(trips, {.queries = 60, .in_force = in_force}, {}, nullptr);
  ASSERT_TRUE(result.ok()) << result.status();
  const auto row =
      std::ranges::find_if(result->rows, [&](const TuneRow& r) { return r.params == in_force; });
  ASSERT_NE(row, result->rows.end());
  EXPECT_GE(result->rows.front().recall_at_10, row->recall_at_10);
  const auto again = Tune(trips, {.queries = 60, .in_force = result->best}, {}, nullptr);
  EXPECT_EQ(again->best, result->best) << "nobody re-indexes for nothing";
}

TEST(Tune, IsTheSameEachTime) {
  const std::vector<Trajectory> trips = Trips(60, 24, 60);
  const auto a = Tune(trips, {.queries = 30}, {}, nullptr);
  const auto b = Tune(trips, {.queries = 30}, {}, nullptr);
  ASSERT_TRUE(a.ok() && b.ok());
  for (size_t i = 0; i < a->rows.size(); ++i) {
    EXPECT_EQ(a->rows[i].params, b->rows[i].params);
    EXPECT_EQ(a->rows[i].mean_rank, b->rows[i].mean_rank);
  }
}

TEST(Tune, RefusesWhatIsTooLittleToTellFrom) {
  for (const auto& trips : {std::vector<Trajectory>(), Trips(60, 24, 9), Trips(60, 3, 100)}) {
    const auto result = Tune(trips, {}, {}, nullptr);
    EXPECT_EQ(result.status().code(), absl::StatusCode::kFailedPrecondition);
  }
}

TEST(Tune, EndsWhenItsCallerDoes) {
  const std::vector<Trajectory> trips = Trips(60, 24);
  Patience patience;
  const auto hung_up = std::make_shared<std::atomic<bool>>(false);
  patience.cancelled = hung_up;
  uint64_t steps = 0;
  const auto result = Tune(trips, {.queries = 60}, patience, [&](uint64_t, uint64_t) {
    ++steps;
    *hung_up = true;
  });
  EXPECT_EQ(result.status().code(), absl::StatusCode::kCancelled);
  EXPECT_EQ(steps, 1u);
  patience.cancelled = nullptr;
  patience.deadline = std::chrono::steady_clock::now() - std::chrono::seconds(1);
  EXPECT_EQ(Tune(trips, {}, patience, nullptr).status().code(),
            absl::StatusCode::kDeadlineExceeded);
}

}  // namespace
}  // namespace spoor
