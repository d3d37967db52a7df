#include "shard/join_messages.h"

#include <gtest/gtest.h>

#include <cmath>

#include "proto/join.pb.h"

namespace spoor {
namespace {

const std::vector<Fix> kFixes = {{1, 2, 1000}, {3, 4, 2000}};

TEST(JoinMessages, AWalkComesBackAsItWas) {
  WalkQuery query;
  query.after.home = 7;
  query.after.id = std::string("a");
  query.limit = 12;
  query.filter.objects = {"cab"};
  v1::WalkRequest request;
  Encode(query, request);
  const auto decoded = Decode(request);
  ASSERT_TRUE(decoded.ok()) << decoded.status();
  EXPECT_EQ(decoded->after, query.after);
  EXPECT_EQ(decoded->filter.objects, query.filter.objects);
  EXPECT_EQ(decoded->limit, 12u);

  WalkAnswer answer;
  for (const std::string& id : std::vector<std::string>{"b", "c"}) {
    WalkAnswer::Step& step = answer.steps.emplace_back();
    step.place.home = 8;
    step.place.id = id;
    step.version = 3;
    step.fixes = kFixes;
  }
  answer.reached.home = 9;
  answer.more = true;
  answer.looked_at = 5;
  answer.position = 6;
  v1::WalkReply reply;
  Encode(answer, reply);
  const auto back = Decode(reply);
  ASSERT_TRUE(back.ok()) << back.status();
  EXPECT_EQ(back->steps, answer.steps);
  EXPECT_EQ(back->reached, answer.reached);
  EXPECT_TRUE(back->more);
  EXPECT_EQ(back->looked_at, 5u);
  EXPECT_EQ(back->position, 6u);
}

JoinProbe Probe() {
  JoinProbe probe;
  probe.after.home = 7;
  probe.after.id = std::string("a");
  probe.fixes = kFixes;
  return probe;
}

v1::ProbeRequest Request() {
  JoinQuery query;
  query.min_score = .5;
  query.direction = Direction::kEither;
  query.max_pairs = 9;
  v1::ProbeRequest request;
  Encode(query, request);
  Encode(Probe(), request);
  return request;
}

TEST(JoinMessages, AProbeComesBackAsItWas) {
  const auto decoded = Decode(Request());
  ASSERT_TRUE(decoded.ok()) << decoded.status();
  EXPECT_EQ(decoded->query.min_score, .5);
  EXPECT_EQ(decoded->query.direction, Direction::kEither);
  EXPECT_EQ(decoded->query.max_pairs, 9u);
  ASSERT_EQ(decoded->probes.size(), 1u);
  EXPECT_EQ(decoded->probes[0].after, Probe().after);
  EXPECT_EQ(decoded->probes[0].fixes, kFixes);

  JoinQuery measured;
  measured.measure = Rerank{.measure = *MakeMeasure("dtw", {}), .name = "dtw"};
  measured.max_distance_m = 20;
  v1::ProbeRequest request;
  Encode(measured, request);
  Encode(Probe(), request);
  const auto back = Decode(request);
  ASSERT_TRUE(back.ok()) << back.status();
  EXPECT_EQ(back->query.measure->name, "dtw");
  EXPECT_EQ(back->query.max_distance_m, 20);
}

JoinAnswer SomeAnswer() {
  JoinAnswer answer;
  const auto add = [&](uint32_t probe, uint64_t home, const char* id, double score) {
    JoinPair& pair = answer.pairs.emplace_back();
    pair.probe = probe;
    pair.partner.home = home;
    pair.partner.id = std::string(id);
    pair.version = 3 + home;
    pair.score = score;
  };
  add(0, 1, "a", .5);
  add(0, 1, "b", .75);
  add(2, 0, "a", 1);
  answer.pairs[1].direction = Direction::kOpposite;
  answer.pairs[2].distance_m = 12.5;
  answer.complete = false;
  answer.position = 77;
  answer.params = IndexParams();
  return answer;
}

TEST(JoinMessages, PairsComeBackAsTheyWere) {
  v1::ProbeReply reply;
  Encode(SomeAnswer(), reply);
  const auto back = Decode(reply, 3);
  ASSERT_TRUE(back.ok()) << back.status();
  EXPECT_EQ(back->pairs, SomeAnswer().pairs);
  EXPECT_FALSE(back->complete);
  EXPECT_EQ(back->position, 77u);
  EXPECT_EQ(back->params, IndexParams());
}

TEST(JoinMessages, RefuseWhatTheEngineWouldNotTake) {
  const auto refused = [](auto change) {
    v1::ProbeRequest request = Request();
    change(request);
    return absl::IsInvalidArgument(Decode(request).status());
  };
  EXPECT_TRUE(refused([](auto& r) { r.clear_probes(); }));
  EXPECT_TRUE(refused([](auto& r) { r.set_min_score(0); }));
  EXPECT_TRUE(refused([](auto& r) { r.set_min_score(std::nan("")); }));
  EXPECT_TRUE(refused([](auto& r) { r.set_max_pairs(0); }));
  EXPECT_TRUE(refused([](auto& r) { r.set_max_pairs(JoinQuery::kMaxPairs + 1); }));
  EXPECT_TRUE(refused([](auto& r) { r.set_max_distance_m(1); }));
  EXPECT_TRUE(refused([](auto& r) { r.mutable_probes(0)->clear_fixes(); }));
  EXPECT_TRUE(refused([](auto& r) { r.mutable_measure()->set_measure("none"); }));
  EXPECT_TRUE(refused([](auto& r) { r.set_direction(static_cast<v1::Direction>(9)); }));

  const auto broken = [](auto change) {
    v1::ProbeReply reply;
    Encode(SomeAnswer(), reply);
    change(reply);
    return absl::IsInvalidArgument(Decode(reply, 3).status());
  };
  EXPECT_TRUE(broken([](auto& r) { r.set_probe(2, 3); }));
  EXPECT_TRUE(broken([](auto& r) { r.set_id(1, "a"); }));  // twice
  EXPECT_TRUE(broken([](auto& r) { r.set_id(1, ""); }));
  EXPECT_TRUE(broken([](auto& r) { r.add_score(1); }));
  EXPECT_TRUE(broken([](auto& r) { r.set_distance_m(0, std::nan("")); }));
  EXPECT_TRUE(broken([](auto& r) { r.set_params("x"); }));
  EXPECT_FALSE(broken([](auto&) {}));
}

}  // namespace
}  // namespace spoor
