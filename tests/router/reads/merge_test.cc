#include "router/reads/merge.h"

#include <gtest/gtest.h>

#include "engine/search/search.h"
#include "tests/engine/random_collection.h"
#include "tests/engine/random_query.h"

namespace spoor {
namespace {

using testing::Draw;
using testing::OneIn;
using testing::RandomCollection;
using testing::Rng;
using testing::TempDir;

constexpr uint64_t kMergeSeed = 20261122;
constexpr int kMergeCollections = 300;
constexpr int kMergeQueries = 4;

Hit Of(const std::string& id, uint64_t version, double score, double distance_m = 0) {
  return {.id = TrajectoryId(id),
          .version = version,
          .score = score,
          .direction = Direction::kSame,
          .distance_m = distance_m,
          .matches = {}};
}

SearchAnswer Part(std::vector<Hit> hits, bool exact = true, uint64_t position = 1) {
  return {.hits = std::move(hits), .exact = exact, .position = position, .cost = {}};
}

std::string Ids(const std::vector<Hit>& hits) {
  std::string text;
  for (const Hit& h : hits) text += h.id.value() + " ";
  return text;
}

TEST(Merge, OrdersByScoreThenId) {
  const SearchAnswer merged = MergeByScore(
      {Part({Of("c", 1, .9), Of("d", 1, .5)}), Part({Of("a", 1, .9), Of("b", 1, .7)})}, 3);
  EXPECT_EQ(Ids(merged.hits), "a c b ");
}

TEST(Merge, OrdersByDistanceThenId) {
  const SearchAnswer merged = MergeByDistance(
      {Part({Of("b", 1, 0, 3), Of("d", 1, 0, 9)}), Part({Of("a", 1, 0, 3), Of("c", 1, 0, 1)})}, 3);
  EXPECT_EQ(Ids(merged.hits), "c a b ");
}

TEST(Merge, KeepsTheHighestVersionOfAnId) {
  const SearchAnswer merged = MergeByScore(
      {Part({Of("a", 7, .9)}), Part({Of("a", 8, .1), Of("b", 1, .5)}), Part({Of("a", 8, .1)})}, 10);
  EXPECT_EQ(Ids(merged.hits), "b a ");
  EXPECT_EQ(merged.hits[1].version, 8u);
}

TEST(Merge, IsAsExactAndAsNewAsTheLeastOfItsParts) {
  const SearchAnswer merged =
      MergeByScore({Part({}, true, 9), Part({}, false, 4), Part({}, true, 7)}, 1);
  EXPECT_FALSE(merged.exact);
  EXPECT_EQ(merged.position, 4u);
}

TEST(Merge, CostsAddUpAndTheQueryHasItsGeodabsOnce) {
  const auto part = [](uint64_t n, const char* plan) {
    SearchAnswer answer;
    answer.cost = {.segments = static_cast<uint32_t>(n),
                   .query_geodabs = 9,
                   .postings = n,
                   .postings_read = n,
                   .candidates = n,
                   .verified = n,
                   .bounded = n,
                   .refined = n,
                   .cells = n,
                   .plan = plan,
                   .fingerprint_us = n,
                   .propose_us = n,
                   .bound_us = n,
                   .read_us = n,
                   .measure_us = n};
    return answer;
  };
  const SearchCost cost = MergeByDistance({part(1, ""), part(20, "bounds"), part(300, "")}, 3).cost;
  EXPECT_STREQ(cost.plan, "bounds");
  EXPECT_EQ(cost.query_geodabs, 9u);
  for (const uint64_t sum :
       {uint64_t{cost.segments}, cost.postings, cost.postings_read, cost.candidates, cost.verified,
        cost.bounded, cost.refined, cost.cells, cost.fingerprint_us, cost.propose_us, cost.bound_us,
        cost.read_us, cost.measure_us}) {
    EXPECT_EQ(sum, 321u);
  }
  RangeAnswer page;
  page.cost = {.judged = 1, .read = 2, .judge_us = 3, .read_us = 4};
  const RangeCost pages = MergeRanges({page, page, page}, 1).cost;
  EXPECT_EQ(pages.judged, 3u);
  EXPECT_EQ(pages.read, 6u);
  EXPECT_EQ(pages.judge_us, 9u);
  EXPECT_EQ(pages.read_us, 12u);
}

TEST(Merge, AHitKeepsThePartThatItsDistanceIsTo) {
  Hit a = Of("a", 1, 0, 5), b = Of("b", 1, 0, 4);
  a.part = {7, 9};
  const SearchAnswer merged = MergeByDistance({Part({a}), Part({b})}, 2);
  EXPECT_FALSE(merged.hits[0].part.has_value());
  EXPECT_EQ(merged.hits[1].part, a.part);
}

TEST(Merge, RangesKnowOfMore) {
  const auto ids = [](const std::vector<std::string>& all, bool more, uint64_t version = 1) {
    RangeAnswer r;
    for (const std::string& id : all) r.ids.emplace_back(id);
    r.versions.assign(all.size(), version);
    r.more = more;
    return r;
  };
  const RangeAnswer full = MergeRanges({ids({"a", "c"}, false), ids({"b"}, false)}, 2);
  EXPECT_EQ(full.ids, (std::vector{TrajectoryId("a"), TrajectoryId("b")}));
  EXPECT_TRUE(full.more);
  EXPECT_FALSE(MergeRanges({ids({"a"}, false), ids({"b"}, false)}, 2).more);
  EXPECT_TRUE(MergeRanges({ids({"a"}, true), ids({}, false)}, 1).more);
  const RangeAnswer moved = MergeRanges({ids({"a"}, false, 3), ids({"a", "b"}, false, 7)}, 2);
  EXPECT_EQ(moved.versions, (std::vector<uint64_t>{7, 7}));
  EXPECT_FALSE(moved.more);
}

TEST(Merge, OfARecordFoundTwiceTheNewestCounts) {
  const auto found = [](const std::string& object, uint64_t version) {
    return Engine::Found{.trajectory = {.id = TrajectoryId("a"), .object = object},
                         .version = version,
                         .geodabs = 0};
  };
  const FoundRecords merged = MergeFound(
      {{found("old", 3), std::nullopt, std::nullopt}, {found("new", 4), found("b", 1), {}}}, 3);
  EXPECT_EQ(merged[0]->trajectory.object, "new");
  EXPECT_EQ(merged[1]->version, 1u);
  EXPECT_FALSE(merged[2].has_value());
}

TEST(Merge, CountsAddUpAndThePositionIsTheLeast) {
  EngineStats a, b;
  a.trajectories = 2;
  a.fixes = 20;
  a.log = {.log_id = 5, .next = {7}};
  b.trajectories = 3;
  b.fixes = 1;
  b.log = {.log_id = 5, .next = {4}};
  b.generation = 2;
  b.params = PaperParams();
  b.extent = Box{1, 2, 3, 4};
  Add(a, b);
  EXPECT_EQ(a.trajectories, 5u);
  EXPECT_EQ(a.fixes, 21u);
  EXPECT_EQ(a.position, 4u);
  EXPECT_EQ(a.generation, 2u);
  EXPECT_EQ(a.params, PaperParams());
  EXPECT_EQ(a.extent, (Box{1, 2, 3, 4}));
}

// The key space in up to `n` parts.
std::vector<HomeSet> PartsOfHomes(Rng& rng, const RandomCollection& c, size_t n) {
  std::vector<HomeSet> parts;
  for (const HomeRange& range : testing::CutHomes(rng, c, n - 1)) parts.push_back({range});
  return parts;
}

// The query to the part of a collection that lives there.
Query At(Query query, const HomeSet& homes) {
  query.filter.homes = homes;
  return query;
}

SearchAnswer InParts(RandomCollection& c, const Query& query, const std::vector<HomeSet>& parts) {
  bool two_rounds = query.rerank && query.exact_within() < UINT64_MAX;
  std::vector<SearchAnswer> answers;
  Chosen chosen;
  Query last = query;
  if (two_rounds) {
    std::vector<Shortlist> proposals;
    for (const auto& homes : parts) {
      proposals.push_back(*ProposeSegments(c.context(), At(query, homes)));
    }
    chosen = ChooseCandidates(std::move(proposals), query.rerank->candidates);
    last.exact = query.elsewhere + chosen.live <= query.exact_within();
    two_rounds = !last.exact;
  }
  for (size_t i = 0; i < parts.size(); ++i) {
    const Query asked = At(last, parts[i]);
    answers.push_back(two_rounds ? *RefineChosen(c.context(), asked, chosen.parts[i])
                                 : *SearchSegments(c.context(), asked));
  }
  SearchAnswer merged = query.rerank ? MergeByDistance(std::move(answers), query.k)
                                     : MergeByScore(std::move(answers), query.k);
  if (two_rounds) merged.exact = chosen.all;
  return merged;
}

bool Same(const Hit& a, const Hit& b) {
  return a.id == b.id && a.version == b.version && a.score == b.score &&
         a.direction == b.direction && a.distance_m == b.distance_m && a.part == b.part &&
         a.matches == b.matches;
}

void ExpectSameAnswer(const SearchAnswer& merged, const SearchAnswer& whole) {
  ASSERT_EQ(Ids(merged.hits), Ids(whole.hits));
  for (size_t i = 0; i < whole.hits.size(); ++i) {
    ASSERT_TRUE(Same(merged.hits[i], whole.hits[i])) << whole.hits[i].id.value();
  }
  EXPECT_EQ(merged.exact, whole.exact);
}

TEST(Merge, OfAnyPartsIsTheAnswerOfTheWhole) {
  const TempDir dir;
  size_t hits = 0, refined = 0;
  for (int i = 0; i < kMergeCollections; ++i) {
    SCOPED_TRACE(absl::StrCat("seed ", kMergeSeed + i));
    Rng rng(kMergeSeed + i);
    RandomCollection c = testing::MakeCollection(rng, testing::kSmall, dir);
    for (int j = 0; j < kMergeQueries; ++j) {
      Query query = testing::RandomQuery(rng, c);
      query.filter.homes = HomeSet::All();
      if (testing::OneIn(rng, 4)) query.elsewhere = Draw(rng, 300);
      const SearchAnswer whole = *SearchSegments(c.context(), query);
      for (const size_t n : {1, 2, 5}) {
        const SearchAnswer merged = InParts(c, query, PartsOfHomes(rng, c, n));
        ASSERT_NO_FATAL_FAILURE(ExpectSameAnswer(merged, whole)) << n << " parts";
      }
      hits += whole.hits.size();
      refined += query.rerank && !query.exact ? whole.hits.size() : 0;
    }
  }
  EXPECT_GT(hits, size_t{kMergeCollections});
  EXPECT_GT(refined, size_t{kMergeCollections} / 4);
}

TEST(Merge, OfRangePagesIsThePageOfTheWhole) {
  const TempDir dir;
  for (int i = 0; i < kMergeCollections; ++i) {
    SCOPED_TRACE(absl::StrCat("seed ", kMergeSeed + i));
    Rng rng(kMergeSeed + i);
    RandomCollection c = testing::MakeCollection(rng, testing::kSmall, dir);
    RangeQuery query{
        .filter = testing::RandomFilter(rng, c), .limit = 1 + Draw(rng, 9), .after_id = ""};
    query.filter.homes = HomeSet::All();
    const RangeAnswer whole = *RangeSegments(c.context(), query);
    std::vector<RangeAnswer> answers;
    for (const auto& homes : PartsOfHomes(rng, c, 5)) {
      query.filter.homes = homes;
      answers.push_back(*RangeSegments(c.context(), query));
    }
    const RangeAnswer merged = MergeRanges(std::move(answers), query.limit);
    EXPECT_EQ(merged.ids, whole.ids);
    EXPECT_EQ(merged.more, whole.more);
  }
}

TEST(Merge, TheSecondRoundStartsOverWhenACandidateHasChanged) {
  const TempDir dir;
  Rng rng(kMergeSeed);
  RandomCollection c = testing::MakeCollection(
      rng, {.min_trajectories = 20, .max_trajectories = 30, .max_fixes = 16, .routes = 2}, dir);
  Query query;
  query.fixes = c.live[0].fixes;
  query.rerank = {.measure = *MakeMeasure("dtw", {}), .candidates = 5};
  std::vector<Hit> hits = ProposeSegments(c.context(), query)->hits;
  ASSERT_FALSE(hits.empty());
  EXPECT_TRUE(RefineChosen(c.context(), query, hits).ok());
  ++hits[0].version;
  EXPECT_EQ(RefineChosen(c.context(), query, hits).status().code(), absl::StatusCode::kAborted);
  --hits[0].version;
  hits.push_back(Of("nobody", 1, .5));
  EXPECT_EQ(RefineChosen(c.context(), query, hits).status().code(), absl::StatusCode::kAborted);
}

}  // namespace
}  // namespace spoor
