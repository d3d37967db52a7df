#include "shard/place/placement.h"

#include <gtest/gtest.h>

#include <cstring>
#include <functional>

#include "tests/shard/placements.h"

namespace spoor {
namespace {

using testing::EqualNodes;
using testing::MakeNode;
using testing::RequestOf;
using testing::Rng;
using testing::TownKeys;

// Three slots on three nodes, two replicas each.
Placement SmallPlacement() {
  return {.epoch = Epoch(7),
          .cuts = {100, 1000},
          .nodes = {MakeNode("a", "z1"), MakeNode("b", "z2", 3), MakeNode("c")},
          .replicas = {{0, 1}, {1, 2}, {2, 0}}};
}

TEST(Placement, EveryKeyIsInExactlyOneSlot) {
  const Placement p = SmallPlacement();
  EXPECT_EQ(SlotOf(p.cuts, 0), 0u);
  EXPECT_EQ(SlotOf(p.cuts, 99), 0u);
  EXPECT_EQ(SlotOf(p.cuts, 100), 1u);
  EXPECT_EQ(SlotOf(p.cuts, 999), 1u);
  EXPECT_EQ(SlotOf(p.cuts, 1000), 2u);
  EXPECT_EQ(SlotOf(p.cuts, ~uint64_t{0}), 2u);
  uint64_t next = 0;
  for (uint32_t slot = 0; slot < p.slots(); ++slot) {
    const HomeRange range = RangeOf(p.cuts, slot);
    EXPECT_EQ(range.first, next);
    EXPECT_LE(range.first, range.last);
    EXPECT_EQ(SlotOf(p.cuts, range.first), slot);
    EXPECT_EQ(SlotOf(p.cuts, range.last), slot);
    next = range.last + 1;
  }
  EXPECT_EQ(next, 0u) << "the ranges end where the curve ends";
}

TEST(Placement, TellsTheSlotsOfANode) {
  EXPECT_EQ(SlotsOf(SmallPlacement(), "a"), (std::vector<uint32_t>{0, 2}));
  EXPECT_EQ(SlotsOf(SmallPlacement(), "b"), (std::vector<uint32_t>{0, 1}));
  EXPECT_TRUE(SlotsOf(SmallPlacement(), "nobody").empty());
}

TEST(Placement, AStaleEpochIsTheSmallerOne) {
  Placement next = SmallPlacement();
  next.epoch = Epoch(8);
  EXPECT_LT(SmallPlacement().epoch, next.epoch);
  EXPECT_GT(Epoch(uint64_t{1} << 63), Epoch(8));
}

TEST(Placement, ValidateNamesWhatIsWrongAndWhatIsAllowed) {
  ASSERT_TRUE(Validate(SmallPlacement()).ok()) << Validate(SmallPlacement());
  const struct {
    const char* message;  // how it begins
    std::function<void(Placement&)> spoil;
  } kCases[] = {
      {"nodes is '0', allowed: 1 ... 1024", [](Placement& p) { p.nodes.clear(); }},
      {"name is '', allowed: 1 to 64", [](Placement& p) { p.nodes[0].name = ""; }},
      {"name is 'a b'", [](Placement& p) { p.nodes[0].name = "a b"; }},
      {"name is 'x\\n'", [](Placement& p) { p.nodes[0].name = "x\n"; }},
      {"name is 'b', allowed: one node a name", [](Placement& p) { p.nodes[0].name = "b"; }},
      {"address is 'a', allowed: host:port", [](Placement& p) { p.nodes[0].address = "a"; }},
      {"address is ':1'", [](Placement& p) { p.nodes[0].address = ":1"; }},
      {"address is 'a:0'", [](Placement& p) { p.nodes[0].address = "a:0"; }},
      {"address is 'a:65536'", [](Placement& p) { p.nodes[0].address = "a:65536"; }},
      {"address is 'a:+1'", [](Placement& p) { p.nodes[0].address = "a:+1"; }},
      {"address is '::1:80'", [](Placement& p) { p.nodes[0].address = "::1:80"; }},
      {"zone is 'z/1'", [](Placement& p) { p.nodes[0].zone = "z/1"; }},
      {"weight is '65536', allowed: 0 ... 65535", [](Placement& p) { p.nodes[0].weight = 65536; }},
      {"slots is '0', allowed: 1 ... 4096", [](Placement& p) { p.replicas.clear(); }},
      {"slots is '4097'", [](Placement& p) { p.replicas.resize(4097, {0, 1}); }},
      {"cuts is '1', allowed: 2 ... 2", [](Placement& p) { p.cuts.pop_back(); }},
      {"cuts is '0', allowed: above 0", [](Placement& p) { p.cuts[0] = 0; }},
      {"cuts is '100', allowed: above 100", [](Placement& p) { p.cuts[1] = 100; }},
      {"replicas is '0', allowed: 1 ... 7", [](Placement& p) { p.replicas.assign(3, {}); }},
      {"slots/1/replicas is 'a list of 1', allowed: 2", [](Placement& p) { p.replicas[1] = {1}; }},
      {"slots/2/replicas is '3', allowed: 0 ... 2", [](Placement& p) { p.replicas[2] = {0, 3}; }},
      {"slots/2/replicas is '2 twice'", [](Placement& p) { p.replicas[2] = {2, 2}; }},
  };
  for (const auto& c : kCases) {
    Placement p = SmallPlacement();
    c.spoil(p);
    const absl::Status s = Validate(p);
    EXPECT_EQ(s.code(), absl::StatusCode::kInvalidArgument) << c.message;
    EXPECT_EQ(s.message().substr(0, strlen(c.message)), c.message);
  }
  Placement ipv6 = SmallPlacement();
  ipv6.nodes[0].address = "[::1]:7000";
  EXPECT_TRUE(Validate(ipv6).ok());
}

TEST(Placement, MovesAreWhatANodeLacks) {
  const Placement from = SmallPlacement();
  EXPECT_TRUE(MovesBetween(from, from).empty());
  Placement to = from;
  to.replicas[1] = {1, 0};  // c is out, a comes
  EXPECT_EQ(
      MovesBetween(from, to),
      (std::vector<SlotMove>{{.slot = 1, .range = {100, 999}, .to = "a", .from = {"b", "c"}}}));
  std::swap(to.nodes[0], to.nodes[1]);  // names count, not places in the list
  to.replicas = {{1, 0}, {0, 2}, {2, 1}};
  EXPECT_TRUE(MovesBetween(from, to).empty());
}

TEST(Placement, MovesFollowRangesWhereCutsDiffer) {
  const Placement from = SmallPlacement();
  Placement to = from;
  to.cuts = {100, 500};
  to.replicas = {{0, 1}, {1, 2}, {2, 0}};
  EXPECT_EQ(
      MovesBetween(from, to),
      (std::vector<SlotMove>{{.slot = 2, .range = {500, 999}, .to = "a", .from = {"b", "c"}}}));
}

// Key by key: a node that serves a key holds it or is told to fetch it, and only then.
TEST(Placement, MovesMatchTheDefinitionKeyByKey) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    Rng rng(seed);
    const KeySample sample = TownKeys(rng, 2000);
    const auto nodes = static_cast<uint32_t>(2 + rng() % 6);
    const auto from = Plan(RequestOf(EqualNodes(nodes), 2, sample, 1 + rng() % 40));
    const auto to = Plan(RequestOf(EqualNodes(nodes + 1), 2, sample, 1 + rng() % 40));
    ASSERT_TRUE(from.ok() && to.ok());
    const std::vector<SlotMove> moves = MovesBetween(*from, *to);
    for (size_t i = 0; i < sample.size(); i += 37) {
      const uint64_t key = sample[i];
      for (const PlacedNode& node : to->nodes) {
        const auto serves = [&](const Placement& p) {
          return std::ranges::count(SlotsOf(p, node.name), SlotOf(p.cuts, key)) > 0;
        };
        const auto fetched = std::ranges::count_if(moves, [&](const SlotMove& m) {
          return m.to == node.name && m.range.first <= key && key <= m.range.last;
        });
        EXPECT_EQ(fetched, serves(*to) && !serves(*from) ? 1 : 0);
      }
    }
  }
}

