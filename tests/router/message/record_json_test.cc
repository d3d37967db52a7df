// What is written can be read again, by any form and whatever the line.

#include "router/message/record_json.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "tests/format/read_all.h"
#include "tests/format/walks.h"

namespace spoor {
namespace {

constexpr int kRounds = 200;

struct Form {
  absl::string_view name, format;
  std::string (*write)(const Engine::Found& found);
};

std::string Written(void (*write)(const Engine::Found&, JsonWriter&), const Engine::Found& found) {
  JsonWriter w;
  write(found, w);
  return w.Take();
}

void WriteFound(const Engine::Found& found, JsonWriter& w) {
  WriteTripFeature(found.trajectory, w);
}

const Form kForms[] = {
    {"record", "ndjson",
     [](const Engine::Found& f) {
       return Written(
           [](const Engine::Found& found, JsonWriter& w) { WriteRecord(found, "9-1", w); }, f);
     }},
    {"feature", "geojson", [](const Engine::Found& f) { return Written(&WriteFound, f); }},
    {"sequence", "geojson-seq", [](const Engine::Found& f) { return Written(&WriteFound, f); }},
    {"collection", "geojson",
     [](const Engine::Found& f) {
       return absl::StrCat(R"({"type":"FeatureCollection","features":[)", Written(&WriteFound, f),
                           R"(],"took_ms":1})");
     }},
};

void ExpectRoundTrip(const Trajectory& trip, uint64_t seed) {
  Engine::Found found;
  found.trajectory = trip;
  for (const Form& form : kForms) {
    const std::string text = form.write(found);
    const Outcome outcome = ReadWhole(form.format, text);
    ASSERT_TRUE(outcome.status.ok()) << form.name << " " << outcome.status;
    ASSERT_EQ(outcome.records.size(), 1U) << form.name;
    ASSERT_TRUE(outcome.records[0].trajectory.ok()) << form.name << Render(outcome) << text;
    EXPECT_EQ(*outcome.records[0].trajectory, trip) << form.name << ", seed " << seed << text;
  }
}

TEST(RecordJson, WhatIsWrittenIsReadAgain) {
  for (uint64_t seed = 0; seed < kRounds; ++seed) {
    Rng rng(seed);
    for (const size_t fixes : {1, 2, 30}) {
      Trajectory trip = RandomTrip(rng, fixes);
      if (trip.fixes.size() < fixes) trip.fixes.resize(fixes, trip.fixes.back());
      ExpectRoundTrip(trip, seed);
      for (Fix& fix : trip.fixes) fix.time_ms = kNoTime;
      ExpectRoundTrip(trip, seed);
    }
  }
}

TEST(RecordJson, ALineOver180DegreesIsCutOnlyInGeometry) {
  Engine::Found found;
  found.trajectory = {.id = TrajectoryId("a"),
                      .object = "",
                      .tags = {},
                      .fixes = {{0, 1'790'000'000, 0}, {20'000'000, -1'790'000'000, 2'000}}};
  EXPECT_EQ(Written(&WriteFound, found),
            R"({"type":"Feature","id":"a","geometry":{"type":"MultiLineString","coordinates":)"
            R"([[[179,0],[180,1]],[[-180,1],[-179,2]]]},"properties":{"times":[[0,1],[1,2]]}})");
}

}  // namespace
}  // namespace spoor
