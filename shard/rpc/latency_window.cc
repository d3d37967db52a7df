#include "shard/rpc/latency_window.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cmath>

namespace spoor {

// Below 2^kSubBits every value has a bucket; above, each octave has 2^kSubBits of equal width.
size_t LatencyWindow::BucketOf(uint64_t us) {
  if (us < (1u << kSubBits)) return us;
  const int octave = std::bit_width(us) - 1 - kSubBits;
  return (static_cast<size_t>(octave) << kSubBits) + (us >> octave);
}

uint64_t LatencyWindow::HighestOf(size_t bucket) {
  if (bucket < (1u << kSubBits)) return bucket;
  const size_t octave = (bucket >> kSubBits) - 1;
  const uint64_t leading = bucket - (octave << kSubBits);
  return ((leading + 1) << octave) - 1;
}

void LatencyWindow::Add(Microseconds latency) {
  if (recent_.size == kHalf) {
    older_ = recent_;
    recent_ = {};
  }
  const auto us = std::clamp(latency, Microseconds(0), kLongest).count();
  ++recent_.counts[BucketOf(static_cast<uint64_t>(us))];
  ++recent_.size;
}

LatencyWindow::Microseconds LatencyWindow::Quantile(double share) const {
  assert(size() > 0);
  const auto rank = static_cast<size_t>(std::ceil(share * static_cast<double>(size())));
  size_t seen = 0;
  for (size_t bucket = 0; bucket < kBuckets; ++bucket) {
    seen += recent_.counts[bucket] + size_t{older_.counts[bucket]};
    if (seen >= std::max<size_t>(rank, 1)) {
      return Microseconds(static_cast<int64_t>(HighestOf(bucket)));
    }
  }
  return kLongest;
}

}  // namespace spoor
