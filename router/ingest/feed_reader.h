#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "router/ingest/part_source.h"
#include "shard/log/kafka_feed.h"

namespace spoor {

struct FeedPartOptions {
  uint64_t part_bytes = uint64_t{32} << 20;
  bool until_end = false;  // end where the topic ended when the feed was opened
};

// Makes parts of the messages of a feed, each of which holds whole NDJSON records, one a line.  A
// message without a value deletes the record that its key names; it ends its part, since a part's
// bytes are sent before its deletions.  A message is committed when the server has all of it.
class FeedReader final : public PartSource {
 public:
  // topic: for people.  stopped: whether to end, asked now and then.
  FeedReader(std::unique_ptr<KafkaFeed> feed, std::string topic, const FeedPartOptions& options,
             std::function<bool()> stopped);

  absl::StatusOr<bool> Next(Part* part) override;
  absl::StatusOr<bool> More(std::string*) override { return false; }
  absl::Status Accepted(size_t bytes) override;
  const std::string& format() const override { return format_; }
  RecordCut cut() const override { return RecordCut::kLine; }
  LinePlace PlaceOf(uint64_t line) const override;
  uint64_t stored_bytes_read() const override { return bytes_read_; }

 private:
  // Of a part.
  struct Piece {
    FeedMessage message;  // without its value
    size_t end = 0;       // in the part's bytes
    uint64_t first_line = 1;
  };

  // Adds what is waiting; false when the part is to end before the next one.
  bool AddWaiting(Part* part, uint64_t* line);
  void Add(FeedMessage message, Part* part, uint64_t* line);

  const std::unique_ptr<KafkaFeed> feed_;
  const std::string topic_, format_ = "ndjson";
  const FeedPartOptions options_;
  const std::function<bool()> stopped_;
  std::deque<FeedMessage> waiting_;  // read, and not yet in a part
  std::vector<Piece> pieces_;        // of the last part, in its order
  absl::Status uncommitted_;         // why the last commit has failed
  uint64_t bytes_read_ = 0;
};

}  // namespace spoor
