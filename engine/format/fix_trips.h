#pragma once

#include <cstdint>
#include <list>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "engine/format/record.h"

namespace spoor {

// One observation of a feed: who was where, and when.
struct FeedFix {
  absl::string_view object;
  Fix fix;
  uint64_t line = 0;  // where it stands in the file
};

// Makes trips of the fixes of a file whose unit is a fix (formats.def): all fixes of an object in
// it are one trip, whose id is the object and its first time, "cab-7/2024-05-01T12:00:00Z"; without
// times, the object.
//
// A fix is a record of its own: one that is wrong is rejected alone, with its line, and costs no
// other.  So is one that is earlier than the last of its object, unless `clean` is to sort them.
// Where the fixes that are held take more than max_held_bytes, the trips whose last fixes came
// longest ago end, and where a trip has max_fixes, it does; more of that object begins another one.
class FixTrips {
 public:
  // What the format calls its parts in errors; options outlive it.
  struct Names {
    absl::string_view object, fix, time;
  };
  FixTrips(const ReadOptions& options, Names names) : options_(options), names_(names) {}

  void Add(const FeedFix& fix, const RecordSink& sink);
  void Reject(uint64_t line, absl::string_view object, FieldError error, const RecordSink& sink);
  // All trips end.
  void Finish(const RecordSink& sink);
  // Of those that were added or rejected.
  uint64_t fixes() const { return fixes_; }

 private:
  struct Open {
    Open(const ReadOptions& options, uint64_t line) : draft(options, line) {}
    RecordDraft draft;
    size_t counted_bytes = 0;
  };
  using Trips = std::list<Open>;

  Open& TripOf(const FeedFix& fix);
  void End(Trips::iterator trip, const RecordSink& sink);
  void MakeRoom(Open& grown, const RecordSink& sink);

  const ReadOptions& options_;
  const Names names_;
  Trips trips_;                                             // in the order of their last fixes
  absl::flat_hash_map<std::string, Trips::iterator> open_;  // by object
  size_t bytes_ = 0;
  uint64_t fixes_ = 0;
};

}  // namespace spoor
