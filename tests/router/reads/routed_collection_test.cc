#include "router/reads/routed_collection.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <map>
#include <set>

#include "absl/strings/str_cat.h"
#include "engine/reader.h"
#include "proto/node.pb.h"
#include "proto/search.pb.h"
#include "router/cluster/damage_reports.h"
#include "router/cluster/local_cluster.h"
#include "router/reads/get.h"
#include "router/reads/range.h"
#include "router/reads/similar.h"
#include "shard/node/node.h"
#include "shard/questions/node_service.h"
#include "shard/rpc/io_thread.h"
#include "shard/rpc/local_channel.h"
#include "tests/engine/random_collection.h"
#include "tests/engine/random_query.h"

namespace spoor {
namespace {

using testing::Draw;
using testing::Rng;
using testing::TempDir;

constexpr uint64_t kRoutedCollectionSeed = 20261205;
constexpr testing::CollectionSize kRoutedCollectionSize{
    .min_trajectories = 40, .max_trajectories = 80, .max_fixes = 20, .routes = 6};

// A node that can be away, checks epochs, and answers waits.
class TestNode : public Service {
 public:
  TestNode(IoThread& io, const IndexParams& params) {
    node_ = *EmbeddedNode::Open(dir_.path(), {.memory_bytes = 32 << 20});
    engine = node_->Create("c", params)->engine;
    service_ = std::make_unique<NodeService>(*node_);
    channel = LocalChannel(*this, io, {.threads = 1});
  }
  ~TestNode() override { channel.reset(); }

  Answer Serve(const Call& call, const Patience& patience) override {
    if (away) return absl::UnavailableError("away");
    if (damaged) return absl::DataLossError("a flipped bit");
    if (call.epoch != epoch) return StaleEpochError({.asked = call.epoch, .current = epoch});
    ++calls;
    if (call.method == "wait") return v1::WaitReply().SerializeAsString();
    if (!wired && !before) return service_->Serve(call, patience);
    Call sent = call;
    sent.body = Body(call.body.bytes());
    const Answer answer = service_->Serve(sent, patience);
    return before && answer.ok() ? AsBefore(call.method, *answer) : answer;
  }

  std::atomic<bool> away = false, damaged = false;
  std::atomic<bool> wired = false;   // as over a connection: bytes come and go
  std::atomic<bool> before = false;  // of the version before, which shows nothing
  std::atomic<uint64_t> epoch = 1;
  std::atomic<int> calls = 0;
  EnginePtr engine;
  std::shared_ptr<Channel> channel;

 private:
  static Answer AsBefore(const std::string& method, const std::string& answer) {
    if (method != "search" && method != "refine") return Answer(answer);
    v1::SearchReply reply;
    EXPECT_TRUE(reply.ParseFromString(answer));
    for (v1::Hit& hit : *reply.mutable_hits()) hit.clear_shown();
    return Answer(reply.SerializeAsString());
  }

  const TempDir dir_;
  std::unique_ptr<EmbeddedNode> node_;
  std::unique_ptr<NodeService> service_;
};

class TestSource : public RoutingSource {
 public:
  Held<Routing> Current() const override { return Held<Routing>(current); }
  absl::Status Refresh(uint64_t epoch, const Patience&) override {
    ++refreshed;
    if (next != nullptr && next->placement.epoch.value() > epoch) current = next;
    return absl::OkStatus();
  }
  std::shared_ptr<const Routing> current, next;
  int refreshed = 0;
};

// Three nodes, six slots, two replicas of each; all in one process.
class RoutedTest : public ::testing::Test {
 protected:
  void SetUp() override {
    Rng rng(kRoutedCollectionSeed);
    c_ = testing::MakeCollection(rng, kRoutedCollectionSize, dir_);
    const std::vector<HomeRange> ranges = testing::CutHomes(rng, c_, 5);
    auto routing = std::make_shared<Routing>();
    routing->placement.epoch = Epoch(1);
    routing->params = c_.params;
    routing->log_id = 77;
    for (uint32_t n = 0; n < 3; ++n) {
      nodes_.push_back(std::make_unique<TestNode>(io_, c_.params));
      routing->placement.nodes.push_back(
          {.name = absl::StrCat("n", n), .address = "h:1", .zone = {}, .weight = 1});
      routing->channels.push_back(nodes_[n]->channel);
    }
    for (uint32_t s = 0; s < ranges.size(); ++s) {
      if (s > 0) routing->placement.cuts.push_back(ranges[s].first);
      routing->placement.replicas.push_back({s % 3, (s + 1) % 3});
      auto reach = std::make_shared<Reach>();
      uint64_t live = 0;
      for (const Trajectory& t : c_.live) {
        if (!HomeSet({ranges[s]}).Contains(HomeKey(t.view(), t.id.value()))) continue;
        reach->Add(t.view(), MakeFingerprint(t.view(), c_.params).geodabs);
        ++live;
        for (const uint32_t n : routing->placement.replicas[s]) {
          ASSERT_TRUE(nodes_[n]->engine->Write({t}).ok());
        }
      }
      routing->reach.push_back({reach, std::chrono::steady_clock::now(), live});
    }
    source_->current = routing;
    RoutedOptions options;
    options.damage_heard = [this](const std::string& collection, const std::string& node,
                                  const absl::Status& damage) {
      damage_.Note(collection, node, damage);
    };
    collection_ = std::make_unique<RoutedCollection>("c", source_, nullptr, io_, options);
  }

