// What every format keeps, whatever it reads: what is written comes back, pieces change nothing,
// and broken bytes break no promise.

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/time/time.h"
#include "tests/format/device_texts.h"
#include "tests/format/read_all.h"
#include "tests/format/walks.h"

namespace spoor {
namespace {

constexpr int kRounds = 60;
constexpr int kTrips = 8;
constexpr size_t kMaxFixes = 30;
constexpr int kMutations = 12;

struct Corpus {
  std::vector<Trajectory> trips;
  std::string text;
  ReadOptions options;
};

std::string WithoutBlanks(std::string name) {
  std::erase(name, ' ');
  return name;
}

std::string IdWithTime(const std::string& object, int64_t time_ms) {
  return absl::StrCat(
      object, "/",
      absl::FormatTime("%Y-%m-%dT%H:%M:%E*SZ", absl::FromUnixMillis(time_ms), absl::UTCTimeZone()));
}

// Of formats that cannot say all that a trip is: what they can.
Corpus MakeXmlCorpus(bool is_kml, Rng& rng) {
  Corpus corpus;
  corpus.text = is_kml ? "<kml xmlns:gx=\"u\"><Document><Folder>\n"
                       : "<TrainingCenterDatabase><Activities>\n";
  for (int i = 0; i < kTrips; ++i) {
    Trajectory trip = RandomTrip(rng, kMaxFixes);
    const std::string name = WithoutBlanks(trip.id.value());
    trip.id = TrajectoryId(i == 0 ? name : absl::StrCat(name, "/", i + 1));
    trip.object.clear();
    trip.tags = {{"name", name}};
    if (!is_kml) trip.tags.emplace_back("sport", "Running");
    corpus.text += is_kml ? ToKmlTrack(trip, name) : ToTcxActivity(trip, name);
    corpus.trips.push_back(std::move(trip));
  }
  corpus.text += is_kml ? "</Folder></Document></kml>" : "</Activities></TrainingCenterDatabase>";
  return corpus;
}

// One trip of one device.
Corpus MakeDeviceCorpus(bool is_plt, Rng& rng) {
  Corpus corpus;
  corpus.options.source = "007/Trajectory/n1";
  Trajectory trip = RandomTrip(rng, kMaxFixes);
  trip.tags.clear();
  int64_t time_ms = Between(rng, 315'532'800'000, 3'000'000'000'000);  // from 1980 on
  for (Fix& fix : trip.fixes) fix.time_ms = time_ms += Between(rng, 0, 3) * 700;
  trip.object = is_plt ? "007" : corpus.options.source;
  trip.id =
      TrajectoryId(is_plt ? corpus.options.source : IdWithTime(trip.object, trip.fixes[0].time_ms));
  corpus.text = is_plt ? ToPlt(trip) : ToNmea(trip);
  corpus.trips = {trip};
  return corpus;
}

Corpus MakeFeedCorpus(Rng& rng) {
  Corpus corpus;
  corpus.text = WireBytes(1, WireNumber(3, 1'700'000'000));
  for (int i = 0; i < kTrips; ++i) {
    Trajectory trip = RandomTrip(rng, 1);
    trip.object = absl::StrCat("bus", i);
    trip.tags.clear();
    const auto degrees = [&rng](int64_t most) {  // what a float holds whole
      return static_cast<int32_t>(Between(rng, -most, most) * 78'125);
    };
    trip.fixes = {{degrees(90 * 128), degrees(180 * 128), Between(rng, 1, 4'000'000'000) * 1000}};
    trip.id = TrajectoryId(IdWithTime(trip.object, trip.fixes[0].time_ms));
    corpus.text += ToGtfsEntity(trip);
    corpus.trips.push_back(std::move(trip));
  }
  return corpus;
}

Corpus MakeCorpus(absl::string_view format, Rng& rng) {
  if (format == "kml" || format == "tcx") return MakeXmlCorpus(format == "kml", rng);
  if (format == "plt" || format == "nmea") return MakeDeviceCorpus(format == "plt", rng);
  if (format == "gtfs-realtime") return MakeFeedCorpus(rng);
  Corpus corpus;
  const bool is_table = format == "csv";
  for (int i = 0; i < kTrips; ++i) {
    Trajectory trip = RandomTrip(rng, kMaxFixes);
    if (is_table) {
      trip.id = TrajectoryId(absl::StrCat(i, trip.id.value()));  // an id comes once in a table
      trip.tags.clear();
    }
    corpus.trips.push_back(trip);
  }
  if (is_table) corpus.text = "id,lat,lon,time,object\r\n";
  if (format == "gpx") corpus.text = "<?xml version=\"1.0\"?>\n<gpx version=\"1.1\">\n";
  const bool is_features = format == "geojson" || format == "mf-json";
  if (is_features) corpus.text = "{\"type\":\"FeatureCollection\",\"features\":[\n";
  for (const Trajectory& trip : corpus.trips) {
    if (format == "ndjson") corpus.text += ToNdjson(trip);
    if (is_table) corpus.text += ToCsvRows(trip);
    if (format == "gpx") corpus.text += ToGpxTrack(trip);
    if (format == "geojson-seq") corpus.text += "\x1E" + ToFeature(trip) + "\n";
    if (is_features) corpus.text += (&trip == &corpus.trips[0] ? "" : ",\n") + ToFeature(trip);
  }
  if (format == "gpx") corpus.text += "</gpx>\n";
  if (is_features) corpus.text += "\n], \"name\": \"x\"}\n";
  return corpus;
}

std::string MutateText(std::string text, Rng& rng) {
  for (int64_t i = Between(rng, 1, 4); i > 0 && !text.empty(); --i) {
    const auto at = static_cast<size_t>(Between(rng, 0, static_cast<int64_t>(text.size()) - 1));
    switch (Between(rng, 0, 3)) {
      case 0:
        text[at] = static_cast<char>(Between(rng, 0, 255));
        break;
      case 1:
        text.erase(at, static_cast<size_t>(Between(rng, 1, 40)));
        break;
      case 2:
        text.insert(at, text.substr(text.size() / 2, static_cast<size_t>(Between(rng, 1, 40))));
        break;
      default:
        text.insert(at, 1, "\"\\{}[],:\n\x1E"[Between(rng, 0, 9)]);
        break;
    }
  }
  return text;
}

class FormatLaws : public testing::TestWithParam<std::string> {
 protected:
  const std::string format_ = GetParam();
};

TEST_P(FormatLaws, WhatIsWrittenComesBack) {
  for (uint64_t seed = 0; seed < kRounds; ++seed) {
    Rng rng(seed);
    const Corpus corpus = MakeCorpus(format_, rng);
    const Outcome outcome = ReadWhole(format_, corpus.text, corpus.options);
    ASSERT_TRUE(outcome.status.ok()) << outcome.status;
    ASSERT_EQ(outcome.records.size(), corpus.trips.size()) << "seed " << seed;
    for (size_t i = 0; i < corpus.trips.size(); ++i) {
      const ParsedRecord& record = outcome.records[i];
      ASSERT_TRUE(record.trajectory.ok()) << record.trajectory.status() << ", seed " << seed;
      EXPECT_EQ(*record.trajectory, corpus.trips[i]) << Render(record) << "seed " << seed;
    }
  }
}

TEST_P(FormatLaws, PiecesChangeNothingAndBrokenBytesBreakNoPromise) {
  for (uint64_t seed = 0; seed < kRounds; ++seed) {
    Rng rng(seed);
    const Corpus corpus = MakeCorpus(format_, rng);
    const std::string& text = corpus.text;
    for (int i = 0; i < kMutations; ++i) {
      const std::string broken = i == 0 ? text : MutateText(text, rng);
      ReadOptions options = corpus.options;
      options.clean = Between(rng, 0, 1) == 0;
      options.max_fixes = Between(rng, 0, 3) == 0 ? 10 : 1000;
      options.max_record_bytes = Between(rng, 0, 3) == 0 ? 300 : 100'000;
      options.max_held_bytes = Between(rng, 0, 1) == 0 ? 2'000 : 1'000'000;
      const Outcome whole = ReadWhole(format_, broken, options);
      for (const ParsedRecord& record : whole.records) {
        ASSERT_EQ(BrokenPromise(record, options), "") << Render(record) << "seed " << seed;
      }
      const int64_t max_piece = Between(rng, 1, 200);
      const Outcome pieces = ReadInPieces(format_, broken, options, [&] {
        return static_cast<size_t>(Between(rng, 0, max_piece));  // empty ones too
      });
      ASSERT_EQ(Render(whole), Render(pieces)) << "seed " << seed << ", " << i;
    }
  }
}

TEST_P(FormatLaws, EmptyPiecesAreHarmless) {
  auto reader = (*FindFormat(format_))->make({});
  ASSERT_TRUE(reader.ok());
  size_t records = 0;
  const RecordSink count = [&](const ParsedRecord&) { ++records; };
  EXPECT_TRUE((*reader)->Feed("", count).ok());
  EXPECT_EQ(records, 0U);
}

// Something is wrong with a row; its id, where it can still be read, is what it was.
std::string DamageRow(const std::string& row, bool keeps_id, Rng& rng) {
  const std::vector<std::string> cells = absl::StrSplit(row, ',');
  const auto last = static_cast<int64_t>(cells.size()) - 1;
  const auto at = static_cast<size_t>(Between(rng, keeps_id ? 1 : 0, last));
  std::vector<std::string> out = cells;
  switch (Between(rng, 0, 4)) {
    case 0:
      out.resize(std::max<size_t>(at, 1));
      break;
    case 1:
      out[at].insert(0, "\"");
      break;
    case 2:
      out[keeps_id ? 1 : 0].clear();
      break;
    case 3:
      out.emplace_back("more");
      break;
    default:
      out[std::max<size_t>(at, 1)] = "x";
      break;
  }
  return absl::StrJoin(out, ",");
}

TEST(TableLaws, TripsOfABrokenTableAreWholeOrNotThere) {
  constexpr int kTables = 400;
  for (uint64_t seed = 0; seed < kTables; ++seed) {
    Rng rng(seed);
    const bool in_turn = Between(rng, 0, 1) == 0;
    std::map<std::string, int> fixes;
    std::vector<std::string> rows;
    for (int i = 0; i < 60; ++i) {
      const std::string id = absl::StrCat("t", in_turn ? i % 6 : i / 10);
      rows.push_back(absl::StrCat(id, ",1.", ++fixes[id], ",2,", i));
    }
    for (int64_t i = Between(rng, 1, 3); i > 0; --i) {
      std::string& row = rows[static_cast<size_t>(Between(rng, 0, 59))];
      row = DamageRow(row, in_turn, rng);  // which may be of any trip when they come in turn
    }
    ReadOptions options;
    if (Between(rng, 0, 1) == 0) options.max_held_bytes = 3000;
    const Outcome outcome = ReadWhole(
        "csv", absl::StrCat("id,lat,lon,time\n", absl::StrJoin(rows, "\n"), "\n"), options);
    std::map<std::string, size_t> good;
    for (const ParsedRecord& record : outcome.records) {
      if (record.trajectory.ok()) good[record.id] = record.trajectory->fixes.size();
      if (record.withdraws) good.erase(record.id);
    }
    EXPECT_LT(good.size(), 6U) << "seed " << seed;
    for (const auto& [id, count] : good) {
      EXPECT_EQ(count, 10U) << id << ", seed " << seed << "\n" << absl::StrJoin(rows, "\n");
    }
  }
}

std::vector<std::string> FormatNames() {
  std::vector<std::string> names;
  for (const FormatEntry& format : AllFormats()) names.emplace_back(format.name);
  return names;
}

std::string TestName(const testing::TestParamInfo<std::string>& format) {
  std::string name = format.param;
  for (char& c : name) c = c == '-' ? '_' : c;
  return name;
}

INSTANTIATE_TEST_SUITE_P(All, FormatLaws, testing::ValuesIn(FormatNames()), &TestName);

}  // namespace
}  // namespace spoor
