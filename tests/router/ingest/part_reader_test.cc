#include "router/ingest/part_reader.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"

namespace spoor::testing {
namespace {

std::string TripLine(const std::string& id, double lat) {
  return absl::StrCat("{\"id\":\"", id, "\",\"coords\":[[0,", lat, ",0],[0.01,", lat, ",60],[0.02,",
                      lat, ",120]]}\n");
}

TEST(PartReader, PartsPutTogetherAreTheFile) {
  std::string text;
  for (int i = 0; i < 100; ++i) text += TripLine(absl::StrCat("t", i), i % 80);
  for (const uint64_t part_bytes : {1, 100, 1000, 1'000'000}) {
    std::istringstream in(text);
    const auto reader =
        PartReader::Open("-", in, {.format = "ndjson", .read = {}, .part_bytes = part_bytes}, {});
    ASSERT_TRUE(reader.ok()) << reader.status();
    std::string together;
    uint64_t line = 1;
    for (Part part; (*reader)->Next(&part).value(); part = Part()) {
      EXPECT_EQ(part.begin, together.size());
      EXPECT_EQ(part.first_line, line);
      EXPECT_EQ(part.bytes.back(), '\n');
      together += part.bytes;
      line += static_cast<uint64_t>(std::count(part.bytes.begin(), part.bytes.end(), '\n'));
    }
    EXPECT_EQ(together, text);
  }
}

// Standard input is a pipe that stays open: what has come is a part all the same.
TEST(PartReader, GivesWhatHasComeOfAStreamThatGoesOn) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const int before = dup(STDIN_FILENO);
  dup2(ends[0], STDIN_FILENO);
  const std::string first = TripLine("a", 1), second = TripLine("b", 2);
  ASSERT_EQ(write(ends[1], first.data(), first.size()), static_cast<ssize_t>(first.size()));
  ASSERT_EQ(write(ends[1], second.data(), 10), 10);  // the begin of a record
  PartOptions options;
  options.format = "ndjson";
  options.patience = std::chrono::milliseconds(20);
  const auto reader = PartReader::Open("-", std::cin, options, {});
  ASSERT_TRUE(reader.ok()) << reader.status();
  Part part;
  EXPECT_TRUE((*reader)->Next(&part).value());
  EXPECT_EQ(part.bytes, first);
  const std::string rest = second.substr(10);
  ASSERT_EQ(write(ends[1], rest.data(), rest.size()), static_cast<ssize_t>(rest.size()));
  close(ends[1]);
  part = Part();
  EXPECT_TRUE((*reader)->Next(&part).value());
  EXPECT_EQ(part.bytes, second);
  EXPECT_FALSE((*reader)->Next(&part).value());
  dup2(before, STDIN_FILENO);
  close(before);
  close(ends[0]);
}

}  // namespace
}  // namespace spoor::testing
