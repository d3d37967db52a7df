
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <thread>

#include "absl/strings/str_cat.h"
#include "engine/search/search.h"
#include "proto/search.pb.h"
#include "router/reads/count.h"
#include "router/reads/get.h"
#include "router/reads/range.h"
#include "router/reads/similar.h"
#include "shard/node/node.h"
#include "shard/questions/node_service.h"
#include "shard/rpc/io_thread.h"
#include "shard/rpc/local_channel.h"
#include "shard/rpc/server.h"
#include "shard/rpc/tcp_channel.h"
#include "tests/engine/random_collection.h"
#include "tests/engine/random_query.h"
#include "tests/router/reads/test_cluster.h"

namespace spoor {
namespace {

using testing::Carrier;
using testing::Draw;
using testing::OneIn;
using testing::RandomCollection;
using testing::Rng;
using testing::TempDir;
using testing::TestCluster;
using testing::TestShard;

constexpr uint64_t kScatterSeed = 20261122;
constexpr int kScatterCollections = 6;
constexpr int kScatterQueries = 24;  // per collection and number of nodes
constexpr testing::CollectionSize kScatterSize{
    .min_trajectories = 20, .max_trajectories = 80, .max_fixes = 24, .routes = 6};

// Versions are positions in a log, of which each engine has its own here.
void ExpectSameHits(const SearchAnswer& cluster, const SearchAnswer& truth) {
  ASSERT_EQ(cluster.hits.size(), truth.hits.size());
  for (size_t i = 0; i < truth.hits.size(); ++i) {
    const Hit &a = cluster.hits[i], &b = truth.hits[i];
    ASSERT_TRUE(a.id == b.id && a.score == b.score && a.direction == b.direction &&
                a.distance_m == b.distance_m && a.part == b.part && a.matches == b.matches)
        << "hit " << i << ": " << a.id.value() << " or " << b.id.value();
  }
}

class ScatterLaw : public ::testing::TestWithParam<Carrier> {};

TEST_P(ScatterLaw, ClusterIsEngineIsBruteForce) {
  const TempDir dir;
  size_t hits = 0;
  for (int i = 0; i < kScatterCollections; ++i) {
    SCOPED_TRACE(absl::StrCat("seed ", kScatterSeed + i));
    Rng rng(kScatterSeed + i);
    RandomCollection c = testing::MakeCollection(rng, kScatterSize, dir);
    for (const size_t n : {1, 2, 5}) {
      SCOPED_TRACE(absl::StrCat(n, " nodes"));
      TestCluster cluster(rng, GetParam(), c, n);
      ASSERT_NO_FATAL_FAILURE(cluster.Write(c.live));
      for (int q = 0; q < kScatterQueries; ++q) {
        Query query = testing::RandomQuery(rng, c);
        query.filter.homes = HomeSet::All();
        if (OneIn(rng, 4)) query.elsewhere = Draw(rng, 300);
        const auto read = Search(cluster.parts(), query, {});
        ASSERT_TRUE(read.ok()) << read.status();
        const SearchAnswer* answer = &read->answer;
        EXPECT_EQ(read->report.answered + read->report.pruned, n);
        const SearchAnswer engine = *SearchSegments(c.context(), query);
        ASSERT_NO_FATAL_FAILURE(ExpectSameHits(*answer, engine));
        EXPECT_EQ(answer->exact, engine.exact);
        ASSERT_NO_FATAL_FAILURE(ExpectSameHits(*answer, BruteForceSearch(c.live, c.params, query)));
        hits += answer->hits.size();

        RangeQuery range{
            .filter = testing::RandomFilter(rng, c), .limit = 1 + Draw(rng, 20), .after_id = ""};
        range.filter.homes = HomeSet::All();
        const auto listed = Range(cluster.parts(), range, {});
        ASSERT_TRUE(listed.ok()) << listed.status();
        const RangeAnswer* page = &listed->answer;
        const RangeAnswer expected = BruteForceRange(c.live, range);
        EXPECT_EQ(page->ids, expected.ids);
        EXPECT_EQ(page->more, expected.more);
      }
    }
  }
  EXPECT_GT(hits, size_t{kScatterCollections} * kScatterQueries);
}

TEST_P(ScatterLaw, ExactByEveryMeasureIsTheSameOnAnyNumberOfNodes) {
  const TempDir dir;
  size_t hits = 0, near = 0;
  for (int i = 0; i < 2; ++i) {
    SCOPED_TRACE(absl::StrCat("seed ", kScatterSeed + i));
    Rng rng(kScatterSeed + i);
    RandomCollection c = testing::MakeCollection(rng, kScatterSize, dir);
    for (const size_t n : {2, 5}) {
      TestCluster cluster(rng, GetParam(), c, n);
      ASSERT_NO_FATAL_FAILURE(cluster.Write(c.live));
      for (const MeasureEntry& entry : AllMeasures()) {
        for (int q = 0; q < 8; ++q) {
          SCOPED_TRACE(absl::StrCat(entry.name, " on ", n, " nodes, query ", q));
          Query query = testing::RandomQuery(rng, c);
          query.filter.homes = HomeSet::All();
          query.max_distance_m.reset();
          query.rerank = testing::SampleRerank(entry.name);
          query.exact = true;
          const SearchAnswer best = BruteForceSearch(c.live, c.params, query);
          const auto read = Search(cluster.parts(), query, {});
          ASSERT_TRUE(read.ok()) << read.status();
          ASSERT_NO_FATAL_FAILURE(ExpectSameHits(read->answer, best));
          ASSERT_NO_FATAL_FAILURE(
              ExpectSameHits(read->answer, *SearchSegments(c.context(), query)));
          EXPECT_TRUE(read->answer.exact);
          EXPECT_EQ(read->report.asked + read->report.pruned, n);
          hits += best.hits.size();
          if (best.hits.empty()) continue;
          // A range that ends at one of them, which is in it.
          query.max_distance_m = best.hits[best.hits.size() / 2].distance_m;
          query.k = 10'000;
          const auto range = Search(cluster.parts(), query, {});
          ASSERT_TRUE(range.ok()) << range.status();
          const SearchAnswer within = BruteForceSearch(c.live, c.params, query);
          ASSERT_NO_FATAL_FAILURE(ExpectSameHits(range->answer, within));
          EXPECT_GE(within.hits.size(), best.hits.size() / 2 + 1);
          near += within.hits.size();
        }
      }
    }
  }
  EXPECT_GT(hits, 100u);
  EXPECT_GT(near, 100u);
}

INSTANTIATE_TEST_SUITE_P(Carriers, ScatterLaw, ::testing::Values(Carrier::kInside, Carrier::kTcp),
                         [](const auto& row) {
                           return std::string(row.param == Carrier::kTcp ? "tcp" : "inside");
                         });

// Counts what is asked, and can be away.
class CountingChannel : public Channel {
 public:
  explicit CountingChannel(Channel& inner) : inner_(inner) {}
  std::shared_ptr<Running> Start(Call call, Time deadline, Done done) override {
    ++calls;
    if (!away) return inner_.Start(std::move(call), deadline, std::move(done));
    done(absl::UnavailableError("away"));
    return std::make_shared<Over>();
  }
  int calls = 0;
  bool away = false;

