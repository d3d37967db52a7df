#include "geo/trips/open_trip.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "absl/strings/str_cat.h"

namespace spoor {
namespace {

using LiveTripsCut = std::vector<std::vector<Fix>>;

constexpr int64_t kSecondMs = 1000;

Fix LiveFix(double second, double metres) {
  return FixFromDegrees(metres / 111'195, 8.5, static_cast<int64_t>(second * kSecondMs));
}

// Where the fixes of one object went.
struct LiveCut {
  LiveTripsCut trips;
  TripCounts counts;
  uint64_t accepted = 0, repeated = 0, late = 0, held = 0;
  OpenState state;

  uint64_t all() const { return accepted + repeated + late; }
};

// A feed that is put down after every piece, and taken up again from what is stored.
class Feed {
 public:
  explicit Feed(const LiveRules& rules) : rules_(rules) {}

  void Take(const std::vector<Fix>& fixes, bool ends = false) {
    OpenTrip open(rules_, cut.state, [this](std::vector<Fix> trip) { cut.trips.push_back(trip); });
    for (const Fix& fix : fixes) Count(open.Add(fix));
    ends ? open.End() : open.Settle();
    cut.counts += open.counts();
    cut.held = open.held();
    if (open.newest_ms() != kNoTime) cut.state = open.state();
  }

  LiveCut cut;

 private:
  void Count(FixTaken taken) {
    ++(taken == FixTaken::kAccepted   ? cut.accepted
       : taken == FixTaken::kRepeated ? cut.repeated
                                      : cut.late);
  }
  const LiveRules rules_;
};

LiveCut CutInPieces(const std::vector<Fix>& fixes, const LiveRules& rules, size_t piece) {
  Feed feed(rules);
  for (size_t i = 0; i < fixes.size(); i += piece) {
    const size_t end = std::min(fixes.size(), i + piece);
    feed.Take({fixes.begin() + static_cast<int64_t>(i), fixes.begin() + static_cast<int64_t>(end)});
  }
  feed.Take({}, true);
  return feed.cut;
}

LiveTripsCut CutAtOnce(std::vector<Fix> fixes, const TripRules& rules, TripCounts* counts) {
  std::sort(fixes.begin(), fixes.end(), [](const Fix& a, const Fix& b) {
    return std::tuple(a.time_ms, a.lat_e7, a.lon_e7) < std::tuple(b.time_ms, b.lat_e7, b.lon_e7);
  });
  LiveTripsCut trips;
  TripCutter cutter(rules, [&trips](std::vector<Fix> trip) { trips.push_back(std::move(trip)); });
  for (const Fix& fix : fixes) cutter.Add(fix);
  cutter.End();
  *counts = cutter.counts();
  return trips;
}

// Somebody who drives, stands and is silent, and a receiver that says some things twice.
std::vector<Fix> RandomLife(std::mt19937_64& rng) {
  std::vector<Fix> fixes;
  double second = 1000, metres = 0;
  for (int leg = 0; leg < 20; ++leg) {
    const double speed = rng() % 3 == 0 ? 0 : 8, every = 1 + static_cast<double>(rng() % 60);
    const double length = static_cast<double>(30 + rng() % 900);
    for (double s = 0; s < length; s += every) {
      fixes.push_back(LiveFix(second + s, metres + speed * s + static_cast<double>(rng() % 30)));
      if (rng() % 20 == 0) fixes.push_back(fixes[fixes.size() / 2]);
      if (rng() % 20 == 0) fixes.push_back(LiveFix(second + s, metres));
    }
    metres += speed * length;
    second += length + (rng() % 4 == 0 ? static_cast<double>(rng() % 1500) : every);
  }
  return fixes;
}

LiveRules RandomRules(std::mt19937_64& rng) {
  return {.trips = {.max_gap_ms = static_cast<int64_t>(rng() % 15) * 60 * kSecondMs,
                    .dwell_m = 30 + static_cast<double>(rng() % 200),
                    .dwell_ms = static_cast<int64_t>(rng() % 10) * 60 * kSecondMs,
                    .min_length_m = static_cast<double>(rng() % 500),
                    .min_fixes = static_cast<uint32_t>(1 + rng() % 4),
                    .max_fixes = static_cast<uint32_t>(20 + rng() % 1000)},
          .lateness_ms = static_cast<int64_t>(rng() % 300) * kSecondMs};
}

// An order in which nothing comes later than the lateness allows.
std::vector<Fix> ShuffledWithin(std::vector<Fix> fixes, int64_t lateness_ms, std::mt19937_64& rng) {
  std::vector<std::pair<int64_t, Fix>> arrivals;
  for (const Fix& fix : fixes) {
    const auto delay = static_cast<int64_t>(rng() % static_cast<uint64_t>(lateness_ms + 1));
    arrivals.emplace_back(fix.time_ms + delay, fix);
  }
  std::shuffle(arrivals.begin(), arrivals.end(), rng);
  std::stable_sort(arrivals.begin(), arrivals.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  for (size_t i = 0; i < fixes.size(); ++i) fixes[i] = arrivals[i].second;
  return fixes;
}

TEST(OpenTripLaw, AnyOrderWithinTheLatenessInAnyPiecesIsCutAsAllAtOnce) {
  for (uint64_t seed = 0; seed < 120; ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    std::mt19937_64 rng(seed);
    const std::vector<Fix> fixes = RandomLife(rng);
    LiveRules rules = RandomRules(rng);
    TripCounts at_once;
    rules.trips.max_fixes += 1000;  // so that none is settled before its time
    const LiveTripsCut expected = CutAtOnce(fixes, rules.trips, &at_once);
    const std::vector<Fix> arriving = ShuffledWithin(fixes, rules.lateness_ms, rng);
    const LiveCut cut = CutInPieces(arriving, rules, 1 + rng() % (seed % 3 == 0 ? 3 : 500));
    ASSERT_EQ(cut.late, 0u);
    ASSERT_EQ(cut.trips, expected);
    ASSERT_EQ(cut.repeated, at_once.same_time);
    at_once.same_time = 0;
    ASSERT_EQ(cut.counts, at_once);
  }
}

TEST(OpenTripLaw, WhateverComesTheResultDoesNotDependOnThePiecesAndNoFixIsLost) {
  for (uint64_t seed = 0; seed < 120; ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    std::mt19937_64 rng(seed);
    std::vector<Fix> fixes = RandomLife(rng);
    const LiveRules rules = RandomRules(rng);  // also such that too many wait
    fixes = ShuffledWithin(fixes, 2 * rules.lateness_ms + 1, rng);
    const LiveCut whole = CutInPieces(fixes, rules, fixes.size());
    const LiveCut pieces = CutInPieces(fixes, rules, 1 + rng() % 100);
    ASSERT_EQ(pieces.trips, whole.trips);
    ASSERT_EQ(pieces.counts, whole.counts);
    ASSERT_EQ(pieces.accepted, whole.accepted);
    ASSERT_EQ(pieces.repeated + pieces.late, whole.repeated + whole.late);
    ASSERT_EQ(pieces.all(), fixes.size());
    ASSERT_EQ(pieces.accepted,
              pieces.counts.fixes + pieces.counts.resting + pieces.counts.too_short + pieces.held);
    ASSERT_EQ(pieces.counts.same_time + pieces.counts.out_of_order, 0u);
  }
}

TEST(OpenTripLaw, WhatIsSentAgainFromAnywhereChangesNothing) {
  for (uint64_t seed = 0; seed < 80; ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    std::mt19937_64 rng(seed);
    const LiveRules rules = RandomRules(rng);
    const auto fixes = ShuffledWithin(RandomLife(rng), rules.lateness_ms, rng);
    Feed once(rules), again(rules);
    once.Take(fixes);
    const auto cut = fixes.begin() + static_cast<int64_t>(rng() % fixes.size());
    const auto back = fixes.begin() +
                      static_cast<int64_t>(rng() % static_cast<uint64_t>(cut - fixes.begin() + 1));
    again.Take({fixes.begin(), cut});
    again.Take({back, fixes.end()});  // as a consumer does whose last offsets were not kept
    ASSERT_EQ(again.cut.trips, once.cut.trips);
    ASSERT_EQ(again.cut.state, once.cut.state);
    ASSERT_EQ(again.cut.accepted, once.cut.accepted);
  }
}

TEST(OpenTrip, AFixThatComesAfterItsTimeWasSettledIsLate) {
  Feed feed({.lateness_ms = 10 * kSecondMs});
  feed.Take({LiveFix(0, 0), LiveFix(20, 200)});
  feed.Take({LiveFix(10, 100)});  // just in time
  EXPECT_EQ(feed.cut.late, 0u);
  feed.Take({LiveFix(9.9, 99)});
  EXPECT_EQ(feed.cut.late, 1u);
  EXPECT_EQ(feed.cut.state.fixes.size(), 3u);
  EXPECT_EQ(feed.cut.state.settled_ms, 0);
}

TEST(OpenTrip, AFixOfTheOpenTripThatComesTwiceIsRepeatedAndNotLate) {
  Feed feed({.lateness_ms = 10 * kSecondMs});
  feed.Take({LiveFix(0, 0), LiveFix(20, 200), LiveFix(40, 400)});
  feed.Take({LiveFix(20, 200), LiveFix(20, 201)});
  EXPECT_EQ(feed.cut.repeated, 1u);
  EXPECT_EQ(feed.cut.late, 1u);
}

TEST(OpenTrip, WhereTooManyWaitTheOldestIsSettledBeforeItsTime) {
  Feed feed({.trips = {.max_fixes = 5}, .lateness_ms = 3600 * kSecondMs});
  for (int i = 0; i < 20; ++i) feed.Take({LiveFix(10 * i, 100 * i)});
  EXPECT_EQ(feed.cut.trips.size(), 2u);
  EXPECT_EQ(feed.cut.state.fixes.size(), 10u);
  feed.Take({LiveFix(135, 0)});
  EXPECT_EQ(feed.cut.late, 1u);
}

TEST(OpenTrip, AnEndedOneRemembersWhatIsLate) {
  Feed feed({});
  feed.Take({LiveFix(0, 0), LiveFix(20, 200)}, true);
  EXPECT_EQ(feed.cut.trips.size(), 1u);
  EXPECT_EQ(feed.cut.state, (OpenState{.phase = OpenPhase::kEnded,
                                       .settled_ms = 20 * kSecondMs,
                                       .fixes = {LiveFix(20, 200)}}));
  feed.Take({LiveFix(0, 0), LiveFix(20, 200), LiveFix(30, 300), LiveFix(40, 400)}, true);
  ASSERT_EQ(feed.cut.trips.size(), 2u);
  EXPECT_EQ(feed.cut.trips[1].front(), LiveFix(30, 300));
}

TEST(OpenTrip, NamesAreOfTheObjectAndTheFirstTime) {
  EXPECT_EQ(TripName("cab-7", 1'714'564'800'250), "cab-7/2024-05-01T12:00:00.25Z");
  EXPECT_EQ(OpenTripName("cab-7"), "cab-7/open");
}

}  // namespace
}  // namespace spoor
