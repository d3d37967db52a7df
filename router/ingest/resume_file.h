#pragma once

#include <cstdint>
#include <fstream>
#include <map>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace spoor {

// What has been acknowledged of a file that is being loaded.
struct Acknowledged {
  uint64_t bytes = 0;   // decompressed, from its begin
  uint64_t lines = 0;   // in these
  uint32_t crc32c = 0;  // of these
  bool complete = false;
};

// A file is taken for the one that was loaded when it begins with the bytes that were, whatever its
// name and date.
//
// Remembers on disk how far the loading of files has come, one line of JSON a step, so that it can
// go on after any end.  A last line that was cut off does not count.
class ResumeFile {
 public:
  // Reads path if it exists, and keeps it open for writing.  target: what is being loaded into; a
  // file of another target is refused with FailedPrecondition.
  static absl::StatusOr<ResumeFile> Open(const std::string& path, absl::string_view target);

  Acknowledged Find(const std::string& file) const;
  absl::Status Note(const std::string& file, const Acknowledged& acknowledged);

 private:
  absl::Status Read(const std::string& text, absl::string_view target);

  std::string path_;
  std::ofstream out_;
  std::map<std::string, Acknowledged> files_;
};

}  // namespace spoor