 private:
  class Over : public Running {
    void Cancel() override {}
  };
  Channel& inner_;
};

// Ten drives in one city, of which the lines of the first five are one line, on two nodes; and ten
// in another city on a third.
class TwoCities : public ::testing::Test {
 protected:
  static constexpr int32_t kWestE7 = -1'200'000'000;

  void SetUp() override {
    Rng rng(kScatterSeed);
    std::vector<Fix> line;
    while (line.size() < 8) line = testing::GridWalk(rng, 12);
    for (int i = 0; i < 20; ++i) {
      Trajectory t{.id = TrajectoryId(absl::StrCat("t", i / 10, i % 10)), .fixes = line};
      for (Fix& f : t.fixes) {
        if (i % 10 >= 5) f.lat_e7 += 100 * i;
        if (i >= 10) f.lon_e7 += kWestE7;
      }
      all_.push_back(t);
    }
    // What is west of 90 degrees, then the cell of the line cut in two by ids.
    const uint64_t east = uint64_t{3} << 61, here = HomeKey(line, "") >> 32 << 32;
    const uint64_t middle = here + (uint64_t{1} << 31);
    ASSERT_LT(HomeKey(all_[10].view(), "x"), east);
    ASSERT_LT(east, here);
    const std::vector<HomeRange> homes = {{0, east - 1}, {east, middle - 1}, {middle, UINT64_MAX}};
    for (const HomeRange& range : homes) {
      shards_.push_back(
          std::make_unique<TestShard>(io_, Carrier::kInside, IndexParams(), HomeSet{range}));
      shards_.back()->Write(all_);
    }
    for (uint32_t i = 0; i < shards_.size(); ++i) {
      parts_.push_back(shards_[i]->part(i));
      channels_.push_back(std::make_unique<CountingChannel>(*parts_[i].channel));
      parts_[i].channel = channels_[i].get();
      parts_[i].node = i;
    }
    query_.fixes = line;
    query_.exact = true;
    query_.rerank = {.measure = *MakeMeasure("dtw", {}), .name = "dtw"};
  }

