#include "shard/questions/join_messages.h"

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

v1::ProbeRequest AProbeRequest() {
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
  const auto decoded = Decode(AProbeRequest());
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
  for (const std::string& id : std::vector<std::string>{"bb", "a", "c"}) {
    answer.partners.push_back({.place = {1, id}, .version = 3});
  }
  answer.pairs = {{.probe = 0, .partner = 1, .score = .5},
                  {.probe = 0, .partner = 0, .direction = Direction::kOpposite, .score = .75},
                  {.probe = 2, .partner = 1, .score = 1}};
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
  EXPECT_EQ(back->partners, SomeAnswer().partners);
  EXPECT_FALSE(back->complete);
  EXPECT_EQ(back->position, 77u);
  EXPECT_EQ(back->params, IndexParams());
}

TEST(JoinMessages, NoMorePairsComeThanMayBeAskedFor) {
  constexpr uint32_t kMost = JoinQuery::kMaxPairs;
  v1::ProbeReply reply;
  reply.set_complete(true);
  reply.add_partner_home(1), reply.add_partner_version(1), reply.add_partner_id_bytes(1);
  reply.set_partner_ids("a");
  for (uint32_t i = 0; i <= kMost; ++i) reply.add_probe(i), reply.add_partner(0);
  EXPECT_TRUE(absl::IsInvalidArgument(Decode(reply, kMost + 1).status()));
  reply.mutable_probe()->RemoveLast();
  reply.mutable_partner()->RemoveLast();
  EXPECT_TRUE(Decode(reply, kMost + 1).ok());
}

TEST(JoinMessages, AColumnOfZerosIsNotSent) {
  JoinAnswer answer = SomeAnswer();
  for (JoinPair& pair : answer.pairs) {
    pair.distance_m = 12.5;
    pair.score = 0;
    pair.direction = Direction::kSame;
  }
  v1::ProbeReply reply;
  Encode(answer, reply);
  EXPECT_TRUE(reply.score().empty() && reply.opposite().empty());
  const auto back = Decode(reply, 3);
  ASSERT_TRUE(back.ok()) << back.status();
  EXPECT_EQ(back->pairs, answer.pairs);
}

TEST(JoinMessages, RefuseWhatTheEngineWouldNotTake) {
  const auto refused = [](auto change) {
    v1::ProbeRequest request = AProbeRequest();
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
  EXPECT_TRUE(broken([](auto& r) { r.set_partner(1, 1); }));  // twice
  EXPECT_TRUE(broken([](auto& r) { r.set_partner(1, 3); }));  // there are three
  EXPECT_TRUE(broken([](auto& r) { r.add_partner(2); }));
  EXPECT_TRUE(broken([](auto& r) { r.add_score(1); }));
  EXPECT_TRUE(broken([](auto& r) { r.set_score(0, std::nan("")); }));
  EXPECT_TRUE(broken([](auto& r) { r.add_distance_m(1); }));
  EXPECT_TRUE(broken([](auto& r) {
    for (int i = 0; i < 3; ++i) r.add_distance_m(std::nan(""));
  }));
  EXPECT_TRUE(broken([](auto& r) { r.add_partner_version(1); }));
  EXPECT_TRUE(broken([](auto& r) { r.add_partner_id_bytes(0); }));
  EXPECT_TRUE(broken([](auto& r) { r.set_partner_id_bytes(0, 3); }));  // more than there are
  EXPECT_TRUE(broken([](auto& r) { r.set_partner_id_bytes(0, 1); }));  // one is left
  EXPECT_TRUE(broken([](auto& r) { r.set_partner_id_bytes(0, 0), r.set_partner_id_bytes(1, 3); }));
  EXPECT_TRUE(broken([](auto& r) {  // more partners than pairs
    r.add_partner_home(1), r.add_partner_version(1), r.add_partner_id_bytes(1);
    r.mutable_partner_ids()->append("d");
  }));
  EXPECT_TRUE(broken([](auto& r) { r.set_params("x"); }));
  EXPECT_FALSE(broken([](auto&) {}));
}

}  // namespace
}  // namespace spoor
