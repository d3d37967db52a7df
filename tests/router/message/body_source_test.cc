#include "router/message/body_source.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "router/message/event_stream.h"

namespace spoor::testing {
namespace {

// Has a piece only after somebody else has been at work.
class WokenSource : public BodySource {
 public:
  ~WokenSource() override {
    if (other_.joinable()) other_.join();
  }
  absl::StatusOr<Piece> Next(const Wake& wake) override {
    switch (step_++) {
      case 0:
        other_ = std::thread(wake);
        return NotYet();
      case 1:
        return Bytes("woken ");
      case 2:
        return NotYet(Clock::now() + std::chrono::milliseconds(2));
      case 3:
        return Bytes("by time");
      default:
        return End();
    }
  }

 private:
  int step_ = 0;
  std::thread other_;
};

TEST(BodySource, IsReadToItsEndWithoutAnEventLoop) {
  WokenSource source;
  std::string text;
  const absl::Status read = ReadAll(source, [&](absl::string_view piece) {
    absl::StrAppend(&text, piece);
    return absl::OkStatus();
  });
  EXPECT_TRUE(read.ok()) << read;
  EXPECT_EQ(text, "woken by time");
}

std::vector<std::string> EventsOf(absl::string_view text, size_t piece_bytes) {
  std::vector<std::string> events;
  EventReader reader(64);
  for (size_t at = 0; at < text.size(); at += piece_bytes) {
    const absl::Status fed = reader.Feed(text.substr(at, piece_bytes), [&](absl::string_view data) {
      events.emplace_back(data);
      return absl::OkStatus();
    });
    if (!fed.ok()) events.push_back(fed.ToString());
  }
  return events;
}

TEST(EventStream, WhatIsWrittenIsRead) {
  const std::string text = absl::StrCat(EventText("one"), kEventComment, EventText("a\nb"),
                                        "event: x\rdata:two\r\rid: 1\r\ndata\r\n\r\ndata: cut");
  for (size_t piece = 1; piece < 9; ++piece) {
    EXPECT_EQ(EventsOf(text, piece), (std::vector<std::string>{"one", "a\nb", "two", ""})) << piece;
  }
}

TEST(EventStream, AnEventAboveTheLimitIsRefused) {
  EventReader reader(8);
  const auto none = [](absl::string_view) { return absl::OkStatus(); };
  EXPECT_TRUE(reader.Feed("data: a\n", none).ok());
  EXPECT_EQ(reader.Feed("data: 12345678", none).code(), absl::StatusCode::kResourceExhausted);
}

}  // namespace
}  // namespace spoor::testing
