#include "router/reads/known_homes.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

namespace spoor {
namespace {

TEST(KnownHomes, RemembersTheLastThatWasToldAndForgetsTheOldest) {
  KnownHomes homes(8);
  EXPECT_FALSE(homes.Find("a").has_value());
  homes.Note("a", 1);
  homes.Note("a", 2);
  EXPECT_EQ(homes.Find("a"), 2u);
  for (uint64_t i = 0; i < 4; ++i) homes.Note(absl::StrCat("b", i), i);
  EXPECT_EQ(homes.Find("a"), 2u) << "half as many are always known";
  homes.Note("a", 3);
  EXPECT_EQ(homes.Find("a"), 3u);
  for (uint64_t i = 0; i < 100; ++i) homes.Note(absl::StrCat("c", i), i);
  EXPECT_FALSE(homes.Find("a").has_value());
  EXPECT_EQ(homes.Find("c99"), 99u);
}

}  // namespace
}  // namespace spoor
