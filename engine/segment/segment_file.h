#pragma once

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace spoor {

// A file in the making, written through a mapping.  All its blocks are allocated before the first
// byte is written, because a full disk that is met through a mapping kills the process.  Until
// Publish the bytes lie under another name, and the destructor removes them.
class SegmentFile {
 public:
  // ResourceExhausted when the disk is full, Internal on other errors.
  static absl::StatusOr<SegmentFile> Create(const std::string& path, uint64_t bytes);

  SegmentFile(SegmentFile&& other) noexcept;
  SegmentFile& operator=(SegmentFile&&) = delete;
  ~SegmentFile();

  char* data() const { return data_; }
  // Makes the bytes durable, then visible under the path, durably.
  absl::Status Publish();

 private:
  explicit SegmentFile(const std::string& path);
  absl::Status Allocate(uint64_t bytes);

  std::string path_, draft_path_;
  int fd_ = -1;
  char* data_ = nullptr;
  uint64_t bytes_ = 0;
};

}  // namespace spoor
