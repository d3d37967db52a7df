#include "geo/trajectory.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "absl/strings/str_cat.h"

namespace spoor {
namespace {

// Encodes without asking whether the code point may be encoded.
std::string Utf8(uint32_t code) {
  const auto tail = [code](int shift) { return static_cast<char>(0x80 | (code >> shift & 0x3f)); };
  if (code < 0x80) return {static_cast<char>(code)};
  if (code < 0x800) return {static_cast<char>(0xc0 | code >> 6), tail(0)};
  if (code < 0x10000) return {static_cast<char>(0xe0 | code >> 12), tail(6), tail(0)};
  return {static_cast<char>(0xf0 | code >> 18), tail(12), tail(6), tail(0)};
}

TEST(Utf8, TakesEveryCodePointButSurrogates) {
  for (uint32_t code = 0; code <= 0x110010; ++code) {
    const bool surrogate = code >= 0xd800 && code <= 0xdfff;
    ASSERT_EQ(IsUtf8(Utf8(code)), !surrogate && code <= 0x10ffff) << code;
  }
}

TEST(Utf8, RefusesBrokenBytes) {
  for (const absl::string_view bad :
       {"\x80", "a\xbf", "\xc3", "\xc3(", "\xe2\x82", "\xe2(\xa1", "\xf0\x9f\x98", "\xff", "\xfe",
        "\xc0\xaf", "\xc1\xbf", "\xe0\x80\xaf", "\xf0\x80\x80\xaf", "\xf5\x80\x80\x80",
        "\xf8\x88\x80\x80\x80"}) {
    EXPECT_FALSE(IsUtf8(bad)) << ::testing::PrintToString(std::string(bad));
    EXPECT_FALSE(IsValidName(bad));
  }
  EXPECT_TRUE(IsUtf8(""));
  EXPECT_TRUE(IsUtf8("trip ü → 😀"));
}

TEST(Name, HasOneTo256BytesWithoutControlCharacters) {
  EXPECT_FALSE(IsValidName(""));
  EXPECT_TRUE(IsValidName("a"));
  EXPECT_TRUE(IsValidName(std::string(256, 'x')));
  EXPECT_FALSE(IsValidName(std::string(257, 'x')));
  EXPECT_TRUE(IsValidName("taxi 7/Zürich"));
  for (uint32_t code = 0; code < 0x100; ++code) {
    const bool control = code < 0x20 || (code >= 0x7f && code < 0xa0);
    EXPECT_EQ(IsValidName(absl::StrCat("a", Utf8(code))), !control) << code;
  }
}

TEST(Fix, IsTheNearestTenMillionthOfADegree) {
  EXPECT_EQ(FixFromDegrees(51.50000004, -0.10000006), (Fix{515000000, -1000001}));
  EXPECT_EQ(FixFromDegrees(90, -180), (Fix{kMaxLatE7, -kMaxLonE7}));
}

TEST(Fix, PositionsAreFiniteAndInRange) {
  EXPECT_TRUE(IsPosition(90, 180));
  EXPECT_TRUE(IsPosition(-90, -180));
  EXPECT_FALSE(IsPosition(90.0000001, 0));
  EXPECT_FALSE(IsPosition(0, -180.0000001));
  EXPECT_FALSE(IsPosition(std::nan(""), 0));
  EXPECT_FALSE(IsPosition(0, std::numeric_limits<double>::infinity()));
}

TEST(Fix, LongitudesDifferTheShortWay) {
  EXPECT_EQ(LonDeltaE7(1'790'000'000, -1'790'000'000), 20'000'000);
  EXPECT_EQ(LonDeltaE7(-1'790'000'000, 1'790'000'000), -20'000'000);
  EXPECT_EQ(LonDeltaE7(0, kMaxLonE7), kMaxLonE7);
  EXPECT_EQ(LonDeltaE7(kMaxLonE7, 0), -kMaxLonE7);
  EXPECT_EQ(LonDeltaE7(-kMaxLonE7, kMaxLonE7), 0);
}

}  // namespace
}  // namespace spoor
