#include "engine/store/home_set.h"

#include <gtest/gtest.h>

#include <bitset>
#include <random>

#include "absl/strings/str_cat.h"

namespace spoor {
namespace {

// The world in which the oracle counts: keys at both ends, one after another, and all that lies
// between them is one bit more, which is in a set altogether or not at all.
constexpr uint64_t kNear = 32;  // keys at each end
constexpr size_t kBits = 2 * kNear + 1;
using Bits = std::bitset<kBits>;

uint64_t FirstOf(size_t bit) { return bit <= kNear ? bit : UINT64_MAX - (kBits - 1 - bit); }
uint64_t LastOf(size_t bit) { return bit == kNear ? UINT64_MAX - kNear : FirstOf(bit); }

class HomeSetLaw : public ::testing::Test {
 protected:
  size_t Draw(size_t n) { return std::uniform_int_distribution<size_t>(0, n - 1)(rng_); }

  // Any ranges, in any order, also some that touch, overlap or end before they begin.
  std::pair<HomeSet, Bits> Any() {
    std::vector<HomeRange> ranges(Draw(8));
    Bits bits;
    for (HomeRange& range : ranges) {
      const size_t first = Draw(kBits), last = Draw(3) == 0 ? Draw(kBits) : first + Draw(5);
      range = {FirstOf(first), LastOf(std::min(last, kBits - 1))};
      for (size_t bit = first; bit <= std::min(last, kBits - 1); ++bit) bits.set(bit);
    }
    return {HomeSet(ranges), bits};
  }

  std::mt19937_64 rng_{20261130};
};

Bits BitsOf(const HomeSet& set) {
  Bits out;
  for (size_t bit = 0; bit < kBits; ++bit) out[bit] = set.Contains(FirstOf(bit));
  return out;
}

void ExpectSound(const HomeSet& set, const Bits& bits) {
  EXPECT_EQ(BitsOf(set), bits);
  EXPECT_EQ(set.empty(), bits.none());
  EXPECT_EQ(set.all(), bits.all());
  const HomeRange* before = nullptr;
  for (const HomeRange& range : set.ranges()) {
    EXPECT_LE(range.first, range.last);
    if (before != nullptr) {
      EXPECT_LT(before->last, range.first - 1) << "a key is missing between two";
    }
    before = &range;
  }
}

TEST_F(HomeSetLaw, IsWhatASetOfBitsIs) {
  for (int i = 0; i < 3000; ++i) {
    SCOPED_TRACE(i);
    const auto [a, in_a] = Any();
    const auto [b, in_b] = Any();
    ExpectSound(a, in_a);
    ExpectSound(a.Union(b), in_a | in_b);
    EXPECT_EQ(a.Covers(b), (in_b & ~in_a).none());
    EXPECT_EQ(a.Meets(b), (in_a & in_b).any());
    EXPECT_EQ(a == b, in_a == in_b);
    EXPECT_EQ(a.Union(b), b.Union(a));
    EXPECT_EQ(a.Union(b).Union(a), a.Union(b));
    const size_t from = Draw(kBits), to = from + Draw(kBits - from);
    const HomeRange range{FirstOf(from), LastOf(to)};
    Bits in_range;
    for (size_t bit = from; bit <= to; ++bit) in_range.set(bit);
    EXPECT_EQ(a.Covers(range), (in_range & ~in_a).none());
    EXPECT_EQ(a.Meets(range), (in_range & in_a).any());
    ExpectSound(a.From(FirstOf(from)), in_a & (Bits().set() << from));
  }
}

TEST_F(HomeSetLaw, FindsTheRangeAtAKeyOrTheNextOne) {
  for (int i = 0; i < 500; ++i) {
    const auto [set, bits] = Any();
    for (size_t bit = 0; bit < kBits; ++bit) {
      size_t next = bit;
      while (next < kBits && !bits[next]) ++next;
      const HomeRange* const found = set.AtOrAfter(FirstOf(bit));
      ASSERT_EQ(found == nullptr, next == kBits);
      if (found == nullptr) continue;
      EXPECT_TRUE(HomeSet({*found}).Contains(FirstOf(next)));
    }
  }
}

TEST(HomeSet, OfAllAndNone) {
  EXPECT_TRUE(HomeSet::All().all());
  EXPECT_TRUE(HomeSet::None().empty());
  EXPECT_EQ(HomeSet({{10, UINT64_MAX}, {0, 9}}), HomeSet::All());
  EXPECT_EQ(HomeSet({{9, 3}}), HomeSet::None());
  EXPECT_TRUE(HomeSet::None().Covers(HomeSet::None()));
  EXPECT_FALSE(HomeSet::None().Meets(HomeSet::All()));
}

TEST(HomeSet, JoinsWhatTouchesAndOverlaps) {
  EXPECT_EQ(HomeSet({{10, 19}, {0, 9}, {30, 39}, {35, 36}}), HomeSet({{0, 19}, {30, 39}}));
  EXPECT_EQ(HomeSet({{0, 9}, {11, 19}}).ranges().size(), 2u);
}

}  // namespace
}  // namespace spoor
