#include "engine/format/decimal.h"

#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "tests/format/walks.h"

namespace spoor {
namespace {

constexpr int kRandomNumbers = 200'000;

int64_t Units(const std::string& text, const Axis& axis) {
  Decimal number;
  const char* const end = text.data() + text.size();
  EXPECT_EQ(ScanDecimal(text.data(), end, number), end) << text;
  EXPECT_EQ(number.text, text);
  return ToUnits(number, axis);
}

bool IsNumber(const std::string& text) {
  Decimal number;
  const char* const end = text.data() + text.size();
  return ScanDecimal(text.data(), end, number) == end;
}

TEST(Decimal, ScanTakesJsonNumbersOnly) {
  for (const char* good : {"0", "-0", "1", "-12.5", "0.0", "1e5", "1E+5", "1.25e-3", "1e400"}) {
    EXPECT_TRUE(IsNumber(good)) << good;
  }
  for (const char* bad :
       {"", "-", "+1", ".5", "1.", "01", "-01", "1e", "1e+", "1.e5", "0x1", "NaN", "- 1", "1 "}) {
    EXPECT_FALSE(IsNumber(bad)) << bad;
  }
}

TEST(Decimal, ScanStopsBehindTheNumber) {
  Decimal number;
  const std::string text = "-1.5,7";
  EXPECT_EQ(ScanDecimal(text.data(), text.data() + text.size(), number), text.data() + 4);
  EXPECT_EQ(number.text, "-1.5");
}

TEST(Decimal, UnitsAreRoundedToTheNearest) {
  EXPECT_EQ(Units("51.5073509", kLatAxis), 515'073'509);
  EXPECT_EQ(Units("-0.1277583", kLonAxis), -1'277'583);
  EXPECT_EQ(Units("-0", kLonAxis), 0);
  EXPECT_EQ(Units("0.00000004", kLonAxis), 0);
  EXPECT_EQ(Units("0.00000006", kLonAxis), 1);
  EXPECT_EQ(Units("-0.00000006", kLonAxis), -1);
  EXPECT_EQ(Units("5.15073509e1", kLatAxis), 515'073'509);
  EXPECT_EQ(Units("1700000000", kTimeAxis), 1'700'000'000'000);
  EXPECT_EQ(Units("1700000000.1234", kTimeAxis), 1'700'000'000'123);
  EXPECT_EQ(Units("-1.5", kTimeAxis), -1'500);
}

TEST(Decimal, BordersBelongToTheRange) {
  EXPECT_EQ(Units("90", kLatAxis), kMaxLatE7);
  EXPECT_EQ(Units("-90.000", kLatAxis), -kMaxLatE7);
  EXPECT_EQ(Units("180.0", kLonAxis), kMaxLonE7);
  EXPECT_EQ(Units("90.00000001", kLatAxis), kOutOfRange);
  EXPECT_EQ(Units("-180.0000000000001", kLonAxis), kOutOfRange);
  EXPECT_EQ(Units("9e1", kLatAxis), kMaxLatE7);
  EXPECT_EQ(Units("1e400", kLonAxis), kOutOfRange);
  EXPECT_EQ(Units("1e-400", kLonAxis), 0);
  EXPECT_EQ(Units("253402300799", kTimeAxis), 253'402'300'799'000);
  EXPECT_EQ(Units("253402300799.999", kTimeAxis), 253'402'300'799'999);
  EXPECT_EQ(Units("253402300800", kTimeAxis), kOutOfRange);
  EXPECT_EQ(Units("-62167219201", kTimeAxis), kOutOfRange);
  EXPECT_EQ(Units("99999999999999999999", kTimeAxis), kOutOfRange);
}

TEST(Decimal, BothWaysAgreeOnAnyNumber) {
  Rng rng(20);
  for (int i = 0; i < kRandomNumbers; ++i) {
    const Axis& axis = i % 3 == 0 ? kLatAxis : i % 3 == 1 ? kLonAxis : kTimeAxis;
    const int64_t limit = int64_t{1} << Between(rng, 1, 62);
    const std::string text =
        DecimalText(Between(rng, -limit, limit), static_cast<size_t>(Between(rng, 1, 18)));
    ASSERT_EQ(Units(text, axis), ToUnitsByDouble(text, axis)) << text << " at " << axis.shift;
  }
}

// Where rounding is in doubt: the middle between two units, and what lies hardly beside it.
TEST(Decimal, BothWaysAgreeOnMiddles) {
  Rng rng(21);
  for (int i = 0; i < kRandomNumbers; ++i) {
    const Axis& axis = i % 2 == 0 ? kLonAxis : kTimeAxis;
    const int64_t limit = axis.shift == 7 ? kMaxLonE7 : 250'000'000'000'000;
    const auto places = static_cast<size_t>(axis.shift);
    std::string text = DecimalText(Between(rng, -limit, limit), places);
    text += Between(rng, 0, 2) == 0 ? "5" : Between(rng, 0, 1) == 0 ? "49999" : "50000";
    if (Between(rng, 0, 1) == 0) text += absl::StrCat(Between(rng, 0, 9));
    ASSERT_EQ(Units(text, axis), ToUnitsByDouble(text, axis)) << text;
  }
}

TEST(Decimal, BothWaysAgreeAtBorders) {
  for (const Axis& axis : {kLatAxis, kLonAxis, kTimeAxis}) {
    for (const double border : {axis.min, axis.max}) {
      const auto units = static_cast<int64_t>(border * axis.per_unit());
      for (int64_t step = -3; step <= 3; ++step) {
        for (const char* more : {"", "0", "4", "5", "6", "0000001"}) {
          const std::string text =
              DecimalText(units + step, static_cast<size_t>(axis.shift)) + more;
          EXPECT_EQ(Units(text, axis), ToUnitsByDouble(text, axis)) << text;
        }
      }
    }
  }
}

TEST(Decimal, UnitsAreThoseOfFixFromDegrees) {
  Rng rng(22);
  for (int i = 0; i < kRandomNumbers / 10; ++i) {
    const std::string lat = absl::StrCat(static_cast<double>(Between(rng, -90'000, 90'000)) / 1e3);
    const Fix fix = FixFromDegrees(std::stod(lat), 0);
    ASSERT_EQ(Units(lat, kLatAxis), fix.lat_e7) << lat;
  }
}

}  // namespace
}  // namespace spoor
