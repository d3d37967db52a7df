#include "engine/store/codec.h"

#include <gtest/gtest.h>

#include <array>
#include <fstream>
#include <random>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "tests/engine/walks.h"

namespace spoor {
namespace {

using testing::GridTrip;

Trajectory Random(std::mt19937_64& rng) {
  Trajectory t{.id = TrajectoryId("x"), .object = rng() % 2 ? "" : "cab 7"};
  if (rng() % 2) t.tags = {{"a", ""}, {"b", std::string(rng() % 300, 'z')}};
  const bool times = rng() % 2, whole = rng() % 2;
  int64_t time = static_cast<int64_t>(rng() % 4'000'000'000'000) - 2'000'000'000'000;
  if (whole) time -= time % 1000;
  const int32_t unit = std::array{1, 10, 100, 1000}[rng() % 4];
  const auto place = [&rng, unit](int32_t most) {
    const int64_t v = static_cast<int64_t>(rng() % (2 * uint64_t(most) + 1)) - most;
    return static_cast<int32_t>(v / unit * unit);
  };
  for (size_t n = 1 + rng() % 50; n > 0; --n) {
    t.fixes.push_back({.lat_e7 = place(kMaxLatE7),
                       .lon_e7 = place(kMaxLonE7),
                       .time_ms = times ? time : kNoTime});
    time += static_cast<int64_t>(rng() % 100'000) * (whole ? 1000 : 1);
  }
  return t;
}

TEST(Codec, RecordsComeBackAsTheyWere) {
  std::mt19937_64 rng(7);
  for (int i = 0; i < 2000; ++i) {
    SCOPED_TRACE(absl::StrCat("record ", i, " of seed 7"));
    const Trajectory t = Random(rng);
    const Summary summary = Summarise(t.view());
    const std::string value = RecordValue(42 + i, EncodePayload(t, summary));
    const auto back = DecodeRecord(value);
    ASSERT_TRUE(back.ok()) << back.status();
    EXPECT_EQ(back->position, 42u + i);
    EXPECT_EQ(back->object, t.object);
    EXPECT_EQ(back->tags, t.tags);
    EXPECT_EQ(back->fixes, t.fixes);
    EXPECT_EQ(back->summary.box, summary.box);
    EXPECT_NEAR(back->summary.length_m, summary.length_m, 1e-3);
    std::vector<Fix> fixes;
    ASSERT_TRUE(DecodeRecordFixes(value, fixes).ok());
    EXPECT_EQ(fixes, t.fixes);
  }
}

TEST(Codec, RecordsAtOneHertzTakeAboutFiveBytesAFix) {
  const Trajectory t = GridTrip("x", 1, 1000);
  EXPECT_LE(EncodePayload(t, Summarise(t.view())).size(), 5u * 1000 + 100);
}

// Decimals that were not given take no bytes.
TEST(Codec, APlaceTakesFewerBytesTheFewerDecimalsItHas) {
  const auto bytes_at = [](int32_t unit) {
    Trajectory t = GridTrip("x", 1, 60);
    std::mt19937_64 rng(1);
    for (Fix& f : t.fixes) {  // some hundred metres a step
      f.lat_e7 = (515000000 + static_cast<int32_t>(rng() % 80'000)) / unit * unit;
      f.lon_e7 = (-1000000 + static_cast<int32_t>(rng() % 80'000)) / unit * unit;
    }
    const std::string value = RecordValue(1, EncodePayload(t, Summarise(t.view())));
    const auto back = DecodeRecord(value);
    EXPECT_TRUE(back.ok() && back->fixes == t.fixes);
    return value.size();
  };
  EXPECT_LT(bytes_at(100), bytes_at(1) - 60);
  EXPECT_LE(bytes_at(10), bytes_at(1));
}

// What every decoder makes of bytes, as one text.
std::string DecodeAll(absl::string_view bytes) {
  std::vector<Fix> fixes;
  return absl::StrCat(DecodeRecord(bytes).ok(), DecodeRecordFixes(bytes, fixes).ok(),
                      DecodeIdEntry(bytes).ok(), DecodeJournalLine("12345678", bytes).ok(),
                      DecodeHeader(bytes).ok(), DecodeManifest(bytes).ok(),
                      DecodePosition(bytes).ok(), SplitRecordKey(bytes).ok());
}

TEST(Codec, EveryPrefixOfARecordIsDamage) {
  const Trajectory t = GridTrip("x", 3);
  const std::string value = RecordValue(1, EncodePayload(t, Summarise(t.view())));
  for (size_t n = 0; n < value.size(); ++n) {
    EXPECT_EQ(DecodeRecord(value.substr(0, n)).status().code(), absl::StatusCode::kDataLoss) << n;
  }
  EXPECT_FALSE(DecodeRecord(value + "x").ok());
}

TEST(Codec, AnyBytesAreSurvived) {
  std::mt19937_64 rng(11);
  const Trajectory t = GridTrip("x", 3);
  const std::string good = RecordValue(1, EncodePayload(t, Summarise(t.view())));
  for (int i = 0; i < 20'000; ++i) {
    std::string bytes = good.substr(0, rng() % (good.size() + 1));
    for (int k = 0; k < 4 && !bytes.empty(); ++k)
      bytes[rng() % bytes.size()] = static_cast<char>(rng());
    EXPECT_EQ(DecodeAll(bytes).size(), 8u);
  }
}

TEST(Codec, SmallValuesComeBackAsTheyWere) {
  const IdEntry entry{.home = 0x8000000000000001, .position = 77};
  EXPECT_EQ(*DecodeIdEntry(EncodeIdEntry(entry)), entry);
  JournalLine line{.position = 9, .insert = true, .home = 5, .old_home = 6, .id = "k\xC3\xA4se"};
  EXPECT_EQ(*DecodeJournalLine(JournalKey(9), EncodeJournalLine(line)), line);
  line.old_home.reset();
  line.insert = false;
  EXPECT_EQ(*DecodeJournalLine(JournalKey(9), EncodeJournalLine(line)), line);
  Manifest manifest{.generation = 3,
                    .fingerprint_version = 1,
                    .params = PaperParams(),
                    .auto_params = true,
                    .next_file = 8,
                    .sealed_position = 1000,
                    .files = {{.number = 5, .deleted = "bits"}, {.number = 7}}};
  EXPECT_EQ(*DecodeManifest(EncodeManifest(manifest)), manifest);
  EXPECT_EQ(*DecodeManifest(EncodeManifest(manifest)), manifest);
  EXPECT_EQ(*DecodePosition(EncodePosition(1ull << 60)), 1ull << 60);
  EXPECT_EQ(DecodeHeader(EncodeHeader({.log_id = 5}))->log_id, 5u);
}

TEST(Codec, UnknownVersionsAreNamed) {
  std::string value = EncodePosition(1);
  value[0] = 9;
  EXPECT_EQ(DecodePosition(value).status().message(), "position of unknown version 9, known: 1");
}

TEST(Codec, KeysSortByHomeThenId) {
  EXPECT_LT(RecordKey(1, "b"), RecordKey(2, "a"));
  EXPECT_LT(RecordKey(255, "a"), RecordKey(256, "a"));
  EXPECT_LT(RecordKey(2, "a"), RecordKey(2, "b"));
  const std::string key = RecordKey(0x0102030405060708, "id");
  const auto split = SplitRecordKey(key);
  ASSERT_TRUE(split.ok());
  EXPECT_EQ(split->first, 0x0102030405060708u);
  EXPECT_EQ(split->second, "id");
}

// Bytes that earlier builds wrote: rows stay when a new version joins them.
TEST(Codec, ReadsWhatEarlierVersionsWrote) {
  std::ifstream in(SPOOR_GOLDEN_DIR "/stored_values.txt");
  ASSERT_TRUE(in) << "golden values missing";
  int rows = 0;
  for (std::string line; std::getline(in, line);) {
    if (line.empty() || line[0] == '#') continue;
    SCOPED_TRACE(line);
    const std::vector<std::string> f = absl::StrSplit(line, ' ');
    ASSERT_EQ(f.size(), 2u);
    const std::string bytes = absl::HexStringToBytes(f[1]);
    if (f[0] == "record") {
      const auto r = DecodeRecord(bytes);
      ASSERT_TRUE(r.ok()) << r.status();
      const Trajectory expected = GridTrip("golden", 4, 5);
      EXPECT_EQ(r->position, 1234u);
      EXPECT_EQ(r->fixes, expected.fixes);
      EXPECT_EQ(r->tags, expected.tags);
    } else if (f[0] == "manifest") {
      EXPECT_EQ(DecodeManifest(bytes)->params, IndexParams());
    } else if (f[0] == "journal") {
      EXPECT_EQ(DecodeJournalLine(JournalKey(3), bytes)->id, "golden");
    } else if (f[0] == "id") {
      EXPECT_EQ(*DecodeIdEntry(bytes), (IdEntry{.home = 99, .position = 1234}));
    } else {
      FAIL() << "unknown row";
    }
    ++rows;
  }
  EXPECT_GE(rows, 5);
}

}  // namespace
}  // namespace spoor
