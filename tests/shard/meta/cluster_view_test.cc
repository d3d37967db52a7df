#include "shard/meta/cluster_view.h"

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <fstream>

#include "shard/meta/collection_changes.h"
#include "shard/meta/memory_meta.h"
#include "tests/engine/temp_dir.h"
#include "tests/eventually.h"
#include "tests/shard/cluster_states.h"
#include "tests/shard/lossy_meta.h"

namespace spoor {
namespace {

using std::chrono::seconds;
using testing::AutoCollection;
using testing::Eventually;
using testing::kPatience;
using testing::LossyMeta;
using testing::MakeNodeState;
using testing::OneSlot;
using testing::Seen;
using testing::TempDir;

// A store under a clock that the test moves, and what lies in it.
class ClusterViewTest : public ::testing::Test {
 protected:
  ClusterViewOptions Options(const std::string& path = "") {
    return {.cluster = "c",
            .path = path,
            .own_thread = false,
            .now = [this] { return now_; },
            .wall_ms = [] { return 17; }};
  }
  // Whatever is there.
  void Write(const std::string& key, const std::string& value) {
    const auto there = store_.Get(key, kPatience);
    const uint64_t revision = there->has_value() ? (*there)->revision : 0;
    ASSERT_TRUE(store_.Put({key, value, revision}, 0, kPatience).ok());
  }
  void WriteCollection(const std::string& name, const CollectionState& state) {
    Write(CollectionKey("c", name), EncodeCollection(state));
  }
  void Remove(const std::string& key) {
    const auto there = store_.Get(key, kPatience);
    ASSERT_TRUE(store_.Delete(key, (*there)->revision, kPatience).ok());
  }

