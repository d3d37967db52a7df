#include "geo/at_time.h"

#include <gtest/gtest.h>

#include <random>

namespace spoor {
namespace {

const std::vector<Fix> kWay = {{0, 0, 1000}, {100, 200, 3000}, {100, 200, 3000}, {100, 600, 7000}};

TEST(FixAt, IsOnTheLineAsFarAsTheTimeHasGone) {
  EXPECT_EQ(FixAt(kWay, 2000), (Fix{50, 100, 2000}));
  EXPECT_EQ(FixAt(kWay, 3000), (Fix{100, 200, 3000}));
  EXPECT_EQ(FixAt(kWay, 4000), (Fix{100, 300, 4000}));
  EXPECT_EQ(FixAt(kWay, 1000), kWay.front());
  EXPECT_EQ(FixAt(kWay, 7000), kWay.back());
  EXPECT_EQ(FixAt(kWay, 999), std::nullopt);
  EXPECT_EQ(FixAt(kWay, 7001), std::nullopt);
}

TEST(FixAt, GoesTheShortWayRound) {
  const std::vector<Fix> over = {{0, kMaxLonE7 - 100, 0}, {0, -kMaxLonE7 + 300, 4}};
  EXPECT_EQ(FixAt(over, 1), (Fix{0, kMaxLonE7, 1}));
  EXPECT_EQ(FixAt(over, 2), (Fix{0, -kMaxLonE7 + 100, 2}));
}

TEST(PartOfTime, HasItsEndsBetweenFixes) {
  EXPECT_EQ(PartOfTime(kWay, 2000, 5000),
            (std::vector<Fix>{{50, 100, 2000}, kWay[1], kWay[2], {100, 400, 5000}}));
  EXPECT_EQ(PartOfTime(kWay, 4000, 5000), (std::vector<Fix>{{100, 300, 4000}, {100, 400, 5000}}));
  EXPECT_EQ(PartOfTime(kWay, 4000, 4000), (std::vector<Fix>{{100, 300, 4000}}));
  EXPECT_EQ(PartOfTime(kWay, 0, 9000), kWay);
  EXPECT_EQ(PartOfTime(kWay, 7000, 9000), (std::vector<Fix>{kWay.back()}));
  EXPECT_TRUE(PartOfTime(kWay, 0, 999).empty());
  EXPECT_TRUE(PartOfTime(kWay, 7001, 9000).empty());
}

// Whatever the span, the part has what lies in it, in order, and nothing else.
TEST(PartOfTime, KeepsToItsSpan) {
  for (uint32_t seed = 0; seed < 300; ++seed) {
    std::mt19937 rng(seed);
    std::vector<Fix> way;
    int64_t now_ms = 0;
    for (size_t n = 1 + rng() % 9; n > 0; --n) {
      way.push_back({static_cast<int32_t>(rng() % 1000), static_cast<int32_t>(rng() % 1000),
                     now_ms += static_cast<int64_t>(rng() % 4)});
    }
    const int64_t from = static_cast<int64_t>(rng() % 30) - 3;
    const int64_t to = from + static_cast<int64_t>(rng() % 10);
    size_t inside = 0;
    for (const Fix& fix : way) inside += fix.time_ms >= from && fix.time_ms <= to ? 1 : 0;
    const std::vector<Fix> part = PartOfTime(way, from, to);
    EXPECT_GE(part.size(), inside) << seed;
    EXPECT_LE(part.size(), inside + 2) << seed;
    for (size_t i = 0; i < part.size(); ++i) {
      EXPECT_TRUE(part[i].time_ms >= from && part[i].time_ms <= to) << seed;
      EXPECT_LE(part[i > 0 ? i - 1 : 0].time_ms, part[i].time_ms) << seed;
    }
  }
}

}  // namespace
}  // namespace spoor
