#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "geo/trips/open_trip.h"
#include "router/cluster.h"
#include "router/ingest/write_window.h"

namespace spoor {

// A fix of a feed, and where people find it.
struct LineFix {
  uint64_t line = 0;
  Fix fix;
};
// What has come of an object, in the order in which it came.
struct ObjectFixes {
  std::string object;
  std::vector<LineFix> fixes;
};

// Where the fixes of a feed went: each is in one of accepted, repeated and late, and each of the
// accepted is in the trips, was at rest, was in what is too short, or is held in an open trip.
struct FeedSums {
  uint64_t accepted = 0, repeated = 0, late = 0;
  TripCounts sealed;
  int64_t held = 0;  // in open trips, more than before: may be negative

  FeedSums& operator+=(const FeedSums& more);
};

// Adds what has come to the open trips of its objects, which lie in the collection as records
// (router/ingest/open_record.h): reads them, cuts, and writes the trips that have ended and what is
// open now.  So whatever is acknowledged lies where all records do, and no process holds anything.
//
// A trip that has ended is durable no later than the open trip that it is no longer in.  Who is
// ended between the two finds both; the fixes of the unacknowledged piece come again, and the same
// trip is written over itself.
//
// Thread safety: one thread at a time, which has the turn of the objects.
class OpenTrips {
 public:
  struct Terms {
    LiveRules rules;
    bool ends = false;  // the objects' fixes end with these
  };
  // Told of what became of each fix.  settled_ms: what is earlier than this was late.
  using Told =
      std::function<void(const ObjectFixes&, const LineFix&, FixTaken, int64_t settled_ms)>;
  // All outlive it.
  OpenTrips(ClusterCollection& collection, WriteWindow& window, const Terms& terms,
            const Patience& patience)
      : collection_(collection), window_(window), terms_(terms), patience_(patience) {}

  // Once it returns OK all is durable, and in `sums`.
  absl::Status Add(absl::Span<const ObjectFixes> objects, const Told& told, FeedSums* sums);
  // A page of the objects that have fixes in open trips, behind the open trip `after`, which
  // becomes the last one looked at; whether there is a next page.
  absl::StatusOr<bool> FindOpen(std::string* after, std::vector<ObjectFixes>* objects) const;

 private:
  absl::StatusOr<ReadTerms> TermsNow() const;
  absl::Status AddSome(absl::Span<const ObjectFixes> objects, const Told& told);
  void AddOne(const ObjectFixes& object, OpenState state, const Told& told);
  absl::StatusOr<std::vector<OpenState>> Read(absl::Span<const ObjectFixes> objects) const;
  absl::Status SendSome();
  absl::Status SendOpen();

  ClusterCollection& collection_;
  WriteWindow& window_;
  const Terms& terms_;
  const Patience& patience_;
  FeedSums sums_;
  // Not sent yet.
  std::vector<Trajectory> sealed_, open_;
  size_t open_fixes_ = 0;
};

}  // namespace spoor
