#include "router/message/trip_text.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tests/format/read_all.h"
#include "tests/format/walks.h"

namespace spoor {
namespace {

constexpr size_t kMostFixes = 30;

// Trips of one, two and many fixes, with texts that every format must escape.
std::vector<Trajectory> TripsOfAllSizes(Rng& rng) {
  std::vector<Trajectory> trips;
  for (const size_t fixes : {size_t{1}, size_t{2}, kMostFixes, kMostFixes}) {
    Trajectory trip = RandomTrip(rng, fixes);
    if (trip.fixes.size() < fixes) trip.fixes.resize(fixes, trip.fixes.back());
    if (trips.size() == 3) {
      for (Fix& fix : trip.fixes) fix.time_ms = kNoTime;
    }
    trip.id = TrajectoryId(absl::StrCat(trips.size(), trip.id.value()));  // once in a table
    trip.tags.emplace_back("zz", "a <b> \"c\"\t&d;\r\n ' ");
    trips.push_back(std::move(trip));
  }
  return trips;
}

std::string DocumentOf(const TripText& text, const std::vector<Trajectory>& trips) {
  TripDocument document(text);
  std::string out;
  for (const Trajectory& trip : trips) {
    EXPECT_TRUE(document.Add(trip).ok());
    out += document.Take();  // as the command line does
  }
  document.End();
  return out + document.Take();
}

// The reader that a file of this name, and a body of this media type, gets.
std::string ReaderOf(const TripText& text, absl::string_view document) {
  const auto by_name = GuessFormat(absl::StrCat("out", text.ending), document);
  const auto by_type = FindFormat(MediaTypeOf(text.representation));
  EXPECT_TRUE(by_name.ok() && by_type.ok() && *by_name == *by_type) << text.ending;
  return by_name.ok() ? std::string((*by_name)->name) : "";
}

TEST(TripText, WhatIsWrittenIsReadAsItWas) {
  EXPECT_EQ(AllTripTexts().size(), 5u);
  for (const TripText& text : AllTripTexts()) {
    for (uint64_t seed = 0; seed < 200; ++seed) {
      Rng rng(seed);
      const std::vector<Trajectory> trips = TripsOfAllSizes(rng);
      const std::string document = DocumentOf(text, trips);
      const std::string format = ReaderOf(text, document);
      const auto entry = FindFormat(format);
      ASSERT_TRUE(entry.ok());
      const bool is_table = text.representation == Representation::kCsv;  // a row is a fix
      EXPECT_EQ((*entry)->unit(document, {}), is_table ? RecordUnit::kFix : RecordUnit::kTrip);
      const Outcome outcome = ReadWhole(format, document);
      ASSERT_EQ(outcome.good(), trips.size()) << format << " seed " << seed << Render(outcome);
      for (size_t i = 0; i < trips.size(); ++i) {
        EXPECT_EQ(*outcome.records[i].trajectory, trips[i]) << format << " seed " << seed;
      }
    }
  }
}

TEST(TripText, ADocumentWithoutTripsHasNone) {
  for (const TripText& text : AllTripTexts()) {
    const std::string document = DocumentOf(text, {});
    const Outcome outcome = ReadWhole(ReaderOf(text, document), document);
    EXPECT_EQ(outcome.good(), 0u) << text.ending;
  }
}

TEST(TripText, WhatXmlCannotHoldIsRefusedByName) {
  const Trajectory good{.id = TrajectoryId("a"), .fixes = {Fix{1, 2}}};
  const Trajectory trip{.id = TrajectoryId("b"), .tags = {{"bell", "\x07"}}, .fixes = {Fix{1, 2}}};
  for (const TripText& text : AllTripTexts()) {
    TripDocument document(text);
    ASSERT_TRUE(document.Add(good).ok());
    const size_t before = document.size();
    const absl::Status status = document.Add(trip);
    EXPECT_EQ(status.ok(), text.representation != Representation::kGpx) << text.ending;
    if (status.ok()) continue;
    EXPECT_TRUE(absl::StrContains(status.message(), "bell")) << status;
    EXPECT_EQ(document.size(), before) << "nothing of it is written";
  }
}

TEST(TripText, AreFoundByEndingAndByForm) {
  EXPECT_EQ(FindTripText("city.gpx")->representation, Representation::kGpx);
  EXPECT_EQ(FindTripText(Representation::kMfJson)->ending, ".mfjson");
  EXPECT_EQ(FindTripText("city.pdf"), nullptr);
  EXPECT_EQ(FindTripText(Representation::kDocument), nullptr);
}

}  // namespace
}  // namespace spoor
