#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "geo/fix.h"

namespace spoor {

// When a trip of an object that is always observed begins and ends.
struct TripRules {
  int64_t max_gap_ms = 600'000;  // a longer silence ends a trip; 0: none does
  // Who stays within dwell_m of a fix for dwell_ms has arrived; 0: nobody arrives.
  double dwell_m = 100;
  int64_t dwell_ms = 300'000;
  double min_length_m = 0;       // what is shorter is no trip
  uint32_t min_fixes = 2;        // nor what has fewer fixes
  uint32_t max_fixes = 100'000;  // where a trip has so many, it ends
};

// Where the fixes went: each is in one of these.
struct TripCounts {
  uint64_t trips = 0;
  uint64_t fixes = 0;         // of these
  uint64_t resting = 0;       // between an arrival and the departure after it
  uint64_t too_short = 0;     // of what was no trip by its length or its fixes
  uint64_t same_time = 0;     // at the time of the fix before
  uint64_t out_of_order = 0;  // earlier than that

  TripCounts& operator+=(const TripCounts& other);
  friend bool operator==(const TripCounts&, const TripCounts&) = default;
};

// Cuts the fixes of one object, in the order of their times, into trips:
//
//   a . . . . . b.b.b.b.b . . . . c      a ... b, rest, b ... c
//
// Fixes are looked at from an anchor: the first one, then each that is farther than dwell_m from
// the anchor before it.  Who has been near the anchor for dwell_ms has arrived.  The trip ends with
// the first fix since the anchor that is within dwell_m / 4 of where it stands now; while the
// object stays within dwell_m of that fix, it rests; the next trip begins with the last fix at
// rest.
//
// Every trip is given out as soon as it is known to have ended, and fixes that come later change
// none: a stream is cut as the whole is.  Holds one trip; takes O(1) a fix.
class TripCutter {
 public:
  using Sink = std::function<void(std::vector<Fix> trip)>;
  // REQUIRES: the rules' numbers are not negative, max_fixes >= min_fixes >= 1.
  TripCutter(const TripRules& rules, Sink sink) : rules_(rules), sink_(std::move(sink)) {}

  // A fix that is not later than the one before is counted and left out.  REQUIRES: it has a time.
  void Add(const Fix& fix);
  // The trip ends here, whatever the rules say: the object's fixes end, or what it does changes.
  void End();
  // Whether nothing that comes at `time_ms` or later can belong to the open trip.
  bool IsOverAt(int64_t time_ms) const {
    return open_.empty() || (rules_.max_gap_ms > 0 && time_ms - last_ms_ > rules_.max_gap_ms);
  }

  // Whether a fix at `time_ms` would come after a silence that ends whatever the object does.
  bool IsSilentUntil(int64_t time_ms) const {
    return last_ms_ != kNoTime && rules_.max_gap_ms > 0 && time_ms - last_ms_ > rules_.max_gap_ms;
  }

  const TripCounts& counts() const { return counts_; }

  // What the next fixes may still change, so that another cutter can go on with it.
  struct Tail {
    bool resting = false;
    // Of the open trip.  Of an object at rest: where it came to rest, which is counted already, and
    // the last fix at rest, if there was another one.
    std::vector<Fix> fixes;
  };
  Tail tail() const;
  // REQUIRES: it is the tail of a cutter, and this one has had no fix.
  void Restore(Tail tail);

 private:
  void Arrive(const Fix& now);
  void Rest(const Fix& fix);
  void Begin(const Fix& fix);
  void GiveOut();

  // While the object rests.
  struct Resting {
    Fix there;
    std::optional<Fix> last;  // the last one that is of no trip yet
  };

  const TripRules rules_;
  const Sink sink_;
  TripCounts counts_;
  std::vector<Fix> open_;  // of the trip
  size_t anchor_ = 0;      // of these; all behind it are near it
  std::optional<Resting> resting_;
  int64_t last_ms_ = kNoTime;
};

}  // namespace spoor
