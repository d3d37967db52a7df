#include "shard/questions/node_messages.h"

#include <gtest/gtest.h>

#include <cmath>

#include "engine/store/log_value.h"
#include "proto/node.pb.h"
#include "shard/node/node.h"
#include "shard/questions/get.h"
#include "shard/questions/message_parts.h"
#include "shard/questions/node_service.h"
#include "shard/questions/stats.h"
#include "tests/engine/random_collection.h"
#include "tests/engine/random_query.h"

namespace spoor {
namespace {

using testing::Rng;
using testing::TempDir;

constexpr uint64_t kNodeMessagesSeed = 20261203;

// Over the wire and back.
template <typename Message, typename Value, typename... Rest>
auto Sent(const Value& value, const Rest&... rest) {
  Message message, arrived;
  Encode(value, message);
  EXPECT_TRUE(arrived.ParseFromString(message.SerializeAsString()));
  return Decode(arrived, rest...);
}

TEST(NodeMessages, QuestionsArriveAsTheyWereSent) {
  Asking<GetQuestion> get;
  get.collection = "c";
  get.question.ids = {TrajectoryId("a"), TrajectoryId("b\xC3\xA4")};
  get.question.mask = {{1, 2}, {5, UINT64_MAX}};
  get.demand.written = LogPosition{.log_id = 9, .next = {1, 0, 7}};
  get.demand.max_staleness_ms = 0;
  const auto sent = [](const auto& asking) {
    return std::decay_t<decltype(asking)>::Decode(asking.Encode());
  };
  const auto arrived = sent(get);
  ASSERT_TRUE(arrived.ok()) << arrived.status();
  EXPECT_EQ(arrived->collection, "c");
  EXPECT_EQ(arrived->question.ids, get.question.ids);
  EXPECT_EQ(arrived->question.homes(), get.question.homes());
  EXPECT_EQ(arrived->demand.written, get.demand.written);
  EXPECT_EQ(arrived->demand.max_staleness_ms, 0u);
  get.question.mask = HomeSet::None();  // none at all is not all
  EXPECT_EQ(sent(get)->question.homes(), HomeSet::None());
  EXPECT_EQ(sent(Asking<GetQuestion>())->question.homes(), HomeSet::All());
  Asking<StatsQuestion> stats;
  stats.question.mask = {{1, 2}};
  EXPECT_EQ(sent(stats)->question.homes(), stats.question.mask);
  EXPECT_EQ(*Sent<v1::WaitRequest>(*get.demand.written), *get.demand.written);
}

TEST(NodeMessages, RecordsArriveAsTheyWereStored) {
  Rng rng(kNodeMessagesSeed);
  std::vector<Trajectory> sent;
  std::vector<TrajectoryId> ids;
  Engine::StoredRecords records;
  auto& stored = records.found;
  for (uint64_t i = 0; i < 20; ++i) {
    ids.emplace_back(absl::StrCat("t", i));
    sent.push_back(testing::RandomTrajectory(rng, ids[i].value(), testing::kSmall));
    stored.emplace_back();
    if (i % 3 == 0) continue;
    stored[i] = {.version = i, .geodabs = 7, .value = EncodeLogValue(sent[i])};
  }
  Told<GetQuestion> told;
  told.answer = {.records = records, .seen = {.log_id = 9, .next = {4}}};
  told.answer.records.damaged = 2;
  told.staleness_ms = 30;
  const auto received = Told<GetQuestion>::Decode({.ids = ids}, told.Encode());
  ASSERT_TRUE(received.ok()) << received.status();
  EXPECT_EQ(received->staleness_ms, 30u);
  EXPECT_EQ(received->answer.records.damaged, 2u);
  EXPECT_EQ(received->answer.seen, told.answer.seen);
  const auto arrived = Decode(received->answer.records, ids);
  ASSERT_TRUE(arrived.ok()) << arrived.status();
  for (size_t i = 0; i < stored.size(); ++i) {
    ASSERT_EQ((*arrived)[i].has_value(), i % 3 != 0);
    if (!stored[i]) continue;
    EXPECT_EQ((*arrived)[i]->trajectory, sent[i]);
    EXPECT_EQ((*arrived)[i]->version, i);
    EXPECT_EQ((*arrived)[i]->geodabs, 7u);
  }
}

TEST(NodeMessages, StatsArriveAsTheyWereSent) {
  NodeStats node;
  node.ready = false;
  node.staleness_ms = 17;
  node.stats.trajectories = 3;
  node.stats.disk_bytes = 4;
  node.stats.memory_segments = 2;
  node.stats.mapped_bytes = 6;
  node.stats.log.log_id = 5;
  node.stats.log.next = {3, 4};
  node.stats.params = PaperParams();
  node.stats.extent = Box{1, 2, 3, 4};
  node.stats.reindexing = true;
  node.stats.reindex_progress = .25;
  const auto arrived = Sent<v1::StatsReply>(node);
  ASSERT_TRUE(arrived.ok()) << arrived.status();
  EXPECT_FALSE(arrived->ready);
  EXPECT_EQ(arrived->staleness_ms, 17u);
  EXPECT_EQ(arrived->stats.trajectories, 3u);
  EXPECT_EQ(arrived->stats.disk_bytes, 4u);
  EXPECT_EQ(arrived->stats.memory_segments, 2u);
  EXPECT_EQ(arrived->stats.mapped_bytes, 6u);
  EXPECT_EQ(arrived->stats.log, node.stats.log);
  EXPECT_EQ(arrived->stats.position, 7u);
  EXPECT_EQ(arrived->stats.params, PaperParams());
  EXPECT_EQ(arrived->stats.extent, node.stats.extent);
  EXPECT_EQ(arrived->stats.reindex_progress, .25);
  EXPECT_EQ(Sent<v1::StatsReply>(NodeStats())->stats.params, std::nullopt);
}

TEST(NodeMessages, RefuseByTheNameOfTheField) {
  const auto says = [](const absl::Status& status, absl::string_view field) {
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
    EXPECT_EQ(status.message().substr(0, field.size()), field) << status;
  };
  v1::GetRequest get;
  const auto asking = [&get] { return Asking<GetQuestion>::Decode(get.SerializeAsString()); };
  get.add_ids("a\n");
  says(asking().status(), "ids");
  get.set_ids(0, "a");
  get.mutable_demand()->add_next(3);
  says(asking().status(), "demand.log_id");
  get.clear_demand();
  get.set_masked(true);
  get.add_homes()->set_first(2);
  says(asking().status(), "homes");

  const std::vector<TrajectoryId> ids = {TrajectoryId("a")};
  v1::GetReply found;
  found.add_found()->set_index(1);
  const auto told = [&] {
    return Told<GetQuestion>::Decode({.ids = ids}, found.SerializeAsString());
  };
  EXPECT_EQ(told().status().code(), absl::StatusCode::kInternal);  // it is the node's mistake
  EXPECT_EQ(told().status().message().substr(0, 11), "found.index");
  found.mutable_found(0)->set_index(0);
  ASSERT_TRUE(told().ok());
  EXPECT_EQ(Decode(told()->answer.records, ids).status().code(), absl::StatusCode::kDataLoss);

  v1::StatsReply stats;
  stats.set_params("x");
  says(Decode(stats).status(), "params");
  stats.clear_params();
  stats.set_reindex_progress(NAN);
  says(Decode(stats).status(), "reindex_progress");
  stats.clear_reindex_progress();
  for (uint32_t i = 0; i <= kMaxPartitions; ++i) stats.add_next(1);
  says(Decode(stats).status(), "next");
}

class NodeServiceTest : public ::testing::Test {
 protected:
  void SetUp() override {
    NodeOptions options;
    options.memory_bytes = 32 << 20;
    node_ = *EmbeddedNode::Open(dir_.path(), options);
    service_ = std::make_unique<NodeService>(*node_);
    engine_ = node_->Create("c", IndexParams())->engine;
    Rng rng(kNodeMessagesSeed);
    trip_ = testing::RandomTrajectory(rng, "a", testing::kSmall);
    ASSERT_TRUE(engine_->Write({trip_}).ok());
  }