  Query SomeQuery(Rng& rng) {
    Query query = testing::RandomQuery(rng, c_);
    query.filter.homes = HomeSet::All();
    return query;
  }

  const TempDir dir_;
  testing::RandomCollection c_;
  IoThread io_;
  std::vector<std::unique_ptr<TestNode>> nodes_;
  std::vector<std::string> told_;
  DamageReports damage_{[this](absl::string_view line) { told_.emplace_back(line); }};
  const std::shared_ptr<TestSource> source_ = std::make_shared<TestSource>();
  std::unique_ptr<RoutedCollection> collection_;
};

// Also where slots were left out for their geodabs, and a tag or an object selects few.
TEST_F(RoutedTest, IsExactWhereOneEngineWithEverythingIs) {
  TestNode whole(io_, c_.params);
  for (const Trajectory& t : c_.live) ASSERT_TRUE(whole.engine->Write({t}).ok());
  Rng rng(kRoutedCollectionSeed + 7);
  int exact = 0, filtered = 0, queries = 0;
  for (int q = 0; q < 600; ++q) {
    const Query query = SomeQuery(rng);
    if (!query.rerank) continue;
    const auto read = Search(*collection_, query, {}, {});
    const auto one = whole.engine->Search(query, {});
    ASSERT_TRUE(read.ok() && one.ok()) << read.status() << one.status();
    EXPECT_EQ(read->answer.exact, one->exact) << "query " << q;
    ++queries;
    exact += one->exact ? 1 : 0;
    filtered += one->exact && !query.exact && !query.filter.empty() ? 1 : 0;
  }
  EXPECT_GT(filtered, 20);
  EXPECT_LT(exact, queries);
}

// What is known to live in the slots decides who is asked, what lives there the answer.
TEST_F(RoutedTest, OfFewAllSlotsAreAskedAtOnce) {
  TestNode whole(io_, c_.params);
  for (const Trajectory& t : c_.live) ASSERT_TRUE(whole.engine->Write({t}).ok());
  Query query;
  query.fixes = c_.live[0].fixes;
  query.rerank = {.measure = *MakeMeasure("dtw", {}), .name = "dtw"};
  const std::shared_ptr<const Routing> known = source_->current;
  for (const uint64_t live : {uint64_t{0}, uint64_t{9}, uint64_t{1000}}) {
    const auto told = std::make_shared<Routing>(*known);
    for (SlotReach& slot : told->reach) slot.live = live == 9 ? slot.live : live;
    source_->current = told;
    for (const int more : {-1, 0}) {
      query.rerank->candidates = c_.live.size() + more;
      const auto read = Search(*collection_, query, {}, {});
      ASSERT_TRUE(read.ok()) << read.status();
      if (live == 1000) {  // too many are known to live where nobody was asked
        EXPECT_EQ(read->answer.exact, more == 0 && read->report.pruned == 0);
        continue;
      }
      const SearchAnswer truth = *whole.engine->Search(query, {});
      EXPECT_EQ(read->answer.exact, more == 0);
      EXPECT_EQ(read->answer.exact, truth.exact);
      EXPECT_EQ(read->answer.hits.size(), truth.hits.size());
      EXPECT_STREQ(read->answer.cost.plan, truth.cost.plan);
      EXPECT_TRUE(more < 0 || read->report.pruned == 0);
    }
  }
}

TEST_F(RoutedTest, AnswersAsOneEngineAlsoWithoutOneNode) {
  Rng rng(kRoutedCollectionSeed + 1);
  for (int q = 0; q < 120; ++q) {
    if (q == 60) nodes_[1]->away = true;  // every slot has another replica
    for (const auto& node : nodes_) node->wired = q % 2 == 0;
    const Query query = SomeQuery(rng);
    const auto read = Search(*collection_, query, {}, {});
    ASSERT_TRUE(read.ok()) << read.status();
    const SearchAnswer truth = BruteForceSearch(c_.live, c_.params, query);
    ASSERT_EQ(read->answer.hits.size(), truth.hits.size());
    for (size_t i = 0; i < truth.hits.size(); ++i) {
      EXPECT_EQ(read->answer.hits[i].id, truth.hits[i].id);
      EXPECT_EQ(read->answer.hits[i].distance_m, truth.hits[i].distance_m);
    }
    EXPECT_TRUE(truth.exact || !read->answer.exact);
    const ReadReport& report = read->report;
    EXPECT_EQ(report.asked + report.pruned, source_->current->placement.slots());
    EXPECT_EQ(report.answered, report.asked);
    EXPECT_LE(report.nodes, 3u);
  }
}

TEST_F(RoutedTest, TheDamageOfOneNodeIsItsOwnAndIsTold) {
  Rng rng(kRoutedCollectionSeed + 3);
  nodes_[1]->damaged = true;
  for (int q = 0; q < 30; ++q) {
    const Query query = SomeQuery(rng);
    const auto read = Search(*collection_, query, {}, {});
    ASSERT_TRUE(read.ok()) << read.status();
    EXPECT_EQ(read->answer.hits.size(), BruteForceSearch(c_.live, c_.params, query).hits.size());
    EXPECT_EQ(read->report.failed, 0u);
  }
  const std::vector<DamageReport> reports = damage_.All();
  ASSERT_EQ(reports.size(), 1u);
  EXPECT_EQ(reports[0].collection, "c");
  EXPECT_EQ(reports[0].node, source_->current->placement.nodes[1].name);
  EXPECT_EQ(reports[0].problem, "a flipped bit");
  EXPECT_GT(reports[0].times, 0u);
  EXPECT_EQ(told_.size(), 1u) << "not each time";
  nodes_[0]->damaged = nodes_[2]->damaged = true;
  EXPECT_TRUE(absl::IsDataLoss(Range(*collection_, {}, {}, {}).status()));
}

TEST_F(RoutedTest, ExactByEveryMeasureIsTheSameAlsoWithoutOneNode) {
  Rng rng(kRoutedCollectionSeed + 2);
  for (const bool away : {false, true}) {
    nodes_[2]->away = away;
    for (const MeasureEntry& entry : AllMeasures()) {
      for (int q = 0; q < 10; ++q) {
        SCOPED_TRACE(absl::StrCat(entry.name, ", query ", q, away ? " without a node" : ""));
        Query query = SomeQuery(rng);
        query.rerank = testing::SampleRerank(entry.name);
        query.exact = true;
        query.max_distance_m.reset();
        const SearchAnswer best = BruteForceSearch(c_.live, c_.params, query);
        for (const auto& node : nodes_) node->wired = q % 4 < 2;
        if (q % 2 == 1 && !best.hits.empty()) {  // a range that ends at a hit
          query.max_distance_m = best.hits.back().distance_m;
          query.k = 10'000;
        }
        const auto read = Search(*collection_, query, {}, {});
        ASSERT_TRUE(read.ok()) << read.status();
        const SearchAnswer truth = BruteForceSearch(c_.live, c_.params, query);
        EXPECT_TRUE(read->answer.exact);
        ASSERT_EQ(read->answer.hits.size(), truth.hits.size());
        for (size_t i = 0; i < truth.hits.size(); ++i) {
          EXPECT_EQ(read->answer.hits[i].id, truth.hits[i].id);
          EXPECT_EQ(read->answer.hits[i].distance_m, truth.hits[i].distance_m);
          EXPECT_EQ(read->answer.hits[i].part, truth.hits[i].part);
        }
        const ReadReport& report = read->report;
        EXPECT_EQ(report.asked + report.pruned, source_->current->placement.slots());
        EXPECT_EQ(report.slots.size(), report.asked);
      }
    }
  }
}

TEST_F(RoutedTest, GoesByTheNewerPlacementOnceANodeSaysSo) {
  const auto newer = std::make_shared<Routing>(*source_->current);
  newer->placement.epoch = Epoch(2);
  source_->next = newer;
  for (const auto& node : nodes_) node->epoch = 2;
  const auto read = Range(*collection_, {}, {}, {});
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->answer.ids.size(), std::min<size_t>(100, c_.live.size()));
  EXPECT_EQ(source_->refreshed, 1);
  for (const auto& node : nodes_) node->epoch = 3;  // nobody knows of it
  EXPECT_TRUE(absl::IsUnavailable(Range(*collection_, {}, {}, {}).status()));
}

TEST_F(RoutedTest, AsksEachNodeOnceForAllOfItsSlots) {
  for (const auto& node : nodes_) node->calls = 0;
  const auto read = Range(*collection_, {}, {}, {});
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->report.nodes, 3u);
  for (const auto& node : nodes_) EXPECT_EQ(node->calls, 1);
}

