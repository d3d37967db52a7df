#include <algorithm>
#include <cassert>
#include <queue>
#include <utility>

#include "shard/place/placement_plan.h"

namespace spoor {
namespace {

constexpr uint64_t kLastKey = ~uint64_t{0};

// How many keys of the sample are below `key`.
size_t Below(const KeySample& sample, uint64_t key) {
  return static_cast<size_t>(std::lower_bound(sample.begin(), sample.end(), key) - sample.begin());
}

// Spreads each run of equal quantiles over the range up to the next one; 0, where the curve begins,
// is one of them.
std::vector<uint64_t> SpreadEqual(const std::vector<uint64_t>& quantiles) {
  std::vector<uint64_t> cuts;
  for (size_t i = 0; i < quantiles.size();) {
    const uint64_t here = quantiles[i];
    size_t end = i;
    while (end < quantiles.size() && quantiles[end] == here) ++end;
    const uint64_t room = (end == quantiles.size() ? kLastKey : quantiles[end]) - here;
    const uint64_t step = room / (end - i);  // 0 where more cuts than keys are in the range
    for (size_t n = 0; i < end; ++i, ++n) cuts.push_back(here + n * step);
  }
  return cuts;
}

// A slot that may be cut in two, the fullest first; among equals the one with the longest range.
struct Splittable {
  size_t keys = 0;
  uint64_t length = 0;  // last - first
  HomeRange range;

  friend bool operator<(const Splittable& a, const Splittable& b) {
    if (a.keys != b.keys) return a.keys < b.keys;
    if (a.length != b.length) return a.length < b.length;
    return a.range.first > b.range.first;
  }
};

// REQUIRES: length > 0.  The first key of the second half.
uint64_t MiddleOf(const Splittable& slot, const KeySample& sample) {
  const uint64_t half_way = slot.range.first + slot.length / 2 + 1;
  if (slot.keys < 2) return half_way;
  const uint64_t median = sample[Below(sample, slot.range.first) + slot.keys / 2];
  return median > slot.range.first ? median : slot.range.first + 1;
}

}  // namespace

std::vector<uint64_t> CutByLoad(const KeySample& sample, uint32_t slots) {
  assert(slots >= 1 && slots <= kMaxSlots && std::ranges::is_sorted(sample));
  std::vector<uint64_t> quantiles = {0};
  for (uint64_t i = 1; i < slots; ++i) {
    quantiles.push_back(sample.empty() ? 0 : sample[i * sample.size() / slots]);
  }
  std::vector<uint64_t> cuts = SpreadEqual(quantiles);
  cuts.erase(cuts.begin());
  for (size_t i = 0; i < cuts.size(); ++i) {  // no slot without a key
    const uint64_t least = i == 0 ? 1 : cuts[i - 1] + 1;
    cuts[i] = std::clamp(cuts[i], least, kLastKey - (cuts.size() - 1 - i));
  }
  return cuts;
}

std::vector<uint64_t> CutFiner(const KeySample& sample, std::vector<uint64_t> cuts,
                               uint32_t slots) {
  assert(cuts.size() < slots && slots <= kMaxSlots && std::ranges::is_sorted(sample));
  std::priority_queue<Splittable> queue;
  const auto push = [&](HomeRange range) {
    const size_t end = range.last == kLastKey ? sample.size() : Below(sample, range.last + 1);
    queue.push({.keys = end - Below(sample, range.first),
                .length = range.last - range.first,
                .range = range});
  };
  for (uint32_t slot = 0; slot <= cuts.size(); ++slot) push(RangeOf(cuts, slot));
  while (cuts.size() + 1 < slots) {
    const Splittable fullest = queue.top();
    queue.pop();
    if (fullest.length == 0) continue;  // one key; there are 2^64 others
    const uint64_t middle = MiddleOf(fullest, sample);
    cuts.push_back(middle);
    push({.first = fullest.range.first, .last = middle - 1});
    push({.first = middle, .last = fullest.range.last});
  }
  std::ranges::sort(cuts);
  return cuts;
}

std::vector<uint64_t> SlotLoads(const KeySample& sample, const std::vector<uint64_t>& cuts) {
  std::vector<uint64_t> loads;
  size_t before = 0;
  for (const uint64_t cut : cuts) {
    const size_t below = Below(sample, cut);
    loads.push_back(below - before);
    before = below;
  }
  loads.push_back(sample.size() - before);
  return loads;
}

std::vector<uint64_t> NodeLoads(const Placement& placement, const std::vector<uint64_t>& loads) {
  std::vector<uint64_t> of_node(placement.nodes.size());
  for (uint32_t slot = 0; slot < placement.slots(); ++slot) {
    for (const uint32_t node : placement.replicas[slot]) of_node[node] += loads[slot];
  }
  return of_node;
}

}  // namespace spoor
