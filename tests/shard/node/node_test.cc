#include "shard/node/node.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <thread>

#include "absl/strings/str_cat.h"
#include "tests/engine/temp_dir.h"
#include "tests/engine/walks.h"

namespace spoor {
namespace {

using testing::GridTrip;
using testing::TempDir;

NodeOptions SmallNode() {
  NodeOptions options;
  options.memory_bytes = 32 << 20;
  options.max_collections = 3;
  return options;
}

std::unique_ptr<EmbeddedNode> Open(const TempDir& dir) {
  auto node = EmbeddedNode::Open(dir.path(), SmallNode());
  EXPECT_TRUE(node.ok()) << node.status();
  return node.ok() ? *std::move(node) : nullptr;
}

TEST(Node, KeepsItsCollectionsOverARestart) {
  const TempDir dir;
  {
    const auto node = Open(dir);
    ASSERT_TRUE(node->Create("cabs", std::nullopt)->engine->Write({GridTrip("a", 1)}).ok());
    ASSERT_TRUE(node->Create("buses", PaperParams()).ok());
  }
  const auto node = Open(dir);
  EXPECT_EQ(node->Names(), (std::vector<std::string>{"buses", "cabs"}));
  EXPECT_TRUE((*node->Find("cabs"))->Get(TrajectoryId("a")).ok());
  EXPECT_EQ((*node->Find("buses"))->Stats().params, PaperParams());
}

TEST(Node, CreatingAgainIsHarmlessUnlessParametersDiffer) {
  const TempDir dir;
  const auto node = Open(dir);
  EXPECT_TRUE(node->Create("c", IndexParams())->created);
  EXPECT_FALSE(node->Create("c", IndexParams())->created);
  EXPECT_FALSE(node->Create("c", std::nullopt)->created);
  EXPECT_EQ(node->Create("c", PaperParams()).status().code(),
            absl::StatusCode::kFailedPrecondition);
}

TEST(Node, RefusesBadNamesAndTooManyCollections) {
  const TempDir dir;
  const auto node = Open(dir);
  for (const std::string& bad : {std::string(), std::string("A"), std::string("a.b"),
                                 std::string("../x"), std::string(65, 'a')}) {
    EXPECT_EQ(node->Create(bad, std::nullopt).status().code(), absl::StatusCode::kInvalidArgument)
        << bad;
  }
  for (const char* name : {"a", "b", "c"}) EXPECT_TRUE(node->Create(name, std::nullopt).ok());
  EXPECT_EQ(node->Create("d", std::nullopt).status().code(), absl::StatusCode::kOutOfRange);
}

TEST(Node, ADroppedCollectionServesWhoStillHasItAndNeverComesBack) {
  const TempDir dir;
  auto node = Open(dir);
  const EnginePtr held = node->Create("c", std::nullopt)->engine;
  ASSERT_TRUE(held->Write({GridTrip("old", 1)}).ok());
  ASSERT_TRUE(node->Drop("c").ok());
  EXPECT_EQ(node->Drop("c").code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(node->Find("c").status().code(), absl::StatusCode::kNotFound);
  EXPECT_TRUE(held->Get(TrajectoryId("old")).ok());
  const EnginePtr next = node->Create("c", std::nullopt)->engine;
  ASSERT_TRUE(next->Write({GridTrip("new", 2)}).ok());
  EXPECT_FALSE(next->Get(TrajectoryId("old")).ok());
  node = nullptr;
}

TEST(Node, RemovesAtTheStartWhatWasBeingDropped) {
  const TempDir dir;
  {
    ASSERT_TRUE(Open(dir)->Create("c", std::nullopt).ok());
  }
  const std::filesystem::path root = dir.path() + "/collections";
  std::filesystem::rename(root / "c.1", root / ".dropped-c.1");
  EXPECT_TRUE(Open(dir)->Names().empty());
  EXPECT_FALSE(std::filesystem::exists(root / ".dropped-c.1"));
}

// Names and bytes of all files, and when they were written.
std::map<std::string, std::string> Everything(const std::string& directory) {
  namespace fs = std::filesystem;
  std::map<std::string, std::string> out;
  for (const auto& entry : fs::recursive_directory_iterator(directory)) {
    std::string bytes = "a directory";
    if (entry.is_regular_file()) {
      std::ifstream in(entry.path(), std::ios::binary);
      bytes.assign(std::istreambuf_iterator<char>(in), {});
    }
    const auto written = fs::last_write_time(entry.path()).time_since_epoch().count();
    out[entry.path().string()] = absl::StrCat(written, " ", bytes);
  }
  return out;
}

TEST(Node, LeavesADirectoryThatIsNoneOfSpoorAsItIs) {
  const TempDir dir;
  const std::string path = dir.path() + "/home";
  for (const Access access : {Access::kRead, Access::kWrite}) {
    EXPECT_TRUE(absl::IsNotFound(EmbeddedNode::Open(path, {.access = access}).status()));
    EXPECT_FALSE(std::filesystem::exists(path));
  }
  std::filesystem::create_directory(path);
  std::ofstream(path + "/letter") << "dear";
  const auto before = Everything(dir.path());
  for (const Access access : {Access::kRead, Access::kWrite, Access::kCreate}) {
    EXPECT_TRUE(absl::IsNotFound(EmbeddedNode::Open(path, {.access = access}).status()));
    EXPECT_EQ(Everything(dir.path()), before);
  }
}

TEST(Node, ReadsWithoutChangingAFile) {
  const TempDir dir;
  {
    const auto node = Open(dir);
    const EnginePtr c = node->Create("c", std::nullopt)->engine;
    ASSERT_TRUE(c->Write({GridTrip("a", 1)}).ok());
    ASSERT_TRUE(c->Seal().ok());
    ASSERT_TRUE(c->Write({GridTrip("b", 2)}).ok());
  }
  std::filesystem::create_directory(dir.path() + "/collections/.dropped-x.9");
  const auto before = Everything(dir.path());
  {
    const auto node = EmbeddedNode::Open(dir.path(), {.access = Access::kRead});
    ASSERT_TRUE(node.ok()) << node.status();
    const auto another = EmbeddedNode::Open(dir.path(), {.access = Access::kRead});
    EXPECT_TRUE(another.ok()) << another.status();
    const EnginePtr c = *(*node)->Find("c");
    EXPECT_EQ(c->Stats().trajectories, 2u);
    EXPECT_TRUE(c->Get(TrajectoryId("b")).ok());
    for (const absl::Status& refused :
         {c->Write({GridTrip("d", 3)}).status(), c->Delete({TrajectoryId("a")}).status(), c->Seal(),
          c->Compact(), c->Reindex(PaperParams(), {}, [](double) {}), (*node)->Drop("c"),
          (*node)->Create("d", std::nullopt).status()}) {
      EXPECT_TRUE(absl::IsFailedPrecondition(refused)) << refused;
    }
  }
  EXPECT_EQ(Everything(dir.path()), before);
}

TEST(Node, ReadsALostIndexWithoutMakingItsFiles) {
  const TempDir dir;
  {
    const EnginePtr c = Open(dir)->Create("c", std::nullopt)->engine;
    for (int i = 0; i < 20; ++i) ASSERT_TRUE(c->Write({GridTrip(absl::StrCat("t", i), i)}).ok());
    ASSERT_TRUE(c->Seal().ok());
  }
  std::filesystem::remove_all(dir.path() + "/collections/c.1/segments");
  const auto before = Everything(dir.path());
  {
    const auto node = EmbeddedNode::Open(dir.path(), {.access = Access::kRead});
    const EnginePtr c = *(*node)->Find("c");
    EXPECT_EQ(c->Stats().trajectories, 20u);
    EXPECT_EQ(c->Search({.fixes = GridTrip("q", 3).fixes, .k = 1}, {})->hits[0].id.value(), "t3");
  }
  EXPECT_EQ(Everything(dir.path()), before);
}

TEST(Node, OpensADirectoryOfBeforeThereWasAMark) {
  const TempDir dir;
  {
    ASSERT_TRUE(Open(dir)->Create("c", std::nullopt).ok());
  }
  std::filesystem::remove(dir.path() + "/SPOOR");
  EXPECT_EQ(Open(dir)->Names(), std::vector<std::string>{"c"});
  std::filesystem::remove(dir.path() + "/LOCK");  // a copy may be without it
  EXPECT_EQ(Open(dir)->Names(), std::vector<std::string>{"c"});
}

TEST(Node, DoesNotBeginAnewWhereAllCollectionsAreGone) {
  const TempDir dir;
  {
    ASSERT_TRUE(Open(dir)->Create("c", std::nullopt).ok());
  }
  std::filesystem::remove_all(dir.path() + "/collections");
  EXPECT_TRUE(absl::IsDataLoss(EmbeddedNode::Open(dir.path(), SmallNode()).status()));
  EXPECT_FALSE(std::filesystem::exists(dir.path() + "/collections"));
}

TEST(Node, ACollectionThatCannotBeOpenedDoesNotStopTheOthers) {
  for (const char* lost : {"store/CURRENT", "store"}) {
    SCOPED_TRACE(lost);
    const TempDir dir;
    {
      const auto node = Open(dir);
      ASSERT_TRUE(node->Create("bad", std::nullopt)->engine->Write({GridTrip("a", 1)}).ok());
      ASSERT_TRUE(node->Create("good", std::nullopt)->engine->Write({GridTrip("a", 1)}).ok());
    }
    std::filesystem::remove_all(dir.path() + "/collections/bad.1/" + lost);
    const auto before = Everything(dir.path() + "/collections/bad.1");
    for (int start = 0; start < 2; ++start) {
      const auto node = Open(dir);
      EXPECT_TRUE((*node->Find("good"))->Get(TrajectoryId("a")).ok());
      EXPECT_TRUE(absl::IsDataLoss(node->Find("bad").status())) << node->Find("bad").status();
      EXPECT_TRUE(absl::IsDataLoss(node->Create("bad", std::nullopt).status()));
      EXPECT_EQ(node->Names(), (std::vector<std::string>{"bad", "good"}));
      EXPECT_EQ(node->AllServed()[0].served, nullptr);
      EXPECT_EQ(node->AllServed()[0].problem, std::string(node->Find("bad").status().message()));
    }
    EXPECT_EQ(Everything(dir.path() + "/collections/bad.1"), before);
    const auto node = Open(dir);
    EXPECT_TRUE(node->Drop("bad").ok());
    EXPECT_TRUE(node->Create("bad", std::nullopt)->created);
  }
}

TEST(Node, WhatCouldNotBeMadeIsNotThereAfterARestart) {
  const TempDir dir;
  {
    const auto node = Open(dir);
    std::ofstream(dir.path() + "/collections/c.1") << "in the way";
    EXPECT_FALSE(node->Create("c", std::nullopt).ok());
    EXPECT_TRUE(node->Create("d", std::nullopt).ok());
  }
  // Ended in the midst of it: the mark is still there.
  std::filesystem::create_directories(dir.path() + "/collections/e.3/store");
  std::ofstream(dir.path() + "/collections/e.3/UNFINISHED");
  std::filesystem::create_directories(dir.path() + "/collections/f.4");
  EXPECT_TRUE(Open(dir)->Find("d").ok());
  EXPECT_FALSE(std::filesystem::exists(dir.path() + "/collections/e.3"));
  EXPECT_FALSE(std::filesystem::exists(dir.path() + "/collections/f.4"));
  EXPECT_TRUE(absl::IsNotFound(Open(dir)->Find("e").status()));
}

TEST(Node, OneProcessHoldsTheDirectory) {
  const TempDir dir;
  const auto node = Open(dir);
  EXPECT_EQ(EmbeddedNode::Open(dir.path(), SmallNode()).status().code(),
            absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace spoor