// The rounds of calls, and how many there are.
TEST_F(RoutedTest, AQuestionTakesAsFewRoundsAsItNeeds) {
  const auto called = [&] {
    int sum = 0;
    for (const auto& node : nodes_) sum += node->calls.exchange(0);
    return sum;
  };
  called();
  const auto everywhere = std::make_shared<Routing>(*source_->current);
  everywhere->reach.clear();  // nothing is known to be in vain
  source_->current = everywhere;
  Query query;
  query.fixes = c_.live[0].fixes;
  query.show = Show{.summary = true, .tags = true, .geometry = true};
  for (const bool wired : {false, true}) {
    for (const auto& node : nodes_) node->wired = wired;
    query.rerank.reset();
    auto read = Search(*collection_, query, {}, {});
    ASSERT_TRUE(read.ok()) << read.status();
    ASSERT_FALSE(read->answer.hits.empty());
    EXPECT_EQ(read->report.rounds, 1u);
    EXPECT_EQ(called(), static_cast<int>(read->report.nodes));
    query.rerank = {.measure = *MakeMeasure("dtw", {}), .candidates = 5, .name = "dtw"};
    read = Search(*collection_, query, {}, {});
    ASSERT_TRUE(read.ok()) << read.status();
    EXPECT_EQ(read->report.rounds, 2u);
    EXPECT_LE(called(), 2 * static_cast<int>(read->report.nodes));
    // Where a hit is at home has been heard.
    const auto known = Get(*collection_, absl::MakeConstSpan(&read->answer.hits[0].id, 1), {}, {});
    ASSERT_TRUE(known.ok()) << known.status();
    EXPECT_TRUE(known->answer[0].has_value());
    EXPECT_EQ(known->report.rounds, 1u);
    EXPECT_EQ(called(), 1);
  }
}

