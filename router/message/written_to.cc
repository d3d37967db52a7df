#include "router/message/written_to.h"

#include <algorithm>

namespace spoor {

std::vector<HomeRange> TokenHomes(std::vector<HomeRange> ranges) {
  std::sort(ranges.begin(), ranges.end(),
            [](const HomeRange& a, const HomeRange& b) { return a.first < b.first; });
  std::vector<HomeRange> out;
  for (const HomeRange& range : ranges) {
    const bool touches =
        !out.empty() && (out.back().last == UINT64_MAX || range.first <= out.back().last + 1);
    if (touches) {
      out.back().last = std::max(out.back().last, range.last);
    } else {
      out.push_back(range);
    }
  }
  const bool everywhere = out.size() == 1 && out[0] == HomeRange{};
  if (everywhere || out.size() > kMaxTokenRanges) out.clear();
  return out;
}

std::vector<HomeRange> HomesOf(const std::vector<Trajectory>& batch,
                               const std::vector<uint64_t>& cuts) {
  if (cuts.empty()) return {};
  std::vector<uint32_t> slots;
  slots.reserve(batch.size());
  for (const Trajectory& t : batch) slots.push_back(SlotOf(cuts, HomeKey(t.view(), t.id.value())));
  std::sort(slots.begin(), slots.end());
  slots.erase(std::unique(slots.begin(), slots.end()), slots.end());
  std::vector<HomeRange> ranges;
  for (const uint32_t slot : slots) ranges.push_back(RangeOf(cuts, slot));
  return TokenHomes(std::move(ranges));
}

void AddWritten(WrittenTo& sum, const WrittenTo& more) {
  sum.position.Raise(more.position);
  if (sum.homes.empty() || more.homes.empty()) {
    sum.homes.clear();
    return;
  }
  sum.homes.insert(sum.homes.end(), more.homes.begin(), more.homes.end());
  sum.homes = TokenHomes(std::move(sum.homes));
}

WrittenTo WithBefore(WrittenTo written, const std::optional<WrittenTo>& before) {
  if (before) AddWritten(written, *before);
  return written;
}

}  // namespace spoor
