#include "router/jobs/result_runs.h"

#include <gtest/gtest.h>

namespace spoor::testing {
namespace {

TEST(ResultRuns, AreReadAsTheyWereWritten) {
  const std::vector<ChunkRun> runs = {
      {.term = 1, .writer = 0xab, .first = 0, .last = 41, .offset = 7},
      {.term = 3, .writer = UINT64_MAX, .first = 0, .last = 0, .offset = UINT64_MAX}};
  EXPECT_EQ(EncodeRuns(runs),
            "1.00000000000000ab:0-41@7,3.ffffffffffffffff:0-0@18446744073709551615");
  const auto again = DecodeRuns(EncodeRuns(runs));
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(*again, runs);
  EXPECT_TRUE(DecodeRuns("")->empty());
}

TEST(ResultRuns, AnyOtherTextIsDamage) {
  for (const char* wrong :
       {"1", ",", "1.00000000000000ab:0-41@7,", "1.00000000000000ab:2-1@7", "1.ab:0-41@7",
        "1.00000000000000ab:0-41", "01.00000000000000ab:0-1@7", "1.00000000000000ab:0-1@7 "}) {
    EXPECT_TRUE(absl::IsDataLoss(DecodeRuns(wrong).status())) << wrong;
  }
}

TEST(ResultRuns, PlacesAreReadAsTheyWereWrittenAndNothingElseIs) {
  for (const ResultPlace& place :
       {ResultPlace{.writer = 0xab, .number = 2, .offset = 9, .lines = 0},
        ResultPlace{.writer = 0xab, .number = 2, .offset = 9, .lines = UINT64_MAX}}) {
    const auto again = DecodePlaceInResult(EncodePlaceInResult(place));
    ASSERT_TRUE(again.ok()) << again.status();
    EXPECT_EQ(*again, place);
  }
  for (const char* wrong : {"0", "ab.2.9.0", "00000000000000ab.2.9", "00000000000000ab.2.9.-1",
                            "00000000000000ab.2.9.0.0", "00000000000000ab.2.9.ALL"}) {
    EXPECT_TRUE(absl::IsOutOfRange(DecodePlaceInResult(wrong).status())) << wrong;
  }
}

}  // namespace
}  // namespace spoor::testing
