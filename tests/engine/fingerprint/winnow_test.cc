#include "engine/fingerprint/winnow.h"

#include <gtest/gtest.h>

#include <random>
#include <set>
#include <vector>

namespace spoor {
namespace {

constexpr int kWinnowRounds = 300;

std::vector<size_t> Leftmost(const std::vector<int>& values, size_t w) {
  std::vector<size_t> kept;
  WinnowLeftmost(absl::MakeConstSpan(values), w, [&](size_t i) { kept.push_back(i); });
  return kept;
}

std::vector<size_t> Minima(const std::vector<int>& values, size_t w) {
  std::vector<size_t> kept;
  for (size_t i = 0; i < values.size(); ++i) {
    if (IsWindowMinimum(absl::MakeConstSpan(values), w, i)) kept.push_back(i);
  }
  return kept;
}

// Every window, every value in it that is its least.
std::vector<size_t> MinimaByDefinition(const std::vector<int>& values, size_t w) {
  if (values.empty()) return {};
  std::set<size_t> kept;
  w = std::min(w, values.size());
  for (size_t start = 0; start + w <= values.size(); ++start) {
    const auto first = values.begin() + static_cast<std::ptrdiff_t>(start);
    const int least = *std::min_element(first, first + static_cast<std::ptrdiff_t>(w));
    for (size_t i = start; i < start + w; ++i) {
      if (values[i] == least) kept.insert(i);
    }
  }
  return {kept.begin(), kept.end()};
}

TEST(Winnow, LeftmostKeepsTheExampleOfThePaper) {
  // Schleimer, Wilkerson & Aiken, figure 2, with windows of four; there the rightmost minimum is
  // kept.
  const std::vector<int> hashes = {77, 74, 42, 17, 98, 50, 17, 98, 8,
                                   88, 67, 39, 77, 74, 42, 17, 98};
  EXPECT_EQ(Leftmost(hashes, 4), (std::vector<size_t>{3, 6, 8, 11, 15}));
}

TEST(Winnow, LeftmostOfEqualMinimaWins) {
  EXPECT_EQ(Leftmost({5, 5, 5, 5}, 2), (std::vector<size_t>{0, 1, 2}));
  EXPECT_EQ(Leftmost({5, 5}, 9), (std::vector<size_t>{0}));
  EXPECT_EQ(Leftmost({}, 3), (std::vector<size_t>{}));
}

TEST(Winnow, AllOfEqualMinimaCountWhereDirectionMustNot) {
  EXPECT_EQ(Minima({5, 5, 5, 5}, 2), (std::vector<size_t>{0, 1, 2, 3}));
  EXPECT_EQ(Minima({7, 3, 9}, 9), (std::vector<size_t>{1}));
  EXPECT_EQ(Minima({7, 3, 9}, 1), (std::vector<size_t>{0, 1, 2}));
}

TEST(Winnow, MinimaFollowTheDefinition) {
  for (int seed = 0; seed < kWinnowRounds; ++seed) {
    std::mt19937 random(static_cast<unsigned>(seed));
    std::vector<int> values(random() % 40);
    for (int& v : values) v = static_cast<int>(random() % 12);
    const size_t w = 1 + random() % 10;
    EXPECT_EQ(Minima(values, w), MinimaByDefinition(values, w)) << "seed " << seed;
  }
}

TEST(Winnow, LeftmostKeepsOneOfEveryWindow) {
  for (int seed = 0; seed < kWinnowRounds; ++seed) {
    std::mt19937 random(static_cast<unsigned>(seed));
    std::vector<int> values(1 + random() % 60);
    for (int& v : values) v = static_cast<int>(random() % 20);
    const size_t w = 1 + random() % 10;
    const std::vector<size_t> kept = Leftmost(values, w);
    ASSERT_FALSE(kept.empty());
    size_t last = 0;
    for (const size_t i : kept) {
      EXPECT_LE(i - last, w) << "seed " << seed;
      last = i;
    }
  }
}

}  // namespace
}  // namespace spoor
