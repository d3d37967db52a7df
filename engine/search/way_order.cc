#include "engine/search/way_order.h"

#include <algorithm>
#include <limits>

#include "engine/segment/segment_format.h"

namespace spoor {
namespace {

constexpr uint32_t kNowhere = std::numeric_limits<uint32_t>::max();

}  // namespace

WayOrder::WayOrder(const Fingerprint& query, const Segment& segment) : segment_(segment) {
  for (uint32_t i = 0; i < query.occurrences.size(); ++i) {
    uint32_t term = 0;
    if (!segment.Postings(query.occurrences[i].geodab, &term).empty()) first_.emplace_back(term, i);
  }
  std::sort(first_.begin(), first_.end());
  const auto again = [](const auto& a, const auto& b) { return a.first == b.first; };
  first_.erase(std::unique(first_.begin(), first_.end(), again), first_.end());
}

DirectionSet WayOrder::Of(uint32_t ordinal) {
  const Segment::Arrays& a = segment_.arrays();
  const absl::Span<const uint32_t> forward = a.forward_of(ordinal);
  first_in_other_.assign(forward.size(), kNowhere);
  uint32_t position = 0;
  ForEachOccurrence(a.occurrence_bytes(ordinal), static_cast<uint32_t>(forward.size()),
                    [&](uint32_t local, uint32_t, uint32_t) {
                      if (first_in_other_[local] == kNowhere) first_in_other_[local] = position;
                      ++position;
                    });
  shared_.clear();
  auto at = first_.begin();
  for (size_t i = 0; i < forward.size() && at != first_.end(); ++i) {
    while (at != first_.end() && at->first < forward[i]) ++at;
    if (at != first_.end() && at->first == forward[i]) {
      shared_.emplace_back(at->second, first_in_other_[i]);
    }
  }
  std::sort(shared_.begin(), shared_.end());
  int64_t rises = 0;  // minus falls
  for (size_t i = 1; i < shared_.size(); ++i) {
    rises += shared_[i].second > shared_[i - 1].second ? 1 : -1;
  }
  return {.same = rises >= 0, .opposite = rises <= 0};
}

}  // namespace spoor
