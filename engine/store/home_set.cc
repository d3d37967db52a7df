#include "engine/store/home_set.h"

#include <algorithm>
#include <utility>

namespace spoor {

HomeSet::HomeSet(std::initializer_list<HomeRange> ranges)
    : HomeSet(std::vector<HomeRange>(ranges)) {}

HomeSet::HomeSet(std::vector<HomeRange> ranges) : ranges_(std::move(ranges)) {
  std::erase_if(ranges_, [](const HomeRange& r) { return r.first > r.last; });
  std::sort(ranges_.begin(), ranges_.end(),
            [](const HomeRange& a, const HomeRange& b) { return a.first < b.first; });
  size_t size = 0;  // of what is joined so far, at the front
  for (const HomeRange& r : ranges_) {
    // The subtraction cannot wrap where the first comparison is false.
    const bool joins =
        size > 0 && (r.first <= ranges_[size - 1].last || r.first - 1 == ranges_[size - 1].last);
    if (joins) {
      ranges_[size - 1].last = std::max(ranges_[size - 1].last, r.last);
    } else {
      ranges_[size++] = r;
    }
  }
  ranges_.resize(size);
}

const HomeRange* HomeSet::AtOrAfter(uint64_t key) const {
  const auto at = std::lower_bound(ranges_.begin(), ranges_.end(), key,
                                   [](const HomeRange& r, uint64_t k) { return r.last < k; });
  return at == ranges_.end() ? nullptr : &*at;
}

bool HomeSet::Contains(uint64_t key) const { return Covers(HomeRange{key, key}); }

bool HomeSet::Covers(const HomeRange& range) const {
  if (range.first > range.last) return true;
  const HomeRange* const at = AtOrAfter(range.first);
  return at != nullptr && at->first <= range.first && range.last <= at->last;
}

bool HomeSet::Covers(const HomeSet& other) const {
  return std::all_of(other.ranges_.begin(), other.ranges_.end(),
                     [this](const HomeRange& r) { return Covers(r); });
}

bool HomeSet::Meets(const HomeRange& range) const {
  if (range.first > range.last) return false;
  const HomeRange* const at = AtOrAfter(range.first);
  return at != nullptr && at->first <= range.last;
}

bool HomeSet::Meets(const HomeSet& other) const {
  return std::any_of(other.ranges_.begin(), other.ranges_.end(),
                     [this](const HomeRange& r) { return Meets(r); });
}

HomeSet HomeSet::Union(const HomeSet& other) const {
  std::vector<HomeRange> both = ranges_;
  both.insert(both.end(), other.ranges_.begin(), other.ranges_.end());
  return HomeSet(std::move(both));
}

HomeSet HomeSet::From(uint64_t key) const {
  HomeSet out;
  for (const HomeRange& r : ranges_) {
    if (r.last >= key) out.ranges_.push_back({std::max(r.first, key), r.last});
  }
  return out;
}

}  // namespace spoor
