#include "shard/tune/jaccard_ranking.h"

#include <algorithm>

namespace spoor {

void JaccardRanking::Add(const Fingerprint& fingerprint) {
  const auto number = static_cast<uint32_t>(sizes_.size());
  sizes_.push_back({fingerprint.size(/*coarse=*/false), fingerprint.size(/*coarse=*/true)});
  for (const Geodab g : fingerprint.geodabs) postings_.emplace_back(g, number);
}

void JaccardRanking::Count(const AskedSet& asked) {
  for (const uint32_t number : touched_) shared_[number] = 0;
  touched_.clear();
  for (const Geodab g : asked.fingerprint.geodabs) {
    for (auto p = std::ranges::lower_bound(postings_, std::pair(g, uint32_t{0}));
         p != postings_.end() && p->first == g; ++p) {
      ++postings_read_;
      if (shared_[p->second]++ == 0) touched_.push_back(p->second);
    }
  }
}

std::vector<JaccardRanking::Scored> JaccardRanking::Score(absl::Span<const AskedSet> asked) {
  if (!std::exchange(sorted_, true)) {
    std::ranges::sort(postings_);
    shared_.resize(sizes_.size());
  }
  std::vector<Scored> out;
  for (const AskedSet& set : asked) {
    Count(set);
    for (const uint32_t number : touched_) {
      const size_t all =
          set.fingerprint.geodabs.size() + sizes_[number][set.coarse] - shared_[number];
      out.push_back({set.weight * shared_[number] / static_cast<double>(all), number});
    }
  }
  return out;
}

std::vector<JaccardRanking::Scored> JaccardRanking::Rank(absl::Span<const AskedSet> asked) {
  std::vector<Scored> out = Score(asked);
  std::ranges::sort(out, [](const Scored& a, const Scored& b) {
    return a.score != b.score ? a.score > b.score : a.number < b.number;
  });
  return out;
}

double JaccardRanking::RankOf(absl::Span<const AskedSet> asked, uint32_t wanted) {
  const std::vector<Scored> all = Score(asked);
  double own = 0;
  for (const Scored& s : all) {
    if (s.number == wanted) own = s.score;
  }
  size_t better = 0, equal = 0;
  for (const Scored& s : all) {
    better += s.score > own;
    equal += s.score == own;
  }
  if (own == 0) equal = sizes_.size() - better;
  return 1 + static_cast<double>(better) + static_cast<double>(equal - 1) / 2;
}

}  // namespace spoor
