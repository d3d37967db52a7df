#pragma once

#include <cstdint>
#include <list>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "engine/format/record.h"

namespace spoor {

// A trip of a table with a fix a row, while its rows come by.
struct HeldTrip {
  HeldTrip(const ReadOptions& options, uint64_t line) : draft(options, line) {}

  // Notes what is wrong with a row, and lets go of the fixes, which nobody will have.
  void Reject(uint64_t line, std::string field, absl::string_view value, absl::string_view allowed);

  RecordDraft draft;
  std::string id;
  std::vector<std::string> said;  // object and tags, as the first row has them
  size_t counted_bytes = 0;
};

// Collects the rows of each id into one trip, wherever they stand in the table, so that a trip is
// given out whole or not at all.
//
// All trips are held until the table ends, as long as their fixes fit into max_held_bytes.  Beyond
// that
//
//   * a table whose ids stood together so far is sorted: the trips whose last rows are longest ago
//     are given out.  Should one of their ids come again all the same, the trip was a part: it is
//     withdrawn (ParsedRecord::withdraws).
//   * of a table whose ids came in turn nothing that is held can be whole for certain: all that is
//     held is rejected, and every id that comes after it, each once, with the remedy.
class TripHold {
 public:
  // What the table calls its ids and fixes; options outlive it.
  TripHold(const ReadOptions& options, FieldNames names) : options_(options), names_(names) {}

  // The trip that a row of this id belongs to; its `id` is empty when this is its first row, and
  // the caller's to fill.  Null when it is lost, of which the sink has heard.  Valid until the next
  // call of any method.
  HeldTrip* TripOf(absl::string_view id, uint64_t line, const RecordSink& sink);
  // Where the last row went; null when that is lost, or there was none.
  HeldTrip* last() { return last_; }
  // To be called after each row of a trip.
  void MakeRoom(const RecordSink& sink);
  void Finish(const RecordSink& sink);

  // An id has come again after others.
  bool in_turn() const { return in_turn_; }
  size_t ids() const { return held_.size() + gone_.size(); }

 private:
  using Trips = std::list<HeldTrip>;
  enum class Gone : uint8_t { kGivenOut, kLost };

  HeldTrip* Start(absl::string_view id, uint64_t line, const RecordSink& sink);
  void GiveOutFirst(const RecordSink& sink);
  void RefuseAll(const RecordSink& sink);
  void Refuse(absl::string_view id, uint64_t line, const RecordSink& sink);

  const ReadOptions& options_;
  const FieldNames names_;
  Trips trips_;  // in the order of their last rows
  HeldTrip* last_ = nullptr;
  absl::flat_hash_map<std::string, Trips::iterator> held_;
  // 64-bit hashes of ids, about 16 bytes each.  Two ids of one hash would lose a good trip: once in
  // 10^5 tables of the largest size.
  absl::flat_hash_map<uint64_t, Gone> gone_;
  size_t bytes_ = 0;
  bool in_turn_ = false;
  bool refusing_ = false;  // in turn, and there was no room for all
};

}  // namespace spoor
