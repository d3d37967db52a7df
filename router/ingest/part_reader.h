#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "engine/format/record_cut.h"
#include "router/ingest/input_file.h"
#include "router/ingest/part_source.h"
#include "router/ingest/resume_file.h"

namespace spoor {

struct PartOptions {
  std::string format = "auto";
  ReadOptions read;
  uint64_t part_bytes = uint64_t{32} << 20;
  // What has come is sent although it is less than a part when this time has passed.
  std::chrono::milliseconds patience{1000};
};

// How many there are in a text.
uint64_t LineEnds(absl::string_view text);

// Cuts a file into parts.  What cannot be cut (RecordCut::kNowhere) is one part.
class PartReader final : public PartSource {
 public:
  // Begins after what was acknowledged already.  path "-" is `in`.  FailedPrecondition when the
  // file does not begin with what was acknowledged, or ended there in the midst of a record.
  static absl::StatusOr<std::unique_ptr<PartReader>> Open(const std::string& path, std::istream& in,
                                                          const PartOptions& options,
                                                          const Acknowledged& acknowledged);

  // The same of what has been opened already.
  static absl::StatusOr<std::unique_ptr<PartReader>> Open(std::unique_ptr<InputFile> input,
                                                          const PartOptions& options,
                                                          const Acknowledged& acknowledged);

  // InvalidArgument when a record is longer than any server takes.
  absl::StatusOr<bool> Next(Part* part) override;
  absl::StatusOr<bool> More(std::string* piece) override;
  absl::Status Accepted(size_t) override { return absl::OkStatus(); }

  const std::string& format() const override { return format_; }
  RecordCut cut() const override { return cut_; }
  LinePlace PlaceOf(uint64_t line) const override { return {.file = path_, .line = line}; }
  uint64_t stored_bytes_read() const override { return input_->stored_bytes_read(); }
  const InputFile& input() const { return *input_; }
  // All that has been given away.
  Acknowledged given() const { return {.bytes = offset_, .lines = line_ - 1, .crc32c = crc32c_}; }

 private:
  PartReader() = default;
  absl::Status Begin(const std::string& path, const PartOptions& options);
  absl::Status Skip(const Acknowledged& acknowledged);
  absl::Status CheckSeam(const Acknowledged& acknowledged, char last);
  absl::Status FillTo(size_t bytes);
  absl::Status FillInTime(size_t bytes, std::chrono::milliseconds patience);
  void GiveAway(absl::string_view bytes);

  std::string path_;
  std::unique_ptr<InputFile> input_;
  std::string format_, header_;
  RecordCut cut_ = RecordCut::kNowhere;
  uint64_t part_bytes_ = 0;
  std::string buffer_;              // read and not yet given away
  uint64_t offset_ = 0, line_ = 1;  // of the buffer's begin
  uint32_t crc32c_ = 0;             // of all before it
  std::chrono::milliseconds patience_{0};
  bool ended_ = false;
};

// Where sending may stop: the end of whole records about `bytes` after `from`, where records begin.
size_t StopAfter(const Part& part, RecordCut cut, size_t from, size_t bytes);

}  // namespace spoor
