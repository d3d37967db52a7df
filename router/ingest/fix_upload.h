#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/node_hash_map.h"
#include "engine/format/reader.h"
#include "router/ingest/object_turns.h"
#include "router/ingest/open_trips.h"
#include "router/ingest/upload.h"
#include "router/ingest/upload_failure.h"
#include "router/ingest/upload_report.h"
#include "router/ingest/write_window.h"

namespace spoor {

// What the head of a feed asks for.
struct FeedOrder {
  OpenTrips::Terms terms;
  bool seal_all = false;  // at the end, all open trips of the collection
  Ack ack = Ack::kLog;
  bool list_all = false;
  std::optional<WrittenTo> before;  // the answer's token covers it as well
};

// Bytes -> inflater -> reader of fixes -> open trips, piece by piece, in the thread that feeds.  A
// piece is what has come in half a second, or what memory is for.
class FixUpload : public Upload {
 public:
  struct Parts {
    UploadTarget into;
    std::string collection_name;  // whose objects' turns are taken
    std::unique_ptr<Inflater> inflater;
    std::unique_ptr<Reader> reader;  // whose records are fixes of objects
    FeedOrder order;
  };
  // All outlive it.
  struct Around {
    ObjectTurns& turns;
    Metrics& metrics;
  };
  FixUpload(Parts parts, const ApiLimits& limits, const Patience& patience, const Around& around);

  absl::Status Feed(absl::string_view bytes) override;
  void Break(absl::string_view why) override { Fail(BrokenBody(why)); }
  ApiResponse Finish() override;

 private:
  using Clock = std::chrono::steady_clock;

  absl::Status Read(absl::string_view bytes);
  void Take(ParsedRecord record);
  // What is not taken for a fix of a feed, though it can be read.
  bool IsRefused(ParsedRecord& record) const;
  void AddPiece();
  void SealAll();
  absl::Status AddToOpenTrips(absl::Span<const ObjectFixes> objects);
  void Tell(const ObjectFixes& object, const LineFix& fix, FixTaken taken, int64_t late_before_ms);
  bool OpenWindow();  // false: the collection cannot be made
  void FinishStream();
  void Fail(UploadFailure failure);  // the first one counts
  void WriteCounts(JsonWriter& w);
  ApiResponse Answer();

  Parts parts_;
  const Patience patience_;
  const Around around_;
  const Clock::time_point start_ = Clock::now();
  UploadReport report_;
  FeedSums sums_;
  uint64_t read_ = 0, rejected_ = 0;
  int64_t most_ms_ = 0;  // the latest time that is believed
  // The piece: by object, and in the order in which these came first.
  absl::node_hash_map<std::string, size_t> places_;
  std::vector<ObjectFixes> piece_;
  size_t piece_fixes_ = 0;
  Clock::time_point piece_since_;
  std::optional<UploadFailure> failure_;
  std::optional<ApiResponse> refusal_;  // of the collection
  // Goes first: the collection must outlive what is in flight.
  std::optional<WriteWindow> window_;
};

}  // namespace spoor
