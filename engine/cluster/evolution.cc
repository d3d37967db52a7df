#include "engine/cluster/evolution.h"

#include <algorithm>
#include <map>
#include <utility>

namespace spoor {
namespace {

constexpr uint32_t kNone = UINT32_MAX;

// From the clusters of one interval to those of the next.
class StepPassage {
 public:
  StepPassage(size_t before, size_t after)
      : goes_to_(before, kNone), comes_from_(after, kNone), size_(after), comers_(after) {}

  void CountMember(int32_t before, int32_t after) {
    if (after != kOutlier) ++size_[static_cast<size_t>(after)];
    if (before == kOutlier || after == kOutlier) return;
    ++shared_[{static_cast<uint32_t>(before), static_cast<uint32_t>(after)}];
  }
  void CountNewcomer(int32_t after) { CountMember(kOutlier, after); }

  // REQUIRES: all were counted.
  void Match() {
    std::vector<uint32_t> most(goes_to_.size()), origin(comes_from_.size());
    for (const auto& [pair, count] : shared_) {
      const auto [a, b] = pair;
      if (count > most[a]) most[a] = count, goes_to_[a] = b;
      if (count > origin[b]) origin[b] = count, comes_from_[b] = a;
    }
    for (uint32_t a = 0; a < goes_to_.size(); ++a) {
      if (goes_to_[a] != kNone) comers_[goes_to_[a]].push_back(a);
    }
  }

  const std::vector<uint32_t>& comers(uint32_t b) const { return comers_[b]; }
  bool Dies(uint32_t a) const { return goes_to_[a] == kNone; }
  // Of several comers the one that brings more than half; kNone: there is none.
  uint32_t Leader(uint32_t b) const {
    uint32_t all = 0, leader = kNone, most = 0;
    for (const uint32_t a : comers_[b]) {
      const uint32_t brings = shared_.at({a, b});
      all += brings;
      if (brings > most) most = brings, leader = a;
    }
    return 2 * most > all ? leader : kNone;
  }
  // Where to the cluster goes alone, and what comes of it beside.
  std::vector<uint32_t> PartsOf(uint32_t a) const {
    std::vector<uint32_t> parts = {goes_to_[a]};
    for (uint32_t b = 0; b < comers_.size(); ++b) {
      if (comes_from_[b] == a && comers_[b].empty() && 2 * shared_.at({a, b}) >= size_[b]) {
        parts.push_back(b);
      }
    }
    std::sort(parts.begin(), parts.end());
    return parts;
  }

 private:
  std::map<std::pair<uint32_t, uint32_t>, uint32_t> shared_;  // members
  std::vector<uint32_t> goes_to_, comes_from_;
  std::vector<uint32_t> size_;
  std::vector<std::vector<uint32_t>> comers_;
};

StepPassage PassageOf(absl::Span<const uint32_t> in_before, absl::Span<const int32_t> before,
                      absl::Span<const uint32_t> in, absl::Span<const int32_t> after,
                      std::pair<size_t, size_t> counts) {
  StepPassage passage(counts.first, counts.second);
  size_t b = 0;
  for (size_t i = 0; i < in.size(); ++i) {
    while (b < in_before.size() && in_before[b] < in[i]) ++b;
    const bool was = b < in_before.size() && in_before[b] == in[i];
    was ? passage.CountMember(before[b], after[i]) : passage.CountNewcomer(after[i]);
  }
  passage.Match();
  return passage;
}

}  // namespace

void Evolution::Add(absl::Span<const uint32_t> in, absl::Span<const int32_t> labels,
                    uint32_t clusters) {
  const StepPassage passage =
      PassageOf(before_in_, before_labels_, in, labels, {identities_.size(), clusters});
  std::vector<uint32_t> now(clusters, kNone);
  const auto tell = [&](Fate fate, std::vector<uint32_t> from, std::vector<uint32_t> to) {
    std::sort(from.begin(), from.end());
    std::sort(to.begin(), to.end());
    events_.push_back({interval_, fate, std::move(from), std::move(to)});
  };
  for (uint32_t b = 0; b < clusters; ++b) {
    const std::vector<uint32_t>& comers = passage.comers(b);
    if (comers.empty() || now[b] != kNone) continue;
    const std::vector<uint32_t> parts =
        comers.size() == 1 ? passage.PartsOf(comers[0]) : std::vector<uint32_t>{b};
    if (parts.size() > 1) {
      std::vector<uint32_t> to;
      for (const uint32_t part : parts) to.push_back(now[part] = next_++);
      tell(Fate::kSplit, {identities_[comers[0]]}, std::move(to));
      continue;
    }
    const uint32_t leader = passage.Leader(b);
    now[b] = leader == kNone ? next_++ : identities_[leader];
    if (leader != kNone) {
      tell(Fate::kSurvive, {now[b]}, {now[b]});
      for (const uint32_t a : comers) {
        if (a != leader) tell(Fate::kAbsorb, {identities_[a]}, {now[b]});
      }
      continue;
    }
    std::vector<uint32_t> from;
    for (const uint32_t a : comers) from.push_back(identities_[a]);
    tell(Fate::kMerge, std::move(from), {now[b]});
  }
  for (uint32_t b = 0; b < clusters; ++b) {
    if (now[b] == kNone) tell(Fate::kBirth, {}, {now[b] = next_++});
  }
  for (uint32_t a = 0; a < identities_.size(); ++a) {
    if (passage.Dies(a)) tell(Fate::kDeath, {identities_[a]}, {});
  }
  before_in_.assign(in.begin(), in.end());
  before_labels_.assign(labels.begin(), labels.end());
  identities_ = std::move(now);
  ++interval_;
}

Evolved Evolve(const StepLabels& labels) {
  Evolution evolution;
  Evolved out;
  std::vector<int32_t> of;
  for (uint32_t j = 0; j < labels.trips().intervals(); ++j) {
    of.clear();
    for (const uint32_t t : labels.In(j)) of.push_back(labels.Of(t, j));
    evolution.Add(labels.In(j), of, labels.clusters(j));
    out.identities.push_back(evolution.identities());
  }
  out.events = evolution.events();
  return out;
}

}  // namespace spoor
