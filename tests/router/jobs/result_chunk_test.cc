#include "router/jobs/result_chunk.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace spoor::testing {
namespace {

const ChunkName kChunk{.part = "rows", .term = 7, .writer = 0xfedcba9876543210, .number = 12};
constexpr absl::string_view kTwoLines = "{\"a\":1}\n{\"a\":2}\n";

TEST(ResultChunk, KeysSayWhoWroteWhat) {
  EXPECT_EQ(ChunkKey(kChunk), "rows/7/fedcba9876543210/12");
  const auto name = DecodeChunkKey(ChunkKey(kChunk));
  ASSERT_TRUE(name.ok()) << name.status();
  EXPECT_EQ(*name, kChunk);
  for (const char* wrong :
       {"", "rows", "rows/7/fedcba9876543210", "rows/7/fedcba9876543210/12/", "rows/07/0/0",
        "Rows/7/fedcba9876543210/12", "rows/7/fedcba9876543210/+12", "rows/7/FEDCBA9876543210/12",
        "/7/fedcba9876543210/12", "rows/7/fedcba9876543210/18446744073709551616"}) {
    EXPECT_TRUE(absl::IsDataLoss(DecodeChunkKey(wrong).status())) << wrong;
  }
}

TEST(ResultChunk, LinesComeBackAsTheyWere) {
  for (const absl::string_view lines : {absl::string_view(), absl::string_view("\n"), kTwoLines}) {
    const std::string bytes = EncodeChunk(kChunk, lines);
    const auto chunk = DecodeChunk(kChunk, bytes);
    ASSERT_TRUE(chunk.ok()) << chunk.status();
    EXPECT_EQ(chunk->lines, lines);
    EXPECT_EQ(chunk->rows, static_cast<uint64_t>(std::count(lines.begin(), lines.end(), '\n')));
  }
}

TEST(ResultChunk, EveryFlippedBitAndEveryCutIsFound) {
  const std::string bytes = EncodeChunk(kChunk, kTwoLines);
  for (size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    std::string damaged = bytes;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << bit % 8));
    EXPECT_TRUE(absl::IsDataLoss(DecodeChunk(kChunk, damaged).status())) << bit;
  }
  for (size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_TRUE(absl::IsDataLoss(DecodeChunk(kChunk, bytes.substr(0, size)).status())) << size;
  }
}

TEST(ResultChunk, WhatLiesUnderTheKeyOfAnotherIsDamage) {
  const std::string bytes = EncodeChunk(kChunk, kTwoLines);
  ChunkName other = kChunk;
  ++other.number;
  EXPECT_TRUE(absl::IsDataLoss(DecodeChunk(other, bytes).status()));
}

}  // namespace
}  // namespace spoor::testing
