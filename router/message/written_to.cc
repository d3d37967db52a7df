#include "router/message/written_to.h"

#include <algorithm>

#include "engine/store/home_key.h"

namespace spoor {

HomeSet TokenHomes(HomeSet homes) {
  return homes.ranges().size() > kMaxTokenRanges ? HomeSet::All() : homes;
}

HomeSet HomesOf(const std::vector<Trajectory>& batch, const std::vector<uint64_t>& cuts) {
  std::vector<uint32_t> slots;
  slots.reserve(batch.size());
  for (const Trajectory& t : batch) slots.push_back(SlotOf(cuts, HomeKey(t.view(), t.id.value())));
  std::sort(slots.begin(), slots.end());
  slots.erase(std::unique(slots.begin(), slots.end()), slots.end());
  return TokenHomes(HomesOf(cuts, slots));
}

void AddWritten(WrittenTo& sum, const WrittenTo& more) {
  sum.position.Raise(more.position);
  sum.homes = TokenHomes(sum.homes.Union(more.homes));
}

WrittenTo WithBefore(WrittenTo written, const std::optional<WrittenTo>& before) {
  if (before) AddWritten(written, *before);
  return written;
}

}  // namespace spoor
