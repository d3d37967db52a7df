#include "engine/segment/ordinal_set.h"

#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <set>
#include <vector>

#include "absl/strings/escaping.h"
#include "engine/store/crc32c.h"

namespace spoor {
namespace {

constexpr uint32_t kLimit = 1 << 20;

OrdinalSet Of(const std::set<uint32_t>& ordinals) {
  OrdinalSet set;
  for (const uint32_t o : ordinals) set.Add(o);
  return set;
}

std::set<uint32_t> ToSet(const OrdinalSet& set) {
  std::set<uint32_t> out;
  uint32_t before = 0;
  set.ForEach([&](uint32_t o) {
    EXPECT_TRUE(out.empty() || o > before) << "not ascending";
    out.insert(before = o);
  });
  return out;
}

bool IsDataLoss(absl::string_view bytes, uint32_t limit = kLimit) {
  return OrdinalSet::Decode(bytes, limit).status().code() == absl::StatusCode::kDataLoss;
}

TEST(OrdinalSet, HoldsWhatWasAdded) {
  const OrdinalSet set = Of({3, 4, 70000});
  EXPECT_EQ(set.size(), 3u);
  EXPECT_FALSE(set.empty());
  EXPECT_TRUE(set.Contains(70000));
  EXPECT_FALSE(set.Contains(5));
  EXPECT_TRUE(OrdinalSet().empty());
}

TEST(OrdinalSet, CopyIsIndependent) {
  OrdinalSet a = Of({1});
  OrdinalSet b = a;
  b.Add(2);
  EXPECT_EQ(ToSet(a), std::set<uint32_t>({1}));
  a = b;
  EXPECT_EQ(ToSet(a), std::set<uint32_t>({1, 2}));
}

TEST(OrdinalSet, MinusLeavesWhatTheOtherHasNot) {
  EXPECT_EQ(ToSet(Of({1, 2, 3}).Minus(Of({2, 9}))), std::set<uint32_t>({1, 3}));
}

TEST(OrdinalSet, SurvivesEncodingInEveryDensity) {
  std::mt19937 rng(1);
  for (const uint32_t step : {1, 2, 17, 1000, 70000}) {
    std::set<uint32_t> ordinals;
    for (uint32_t o = rng() % step; o < kLimit && ordinals.size() < 20000; o += 1 + rng() % step) {
      ordinals.insert(o);
    }
    const auto decoded = OrdinalSet::Decode(Of(ordinals).Encode(), kLimit);
    ASSERT_TRUE(decoded.ok()) << decoded.status();
    EXPECT_EQ(ToSet(*decoded), ordinals);
  }
  EXPECT_TRUE(OrdinalSet::Decode(OrdinalSet().Encode(), 0).ok());
}

// Bytes that an earlier build wrote: they stay when a new version of the format joins them.
TEST(OrdinalSet, DecodeReadsVersionOne) {
  const auto set = OrdinalSet::Decode(
      absl::HexStringToBytes(
          "014d32eb313a300000020000000000010001000000180000001c000000030004007011"),
      kLimit);
  ASSERT_TRUE(set.ok()) << set.status();
  EXPECT_EQ(ToSet(*set), std::set<uint32_t>({3, 4, 70000}));
}

TEST(OrdinalSet, DecodeRejectsFlippedBit) {
  const std::string good = Of({3, 4, 70000}).Encode();
  for (size_t bit = 0; bit < 8 * good.size(); ++bit) {
    std::string bad = good;
    bad[bit / 8] ^= static_cast<char>(1 << bit % 8);
    EXPECT_TRUE(IsDataLoss(bad)) << "bit " << bit;
  }
}

TEST(OrdinalSet, DecodeRejectsEveryPrefix) {
  const std::string good = Of({3, 4, 70000}).Encode();
  for (size_t n = 0; n < good.size(); ++n) {
    EXPECT_TRUE(IsDataLoss(good.substr(0, n))) << n << " bytes";
  }
}

TEST(OrdinalSet, DecodeRejectsOrdinalsBeyondTheLimit) {
  EXPECT_TRUE(IsDataLoss(Of({10}).Encode(), 10));
  EXPECT_TRUE(OrdinalSet::Decode(Of({10}).Encode(), 11).ok());
}

// Right checksums around nonsense: nothing may crash, and what is accepted is what it says.
TEST(OrdinalSet, DecodeSurvivesNonsenseWithARightChecksum) {
  std::mt19937 rng(2);
  std::set<uint32_t> ordinals;
  for (int i = 0; i < 300; ++i) ordinals.insert(rng() % 200000);
  const std::string good = Of(ordinals).Encode();
  for (int i = 0; i < 3000; ++i) {
    std::string bad = good.substr(0, 5 + rng() % (good.size() - 4));
    for (int flips = static_cast<int>(rng() % 4); flips >= 0 && bad.size() > 5; --flips) {
      bad[5 + rng() % (bad.size() - 5)] = static_cast<char>(rng());
    }
    const uint32_t sum = Crc32c(absl::string_view(bad).substr(5));
    std::memcpy(bad.data() + 1, &sum, sizeof sum);
    const auto set = OrdinalSet::Decode(bad, kLimit);
    if (!set.ok()) continue;
    EXPECT_EQ(ToSet(*set).size(), set->size());
  }
}

}  // namespace
}  // namespace spoor