  std::chrono::steady_clock::time_point now_{};
  MemoryMeta store_{{.now = [this] { return now_; }, .inline_hints = true}};
};

TEST_F(ClusterViewTest, SeesWhatIsThereAndEachChange) {
  WriteCollection("a", AutoCollection(7));
  Write(NodeKey("c", "n"), EncodeNode(MakeNodeState("n")));
  Write(CollectionKey("other", "b"), EncodeCollection(AutoCollection(8)));
  ClusterView view(store_, Options());
  EXPECT_EQ(Seen(view).revision, 0u) << "nothing was read yet";
  EXPECT_TRUE(view.stale_since());
  int told = 0;
  auto subscription = view.Subscribe([&](const ClusterView::Snapshot& s) {
    ++told;
    EXPECT_EQ(s->collections.size(), 1u);
  });
  ASSERT_TRUE(view.Step(kPatience).ok());
  const auto first = view.snapshot();
  EXPECT_EQ(first->collections.at("a").state, AutoCollection(7));
  EXPECT_EQ(first->nodes.at("n"), MakeNodeState("n"));
  EXPECT_EQ(first->read_ms, 17);
  EXPECT_FALSE(view.stale_since());
  EXPECT_EQ(told, 1);
  ASSERT_TRUE(view.Step(kPatience).ok());
  EXPECT_EQ(view.snapshot(), first) << "nothing was due";
  WriteCollection("a", AutoCollection(7, 2));
  ASSERT_TRUE(view.Step(kPatience).ok());
  EXPECT_EQ(Seen(view).collections.at("a").state.placement.epoch, Epoch(2));
  EXPECT_EQ(first->collections.at("a").state.placement.epoch, Epoch(1)) << "immutable";
  EXPECT_EQ(told, 2);
  subscription.reset();
  Remove(NodeKey("c", "n"));
  ASSERT_TRUE(view.Refresh(kPatience).ok());
  EXPECT_TRUE(Seen(view).nodes.empty());
  EXPECT_EQ(told, 2);
}

TEST_F(ClusterViewTest, KeepsTheLastSnapshotWhileTheStoreIsAway) {
  WriteCollection("a", AutoCollection(7));
  ClusterView view(store_, Options());
  ASSERT_TRUE(view.Step(kPatience).ok());
  store_.SetReachable(false);
  now_ += seconds(3);
  const auto away = now_;
  EXPECT_TRUE(absl::IsUnavailable(view.Step(kPatience)));
  now_ += seconds(3);
  EXPECT_TRUE(absl::IsUnavailable(view.Step(kPatience)));
  EXPECT_EQ(view.stale_since(), away);
  EXPECT_TRUE(absl::IsUnavailable(view.last_refresh()));
  EXPECT_EQ(Seen(view).collections.size(), 1u);
  store_.SetReachable(true);
  ASSERT_TRUE(view.Step(kPatience).ok());
  EXPECT_FALSE(view.stale_since());
}

TEST_F(ClusterViewTest, WithoutAHintItLooksNowAndThen) {
  WriteCollection("a", AutoCollection(7));
  LossyMeta silent(store_);
  ClusterView view(silent, Options());
  ASSERT_TRUE(view.Step(kPatience).ok());
  const auto first = view.snapshot();
  now_ += seconds(3);
  ASSERT_TRUE(view.Step(kPatience).ok());
  EXPECT_EQ(view.snapshot(), first) << "an unchanged store is not read";
  WriteCollection("a", AutoCollection(7, 2));
  ASSERT_TRUE(view.Step(kPatience).ok());
  EXPECT_EQ(view.snapshot(), first) << "it is not time yet";
  now_ += seconds(3);
  ASSERT_TRUE(view.Step(kPatience).ok());
  EXPECT_EQ(Seen(view).collections.at("a").state, AutoCollection(7, 2));
}

TEST_F(ClusterViewTest, DoesNotUnlearnFromAnOldBackup) {
  CollectionState a = AutoCollection(7, 5);
  a.generation = 3;
  WriteCollection("a", a);
  WriteCollection("b", AutoCollection(8, 5));
  WriteCollection("d", AutoCollection(9, 5));
  ClusterView view(store_, Options());
  ASSERT_TRUE(view.Refresh(kPatience).ok());
  WriteCollection("a", AutoCollection(7, 4));
  Remove(CollectionKey("c", "b"));
  Write(CollectionKey("c", "d"), "{\"nonsense\":1}");
  Write(NodeKey("c", "n"), "nonsense");
  ASSERT_TRUE(view.Refresh(kPatience).ok());
  EXPECT_EQ(Seen(view).collections.at("a").state, a);
  EXPECT_EQ(Seen(view).collections.at("b").state, AutoCollection(8, 5));
  EXPECT_EQ(Seen(view).collections.at("d").state, AutoCollection(9, 5));
  ASSERT_EQ(view.ignored().size(), 4u);
  EXPECT_EQ(view.ignored()[0], "/spoor/c/collections/a: epoch is 4, known is 5");
  EXPECT_EQ(view.ignored()[3], "/spoor/c/collections/b: it is not there, and was not dropped");
  CollectionState older = AutoCollection(7, 5);  // of another generation, in which it was written
  WriteCollection("a", older);
  ASSERT_TRUE(view.Refresh(kPatience).ok());
  EXPECT_EQ(Seen(view).collections.at("a").state, a);
  a.placement.epoch = Epoch(6);
  WriteCollection("a", a);
  WriteCollection("b", AutoCollection(80));  // another log: another collection of the name
  Write(DroppedKey("c", 8), "");
  Remove(CollectionKey("c", "d"));
  Write(DroppedKey("c", 9), "");
  Remove(NodeKey("c", "n"));
  ASSERT_TRUE(view.Refresh(kPatience).ok());
  EXPECT_TRUE(view.ignored().empty());
  EXPECT_EQ(Seen(view).collections.at("a").state, a);
  EXPECT_EQ(Seen(view).collections.at("b").state.log_id, 80u);
  EXPECT_FALSE(Seen(view).collections.contains("d"));
}

// etcd was emptied, and somebody who knew nothing has made a collection of the name.
TEST_F(ClusterViewTest, AnotherLogOfTheNameNeedsProof) {
  WriteCollection("a", AutoCollection(7, 5));
  ClusterView view(store_, Options());
  ASSERT_TRUE(view.Refresh(kPatience).ok());
  WriteCollection("a", AutoCollection(80, 9));
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(view.Refresh(kPatience).ok());
    EXPECT_EQ(Seen(view).collections.at("a").state, AutoCollection(7, 5));
    EXPECT_FALSE(Seen(view).read_here.contains(80));
    ASSERT_EQ(view.ignored().size(), 1u);
    EXPECT_EQ(view.ignored()[0],
              "/spoor/c/collections/a: log is 80, known is 7, which was not dropped");
  }
  Write(DroppedKey("c", 7), "");
  ASSERT_TRUE(view.Refresh(kPatience).ok());
  EXPECT_EQ(Seen(view).collections.at("a").state, AutoCollection(80, 9));
  EXPECT_TRUE(view.ignored().empty());
}

TEST_F(ClusterViewTest, TellsWhatItHasReadItself) {
  const TempDir dir;
  const std::string path = dir.path() + "/cluster";
  WriteCollection("a", AutoCollection(7));
  WriteCollection("b", AutoCollection(8));
  Write(DroppedKey("c", 5), "");
  {
    ClusterView view(store_, Options(path));
    ASSERT_TRUE(view.Refresh(kPatience).ok());
    EXPECT_EQ(Seen(view).read_here, (std::set<uint64_t>{5, 7, 8}));
  }
  Remove(CollectionKey("c", "b"));
  ClusterView view(store_, Options(path));
  EXPECT_TRUE(Seen(view).read_here.empty()) << "a former life has";
  EXPECT_EQ(Seen(view).collections.size(), 2u);
  int told = 0;
  const auto subscription = view.Subscribe([&told](const ClusterView::Snapshot&) { ++told; });
  ASSERT_TRUE(view.Refresh(kPatience).ok());
  EXPECT_EQ(Seen(view).read_here, (std::set<uint64_t>{5, 7})) << "nobody says so of b";
  EXPECT_EQ(told, 1) << "though nothing else has changed";
}

TEST_F(ClusterViewTest, ADroppedCollectionGoes) {
  WriteCollection("a", AutoCollection(7));
  ClusterView view(store_, Options());
  ASSERT_TRUE(view.Refresh(kPatience).ok());
  const CollectionId id{"c", "a", 7};
  ASSERT_TRUE(DropCollection(store_, id, kPatience).ok());
  ASSERT_TRUE(view.Refresh(kPatience).ok());
  EXPECT_EQ(Seen(view).collections.at("a").state.phase, CollectionPhase::kDropping);
  ASSERT_TRUE(ForgetCollection(store_, id, kPatience).ok());
  ASSERT_TRUE(view.Refresh(kPatience).ok());
  EXPECT_TRUE(Seen(view).collections.empty());
  EXPECT_TRUE(view.ignored().empty());
}

TEST_F(ClusterViewTest, ADroppedCollectionDoesNotComeBackUnderItsNewOne) {
  Write(DroppedKey("c", 7), "");
  WriteCollection("a", AutoCollection(8));
  ClusterView view(store_, Options());
  ASSERT_TRUE(view.Refresh(kPatience).ok());
  Remove(DroppedKey("c", 7));  // a backup from before it was dropped
  WriteCollection("a", AutoCollection(7, 9));
  ASSERT_TRUE(view.Refresh(kPatience).ok());
  EXPECT_EQ(Seen(view).collections.at("a").state, AutoCollection(8));
  EXPECT_EQ(view.ignored(), std::vector<std::string>{"/spoor/c/collections/a: log 7 was dropped"});
}

TEST_F(ClusterViewTest, StartsFromItsFileWhileTheStoreIsAway) {
  const TempDir dir;
  const std::string path = dir.path() + "/cluster";
  WriteCollection("a", AutoCollection(7, 5));
  {
    ClusterView view(store_, Options(path));
    EXPECT_TRUE(view.file_status().ok()) << "no file is no error";
    ASSERT_TRUE(view.Refresh(kPatience).ok());
    EXPECT_TRUE(view.file_status().ok()) << view.file_status();
  }
  store_.SetReachable(false);
  {
    ClusterView view(store_, Options(path));
    EXPECT_FALSE(view.Step(kPatience).ok());
    EXPECT_TRUE(view.stale_since());
    EXPECT_EQ(Seen(view).collections.at("a").state, AutoCollection(7, 5));
    EXPECT_EQ(Seen(view).read_ms, 17);
    store_.SetReachable(true);
    WriteCollection("a", AutoCollection(7, 4));
    ASSERT_TRUE(view.Step(kPatience).ok());
    EXPECT_EQ(view.ignored().size(), 1u) << "what was known before the start counts";
  }
  std::ofstream(path) << "spoor cluster 1 damaged";
  ClusterView view(store_, Options(path));
  EXPECT_TRUE(absl::IsDataLoss(view.file_status())) << view.file_status();
  EXPECT_EQ(Seen(view).revision, 0u);
  ASSERT_TRUE(view.Refresh(kPatience).ok());
  EXPECT_TRUE(view.file_status().ok()) << "written anew";
  EXPECT_TRUE(std::filesystem::exists(path + ".damaged")) << "it may be of a later version";
}

TEST_F(ClusterViewTest, SaysWhenItsFileCannotBeWritten) {
  const TempDir dir;
  ClusterView view(store_, Options(dir.path() + "/missing/cluster"));
  ASSERT_TRUE(view.Refresh(kPatience).ok()) << "the snapshot counts all the same";
  EXPECT_TRUE(absl::IsUnavailable(view.file_status())) << view.file_status();
}

TEST(ClusterViewThread, FollowsByItself) {
  MemoryMeta store;
  ClusterView view(store, {.cluster = "c"});
  std::atomic<uint64_t> epoch{0};
  const auto subscription = view.Subscribe([&](const ClusterView::Snapshot& s) {
    const auto a = s->collections.find("a");
    if (a != s->collections.end()) epoch = a->second.state.placement.epoch.value();
  });
  auto now = CreateCollection(store, "c", "a", AutoCollection(7), kPatience)->now;
  const CollectionId id{"c", "a", 7};
  for (uint64_t e = 2; e <= 10; ++e) {
    const auto published = PublishPlacement(store, id, now, OneSlot(0), kPatience);
    ASSERT_TRUE(published.ok()) << published.status();
    now = *published;
    ASSERT_TRUE(Eventually([&] { return epoch == e; })) << e;
  }
}

}  // namespace
}  // namespace spoor
