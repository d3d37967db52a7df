#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "engine/format/record_cut.h"

namespace spoor {

// What is sent in one request.
struct Part {
  std::string bytes;                 // begins with the table's header where there is one
  size_t header_bytes = 0;           // of these that stand at the begin of the file, not here
  uint64_t begin = 0;                // of what follows the header, in the decompressed file
  uint32_t crc32c_before = 0;        // of the file up to there
  uint64_t first_line = 1;           // of what follows the header
  bool open_end = false;             // more of the same document follows: PartSource::More
  std::vector<std::string> deleted;  // ids that go, behind the bytes
};

// Where people find a record.
struct LinePlace {
  std::string file;
  uint64_t line = 0;
};

// Where records come from: parts that are whole records each, so that each can be sent,
// acknowledged and sent again by itself.
class PartSource {
 public:
  virtual ~PartSource() = default;
  // False at the end.
  virtual absl::StatusOr<bool> Next(Part* part) = 0;
  // The next piece of a part with an open end; false at its end.
  virtual absl::StatusOr<bool> More(std::string* piece) = 0;
  // The first so many bytes of the last part are whole records, and the server has them.
  virtual absl::Status Accepted(size_t bytes) = 0;

  virtual const std::string& format() const = 0;  // a name of AllFormats()
  virtual RecordCut cut() const = 0;
  // Of a line, counted as Part::first_line is, of the last part.
  virtual LinePlace PlaceOf(uint64_t line) const = 0;
  virtual uint64_t stored_bytes_read() const = 0;  // for progress
};

}  // namespace spoor
