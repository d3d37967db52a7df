#include "shard/meta/cluster_state.h"

#include <gtest/gtest.h>

#include <cstring>
#include <functional>

#include "tests/shard/cluster_states.h"

namespace spoor {
namespace {

using testing::AutoCollection;
using testing::EqualNodes;
using testing::MakeNodeState;
using testing::OneSlot;
using testing::RequestOf;
using testing::Rng;
using testing::TownKeys;

CollectionState SmallCollection() {
  CollectionState state = AutoCollection(9);
  state.params = IndexParams();
  return state;
}

// Any valid state: every field takes values from its whole range.
CollectionState Draw(Rng& rng) {
  CollectionState state;
  state.log_id = rng() | 1;
  state.partitions = static_cast<uint32_t>(1 + rng() % kMaxPartitions);
  state.auto_params = rng() % 2 == 0;
  if (!state.auto_params || rng() % 2 == 0) {
    const auto real = [&](double most) { return most * static_cast<double>(rng() % 9973) / 9972; };
    const int k = static_cast<int>(1 + rng() % 16);
    state.params = IndexParams{.scheme = static_cast<Scheme>(rng() % 3),
                               .depth = static_cast<int>(2 + rng() % 59),
                               .k = k,
                               .t = k + static_cast<int>(rng() % static_cast<uint64_t>(65 - k)),
                               .grids = static_cast<int>(1 + rng() % 2),
                               .smoothing_s = real(3600),
                               .smoothing_m = real(100'000),
                               .max_gap_s = 0.001 + real(1e8),
                               .max_gap_m = 1 + real(999'999),
                               .max_speed_mps = real(1e9),
                               .prefix = static_cast<Prefix>(rng() % 2)};
  }
  state.generation = 1 + rng() / 2;
  state.replicas = static_cast<uint32_t>(1 + rng() % kMaxReplicas);
  state.placement = *Plan(RequestOf(EqualNodes(static_cast<uint32_t>(3 + rng() % 5)), 2,
                                    TownKeys(rng, 500), static_cast<uint32_t>(1 + rng() % 20)));
  state.placement.epoch = Epoch(1 + rng() / 2);
  if (rng() % 2 == 0) {
    state.next = state.placement;
    state.next->epoch = Epoch(state.placement.epoch.value() + 1 + rng() % 3);
  }
  state.phase = static_cast<CollectionPhase>(rng() % 2);
  return state;
}

TEST(ClusterState, KeysSayWhatLiesUnderThem) {
  EXPECT_EQ(ClusterPrefix("c"), "/spoor/c/");
  EXPECT_EQ(CollectionKey("c", "taxis"), "/spoor/c/collections/taxis");
  EXPECT_EQ(NodeKey("c", "n1"), "/spoor/c/nodes/n1");
  EXPECT_EQ(DroppedKey("c", 18446744073709551615u), "/spoor/c/dropped/18446744073709551615");
  EXPECT_TRUE(IsCollectionName("sf-taxis_2"));
  for (const char* bad : {"", "A", "a/b", "a.b", "\xC3\xA9"}) EXPECT_FALSE(IsCollectionName(bad));
  EXPECT_TRUE(IsCollectionName(std::string(64, 'a')));
  EXPECT_FALSE(IsCollectionName(std::string(65, 'a')));
}

TEST(ClusterState, ValidateNamesWhatIsWrongAndWhatIsAllowed) {
  ASSERT_TRUE(Validate(SmallCollection()).ok()) << Validate(SmallCollection());
  const struct {
    const char* message;  // how it begins
    std::function<void(CollectionState&)> spoil;
  } kCases[] = {
      {"log_id is '0', allowed: 1 ...", [](CollectionState& s) { s.log_id = 0; }},
      {"partitions is '0', allowed: 1 ... 1024", [](CollectionState& s) { s.partitions = 0; }},
      {"partitions is '1025'", [](CollectionState& s) { s.partitions = 1025; }},
      {"generation is '0'", [](CollectionState& s) { s.generation = 0; }},
      {"replicas is '8', allowed: 1 ... 7", [](CollectionState& s) { s.replicas = 8; }},
      {"params is 'absent'",
       [](CollectionState& s) {
         s.params.reset();
         s.auto_params = false;
       }},
      {"params/depth is 61", [](CollectionState& s) { s.params->depth = 61; }},
      {"placement/epoch is '0'", [](CollectionState& s) { s.placement.epoch = Epoch(0); }},
      {"placement/nodes is '0'", [](CollectionState& s) { s.placement.nodes.clear(); }},
      {"next/epoch is '1'", [](CollectionState& s) { s.next = s.placement; }},
      {"next/nodes is '0'",
       [](CollectionState& s) {
         s.next = s.placement;
         s.next->epoch = Epoch(2);
         s.next->nodes.clear();
       }},
  };
  for (const auto& c : kCases) {
    CollectionState s = SmallCollection();
    c.spoil(s);
    const absl::Status status = Validate(s);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << c.message;
    EXPECT_EQ(status.message().substr(0, strlen(c.message)), c.message);
  }
  NodeState node = MakeNodeState("n");
  EXPECT_TRUE(Validate(node).ok());
  node.store_id = 0;
  EXPECT_EQ(Validate(node).message().substr(0, 15), "store_id is '0'");
}

TEST(ClusterState, SurvivesEncoding) {
  for (uint64_t seed = 1; seed <= 100; ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    Rng rng(seed);
    const CollectionState state = Draw(rng);
    ASSERT_TRUE(Validate(state).ok()) << Validate(state);
    const std::string text = EncodeCollection(state);
    const auto back = DecodeCollection(text);
    ASSERT_TRUE(back.ok()) << back.status();
    EXPECT_TRUE(*back == state) << text;
    EXPECT_EQ(EncodeCollection(*back), text);
    NodeState node = MakeNodeState("n", rng() | 1, rng() | 1);
    node.weight = static_cast<uint32_t>(rng() % 3);
    const auto again = DecodeNode(EncodeNode(node));
    ASSERT_TRUE(again.ok()) << again.status();
    EXPECT_EQ(*again, node);
  }
}

TEST(ClusterState, EqualValuesHaveEqualTexts) {
  CollectionState zero = SmallCollection(), minus = SmallCollection();
  zero.params->smoothing_s = 0.0;
  minus.params->smoothing_s = -0.0;
  ASSERT_EQ(zero, minus);
  EXPECT_EQ(EncodeCollection(zero), EncodeCollection(minus));
}

// Stored values outlive the build that wrote them.
TEST(ClusterState, TextStaysTheSame) {
  EXPECT_EQ(
      EncodeCollection(SmallCollection()),
      R"({"logId":"9","partitions":16,"params":{"scheme":"v2","depth":35,"k":2,"t":2,"grids":2,)"
      R"("smoothingS":31,"smoothingM":100,"maxGapS":600,"maxGapM":20000,"maxSpeedMps":350,)"
      R"("prefix":"centroid"},"autoParams":true,"generation":"1","replicas":1,)"
      R"("placement":{"epoch":"1","nodes":[{"name":"n0","address":"n0.example:7000","weight":1}],)"
      R"("slots":[{"replicas":[0]}]},"phase":"serving"})");
  EXPECT_EQ(EncodeNode(MakeNodeState("a", 7, 3)),
            R"({"name":"a","address":"a.example:7000","zone":"z1","weight":1,"storeId":"7",)"
            R"("incarnation":"3","startedMs":"1700000000000"})");
}

TEST(ClusterState, DecodeRefusesWhatIsNone) {
  const std::string good = EncodeCollection(SmallCollection());
  for (size_t n = 0; n < good.size(); ++n) {
    EXPECT_FALSE(DecodeCollection(good.substr(0, n)).ok()) << n << " bytes";
  }
  const auto replaced = [&](absl::string_view what, absl::string_view by) {
    std::string text = good;
    return text.replace(text.find(std::string(what)), what.size(), std::string(by));
  };
  for (const std::string& bad :
       {replaced("\"serving\"", "\"resting\""), replaced("\"v2\"", "\"v3\""),
        replaced("\"centroid\"", "\"\""), replaced("\"logId\"", "\"logIt\""),
        replaced("\"9\"", "\"0\""), replaced("\"9\"", "\"-9\""), replaced(":31", ":\"NaN\""),
        replaced(":31", ":1e999"), replaced("\"n0\"", "\"\xFF\""), std::string(100'000, '['),
        std::string(size_t{6} << 20, ' ')}) {
    EXPECT_EQ(DecodeCollection(bad).status().code(), absl::StatusCode::kInvalidArgument)
        << bad.substr(0, 300);
  }
}

TEST(ClusterState, SnapshotsSurviveEncodingAndShowDamage) {
  ClusterSnapshot snapshot{
      .cluster = "c",
      .collections = {{"a", {SmallCollection(), 5}}, {"b", {AutoCollection(4), 6}}},
      .nodes = {{"n0", MakeNodeState("n0")}},
      .dropped = {2, 3},
      .revision = 7,
      .read_ms = 1'700'000'000'001};
  const std::string bytes = EncodeSnapshot(snapshot);
  const auto back = DecodeSnapshot(bytes);
  ASSERT_TRUE(back.ok()) << back.status();
  EXPECT_EQ(*back, snapshot);
  for (size_t n = 0; n < bytes.size(); ++n) {
    EXPECT_TRUE(absl::IsDataLoss(DecodeSnapshot(bytes.substr(0, n)).status())) << n << " bytes";
    std::string flipped = bytes;
    flipped[n] = static_cast<char>(flipped[n] ^ 1);
    EXPECT_TRUE(absl::IsDataLoss(DecodeSnapshot(flipped).status())) << "bit in byte " << n;
  }
}

}  // namespace
}  // namespace spoor