TEST(Placement, SurvivesEncoding) {
  const auto back = DecodePlacement(EncodePlacement(SmallPlacement()));
  ASSERT_TRUE(back.ok()) << back.status();
  EXPECT_EQ(*back, SmallPlacement());
  Rng rng(1);
  for (const uint32_t slots : {1u, 2u, 64u, kMaxSlots}) {
    auto planned = Plan(RequestOf(EqualNodes(9), 3, TownKeys(rng, 5000), slots));
    ASSERT_TRUE(planned.ok()) << planned.status();
    planned->epoch = Epoch(~uint64_t{0});
    const std::string text = EncodePlacement(*planned);
    const auto again = DecodePlacement(text);
    ASSERT_TRUE(again.ok()) << again.status();
    EXPECT_EQ(*again, *planned);
    EXPECT_EQ(EncodePlacement(*again), text);
    EXPECT_LT(text.size(), size_t{512} << 10) << "etcd takes 1.5 MB";
  }
}

// Stored placements outlive the build that wrote them.
TEST(Placement, TextStaysTheSame) {
  EXPECT_EQ(
      EncodePlacement(SmallPlacement()),
      R"({"epoch":"7","nodes":[{"name":"a","address":"a.example:7000","zone":"z1","weight":1},)"
      R"({"name":"b","address":"b.example:7000","zone":"z2","weight":3},)"
      R"({"name":"c","address":"c.example:7000","weight":1}],"cuts":["100","1000"],)"
      R"("slots":[{"replicas":[0,1]},{"replicas":[1,2]},{"replicas":[2,0]}]})");
}

TEST(Placement, DecodeRefusesWhatIsNoPlacement) {
  const std::string good = EncodePlacement(SmallPlacement());
  for (size_t n = 0; n < good.size(); ++n) {
    EXPECT_FALSE(DecodePlacement(good.substr(0, n)).ok()) << n << " bytes";
  }
  const auto replaced = [&](absl::string_view what, absl::string_view by) {
    std::string text = good;
    return text.replace(text.find(std::string(what)), what.size(), std::string(by));
  };
  for (const std::string& bad :
       {replaced("\"1000\"", "\"10\""), replaced("\"1000\"", "\"-1\""),
        replaced("\"1000\"", "\"18446744073709551616\""), replaced("\"epoch\"", "\"epoche\""),
        replaced("[2,0]", "[2,9]"), replaced("[2,0]", "[2,4294967297]"), replaced("\"b\"", "\"a\""),
        replaced("\"b\"", "\"\xFF\""), replaced("\"b\"", "\"\\ud800\""), std::string(100'000, '['),
        std::string(size_t{5} << 20, ' ')}) {
    EXPECT_EQ(DecodePlacement(bad).status().code(), absl::StatusCode::kInvalidArgument)
        << bad.substr(0, 300);
  }
}

}  // namespace
}  // namespace spoor
