#include <gtest/gtest.h>

#include <string>

#include "absl/strings/match.h"
#include "engine/format/reader.h"
#include "tests/format/walks.h"

namespace spoor {
namespace {

constexpr uint64_t kNoLimit = uint64_t{1} << 40;
constexpr int kFlips = 400;
const std::string kCodings[] = {"gzip", "zstd", "identity"};
const std::string kPacked[] = {"gzip", "zstd"};

struct Inflated {
  std::string text;
  absl::Status status;
};

Inflated Inflate(absl::string_view bytes, absl::string_view coding, uint64_t limit = kNoLimit,
                 size_t piece = size_t{1} << 30) {
  auto inflater = *MakeInflater(coding, limit);
  Inflated result;
  for (; !bytes.empty(); bytes.remove_prefix(std::min(piece, bytes.size()))) {
    result.status.Update(inflater->Feed(bytes.substr(0, piece), [&](absl::string_view more) {
      result.text.append(more.data(), more.size());
      return absl::OkStatus();
    }));
  }
  result.status.Update(inflater->Finish());
  return result;
}

std::string SomeText(size_t size) {
  Rng rng(50);
  std::string text;
  while (text.size() < size) text += ToNdjson(RandomTrip(rng, 50));
  return text;
}

TEST(Inflate, GivesBackWhatWasDeflated) {
  for (const std::string& coding : kCodings) {
    for (const size_t size : {size_t{0}, size_t{1}, size_t{1000}, size_t{1} << 20}) {
      const std::string text = SomeText(size).substr(0, size);
      const std::string packed = Deflate(text, coding);
      if (size > 1000 && coding != "identity") {
        EXPECT_LT(packed.size(), size);
      }
      const Inflated back = Inflate(packed, coding);
      EXPECT_TRUE(back.status.ok()) << coding << " " << back.status;
      EXPECT_TRUE(back.text == text) << coding << " " << size;
    }
  }
}

TEST(Inflate, PiecesChangeNothing) {
  const std::string text = SomeText(10'000);
  for (const std::string& coding : kCodings) {
    for (const size_t piece : {1, 2, 7, 1000}) {
      const Inflated back = Inflate(Deflate(text, coding), coding, kNoLimit, piece);
      EXPECT_TRUE(back.status.ok()) << back.status;
      EXPECT_TRUE(back.text == text) << coding << " " << piece;
    }
  }
}

TEST(Inflate, TakesManyMembersAndFrames) {
  for (const std::string& coding : kPacked) {
    const std::string packed =
        Deflate("one ", coding) + Deflate("", coding) + Deflate("two", coding);
    for (const size_t piece : {size_t{1}, size_t{5}, packed.size()}) {
      const Inflated back = Inflate(packed, coding, kNoLimit, piece);
      EXPECT_TRUE(back.status.ok()) << coding << " " << back.status;
      EXPECT_EQ(back.text, "one two");
    }
  }
}

TEST(Inflate, SkipsSkippableFramesOfZstd) {
  const std::string skippable("\x50\x2A\x4D\x18\x03\x00\x00\x00xyz", 11);
  const Inflated back = Inflate(skippable + Deflate("a", "zstd") + skippable, "zstd");
  EXPECT_TRUE(back.status.ok()) << back.status;
  EXPECT_EQ(back.text, "a");
}

TEST(Inflate, StopsBombs) {
  constexpr uint64_t kLimit = 1'000'000;
  const std::string zeros(size_t{64} << 20, '\0');
  for (const std::string& coding : kCodings) {
    const Inflated back = Inflate(Deflate(zeros, coding), coding, kLimit);
    EXPECT_TRUE(absl::IsResourceExhausted(back.status)) << coding << " " << back.status;
    EXPECT_TRUE(absl::StrContains(back.status.message(), "1000000"));
    EXPECT_LE(back.text.size(), kLimit);
  }
}

TEST(Inflate, LetsOutExactlyTheLimit) {
  const std::string text = SomeText(300'000);
  for (const std::string& coding : kCodings) {
    EXPECT_TRUE(Inflate(Deflate(text, coding), coding, text.size()).status.ok());
    EXPECT_FALSE(Inflate(Deflate(text, coding), coding, text.size() - 1).status.ok());
  }
}

TEST(Inflate, ToldOfEveryCut) {
  const std::string text = SomeText(500);
  for (const std::string& coding : kPacked) {
    const std::string packed = Deflate(text, coding);
    for (size_t size = 0; size < packed.size(); ++size) {
      const Inflated back = Inflate(packed.substr(0, size), coding);
      EXPECT_TRUE(absl::IsInvalidArgument(back.status)) << coding << " cut at " << size;
    }
  }
}

TEST(Inflate, RefusesOtherBytes) {
  for (const std::string& coding : kPacked) {
    const Inflated plain = Inflate("plain text, not packed at all", coding);
    EXPECT_TRUE(absl::IsInvalidArgument(plain.status)) << plain.status;
    const Inflated garbage = Inflate(Deflate("a", coding) + "garbage behind it", coding);
    EXPECT_TRUE(absl::IsInvalidArgument(garbage.status)) << garbage.status;
  }
  EXPECT_TRUE(absl::IsInvalidArgument(Inflate(Deflate("a", "gzip"), "zstd").status));
}

// The formats before RFC 8878 (first bytes 0x1E and 0x22 to 0x27), which the library may still
// take.
TEST(Inflate, RefusesOldFormatsOfZstd) {
  for (const char first : {'\x1E', '\x22', '\x23', '\x24', '\x25', '\x26', '\x27'}) {
    const std::string old = std::string(1, first) + "\xB5\x2F\xFD\x04\xD4\x9A\x68";
    for (const size_t piece : {size_t{1}, old.size()}) {
      const Inflated back = Inflate(old, "zstd", kNoLimit, piece);
      EXPECT_EQ(back.status.message(), "broken zstd: no zstd frame") << static_cast<int>(first);
    }
  }
}

// A frame with a broken block whose bytes from the fifth on look like a skippable frame.
TEST(Inflate, TakesNothingInAFrameForAnotherFrame) {
  const std::string broken("\x28\xB5\x2F\xFD\x50\x2A\x4D\x18\x07\0\0\0\xFD\x04\x54\x04\x5D\x58\x1F",
                           19);
  for (const size_t piece : {size_t{1}, size_t{4}, size_t{5}, broken.size()}) {
    EXPECT_FALSE(Inflate(broken, "zstd", kNoLimit, piece).status.ok()) << piece;
  }
}

// gzip carries a checksum, so that no flip in the data goes unseen; flips in the header's time or
// system change nothing.
TEST(Inflate, SeesFlippedBitsOfGzip) {
  const std::string text = SomeText(3000);
  const std::string packed = Deflate(text, "gzip");
  Rng rng(51);
  for (int i = 0; i < kFlips; ++i) {
    std::string flipped = packed;
    const auto bit = Between(rng, 0, static_cast<int64_t>(packed.size()) * 8 - 1);
    flipped[static_cast<size_t>(bit / 8)] ^= static_cast<char>(1 << (bit % 8));
    const Inflated back = Inflate(flipped, "gzip", 10 * text.size());
    EXPECT_TRUE(!back.status.ok() || back.text == text) << "bit " << bit;
  }
}

TEST(Inflate, SurvivesFlippedBitsOfZstd) {
  const std::string text = SomeText(3000);
  const std::string packed = Deflate(text, "zstd");
  Rng rng(52);
  int seen = 0;
  for (int i = 0; i < kFlips; ++i) {
    std::string flipped = packed;
    const auto bit = Between(rng, 0, static_cast<int64_t>(packed.size()) * 8 - 1);
    flipped[static_cast<size_t>(bit / 8)] ^= static_cast<char>(1 << (bit % 8));
    const Inflated back = Inflate(flipped, "zstd", 10 * text.size());
    EXPECT_LE(back.text.size(), 10 * text.size());
    seen += back.status.ok() ? 0 : 1;
  }
  EXPECT_GT(seen, 0);
}

TEST(Inflate, RemembersItsErrorAndPassesOnThatOfTheSink) {
  auto broken = *MakeInflater("gzip", kNoLimit);
  const auto take = [](absl::string_view) { return absl::OkStatus(); };
  EXPECT_FALSE(broken->Feed("no gzip here", take).ok());
  EXPECT_FALSE(broken->Feed(Deflate("a", "gzip"), take).ok());
  EXPECT_FALSE(broken->Finish().ok());
  auto stopped = *MakeInflater("identity", kNoLimit);
  const auto refuse = [](absl::string_view) { return absl::CancelledError("enough"); };
  EXPECT_TRUE(absl::IsCancelled(stopped->Feed("a", refuse)));
  EXPECT_TRUE(absl::IsCancelled(stopped->Finish()));
}

TEST(Inflate, UnknownCodingListsTheKnown) {
  const auto made = MakeInflater("br", 1);
  ASSERT_TRUE(absl::IsInvalidArgument(made.status()));
  for (const std::string& coding : kCodings) {
    EXPECT_TRUE(absl::StrContains(made.status().message(), coding));
  }
}

}  // namespace
}  // namespace spoor
