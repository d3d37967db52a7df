#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "geo/trips/trip_cutter.h"

namespace spoor {

// When trips of a stream of fixes are cut.
struct LiveRules {
  TripRules trips;
  // A fix may come so much later than the newest one of its object, by their times.
  int64_t lateness_ms = 60'000;
};

enum class OpenPhase : uint8_t {
  kMoving,   // the fixes are those of the open trip, and what came behind it
  kResting,  // the first fix is where the object came to rest, and counted already
  kEnded,    // there is no open trip: the only fix is the newest one, and counted already
};

// All that is known of an object whose trip is open: what is stored between two pieces of a stream.
struct OpenState {
  OpenPhase phase = OpenPhase::kMoving;
  int64_t settled_ms = kNoTime;  // what came up to here is cut, and nothing more comes before it
  std::vector<Fix> fixes;        // times ascend, and no two are the same

  friend bool operator==(const OpenState&, const OpenState&) = default;
};

// What becomes of a fix that comes.
enum class FixTaken : uint8_t {
  kAccepted,
  kRepeated,  // the open trip has one of its time
  kLate,      // its time is settled
};

// Cuts the fixes of one object as they come, in any order, into the trips that a TripCutter makes
// of all of them in the order of their times.
//
//   settled            newest - lateness             newest
//   ───────┤ open trip  │  fixes that wait for others   │
//
// A fix waits for others until it is older than the newest one by more than the lateness; then its
// time is settled, it goes to the cutter, and whatever comes before it is late.  So the trips do
// not depend on the order in which the fixes come, nor on the pieces in which they do, as long as
// none is late.  Of fixes of one time the southernmost counts, then the westernmost.
//
// The state between two pieces is a value, so that nobody needs to stay in memory: OpenTrip(rules,
// state) goes on where state() was.  It has at most 2 * max_fixes + 1 fixes: where max_fixes wait,
// the oldest is settled before its time.
class OpenTrip {
 public:
  OpenTrip(const LiveRules& rules, OpenState state, TripCutter::Sink sink);

  // REQUIRES: it has a time.
  FixTaken Add(const Fix& fix);
  // Gives out the trips that are known to have ended.
  void Settle();
  // The object's fixes end here: gives out all trips.  What is earlier than its last fix is late
  // from now on.
  void End();

  // REQUIRES: there was a fix, and Settle or End was called since.
  OpenState state() const;
  // Fixes that are in no trip yet, and not counted as anything else.
  uint64_t held() const;
  const TripCounts& counts() const { return cutter_.counts(); }  // since the state it began with
  // What comes with an earlier time is late.  kNoTime: nothing is.
  int64_t late_before_ms() const;
  int64_t newest_ms() const { return newest_.time_ms; }  // kNoTime: there is none

 private:
  bool HasSettled(const Fix& fix) const;
  // The first `count` that wait.
  void SettleFirst(size_t count);

  const LiveRules rules_;
  TripCutter cutter_;
  std::deque<Fix> waiting_;    // times ascend
  std::vector<Fix> restored_;  // of the cutter's tail at the beginning
  Fix newest_;
  int64_t settled_ms_ = kNoTime;
};

// "2024-05-01T12:00:00.25Z", to the millisecond.
std::string TimeText(int64_t time_ms);
// What a trip of an object is called by its first time, for ever: "cab-7/2024-05-01T12:00:00Z".
std::string TripName(absl::string_view object, int64_t first_ms);
// What the open trip of an object is called: "cab-7/open".
std::string OpenTripName(absl::string_view object);
// An object's name may have so many bytes, so that both are ids.
inline constexpr size_t kMaxLiveObjectBytes = 224;

}  // namespace spoor
