#pragma once

#include <chrono>
#include <cstdint>
#include <fstream>
#include <functional>
#include <istream>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "engine/format/reader.h"

namespace spoor {

// How bytes that begin so are packed: "gzip", "zstd" or "identity".
absl::string_view CodingOf(absl::string_view head);

// The bytes of a file or of standard input, from its begin to its end, decompressed when they begin
// as gzip or zstd do.
class InputFile {
 public:
  // path "-" is `in`, of which `head` has been read already.  NotFound when it cannot be read.
  static absl::StatusOr<std::unique_ptr<InputFile>> Open(const std::string& path, std::istream& in,
                                                         std::string head = "");

  // Bytes that come from somewhere else, such as an archive: source appends the next piece, and
  // says false at the end, as Read does.
  using Source = std::function<absl::StatusOr<bool>(std::string*)>;
  static std::unique_ptr<InputFile> Of(std::string path, Source source);

  // From now on its bytes come as they are stored.  REQUIRES: nothing has been read.
  void DoNotInflate();

  const std::string& path() const { return path_; }
  // Appends the next piece to out; false at the end, when nothing was appended.  Aborted when the
  // compressed stream is damaged or cut.
  absl::StatusOr<bool> Read(std::string* out);
  // Waits until there is something to read, or the end; false when the time is over before.  What
  // cannot be waited for is always there.
  bool WaitFor(std::chrono::milliseconds time) const;

  // As stored, that is compressed.
  uint64_t stored_bytes() const { return stored_bytes_; }  // 0 when unknown
  uint64_t stored_bytes_read() const { return stored_bytes_read_; }

 private:
  InputFile() = default;
  absl::Status ReadPiece(std::string* piece);
  absl::Status FillPiece(std::string* piece);

  std::ifstream file_;
  std::istream* in_ = &file_;
  int descriptor_ = -1;      // in place of in_, where it is the standard input of the process
  Source source_;            // in place of both
  std::string path_, head_;  // head_: comes before all of these
  std::unique_ptr<Inflater> inflater_;
  uint64_t stored_bytes_ = 0, stored_bytes_read_ = 0;
  bool finished_ = false;
};

}  // namespace spoor
