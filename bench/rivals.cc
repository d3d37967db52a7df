#include "bench/rivals.h"

#include <algorithm>

namespace spoor::bench {
namespace {

Ranked Best(Ranked scored, size_t k) {
  k = std::min(k, scored.size());
  std::partial_sort(scored.begin(), scored.begin() + static_cast<std::ptrdiff_t>(k), scored.end());
  scored.resize(k);
  return scored;
}

}  // namespace

UnionThenJaccard::UnionThenJaccard(const Fingerprints& fingerprints)
    : fingerprints_(fingerprints.size()) {
  for (uint32_t i = 0; i < fingerprints.size(); ++i) {
    for (Geodab g : fingerprints[i]) {
      const auto [at, fresh] = terms_.try_emplace(g, static_cast<uint32_t>(postings_.size()));
      if (fresh) postings_.emplace_back();
      postings_[at->second].add(i);
      fingerprints_[i].add(at->second);
    }
    fingerprints_[i].runOptimize();
  }
  for (Roaring& p : postings_) p.runOptimize();
}

Ranked UnionThenJaccard::Top(const std::vector<Geodab>& query, size_t k) const {
  Roaring asked;
  std::vector<const Roaring*> lists;
  size_t unknown = 0;
  for (Geodab g : query) {
    const auto at = terms_.find(g);
    if (at == terms_.end()) {
      ++unknown;
      continue;
    }
    asked.add(at->second);
    lists.push_back(&postings_[at->second]);
  }
  const Roaring met = Roaring::fastunion(lists.size(), lists.data());
  Ranked scored;
  scored.reserve(met.cardinality());
  for (uint32_t i : met) {
    const auto all = static_cast<double>(asked.or_cardinality(fingerprints_[i]) + unknown);
    scored.emplace_back(-static_cast<double>(asked.and_cardinality(fingerprints_[i])) / all, i);
  }
  return Best(std::move(scored), k);
}

PlainCounting::PlainCounting(const Fingerprints& fingerprints) : counts_(fingerprints.size()) {
  for (uint32_t i = 0; i < fingerprints.size(); ++i) {
    sizes_.push_back(static_cast<uint32_t>(fingerprints[i].size()));
    for (Geodab g : fingerprints[i]) postings_[g].push_back(i);
  }
}

Ranked PlainCounting::Top(const std::vector<Geodab>& query, size_t k) {
  std::vector<uint32_t> met;
  for (Geodab g : query) {
    const auto it = postings_.find(g);
    if (it == postings_.end()) continue;
    for (uint32_t i : it->second) {
      if (counts_[i]++ == 0) met.push_back(i);
    }
  }
  Ranked scored;
  scored.reserve(met.size());
  for (uint32_t i : met) {
    const size_t common = std::exchange(counts_[i], uint16_t{0});
    const size_t all = query.size() + sizes_[i] - common;
    scored.emplace_back(-static_cast<double>(common) / static_cast<double>(all), i);
  }
  return Best(std::move(scored), k);
}

}  // namespace spoor::bench
