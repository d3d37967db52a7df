#pragma once

#include <cstdint>
#include <functional>
#include <istream>
#include <memory>
#include <string>
#include <vector>

#include "geo/trips/trip_cutter.h"
#include "router/ingest/archive.h"
#include "router/ingest/fix_sort.h"
#include "router/ingest/part_reader.h"
#include "router/ingest/part_source.h"

namespace spoor {

struct TripSourceOptions {
  PartOptions part;  // how the files are read
  TripRules rules;
  // A tag whose value is a state of the object: where it changes, a trip ends.
  std::string state;
  std::string work_dir = "/tmp";
  uint64_t memory_bytes = uint64_t{256} << 20;  // of fixes; what exceeds it lies in work_dir
};

// What became of the fixes of all files.
struct FeedCounts {
  uint64_t fixes = 0;     // that the files have
  uint64_t rejected = 0;  // records of the files that could not be read
  uint64_t without_time = 0;
  TripCounts cut;  // of all others
};

// Makes trips of files of fixes, or of whatever the files call a trip: all fixes of an object, from
// all files, are put in the order of their times and cut by the rules.  So the trips do not depend
// on the order of the files or of their lines; a trip is called as its object and its first time,
// "cab-7/2024-05-01T12:00:00Z", and loading it again replaces it.
//
// An object is what a record calls so; else its id; of a table without both, the file's source.
//
// Thread safety: one thread at a time.
class TripSource final : public PartSource {
 public:
  // Told of each record that cannot be read.
  using Reject = std::function<void(const LinePlace&, const ParsedRecord&)>;
  // What is borrowed outlives it.  stopped: whether to end, asked now and then.
  TripSource(std::vector<InputPath> inputs, std::istream& in, TripSourceOptions options,
             Reject reject, std::function<bool()> stopped);
  ~TripSource() override;

  // The first call reads all files.
  absl::StatusOr<bool> Next(Part* part) override;
  absl::StatusOr<bool> More(std::string*) override { return false; }
  absl::Status Accepted(size_t) override { return absl::OkStatus(); }
  const std::string& format() const override { return format_; }
  RecordCut cut() const override { return RecordCut::kLine; }
  // A trip stands in no file.
  LinePlace PlaceOf(uint64_t line) const override { return {.file = "trips", .line = line}; }
  uint64_t stored_bytes_read() const override { return bytes_read_; }

  // Called while files are read, for progress.
  std::function<void()> on_read;
  // Asked about each file that was found and cannot be read, and why: OK goes on with the next.
  std::function<absl::Status(const InputPath&, const absl::Status&)> on_unreadable;
  const FeedCounts& counts() const { return counts_; }

 private:
  class Numbers;  // texts that are numbered as they come

  absl::Status ReadAll();
  absl::Status ReadInput(const InputPath& input);
  absl::Status ReadFile(const InputPath& file, Archive* archive);
  absl::Status Take(const InputPath& file, ParsedRecord record);
  absl::Status CutMore();
  void BeginObject(uint32_t object);
  void GiveOut(std::vector<Fix> fixes);

  const std::vector<InputPath> inputs_;
  std::istream& in_;
  const TripSourceOptions options_;
  const Reject reject_;
  const std::function<bool()> stopped_;
  const std::string format_ = "ndjson";
  FixSort sort_;
  std::unique_ptr<Numbers> objects_, states_;
  FeedCounts counts_;
  uint64_t bytes_read_ = 0;
  bool read_ = false, ended_ = false;
  // Of the cut.
  std::unique_ptr<TripCutter> cutter_;
  uint32_t object_ = 0, state_ = 0;
  std::string lines_;  // trips that are not in a part yet
  uint64_t line_ = 1;
};

}  // namespace spoor
