#include "shard/jaccard_ranking.h"

#include <algorithm>

namespace spoor {

void JaccardRanking::Add(absl::Span<const Geodab> geodabs) {
  const auto number = static_cast<uint32_t>(sizes_.size());
  sizes_.push_back(static_cast<uint32_t>(geodabs.size()));
  for (const Geodab g : geodabs) postings_.emplace_back(g, number);
}

void JaccardRanking::Count(absl::Span<const Geodab> asked) {
  if (!std::exchange(sorted_, true)) {
    std::ranges::sort(postings_);
    shared_.resize(sizes_.size());
  }
  for (const uint32_t number : touched_) shared_[number] = 0;
  touched_.clear();
  for (const Geodab g : asked) {
    for (auto p = std::ranges::lower_bound(postings_, std::pair(g, uint32_t{0}));
         p != postings_.end() && p->first == g; ++p) {
      ++postings_read_;
      if (shared_[p->second]++ == 0) touched_.push_back(p->second);
    }
  }
}

double JaccardRanking::Jaccard(size_t asked, uint32_t number) const {
  const size_t all = asked + sizes_[number] - shared_[number];
  return all == 0 ? 0 : static_cast<double>(shared_[number]) / static_cast<double>(all);
}

std::vector<JaccardRanking::Scored> JaccardRanking::Rank(absl::Span<const Geodab> asked) {
  Count(asked);
  std::vector<Scored> out;
  out.reserve(touched_.size());
  for (const uint32_t number : touched_) out.push_back({Jaccard(asked.size(), number), number});
  std::ranges::sort(out, [](const Scored& a, const Scored& b) {
    return a.score != b.score ? a.score > b.score : a.number < b.number;
  });
  return out;
}

double JaccardRanking::RankOf(absl::Span<const Geodab> asked, uint32_t wanted) {
  Count(asked);
  const double own = Jaccard(asked.size(), wanted);
  size_t better = 0, equal = 0;
  for (const uint32_t number : touched_) {
    const double other = Jaccard(asked.size(), number);
    better += other > own;
    equal += other == own;
  }
  if (own == 0) equal = sizes_.size() - better;
  return 1 + static_cast<double>(better) + static_cast<double>(equal - 1) / 2;
}

}  // namespace spoor
