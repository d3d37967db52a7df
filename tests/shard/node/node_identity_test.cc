#include "shard/node/node_identity.h"

#include <gtest/gtest.h>

#include <fstream>

#include "tests/engine/temp_dir.h"

namespace spoor {
namespace {

using testing::TempDir;

TEST(NodeIdentity, CountsStartsAndKeepsItsStore) {
  TempDir dir;
  const auto first = NextIdentity(dir.path(), "c", "a"),
             second = NextIdentity(dir.path(), "c", "a");
  ASSERT_TRUE(first.ok() && second.ok()) << first.status() << second.status();
  EXPECT_NE(first->store_id, 0u);
  EXPECT_EQ(first->store_id, second->store_id);
  EXPECT_EQ(first->incarnation, 1u);
  EXPECT_EQ(second->incarnation, 2u);
}

TEST(NodeIdentity, ADirectoryIsOneNodesOfOneCluster) {
  TempDir dir;
  ASSERT_TRUE(NextIdentity(dir.path(), "c", "a").ok());
  for (const auto& [cluster, node] : {std::pair("c", "b"), std::pair("d", "a")}) {
    const auto other = NextIdentity(dir.path(), cluster, node);
    EXPECT_TRUE(absl::IsFailedPrecondition(other.status())) << other.status();
    EXPECT_NE(other.status().message().find("belongs to node 'a' of cluster 'c'"),
              absl::string_view::npos)
        << other.status();
  }
  const auto again = NextIdentity(dir.path(), "c", "a");
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->incarnation, 2u) << "who was refused has changed nothing";
}

TEST(NodeIdentity, OneOfAnEarlierVersionBelongsToWhoStartsOnItFirst) {
  TempDir dir;
  std::ofstream(dir.path() + "/IDENTITY") << "1 abc 7\n";
  const auto first = NextIdentity(dir.path(), "c", "a");
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(first->store_id, 0xabcu);
  EXPECT_EQ(first->incarnation, 8u);
  EXPECT_TRUE(absl::IsFailedPrecondition(NextIdentity(dir.path(), "c", "b").status()));
}

TEST(NodeIdentity, ADamagedOneIsSaidAndLeftAlone) {
  for (const char* text : {"", "\n", "1 abc\n", "3 abc 7\n", "2 abc 7 c\n", "2 0 7 c a\n"}) {
    TempDir dir;
    std::ofstream(dir.path() + "/IDENTITY") << text;
    EXPECT_TRUE(absl::IsDataLoss(NextIdentity(dir.path(), "c", "a").status())) << text;
  }
}

}  // namespace
}  // namespace spoor
