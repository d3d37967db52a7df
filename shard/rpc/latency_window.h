#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace spoor {

// Quantiles of the latest latencies.  Buckets of an eighth of an octave, in two halves that take
// turns: an answer is about the latest kHalf ... 2 kHalf samples.
//
// Bounds: where t is the true quantile of these (nearest rank, whole microseconds),
// t <= Quantile <= t * 9/8; latencies above kLongest count as kLongest.
class LatencyWindow {
 public:
  using Microseconds = std::chrono::microseconds;
  static constexpr size_t kHalf = 1024;
  static constexpr Microseconds kLongest{(int64_t{1} << 36) - 1};  // 19 hours

  void Add(Microseconds latency);
  size_t size() const { return recent_.size + older_.size; }  // samples that count
  // REQUIRES: size() > 0, 0 < share <= 1.
  Microseconds Quantile(double share) const;

 private:
  static constexpr int kSubBits = 3;
  static constexpr size_t kBuckets = size_t{36 - kSubBits + 1} << kSubBits;
  struct Half {
    std::array<uint16_t, kBuckets> counts{};
    size_t size = 0;
  };
  static size_t BucketOf(uint64_t us);
  static uint64_t HighestOf(size_t bucket);

  Half recent_, older_;
};

}  // namespace spoor
