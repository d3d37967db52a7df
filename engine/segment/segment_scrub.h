#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "engine/segment/segment.h"
#include "engine/segment/segment_format.h"

namespace spoor {

// Reads the bytes of a segment once more, some at a time, and compares them with the checksums they
// were written with: what is mapped can be damaged long after it was opened.
class SegmentScrub {
 public:
  explicit SegmentScrub(std::shared_ptr<const Segment> segment) : segment_(std::move(segment)) {}

  const std::shared_ptr<const Segment>& segment() const { return segment_; }
  // About so many bytes more.  DataLoss says which array is not what was written.
  absl::Status Step(uint64_t bytes);
  bool done() const { return begun_ && section_ == kSections; }

 private:
  const std::shared_ptr<const Segment> segment_;
  bool begun_ = false;  // checksums_ are there
  SegmentChecksums checksums_;
  size_t section_ = 0;  // where it is, the bytes of it that were read, and what they give
  uint64_t at_ = 0;
  uint32_t crc_ = 0;
};

// All of it at once.  OK for a segment in memory, which has no checksums.
absl::Status CheckAgain(const std::shared_ptr<const Segment>& segment);

}  // namespace spoor
