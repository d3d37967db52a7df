#include "shard/node.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <thread>

#include "absl/strings/str_cat.h"
#include "shard/job_board.h"
#include "tests/engine/temp_dir.h"
#include "tests/engine/walks.h"

namespace spoor {
namespace {

using testing::GridTrip;
using testing::TempDir;

NodeOptions Small() {
  NodeOptions options;
  options.memory_bytes = 32 << 20;
  options.max_collections = 3;
  return options;
}

std::unique_ptr<Node> Open(const TempDir& dir) {
  auto node = Node::Open(dir.path(), Small());
  EXPECT_TRUE(node.ok()) << node.status();
  return node.ok() ? *std::move(node) : nullptr;
}

TEST(Node, KeepsItsCollectionsOverARestart) {
  const TempDir dir;
  {
    const auto node = Open(dir);
    ASSERT_TRUE(node->Create("cabs", std::nullopt)->collection->Write({GridTrip("a", 1)}).ok());
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
  const Collection held = node->Create("c", std::nullopt)->collection;
  ASSERT_TRUE(held->Write({GridTrip("old", 1)}).ok());
  ASSERT_TRUE(node->Drop("c").ok());
  EXPECT_EQ(node->Drop("c").code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(node->Find("c").status().code(), absl::StatusCode::kNotFound);
  EXPECT_TRUE(held->Get(TrajectoryId("old")).ok());
  const Collection next = node->Create("c", std::nullopt)->collection;
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

TEST(Node, OneProcessHoldsTheDirectory) {
  const TempDir dir;
  const auto node = Open(dir);
  EXPECT_EQ(Node::Open(dir.path(), Small()).status().code(), absl::StatusCode::kUnavailable);
}

TEST(Node, TuneIsAJobThatEndsWithAResult) {
  const TempDir dir;
  const auto node = Open(dir);
  std::vector<Trajectory> trips;
  for (int i = 0; i < 60; ++i) trips.push_back(GridTrip(absl::StrCat("t", i), i, 80));
  ASSERT_TRUE(node->Create("c", std::nullopt)->collection->Write(trips).ok());
  const auto id = node->Tune("c", /*apply=*/true);
  ASSERT_TRUE(id.ok()) << id.status();
  JobStatus status;
  do {
    std::this_thread::yield();
    status = *node->FindJob(*id);
  } while (status.state == JobState::kRunning);
  ASSERT_EQ(status.state, JobState::kDone) << status.error;
  ASSERT_TRUE(status.tune.has_value());
  EXPECT_FALSE(status.tune->rows.empty());
  EXPECT_EQ((*node->Find("c"))->Stats().params, status.tune->best);
  EXPECT_EQ(node->FindJob(JobId("none")).status().code(), absl::StatusCode::kNotFound);
}

TEST(JobBoard, NoOtherLifesJobHasTheIdOfOne) {
  const auto nothing = [](JobBoard::Running&) { return absl::OkStatus(); };
  JobBoard one, next;
  EXPECT_NE(*one.Start("tune", "c", nothing), *next.Start("tune", "c", nothing));
}

TEST(JobBoard, OneOfATypeOnACollectionAndCancelEndsIt) {
  JobBoard board;
  const auto wait = [](JobBoard::Running& job) {
    while (job.patience().Check().ok()) std::this_thread::yield();
    return job.patience().Check();
  };
  const auto first = board.Start("tune", "c", wait);
  ASSERT_TRUE(first.ok());
  EXPECT_EQ(board.Start("tune", "c", wait).status().code(), absl::StatusCode::kAborted);
  EXPECT_TRUE(board.Start("tune", "d", wait).ok());
  ASSERT_TRUE(board.Cancel(*first).ok());
  while (board.Find(*first)->state == JobState::kRunning) std::this_thread::yield();
  EXPECT_EQ(board.Find(*first)->state, JobState::kCancelled);
  EXPECT_TRUE(absl::IsFailedPrecondition(board.Cancel(*first))) << "it has ended";
  EXPECT_EQ(board.All().size(), 2u);
  board.Shutdown();
  EXPECT_EQ(board.Start("tune", "c", wait).status().code(), absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace spoor
