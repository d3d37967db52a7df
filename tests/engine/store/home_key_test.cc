#include "engine/store/home_key.h"

#include <gtest/gtest.h>

#include <bit>
#include <set>

#include "absl/strings/str_cat.h"

namespace spoor {
namespace {

// Stored keys hang on these values: they never change.
TEST(StableHash, GivesTheSameValuesForEver) {
  EXPECT_EQ(StableHash(""), 0xEFD01F60BA992926u);
  EXPECT_EQ(StableHash("a"), 0x82A2A958A9BECE5Bu);
  EXPECT_EQ(StableHash("trip-1"), 0xF02310B20555D0F4u);
}

TEST(StableHash, SpreadsIdsThatDifferInOneCharacter) {
  std::set<uint32_t> low;
  int bits = 0;
  for (int i = 0; i < 1000; ++i) {
    low.insert(static_cast<uint32_t>(StableHash(absl::StrCat("trip", i))));
    bits += std::popcount(StableHash(absl::StrCat("trip", i)) ^ StableHash("trip"));
  }
  EXPECT_EQ(low.size(), 1000u);
  EXPECT_NEAR(bits / 1000.0, 32, 1);
}

TEST(HomeKey, IsThePrefixOfTheMiddleFixThenTheHashOfTheId) {
  // The north-east quarter of the world begins with the bits 11.
  const std::vector<Fix> fixes = {FixFromDegrees(-80, -170), FixFromDegrees(1e-7, 1e-7),
                                  FixFromDegrees(-80, -170)};
  const uint64_t key = HomeKey(fixes, "a");
  EXPECT_EQ(key >> 32, 0xC0000000u);
  EXPECT_EQ(static_cast<uint32_t>(key), static_cast<uint32_t>(StableHash("a")));
}

TEST(HomeKey, OfTwoFixesLooksAtTheSecond) {
  const std::vector<Fix> fixes = {FixFromDegrees(10, 10), FixFromDegrees(50, 50)};
  EXPECT_EQ(HomeKey(fixes, "x"), HomeKey({fixes[1]}, "x"));
  EXPECT_NE(HomeKey(fixes, "x"), HomeKey({fixes[0]}, "x"));
}

TEST(HomeKey, LaysNeighboursSideBySide) {
  const uint64_t here = HomeKey({FixFromDegrees(51.50001, -0.12001)}, "x") >> 32;
  const uint64_t near = HomeKey({FixFromDegrees(51.50002, -0.12002)}, "x") >> 32;
  const uint64_t far = HomeKey({FixFromDegrees(37.7, -122.4)}, "x") >> 32;
  EXPECT_EQ(here, near);
  EXPECT_NE(here, far);
}

TEST(HomeKey, DoesNotHangOnTimes) {
  const std::vector<Fix> timed = {FixFromDegrees(10, 10, 5)}, timeless = {FixFromDegrees(10, 10)};
  EXPECT_EQ(HomeKey(timed, "x"), HomeKey(timeless, "x"));
}

}  // namespace
}  // namespace spoor
