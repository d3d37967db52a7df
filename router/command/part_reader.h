#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "router/command/input_file.h"
#include "router/command/record_cut.h"
#include "router/command/resume_file.h"

namespace spoor {

// What is sent in one request.
struct Part {
  std::string bytes;        // begins with the table's header where there is one
  size_t header_bytes = 0;  // of these that stand at the begin of the file, not here
  uint64_t begin = 0;       // of what follows the header, in the decompressed file
  uint64_t first_line = 1;  // of what follows the header
  bool open_end = false;    // more of the same document follows: PartReader::More
};

struct PartOptions {
  std::string format = "auto";
  std::string preset;
  std::map<std::string, std::string> columns;
  uint64_t part_bytes = uint64_t{32} << 20;
};

// Cuts a file into parts that are whole records each, so that each can be sent, acknowledged and
// sent again by itself.  What cannot be cut (RecordCut::kNowhere) is one part.
class PartReader {
 public:
  // Begins after what was acknowledged already.  path "-" is `in`.
  static absl::StatusOr<std::unique_ptr<PartReader>> Open(const std::string& path, std::istream& in,
                                                          const PartOptions& options,
                                                          const Acknowledged& acknowledged);

  // False at the end.  InvalidArgument when a record is longer than any server takes.
  absl::StatusOr<bool> Next(Part* part);
  // The next piece of a part with an open end; false at its end.
  absl::StatusOr<bool> More(std::string* piece) { return input_->Read(piece); }

  const std::string& format() const { return format_; }  // a name of AllFormats()
  RecordCut cut() const { return cut_; }
  const InputFile& input() const { return *input_; }

 private:
  PartReader() = default;
  absl::Status Begin(const std::string& path, const PartOptions& options);
  absl::Status Skip(const Acknowledged& acknowledged);
  absl::Status FillTo(size_t bytes);

  std::unique_ptr<InputFile> input_;
  std::string format_, header_;
  RecordCut cut_ = RecordCut::kNowhere;
  uint64_t part_bytes_ = 0;
  std::string buffer_;              // read and not yet given away
  uint64_t offset_ = 0, line_ = 1;  // of the buffer's begin
  bool ended_ = false;
};

// Where sending may stop: the end of whole records about `bytes` after `from`, where records begin.
size_t StopAfter(const Part& part, RecordCut cut, size_t from, size_t bytes);

}  // namespace spoor