TEST_F(RoutedTest, AnIdIsLookedForWhereItWasAndThenEverywhere) {
  const auto get = [&](const TrajectoryId& id) {
    for (const auto& node : nodes_) node->calls = 0;
    auto read = Get(*collection_, absl::MakeConstSpan(&id, 1), {}, {});
    EXPECT_TRUE(read.ok()) << read.status();
    return *std::move(read);
  };
  const TrajectoryId id = c_.live.back().id;
  EXPECT_EQ(get(id).report.asked, 6u);
  const auto again = get(id);
  EXPECT_EQ(again.report.asked, 1u);
  EXPECT_EQ(again.report.pruned, 5u);
  EXPECT_EQ(again.answer[0]->trajectory, c_.live.back());
  for (const auto& node : nodes_) ASSERT_TRUE(node->engine->Delete({id}).ok());
  const auto gone = get(id);
  EXPECT_FALSE(gone.answer[0].has_value());
  EXPECT_EQ(gone.report.asked, 6u) << "it may have moved";
  EXPECT_EQ(gone.report.rounds, 2u);
}

TEST_F(RoutedTest, HitsShowWhatTheirRecordsHaveAlsoByNodesOfTheVersionBefore) {
  std::map<std::string, const Trajectory*> by_id;
  for (const Trajectory& t : c_.live) by_id[t.id.value()] = &t;
  Rng rng(kRoutedCollectionSeed + 9);
  RoutedOptions options;  // another replica has other versions here: none is asked twice
  options.hedging.samples_least = SIZE_MAX;
  const RoutedCollection collection("c", source_, nullptr, io_, options);
  size_t shown = 0;
  for (int q = 0; q < 60; ++q) {
    for (size_t n = 0; n < nodes_.size(); ++n) {
      nodes_[n]->wired = q % 2 == 0;
      nodes_[n]->before = q % 3 == 2 && (q % 6 == 2 || n == 1);
    }
    Query query = SomeQuery(rng);
    query.show = Show{.summary = q % 4 < 2, .tags = q % 5 < 3, .geometry = q % 7 < 4};
    const auto read = Search(collection, query, {}, {});
    ASSERT_TRUE(read.ok()) << read.status();
    for (const Hit& hit : read->answer.hits) {
      ASSERT_TRUE(hit.shown.has_value()) << "query " << q;
      const Trajectory& t = *by_id.at(hit.id.value());
      const uint32_t geodabs =
          static_cast<uint32_t>(MakeFingerprint(t.view(), c_.params).geodabs.size());
      EXPECT_EQ(*hit.shown,
                ShownOf({.trajectory = t, .version = 1, .geodabs = geodabs}, *query.show))
          << "query " << q;
      ++shown;
    }
    const RangeQuery page{.filter = query.filter, .limit = 20, .after_id = "", .show = query.show};
    const auto listed = Range(collection, page, {}, {});
    ASSERT_TRUE(listed.ok()) << listed.status();
    ASSERT_EQ(listed->answer.shown.size(), listed->answer.ids.size());
    for (size_t i = 0; i < listed->answer.ids.size(); ++i) {
      ASSERT_TRUE(listed->answer.shown[i].has_value());
      EXPECT_EQ(listed->answer.shown[i]->object, by_id.at(listed->answer.ids[i].value())->object);
    }
  }
  EXPECT_GT(shown, 50u);
}