  template <typename Reply, typename Request>
  absl::StatusOr<Reply> Ask(const std::string& method, Request request) {
    if constexpr (requires { request.set_collection(""); }) request.set_collection("c");
    const auto answer = service_->Serve(
        {.method = method, .body = request.SerializeAsString(), .epoch = 0, .trace_parent = {}},
        {});
    if (!answer.ok()) return answer.status();
    Reply reply;
    EXPECT_TRUE(reply.ParseFromString(*answer));
    return reply;
  }

  const TempDir dir_;
  std::unique_ptr<EmbeddedNode> node_;
  std::unique_ptr<NodeService> service_;
  EnginePtr engine_;
  Trajectory trip_;
};

TEST_F(NodeServiceTest, GetsWhatLivesInTheHomes) {
  const uint64_t home = HomeKey(trip_.view(), "a");
  GetQuestion question;
  question.ids = {TrajectoryId("a"), TrajectoryId("none")};
  const auto count = [&] {
    Asking<GetQuestion> asking;
    asking.question = question;
    v1::GetRequest request;
    EXPECT_TRUE(request.ParseFromString(asking.Encode()));
    return Ask<v1::GetReply>("get", request)->found_size();
  };
  EXPECT_EQ(count(), 1);
  question.mask = {{home, home}};
  EXPECT_EQ(count(), 1);
  question.mask = {{home + 1, UINT64_MAX}};
  EXPECT_EQ(count(), 0);
}

TEST_F(NodeServiceTest, KeepsDemandsAndNamesWhatIsNotThere) {
  Asking<GetQuestion> question;
  question.demand.written = engine_->position();
  v1::GetRequest request;
  ASSERT_TRUE(request.ParseFromString(question.Encode()));
  EXPECT_TRUE(Ask<v1::GetReply>("get", request).ok());
  request.mutable_demand()->set_log_id(1 + request.demand().log_id());
  EXPECT_TRUE(absl::IsFailedPrecondition(Ask<v1::GetReply>("get", request).status()));
}

TEST_F(NodeServiceTest, CountsTheHomes) {
  v1::StatsRequest request;
  EXPECT_EQ(Ask<v1::StatsReply>("stats", request)->trajectories(), 1u);
  request.set_masked(true);
  EXPECT_EQ(Ask<v1::StatsReply>("stats", request)->trajectories(), 0u);
}

}  // namespace
}  // namespace spoor
