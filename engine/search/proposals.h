#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace spoor {

// A trajectory of one segment with its exact score.
struct Proposal {
  double score = 0;
  uint32_t ordinal = 0;
  bool sure = true;  // false: its summary does not tell whether it may be in the answer
};

// Takes proposals in any order and lets go of those which cannot be among the `keep` best, nor
// reach `floor`: scores fall into buckets, and once those from some bucket upwards hold `keep` sure
// proposals, nothing below is of interest.
class Proposals {
 public:
  // REQUIRES: keep and query_geodabs are positive.
  Proposals(size_t keep, double floor, uint32_t query_geodabs)
      : keep_(keep), query_geodabs_(query_geodabs) {
    Raise(floor);
  }

  double floor() const { return floor_; }
  // Below that many shared geodabs no score can enter.
  uint32_t least_shared() const { return least_shared_; }
  bool MayEnter(double score) const { return score >= floor_; }
  // Only what reaches `floor` may enter from now on.
  void Raise(double floor) {
    floor_ = std::max(floor_, floor);
    while (cut_ < BucketOf(floor_)) from_cut_ -= in_bucket_[cut_++];
    const auto score = [this](uint32_t shared) {
      return shared / static_cast<double>(query_geodabs_);
    };
    least_shared_ = static_cast<uint32_t>(std::max(1.0, std::floor(floor_ * query_geodabs_)));
    while (score(least_shared_) < floor_) ++least_shared_;
    while (least_shared_ > 1 && score(least_shared_ - 1) >= floor_) --least_shared_;
  }

  // REQUIRES: MayEnter(proposal.score).
  void Add(const Proposal& proposal) {
    all_.push_back(proposal);
    if (!proposal.sure) return;
    ++in_bucket_[BucketOf(proposal.score)];
    ++from_cut_;
    uint32_t cut = cut_;
    for (size_t from = from_cut_; from - in_bucket_[cut] >= keep_; ++cut) from -= in_bucket_[cut];
    if (cut != cut_) Raise(static_cast<double>(cut) / kBuckets);
  }

  // What may still enter.
  std::vector<Proposal> Take() {
    std::erase_if(all_, [this](const Proposal& p) { return p.score < floor_; });
    return std::move(all_);
  }

 private:
  static constexpr uint32_t kBuckets = 1024;  // a power of two, so that their borders are exact

  static uint32_t BucketOf(double score) {
    return static_cast<uint32_t>(std::min(score, 1.0) * kBuckets);
  }

  const size_t keep_;
  const uint32_t query_geodabs_;
  double floor_ = 0;
  uint32_t least_shared_ = 1;
  uint32_t cut_ = 0;     // no bucket below holds anything of interest
  size_t from_cut_ = 0;  // sure proposals in buckets from cut_ upwards
  std::array<uint32_t, kBuckets + 1> in_bucket_{};
  std::vector<Proposal> all_;
};

}  // namespace spoor
