#include "engine/segment/segment_scrub.h"

#include <algorithm>
#include <limits>

#include "absl/strings/str_cat.h"
#include "engine/store/crc32c.h"

namespace spoor {

absl::Status SegmentScrub::Step(uint64_t bytes) {
  const Segment::Arrays& a = segment_->arrays();
  if (!begun_) {
    auto checksums = ReadChecksums({a.base, static_cast<size_t>(a.bytes)});
    if (!checksums.ok()) return checksums.status();
    checksums_ = *std::move(checksums);
    begun_ = true;
  }
  while (bytes > 0 && section_ < kSections) {
    const uint64_t length = checksums_.layout.length[section_];
    const uint64_t count = std::min(bytes, length - at_);
    crc_ = Crc32c({a.base + checksums_.layout.offset[section_] + at_, static_cast<size_t>(count)},
                  crc_);
    at_ += count;
    bytes -= count;
    if (at_ < length) break;
    if (crc_ != checksums_.crc[section_]) {
      return absl::DataLossError(
          absl::StrCat("segment: array ", section_, " fails its checksum while it is in use"));
    }
    ++section_;
    at_ = crc_ = 0;
  }
  return absl::OkStatus();
}

absl::Status CheckAgain(const std::shared_ptr<const Segment>& segment) {
  if (!segment->mapped()) return absl::OkStatus();
  return SegmentScrub(segment).Step(std::numeric_limits<uint64_t>::max());
}

}  // namespace spoor
