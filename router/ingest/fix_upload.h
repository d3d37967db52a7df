#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "absl/container/node_hash_map.h"
#include "router/ingest/object_turns.h"
#include "router/ingest/open_trips.h"
#include "router/ingest/stream_upload.h"

namespace spoor {

// What the head of a feed asks for.
struct FeedOrder {
  OpenTrips::Terms feed;
  bool seal_all = false;  // at the end, all open trips of the collection
  StreamUpload::Terms terms;
};

// Fixes of objects, which are added to open trips piece by piece.  A piece is what has come in half
// a second, or what memory is for.
class FixUpload : public StreamUpload {
 public:
  // Beside the bytes.
  struct Around {
    std::string collection_name;  // whose objects' turns are taken
    ObjectTurns& turns;           // outlive it
    Metrics& metrics;
  };
  FixUpload(Stream stream, FeedOrder order, const ApiLimits& limits, const Patience& patience,
            Around around);

 private:
  using Clock = std::chrono::steady_clock;

  void Take(ParsedRecord record) override;
  void BeforeReading() override;
  void AfterFeeding() override;
  void SendHeld() override;
  void End() override;
  std::string AcceptedText() const override;
  void WriteCounts(JsonWriter& w) const override;
  // What is not taken for a fix of a feed, though it can be read.
  bool IsRefused(ParsedRecord& record) const;
  absl::Status AddToOpenTrips(absl::Span<const ObjectFixes> objects);
  void Tell(const ObjectFixes& object, const LineFix& fix, FixTaken taken, int64_t late_before_ms);

  OpenTrips::Terms feed_;
  const bool seal_all_, list_all_;
  const Around around_;
  FeedSums sums_;
  uint64_t read_ = 0, rejected_ = 0;
  int64_t most_ms_ = 0;  // the latest time that is believed
  // The piece: by object, and in the order in which these came first.
  absl::node_hash_map<std::string, size_t> places_;
  std::vector<ObjectFixes> piece_;
  size_t piece_fixes_ = 0;
  Clock::time_point piece_since_;
};

}  // namespace spoor