TEST_F(RoutedTest, CountsRecordsOnceAndBytesOnEveryNode) {
  const auto counts = collection_->Count({});
  ASSERT_TRUE(counts.ok()) << counts.status();
  EXPECT_EQ(counts->stats.trajectories, c_.live.size());
  EXPECT_EQ(counts->replicas, 2u);
  EXPECT_TRUE(counts->complete);
  uint64_t disk = 0;
  for (const auto& node : nodes_) disk += node->engine->Stats().disk_bytes;
  EXPECT_EQ(counts->stats.disk_bytes, disk);
}

TEST_F(RoutedTest, RefusesTheTokenOfAnotherLog) {
  ReadTerms terms;
  terms.written.emplace();
  terms.written->position.log_id = 78;
  EXPECT_TRUE(absl::IsFailedPrecondition(Range(*collection_, {}, terms, {}).status()));
}

TEST_F(RoutedTest, WaitsOnOneReplicaOrOnAll) {
  WrittenTo written;
  written.position.log_id = 77;
  for (const auto& node : nodes_) node->calls = 0;
  const auto called = [&] {
    int sum = 0;
    for (const auto& node : nodes_) sum += node->calls.exchange(0);
    return sum;
  };
  using Applied = ClusterCollection::Applied;
  written.homes = {RangeOf(source_->current->placement.cuts, 0)};
  EXPECT_TRUE(collection_->AwaitApplied(written, Applied::kOnOne, {}).ok());
  EXPECT_EQ(called(), 1);
  EXPECT_TRUE(collection_->AwaitApplied(written, Applied::kOnAll, {}).ok());
  EXPECT_EQ(called(), 3) << "also where a former version may have been at home";
  nodes_[0]->away = true;
  EXPECT_TRUE(collection_->AwaitApplied(written, Applied::kOnOne, {}).ok());
  EXPECT_FALSE(collection_->AwaitApplied(written, Applied::kOnAll, {}).ok());
}

TEST(LocalCluster, ACollectionMadeAgainIsAnotherOne) {
  const TempDir dir;
  const auto node = *EmbeddedNode::Open(dir.path(), {.memory_bytes = 32 << 20});
  const auto cluster = LocalCluster(*node);
  Rng rng(kRoutedCollectionSeed);
  const auto write = [&](ClusterCollection& to, const std::string& id) {
    std::promise<absl::StatusOr<WrittenTo>> written;
    to.Write({testing::RandomTrajectory(rng, id, kRoutedCollectionSize)},
             [&](absl::StatusOr<WrittenTo> w) { written.set_value(std::move(w)); });
    return *written.get_future().get();
  };
  const auto first = cluster->Create("c", IndexParams(), {})->collection;
  const WrittenTo token = write(*first, "a");
  EXPECT_EQ(*cluster->Find("c"), first);
  EXPECT_TRUE(first->AwaitApplied(token, ClusterCollection::Applied::kOnAll, {}).ok());
  ASSERT_TRUE(cluster->Drop("c", {}).ok());
  EXPECT_TRUE(absl::IsNotFound(cluster->Find("c").status()));
  ASSERT_TRUE(node->Create("c", IndexParams()).ok());  // also behind its back
  const auto second = *cluster->Find("c");
  EXPECT_NE(second, first);
  const TrajectoryId id("a");
  EXPECT_FALSE(Get(*second, absl::MakeConstSpan(&id, 1), {}, {})->answer[0].has_value());
  ReadTerms terms;
  terms.written = token;
  EXPECT_TRUE(absl::IsFailedPrecondition(Range(*second, {}, terms, {}).status()));
  EXPECT_EQ(second->Count({})->stats.trajectories, 0u);
  EXPECT_TRUE(cluster->Ready().ok());
}

}  // namespace
}  // namespace spoor
