#include "engine/search/search.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <set>

#include "geo/measure/measure.h"
#include "tests/engine/random_collection.h"
#include "tests/engine/random_query.h"

namespace spoor {
namespace {

using testing::BuildSegment;
using testing::Draw;
using testing::MakeCollection;
using testing::OneIn;
using testing::Prepare;
using testing::Prepared;
using testing::RandomCollection;
using testing::Rng;
using testing::TempDir;

constexpr uint64_t kSearchSeed = 20240311;
constexpr int kSearchCollections = 1000;
constexpr int kWorldwide = 18;
constexpr int kSearchQueries = 4;  // per collection
// Large enough for the planner to have a choice.
constexpr int kLargeCollections = 8;
constexpr testing::CollectionSize kLarge{
    .min_trajectories = 2000, .max_trajectories = 3000, .max_fixes = 80, .routes = 100};
constexpr int kLargeQueries = 16;

bool operator==(const Hit& a, const Hit& b) {
  return a.id == b.id && a.score == b.score && a.direction == b.direction &&
         a.distance_m == b.distance_m && a.part == b.part && a.matches == b.matches;
}

std::string Describe(const Hit& h) {
  std::string text =
      absl::StrCat(h.id.value(), " score ", h.score, " direction ", int(h.direction));
  if (h.distance_m) absl::StrAppend(&text, " distance ", *h.distance_m);
  for (const Match& m : h.matches) {
    absl::StrAppend(&text, " [", m.query_from, "-", m.query_to, " ", m.hit_from, "-", m.hit_to,
                    "]");
  }
  return text;
}

std::string Describe(const std::vector<Hit>& hits) {
  std::string text;
  for (const Hit& h : hits) absl::StrAppend(&text, "  ", Describe(h), "\n");
  return text;
}

std::string Describe(const Query& q) {
  return absl::StrCat("k ", q.k, " min_score ", q.min_score, " score ", int(q.score), " direction ",
                      int(q.direction), " rerank ", q.rerank ? q.rerank->candidates : 0, " exact ",
                      q.exact, " box ", q.filter.box.has_value(), " region ",
                      q.filter.region != nullptr, " relation ", int(q.filter.relation));
}

// A world of named trajectories with given fixes, in one segment each.
RandomCollection Collection(const IndexParams& params, const std::vector<Trajectory>& all) {
  RandomCollection c{.params = params, .live = all, .versions = {}, .segments = {}, .geometry = {}};
  for (const Trajectory& t : all) {
    c.versions[t.id.value()] = 1;
    c.geometry[t.id.value()] = std::make_shared<Geometry>(Geometry{t.fixes});
    c.segments.push_back({BuildSegment({Prepare(t, params, 1)}), nullptr});
  }
  return c;
}

// Eastwards along a street, one fix a cell of depth 34.
std::vector<Fix> Street(int from, int to) {
  std::vector<Fix> fixes;
  for (int i = from; i != to; i += from < to ? 1 : -1) {
    fixes.push_back(FixFromDegrees(51.5003, -0.1 + 0.00275 * i));
  }
  return fixes;
}

Query Ask(std::vector<Fix> fixes) {
  Query q;
  q.fixes = std::move(fixes);
  return q;
}

Trajectory Named(const std::string& id, std::vector<Fix> fixes) {
  return {.id = TrajectoryId(id), .object = {}, .tags = {}, .fixes = std::move(fixes)};
}

void ExpectSameAnswer(RandomCollection& c, const Query& q, std::string* plan = nullptr) {
  const auto found = SearchSegments(c.context(), q);
  ASSERT_TRUE(found.ok()) << found.status();
  if (plan != nullptr) *plan = found->cost.plan;
  const SearchAnswer expected = BruteForceSearch(c.live, c.params, q);
  ASSERT_EQ(found->hits.size(), expected.hits.size()) << Describe(q) << "\nfound\n"
                                                      << Describe(found->hits) << "expected\n"
                                                      << Describe(expected.hits);
  for (size_t i = 0; i < found->hits.size(); ++i) {
    ASSERT_TRUE(found->hits[i] == expected.hits[i])
        << Describe(q) << "\nhit " << i << " found    " << Describe(found->hits[i]) << "\nexpected "
        << Describe(expected.hits[i]);
    ASSERT_EQ(found->hits[i].version, c.versions.at(found->hits[i].id.value()));
  }
  if (found->exact) {
    EXPECT_TRUE(expected.exact) << Describe(q);
  } else if (q.filter.box == std::nullopt && q.filter.region == nullptr) {
    EXPECT_FALSE(expected.exact) << Describe(q);
  }
}

TEST(Search, EqualsBruteForceWithAllOptionsOnRandomCollections) {
  const TempDir dir;
  size_t hits = 0;
  for (int i = 0; i < kSearchCollections; ++i) {
    SCOPED_TRACE(absl::StrCat("seed ", kSearchSeed + i));
    Rng rng(kSearchSeed + i);
    RandomCollection c = MakeCollection(rng, testing::kSmall, dir);
    for (int j = 0; j < kSearchQueries; ++j) {
      Query q = testing::RandomQuery(rng, c);
      if (OneIn(rng, 4)) q.elsewhere = Draw(rng, 300);
      ASSERT_NO_FATAL_FAILURE(ExpectSameAnswer(c, q));
      hits += BruteForceSearch(c.live, c.params, q).hits.size();
    }
  }
  EXPECT_GT(hits, size_t{kSearchCollections} * kSearchQueries)
      << "the worlds hold too little to find";
}

TEST(Search, EqualsBruteForceByEitherPlanOnLargeCollections) {
  const TempDir dir;
  std::map<std::string, int> plans;
  for (int i = 0; i < kLargeCollections; ++i) {
    SCOPED_TRACE(absl::StrCat("seed ", kSearchSeed + i));
    Rng rng(kSearchSeed + i);
    RandomCollection c = MakeCollection(rng, kLarge, dir);
    for (int j = 0; j < kLargeQueries; ++j) {
      Query q = testing::RandomQuery(rng, c);
      if (OneIn(rng, 2)) q.filter = Filter();
      std::string plan;
      ASSERT_NO_FATAL_FAILURE(ExpectSameAnswer(c, q, &plan));
      ++plans[plan];
    }
  }
  EXPECT_GT(plans["counting"], 5);
  EXPECT_GT(plans["rare_first"], 5);
}

// Of 1500 that go the query's way a few go on into the box.
void ExpectFewAreScoredOneByOne(const IndexParams& params) {
  RandomCollection c;
  c.params = params;
  std::vector<Prepared> prepared;
  for (int i = 0; i < 1500; ++i) {
    Trajectory t{.id = TrajectoryId(absl::StrCat("t", i))};
    for (int f = 0; f < 60 + i % 3; ++f) t.fixes.push_back(FixFromDegrees(51.5, f * 5e-4));
    for (int f = 0; f < 20 && i % 100 == 0; ++f) {
      t.fixes.push_back(FixFromDegrees(51.5 + f * 3e-4, 0.03 + i * 1e-7));
    }
    prepared.push_back(Prepare(t, c.params, i));
    c.versions[t.id.value()] = i;
    c.geometry[t.id.value()] = std::make_shared<Geometry>(Geometry{t.fixes});
    c.live.push_back(std::move(t));
  }
  c.segments.push_back({BuildSegment(prepared), nullptr});
  Query q{.fixes = c.live[0].fixes, .k = 10};
  std::string plan;
  for (const double lat : {51.504, 51.5055, 51.6}) {
    q.filter.box =
        Cover(std::vector<Fix>{FixFromDegrees(lat, 0.0299), FixFromDegrees(lat + 1e-4, 0.0302)});
    for (const Score score : {Score::kJaccard, Score::kContainment}) {
      q.score = score;
      ASSERT_NO_FATAL_FAILURE(ExpectSameAnswer(c, q, &plan));
      EXPECT_EQ(plan, lat < 51.55 ? "listed" : "") << lat;
      EXPECT_EQ(SearchSegments(c.context(), q)->hits.size(), lat < 51.55 ? 10u : 0u) << lat;
    }
  }
}

TEST(Search, ScoresTheFewThatMayMeetABoxOneByOne) {
  for (const IndexParams& params : {IndexParams(), AutoParams()}) {
    SCOPED_TRACE(params.depth);
    ExpectFewAreScoredOneByOne(params);
  }
}

// Trips around some place: at the date line, near a pole, anywhere.
std::vector<Fix> Trip(Rng& rng, double lat, double lon) {
  std::vector<Fix> fixes;
  const auto off = [&rng](double by) { return (Draw(rng, 2001) / 1000.0 - 1) * by; };
  lat += off(0.05);
  lon += off(0.2);
  for (uint32_t n = 1 + Draw(rng, OneIn(rng, 4) ? 40 : 12); fixes.size() < n;) {
    fixes.push_back(FixFromDegrees(std::clamp(lat, -90.0, 90.0), std::remainder(lon, 360.0)));
    lat += off(0.01);
    lon += off(0.03);
  }
  return fixes;
}

// Exact answers by every measure, the nearest k and all within a distance, in each direction, from
// segments that were built, thinned out and merged.
TEST(Search, ExactEqualsBruteForceByEveryMeasureAnywhereOnEarth) {
  const TempDir dir;
  constexpr std::pair<double, double> kPlaces[] = {{51.5, 0},  {0, 180},      {-17, -179.95},
                                                   {89.9, 40}, {-89.97, 179}, {60, -180}};
  size_t hits = 0;
  for (int i = 0; i < kWorldwide; ++i) {
    SCOPED_TRACE(absl::StrCat("seed ", kSearchSeed + i));
    Rng rng(kSearchSeed + i);
    const auto [lat, lon] = kPlaces[i % std::size(kPlaces)];
    RandomCollection c{
        .params = IndexParams(), .live = {}, .versions = {}, .segments = {}, .geometry = {}};
    for (int part = 0; part < 3; ++part) {
      std::vector<Prepared> prepared;
      std::set<std::string> gone;
      for (uint32_t n = Draw(rng, 80); prepared.size() < n;) {
        Trajectory t = Named(absl::StrCat("t", part, "-", prepared.size()), Trip(rng, lat, lon));
        if (OneIn(rng, 3)) testing::SetTimes(rng, t.fixes);
        if (OneIn(rng, 5)) {
          gone.insert(t.id.value());
        } else {
          c.versions[t.id.value()] = 7;
          c.geometry[t.id.value()] = std::make_shared<Geometry>(Geometry{t.fixes});
          c.live.push_back(t);
        }
        prepared.push_back(Prepare(std::move(t), c.params, 7));
      }
      SegmentView view{.segment = BuildSegment(prepared), .deleted = nullptr};
      auto deleted = std::make_shared<OrdinalSet>();
      for (uint32_t o = 0; o < view.segment->size(); ++o) {
        if (gone.contains(std::string(view.segment->id(o)))) deleted->Add(o);
      }
      if (!deleted->empty()) view.deleted = deleted;
      c.segments.push_back(view);
    }
    if (OneIn(rng, 2)) testing::MergeTwo(rng, c, dir);
    for (const MeasureEntry& entry : AllMeasures()) {
      Query q = Ask(Trip(rng, lat, lon));
      if (OneIn(rng, 2)) testing::SetTimes(rng, q.fixes);
      const MeasureParams params = testing::SampleParams(entry.name, 2000);
      q.rerank = {.measure = *MakeMeasure(entry.name, params),
                  .candidates = 1,
                  .name = std::string(entry.name),
                  .params = params};
      q.exact = true;
      q.k = OneIn(rng, 3) ? SIZE_MAX : 1 + Draw(rng, 20);
      q.direction = static_cast<Direction>(Draw(rng, 3));
      ASSERT_NO_FATAL_FAILURE(ExpectSameAnswer(c, q)) << entry.name;
      const SearchAnswer nearest = BruteForceSearch(c.live, c.params, q);
      hits += nearest.hits.size();
      if (nearest.hits.empty()) continue;
      // What is exactly as far as the limit is in the answer.
      q.max_distance_m =
          nearest.hits[Draw(rng, static_cast<uint32_t>(nearest.hits.size()))].distance_m;
      ASSERT_NO_FATAL_FAILURE(ExpectSameAnswer(c, q)) << entry.name << " within a distance";
    }
  }
  EXPECT_GT(hits, size_t{kWorldwide} * AllMeasures().size());
}

TEST(Search, ExactReadsLittleMoreThanItsAnswer) {
  const TempDir dir;
  Rng rng(kSearchSeed);
  RandomCollection c = MakeCollection(rng, kLarge, dir);
  for (const char* measure : {"discrete_frechet", "dtw", "frechet", "monotone_mean"}) {
    SCOPED_TRACE(measure);
    Query q = Ask(c.live[0].fixes);
    q.rerank = {.measure = *MakeMeasure(measure, {}), .candidates = 1};
    q.exact = true;
    c.fetched = 0;
    const auto answer = SearchSegments(c.context(), q);
    ASSERT_TRUE(answer.ok()) << answer.status();
    EXPECT_STREQ(answer->cost.plan, "bounds");
    EXPECT_EQ(answer->cost.refined, c.fetched);
    EXPECT_GE(answer->cost.refined + answer->cost.bounded, c.live.size());  // and deleted ones
    EXPECT_LT(c.fetched, c.live.size() / 4);
  }
}

TEST(Search, HitsNameThePartThatTheDistanceIsTo) {
  RandomCollection c = Collection(IndexParams(), {Named("long", Street(0, 60))});
  for (const bool opposite : {false, true}) {
    Query q = Ask(opposite ? Street(30, 20) : Street(20, 30));
    q.direction = opposite ? Direction::kOpposite : Direction::kSame;
    q.exact = true;
    q.rerank = {.measure = *MakeMeasure("sub_discrete_frechet", {}), .candidates = 1};
    const auto answer = SearchSegments(c.context(), q);
    ASSERT_TRUE(answer.ok() && answer->hits.size() == 1);
    const uint32_t from = opposite ? 21 : 20;
    EXPECT_EQ(answer->hits[0].part, std::pair(from, from + 9));
    q.rerank->measure = *MakeMeasure("dtw", {});
    EXPECT_EQ(SearchSegments(c.context(), q)->hits[0].part, std::nullopt);
  }
}

TEST(Search, RangeEqualsBruteForcePageByPage) {
  const TempDir dir;
  for (int i = 0; i < kSearchCollections / 4; ++i) {
    SCOPED_TRACE(absl::StrCat("seed ", kSearchSeed + i));
    Rng rng(kSearchSeed + i);
    RandomCollection c = MakeCollection(rng, testing::kSmall, dir);
    RangeQuery q{
        .filter = testing::RandomFilter(rng, c), .limit = 1 + Draw(rng, 9), .after_id = ""};
    for (bool more = true; more;) {
      const auto page = RangeSegments(c.context(), q);
      ASSERT_TRUE(page.ok()) << page.status();
      const RangeAnswer expected = BruteForceRange(c.live, q);
      ASSERT_EQ(page->ids, expected.ids);
      ASSERT_EQ(page->more, expected.more);
      more = page->more;
      if (more) q.after_id = page->ids.back().value();
    }
  }
}

std::string Ids(const absl::StatusOr<SearchAnswer>& answer) {
  std::string text;
  for (const Hit& h : answer->hits) {
    absl::StrAppend(&text, text.empty() ? "" : " ", h.id.value(),
                    h.direction == Direction::kOpposite ? "<" : ">");
  }
  return text;
}

IndexParams OneCellGrams() {
  IndexParams params;
  params.k = 1;
  params.t = 1;
  params.grids = 1;
  params.smoothing_m = 0;
  return params;
}

struct DirectionRow {
  const char* name;
  IndexParams params;
  const char *same, *opposite, *either;  // ids of the hits and their directions
};

class SearchDirection : public ::testing::TestWithParam<DirectionRow> {};

TEST_P(SearchDirection, FindsTheWayThatWasAskedFor) {
  RandomCollection c =
      Collection(GetParam().params, {Named("east", Street(0, 30)), Named("west", Street(30, 0))});
  Query q = Ask(Street(3, 27));
  q.direction = Direction::kSame;
  EXPECT_EQ(Ids(SearchSegments(c.context(), q)), GetParam().same);
  q.direction = Direction::kOpposite;
  EXPECT_EQ(Ids(SearchSegments(c.context(), q)), GetParam().opposite);
  q.direction = Direction::kEither;
  EXPECT_EQ(Ids(SearchSegments(c.context(), q)), GetParam().either);
}

IndexParams ShortPaperGrams() {
  IndexParams params = PaperParams();
  params.k = 2;
  params.t = 3;
  return params;
}

INSTANTIATE_TEST_SUITE_P(
    EveryScheme, SearchDirection,
    ::testing::Values(DirectionRow{"v2", IndexParams(), "east>", "west<", "east> west<"},
                      DirectionRow{"v2_positions", OneCellGrams(), "east>", "west<", "east> west<"},
                      DirectionRow{"paper", ShortPaperGrams(), "east>", "west<", "west< east>"},
                      DirectionRow{"cells", CellParams(), "east> west>", "east> west>",
                                   "east> west>"}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(Search, OrdersTiesById) {
  RandomCollection c =
      Collection(IndexParams(),
                 {Named("b", Street(0, 9)), Named("c", Street(0, 9)), Named("a", Street(0, 9))});
  Query q = Ask(Street(0, 9));
  q.k = 2;
  EXPECT_EQ(Ids(SearchSegments(c.context(), q)), "a> b>");
}

TEST(Search, MatchesNameTheSharedStretch) {
  for (const bool opposite : {false, true}) {
    RandomCollection c =
        Collection(IndexParams(), {Named("t", opposite ? Street(40, 10) : Street(10, 40))});
    Query q = Ask(Street(0, 30));
    q.matches = true;
    q.direction = Direction::kEither;
    const auto answer = SearchSegments(c.context(), q);
    ASSERT_TRUE(answer.ok() && answer->hits.size() == 1);
    ASSERT_EQ(answer->hits[0].matches.size(), 1u);
    const Match& m = answer->hits[0].matches[0];  // the query's 10 ... 29
    EXPECT_NEAR(m.query_from, 10, 2);
    EXPECT_NEAR(m.query_to, 29, 2);
    EXPECT_NEAR(m.hit_from, opposite ? 11 : 0, 2);
    EXPECT_NEAR(m.hit_to, opposite ? 29 : 19, 2);
  }
}

TEST(Search, PartOfASparseTripIsWhollyContainedInIt) {
  IndexParams sparse;
  sparse.smoothing_s = 0;
  sparse.smoothing_m = 0;
  RandomCollection c = Collection(sparse, {Named("whole", Street(0, 30))});
  Query q = Ask(Street(10, 20));
  q.score = Score::kContainment;
  const auto answer = SearchSegments(c.context(), q);
  ASSERT_TRUE(answer.ok() && answer->hits.size() == 1);
  EXPECT_EQ(answer->hits[0].score, 1);
  q.score = Score::kJaccard;  // which looks at begin and end as well
  EXPECT_LT(SearchSegments(c.context(), q)->hits[0].score, 10.0 / 30);
}

TEST(Search, OfNothingFindsNothing) {
  RandomCollection c = Collection(IndexParams(), {});
  const auto answer = SearchSegments(c.context(), Ask(Street(0, 9)));
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_TRUE(answer->hits.empty());
  EXPECT_TRUE(answer->exact);
}

TEST(Search, StopsWhenPatienceIsOver) {
  RandomCollection c = Collection(IndexParams(), {Named("a", Street(0, 9))});
  SearchContext context = c.context();
  Patience late;
  late.deadline = std::chrono::steady_clock::now() - std::chrono::seconds(1);
  context.patience = &late;
  const Query q = Ask(Street(0, 9));
  EXPECT_EQ(SearchSegments(context, q).status().code(), absl::StatusCode::kDeadlineExceeded);
  const Patience cancelled{.cancelled = std::make_shared<std::atomic<bool>>(true)};
  context.patience = &cancelled;
  EXPECT_EQ(SearchSegments(context, q).status().code(), absl::StatusCode::kCancelled);
}

TEST(Search, PassesOnWhatFetchingFailsWith) {
  RandomCollection c = Collection(IndexParams(), {Named("a", Street(0, 9))});
  SearchContext context = c.context();
  context.fetch = [](absl::Span<const Place>) { return absl::DataLossError("gone"); };
  Query q = Ask(Street(0, 9));
  EXPECT_TRUE(SearchSegments(context, q).ok());  // nothing to fetch
  q.filter.box = Cover(Street(5, 8));
  EXPECT_EQ(SearchSegments(context, q).status().code(), absl::StatusCode::kDataLoss);
  q.filter.box.reset();
  q.rerank = {.measure = *MakeMeasure("dtw", {}), .candidates = 5};
  EXPECT_EQ(SearchSegments(context, q).status().code(), absl::StatusCode::kDataLoss);
}

TEST(Search, SaysWhetherItLookedAtEverything) {
  RandomCollection c = Collection(
      IndexParams(),
      {Named("a", Street(0, 9)), Named("b", Street(2, 9)), Named("far", Street(100, 120))});
  Query q = Ask(Street(0, 9));
  EXPECT_TRUE(SearchSegments(c.context(), q)->exact);
  q.rerank = {.measure = *MakeMeasure("dtw", {}), .candidates = 2};
  EXPECT_FALSE(SearchSegments(c.context(), q)->exact);  // "far" shares nothing
  q.filter.exclude = {"far"};
  EXPECT_TRUE(SearchSegments(c.context(), q)->exact);
  q.rerank->candidates = 1;
  EXPECT_FALSE(SearchSegments(c.context(), q)->exact);
  q.exact = true;
  EXPECT_TRUE(SearchSegments(c.context(), q)->exact);
}

// Candidates may be as many as there are trajectories: then all are, whether they share a cell with
// the query or not.
TEST(Search, OfFewAllAreMeasured) {
  RandomCollection c = Collection(
      IndexParams(),
      {Named("a", Street(0, 9)), Named("b", Street(2, 9)), Named("far", Street(100, 120))});
  const HomeSet everywhere = {{0, UINT64_MAX}};
  Query q = Ask(Street(0, 9));
  for (const bool masked : {false, true}) {
    if (masked) q.filter.homes = everywhere;
    q.rerank = {.measure = *MakeMeasure("dtw", {}), .candidates = 3};
    q.elsewhere = 0;
    const auto all = SearchSegments(c.context(), q);
    ASSERT_EQ(all->hits.size(), 3u);
    EXPECT_EQ(all->hits.back().id.value(), "far");
    EXPECT_TRUE(all->exact);
    EXPECT_STREQ(all->cost.plan, "bounds");
    q.elsewhere = 1;
    EXPECT_EQ(SearchSegments(c.context(), q)->hits.size(), 2u);
    q.elsewhere = UINT64_MAX;
    EXPECT_EQ(SearchSegments(c.context(), q)->hits.size(), 2u);
    q.elsewhere = 0;
    q.rerank->candidates = 2;
    EXPECT_FALSE(SearchSegments(c.context(), q)->exact);
    EXPECT_EQ(ProposeSegments(c.context(), q)->live, 3u);
    // What was deleted does not count.
    auto deleted = std::make_shared<OrdinalSet>();
    deleted->Add(0);
    const auto was = std::exchange(c.segments.back().deleted, deleted);
    EXPECT_TRUE(SearchSegments(c.context(), q)->exact);
    c.segments.back().deleted = was;
  }
  q.filter.homes = HomeSet::None();
  EXPECT_EQ(ProposeSegments(c.context(), q)->live, 0u);
}

TEST(Search, OfAnyNumberAllAreMeasuredWhereBoundsDoIt) {
  RandomCollection c =
      Collection(IndexParams(), {Named("a", Street(0, 9)), Named("far", Street(100, 120))});
  for (const char* measure : {"frechet", "discrete_frechet"}) {
    Query q = Ask(Street(0, 9));
    q.rerank = {.measure = *MakeMeasure(measure, {}), .candidates = 1};
    q.elsewhere = UINT64_MAX;
    EXPECT_EQ(SearchSegments(c.context(), q)->hits.size(), 2u);
    EXPECT_STREQ(SearchSegments(c.context(), q)->cost.plan, "bounds");
    q.min_score = .01;
    EXPECT_EQ(SearchSegments(c.context(), q)->hits.size(), 1u);
    q.min_score = 0;
    q.filter.objects = {""};
    EXPECT_EQ(SearchSegments(c.context(), q)->hits.size(), 1u);
  }
}

TEST(Search, RangePageThatIsExactlyFullKnowsWhetherMoreComes) {
  const std::vector<Fix> through = {FixFromDegrees(1, 1), FixFromDegrees(3, 3)};
  const std::vector<Fix> around = {FixFromDegrees(1, 1), FixFromDegrees(1, 3),
                                   FixFromDegrees(3, 3)};
  RandomCollection c =
      Collection(IndexParams(), {Named("a", through), Named("b", around), Named("c", through)});
  RangeQuery q;
  q.filter.box = Cover({FixFromDegrees(1.9, 1.9), FixFromDegrees(2.1, 2.1)});
  q.limit = 1;
  const auto first = RangeSegments(c.context(), q);
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(first->ids, std::vector<TrajectoryId>({TrajectoryId("a")}));
  EXPECT_TRUE(first->more);
  q.after_id = "a";
  const auto second = RangeSegments(c.context(), q);
  EXPECT_EQ(second->ids, std::vector<TrajectoryId>({TrajectoryId("c")}));
  EXPECT_FALSE(second->more);
}

}  // namespace
}  // namespace spoor
