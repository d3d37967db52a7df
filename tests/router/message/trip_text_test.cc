#include "engine/format/trip_text.h"

#include <gtest/gtest.h>

#include <string>

#include "absl/strings/match.h"
#include "tests/format/read_all.h"
#include "tests/format/walks.h"

namespace spoor {
namespace {

constexpr size_t kMostFixes = 30;

TEST(TripText, WhatIsWrittenIsReadAsItWas) {
  for (const char* ending : {"gpx", "mfjson"}) {
    const TripText* const format = FindTripText(absl::StrCat("out.", ending));
    ASSERT_NE(format, nullptr);
    for (uint64_t seed = 0; seed < 200; ++seed) {
      Rng rng(seed);
      std::vector<Trajectory> trips;
      std::string text(format->head);
      for (int i = 0; i < 4; ++i) {
        Trajectory trip = RandomTrip(rng, kMostFixes);
        trip.tags.emplace_back("zz", "a <b> \"c\"\t&d;\r\n ' ");
        if (i > 0) absl::StrAppend(&text, format->between);
        ASSERT_TRUE(format->append(trip, &text).ok());
        trips.push_back(std::move(trip));
      }
      absl::StrAppend(&text, format->tail);
      const auto known = GuessFormat(absl::StrCat("out.", ending), text);
      ASSERT_TRUE(known.ok()) << known.status();
      const Outcome outcome = ReadWhole((*known)->name, text);
      ASSERT_EQ(outcome.good(), trips.size()) << ending << " seed " << seed << Render(outcome);
      for (size_t i = 0; i < trips.size(); ++i) {
        EXPECT_EQ(*outcome.records[i].trajectory, trips[i]) << ending << " seed " << seed;
      }
    }
  }
}

TEST(TripText, WhatXmlCannotHoldIsRefusedByName) {
  Trajectory trip{.id = TrajectoryId("a"), .tags = {{"bell", "\x07"}}, .fixes = {Fix{1, 2}}};
  std::string text;
  const absl::Status status = FindTripText("x.gpx")->append(trip, &text);
  EXPECT_TRUE(absl::StrContains(status.message(), "bell")) << status;
  EXPECT_EQ(text, "");
  EXPECT_TRUE(FindTripText("x.mfjson")->append(trip, &text).ok());
  EXPECT_EQ(FindTripText("x.csv"), nullptr);
}

}  // namespace
}  // namespace spoor