  Read<SearchAnswer> Ask(const PartTerms& terms = {}) {
    for (const auto& channel : channels_) channel->calls = 0;
    auto read = Search(Parts{"c", parts_, terms}, query_, {});
    EXPECT_TRUE(read.ok()) << read.status();
    if (!read.ok()) return {};
    const SearchAnswer truth = BruteForceSearch(all_, IndexParams(), query_);
    if (read->answer.exact) ExpectSameHits(read->answer, truth);
    return *std::move(read);
  }
  std::vector<int> Calls() const {
    std::vector<int> out;
    for (const auto& channel : channels_) out.push_back(channel->calls);
    return out;
  }

  IoThread io_;
  std::vector<Trajectory> all_;
  std::vector<std::unique_ptr<TestShard>> shards_;
  std::vector<std::unique_ptr<CountingChannel>> channels_;
  std::vector<CollectionPart> parts_;
  Query query_;
};

TEST_F(TwoCities, WhatIsTooFarAwayIsNotAsked) {
  query_.k = 3;
  const auto read = Ask();
  EXPECT_EQ(Calls(), (std::vector<int>{0, 1, 1}));
  EXPECT_EQ(read.report.asked, 2u);
  EXPECT_EQ(read.report.answered, 2u);
  EXPECT_EQ(read.report.pruned, 1u);
  EXPECT_EQ(read.report.nodes, 2u);
  EXPECT_TRUE(read.answer.exact);
}

TEST_F(TwoCities, OfEqualDistancesTheIdsDecideWhereverTheyAre) {
  for (query_.k = 1; query_.k <= 5; ++query_.k) {
    const auto read = Ask();
    ASSERT_EQ(read.answer.hits.size(), query_.k);
    for (size_t i = 0; i < query_.k; ++i) {
      EXPECT_EQ(read.answer.hits[i].id.value(), absl::StrCat("t0", i));
      EXPECT_EQ(read.answer.hits[i].distance_m, 0);
    }
  }
}

TEST_F(TwoCities, AllAreAskedUntilThereAreEnough) {
  query_.k = 11;
  EXPECT_EQ(Ask().answer.hits.size(), 11u);
  EXPECT_EQ(Calls(), (std::vector<int>{1, 1, 1}));
}

TEST_F(TwoCities, AllAreAskedByAMeasureThatDoesNotKnow) {
  query_.k = 1;
  query_.rerank = {.measure = *MakeMeasure("monotone_mean", {}), .name = "monotone_mean"};
  Ask();
  EXPECT_EQ(Calls(), (std::vector<int>{1, 1, 1}));
}

TEST_F(TwoCities, ARangeIsAskedInOneRoundOfWhoMayHoldIt) {
  query_.k = 10'000;
  query_.max_distance_m = 1000;
  EXPECT_EQ(Ask().answer.hits.size(), 10u);
  EXPECT_EQ(Calls(), (std::vector<int>{0, 1, 1}));
  query_.max_distance_m = 1e9;
  EXPECT_EQ(Ask().answer.hits.size(), 20u);
  EXPECT_EQ(Calls(), (std::vector<int>{1, 1, 1}));
}

TEST_F(TwoCities, WhoIsNotAskedIsNoAnswerInPart) {
  query_.k = 10'000;
  query_.max_distance_m = 1000;
  const PartTerms partly{.demand = {}, .epoch = 0, .allow_partial = true};
  channels_[1]->away = true;
  const auto read = Ask(partly);
  EXPECT_FALSE(read.answer.exact);
  EXPECT_FALSE(read.answer.hits.empty());
  EXPECT_EQ(read.report.failed, 1u);
  EXPECT_EQ(read.report.pruned, 1u);
  channels_[2]->away = true;
  EXPECT_TRUE(absl::IsUnavailable(Search(Parts{"c", parts_, partly}, query_, {}).status()));
}

TEST_F(TwoCities, CostsOfBothRoundsAddUp) {
  query_.k = 2;
  const auto both = Ask();
  SearchCost sum;
  for (const size_t i : {1, 2}) {
    auto one = Search(Parts{"c", {parts_[i]}}, query_, {});
    ASSERT_TRUE(one.ok());
    sum.segments += one->answer.cost.segments;
  }
  EXPECT_EQ(both.answer.cost.segments, sum.segments);
  EXPECT_GE(both.answer.cost.refined, 2u);
}

RandomCollection SomeCollection(Rng& rng, const TempDir& dir) {
  RandomCollection c = testing::MakeCollection(rng, kScatterSize, dir);
  c.params = IndexParams();
  return c;
}

TEST(Scatter, AsksForTheSecondRoundAgainWhileCandidatesChange) {
  const TempDir dir;
  Rng rng(kScatterSeed);
  const RandomCollection c = SomeCollection(rng, dir);
  TestCluster cluster(rng, Carrier::kInside, c, 2);
  cluster.Write(c.live);
  std::atomic<bool> stop = false;
  std::thread writer([&] {  // every write gives a trajectory another version
    for (size_t i = 0; !stop; ++i) {
      Trajectory t = c.live[i % c.live.size()];
      t.object = absl::StrCat("again", i);
      for (const auto& shard : cluster.shards) {
        if (shard->IsHome(t)) shard->Write(t);
      }
    }
  });
  Query query;
  query.k = 5;
  query.rerank = {.measure = *MakeMeasure("dtw", {}), .candidates = 20, .name = "dtw"};
  size_t answered = 0;
  for (int q = 0; q < 200; ++q) {
    query.fixes = c.live[Draw(rng, static_cast<uint32_t>(c.live.size()))].fixes;
    const auto answer = Search(cluster.parts(), query, {});
    if (absl::IsAborted(answer.status())) continue;  // it says so when it gives up
    EXPECT_TRUE(answer.ok()) << answer.status();
    const auto& found = answer->answer.hits;
    EXPECT_TRUE(found.empty() || found[0].distance_m == 0);
    ++answered;
  }
  stop = true;
  writer.join();
  EXPECT_GT(answered, 100u);
}

TEST(Scatter, FailsWhenAPartCannotAnswer) {
  const TempDir dir;
  Rng rng(kScatterSeed);
  const RandomCollection c = SomeCollection(rng, dir);
  TestCluster cluster(rng, Carrier::kTcp, c, 3);
  cluster.Write(c.live);
  Query query;
  query.fixes = c.live[0].fixes;
  EXPECT_TRUE(Search(cluster.parts(), query, {}).ok());
  cluster.shards[1]->Stop();
  EXPECT_EQ(Search(cluster.parts(), query, {}).status().code(), absl::StatusCode::kUnavailable);
}

TEST(Scatter, AnswersInPartWhenThatIsAllowed) {
  const TempDir dir;
  Rng rng(kScatterSeed);
  const RandomCollection c = SomeCollection(rng, dir);
  TestCluster cluster(rng, Carrier::kTcp, c, 3);
  cluster.Write(c.live);
  const Parts partly = cluster.parts({.demand = {}, .epoch = 0, .allow_partial = true});
  Query query;
  query.fixes = c.live[0].fixes;
  EXPECT_TRUE(Search(partly, query, {})->answer.exact);
  cluster.shards[1]->Stop();
  for (const bool rerank : {false, true}) {
    for (const bool exact : {false, true}) {
      if (exact && !rerank) continue;
      query.rerank.reset();
      if (rerank) query.rerank = {.measure = *MakeMeasure("dtw", {}), .name = "dtw"};
      query.exact = exact;
      const auto read = Search(partly, query, {});
      ASSERT_TRUE(read.ok()) << read.status();
      EXPECT_FALSE(read->answer.exact);
      EXPECT_EQ(read->report.asked, 3u);
      EXPECT_EQ(read->report.answered, 2u);
      EXPECT_EQ(read->report.failed, 1u);
      EXPECT_FALSE(read->report.slots[1].answered);
    }
  }
  EXPECT_EQ(Count(partly, {})->report.failed, 1u);
  cluster.shards[0]->Stop();
  cluster.shards[2]->Stop();
  EXPECT_EQ(Search(partly, query, {}).status().code(), absl::StatusCode::kUnavailable);
}

TEST(Scatter, FindsRecordsWhereverTheyLiveAndCountsEachOnce) {
  const TempDir dir;
  Rng rng(kScatterSeed);
  const RandomCollection c = SomeCollection(rng, dir);
  TestCluster cluster(rng, Carrier::kInside, c, 5);
  cluster.Write(c.live);
  std::vector<TrajectoryId> ids = {TrajectoryId("none")};
  for (const Trajectory& t : c.live) ids.push_back(t.id);
  const auto read = Get(cluster.parts(), ids, {});
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_FALSE(read->answer[0].has_value());
  for (size_t i = 0; i < c.live.size(); ++i) EXPECT_EQ(read->answer[i + 1]->trajectory, c.live[i]);
  EXPECT_EQ(Count(cluster.parts(), {})->answer.trajectories, c.live.size());
}

// Refuses calls by another epoch, and remembers what was demanded.
class Strict : public Service {
 public:
  Answer Serve(const Call& call, const Patience&) override {
    v1::RangeRequest request;
    EXPECT_TRUE(request.ParseFromString(call.body));
    demanded = request.demand().max_staleness_ms();
    if (call.epoch != epoch) return StaleEpochError({.asked = call.epoch, .current = epoch});
    v1::RangeReply reply;
    reply.set_staleness_ms(staleness_ms);
    return reply.SerializeAsString();
  }
  uint64_t epoch = 7;
  uint32_t staleness_ms = 0;
  std::atomic<uint32_t> demanded = 0;
};

TEST(Scatter, SaysWhichEpochIsInForceAndHowStaleTheStalestPartIs) {
  IoThread io;
  Strict first, second;
  second.staleness_ms = 40;
  const auto a = LocalChannel(first, io, {.threads = 1}),
             b = LocalChannel(second, io, {.threads = 1});
  const auto ask = [&](uint64_t epoch) {
    const std::vector<CollectionPart> parts = {
        {.channel = a.get(), .homes = {{0, 9}}, .slots = {{.slot = 0}}},
        {.channel = b.get(), .homes = {{10, UINT64_MAX}}, .slots = {{.slot = 1}, {.slot = 2}}}};
    PartTerms terms;
    terms.demand.max_staleness_ms = 90;
    terms.epoch = epoch;
    terms.allow_partial = true;
    return Range(Parts{"c", parts, terms}, {}, {});
  };
  const auto read = ask(7);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->report.staleness_ms, 40u);
  EXPECT_EQ(read->report.asked, 3u);
  EXPECT_EQ(first.demanded, 90u);
  second.epoch = 8;
  EXPECT_EQ(CurrentEpoch(ask(7).status()), 8u);  // no part of an answer: it can be mended
}

TEST(Scatter, KeepsTheDeadlineAndNamesAnUnknownCollection) {
  const TempDir dir;
  Rng rng(kScatterSeed);
  const RandomCollection c = SomeCollection(rng, dir);
  TestCluster cluster(rng, Carrier::kTcp, c, 2);
  Query query;
  query.fixes = c.live[0].fixes;
  Patience late;
  late.deadline = std::chrono::steady_clock::now() - std::chrono::seconds(1);
  EXPECT_EQ(Search(cluster.parts(), query, late).status().code(),
            absl::StatusCode::kDeadlineExceeded);
  const Parts other{"nobody", {cluster.shards[0]->part(0)}};
  EXPECT_EQ(Search(other, query, {}).status().code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace spoor
