#include "engine/place/destinations.h"

#include <algorithm>
#include <numeric>
#include <queue>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/place/region_index.h"
#include "geo/overlay.h"

namespace spoor {
namespace {

constexpr double kMostTimesLarger = 4;
// Less in common is what rounding leaves of regions that touch.
constexpr double kLeastSharedM2 = 1e-6;
constexpr size_t kMostPairs = 4'000'000;

std::vector<PlaneBox> BoxesOf(absl::Span<const PlaneRing> regions) {
  std::vector<PlaneBox> boxes;
  boxes.reserve(regions.size());
  for (const PlaneRing& r : regions) boxes.push_back(BoxOf(r));
  return boxes;
}

absl::StatusOr<PlaneArea> UnionOf(const Overlay& overlay, absl::Span<const PlaneRing> regions,
                                  const std::vector<uint32_t>& stays) {
  std::vector<PlaneArea> areas;
  for (const uint32_t s : stays) areas.push_back({{.rings = {regions[s]}}});
  if (areas.size() == 1) return areas[0];
  std::vector<const PlaneArea*> all;
  for (const PlaneArea& a : areas) all.push_back(&a);
  return overlay.Union(all);
}

// All that overlap are one, whatever the order: a union overlaps what one of its parts does.
absl::StatusOr<std::vector<Destination>> MergeAllThatOverlap(absl::Span<const PlaneRing> regions,
                                                             const Patience& patience) {
  const std::vector<PlaneBox> boxes = BoxesOf(regions);
  const RegionIndex index(boxes);
  std::vector<uint32_t> first(regions.size());
  std::iota(first.begin(), first.end(), 0);
  const auto find = [&first](uint32_t i) {
    while (first[i] != i) i = first[i] = first[first[i]];
    return i;
  };
  for (uint32_t i = 0; i < regions.size(); ++i) {
    if (absl::Status s = patience.Check(); !s.ok()) return s;
    for (const uint32_t j : index.Near(boxes[i])) {
      if (j >= i) break;
      const uint32_t a = find(i), b = find(j);
      if (a == b || SharedOfConvexM2(regions[i], regions[j]) <= kLeastSharedM2) continue;
      first[std::max(a, b)] = std::min(a, b);
    }
  }
  std::vector<Destination> out;
  std::vector<uint32_t> at(regions.size());
  for (uint32_t i = 0; i < regions.size(); ++i) {
    if (find(i) == i) {
      at[i] = static_cast<uint32_t>(out.size());
      out.emplace_back();
    }
    out[at[find(i)]].stays.push_back(i);
  }
  const Overlay overlay;
  for (Destination& d : out) {
    if (absl::Status s = patience.Check(); !s.ok()) return s;
    auto area = UnionOf(overlay, regions, d.stays);
    if (!area.ok()) return area.status();
    d.area = *std::move(area);
  }
  return out;
}

// Merges pairs that are similar enough.
class RegionMerger {
 public:
  RegionMerger(absl::Span<const PlaneRing> regions, const DestinationRules& rules,
               const Patience& patience)
      : rules_(rules), patience_(patience), boxes_(BoxesOf(regions)), index_(boxes_) {
    for (uint32_t i = 0; i < regions.size(); ++i) {
      all_.push_back({.destination = {.stays = {i}, .area = {{.rings = {regions[i]}}}},
                      .square_m2 = SignedM2(regions[i])});
    }
  }

  absl::StatusOr<std::vector<Destination>> Run() {
    const bool is_paper = rules_.order == DestinationRules::Order::kPaper;
    if (absl::Status s = is_paper ? MergeInPasses() : MergeMostSimilar(); !s.ok()) return s;
    std::vector<Destination> out;
    for (Merged& m : all_) {
      if (m.version > 0) out.push_back(std::move(m.destination));
    }
    return out;
  }

 private:
  struct Merged {
    Destination destination;
    double square_m2 = 0;
    uint32_t version = 1;  // 0: it is part of another
  };
  struct Pair {
    double similarity;
    uint32_t a, b;  // a < b
    uint32_t version_a, version_b;
    // Of equals the first by number is the greatest, which is taken first.
    bool operator<(const Pair& o) const {
      return std::tie(similarity, o.a, o.b) < std::tie(o.similarity, a, b);
    }
  };

  // What two have in common of what they have together; nothing where that is too little.
  absl::StatusOr<std::optional<double>> Similarity(uint32_t a, uint32_t b) const {
    const auto [small_m2, large_m2] = std::minmax(all_[a].square_m2, all_[b].square_m2);
    const PlaneBox &p = boxes_[a], &q = boxes_[b];
    const PlaneBox both{std::max(p.west_m, q.west_m), std::max(p.south_m, q.south_m),
                        std::min(p.east_m, q.east_m), std::min(p.north_m, q.north_m)};
    if (both.east_m <= both.west_m || both.north_m <= both.south_m) return std::nullopt;
    const double most_m2 = std::min(small_m2, both.square_m2());
    if (!IsEnough(most_m2, small_m2, large_m2)) return std::nullopt;
    const PlaneArea &of_a = all_[a].destination.area, &of_b = all_[b].destination.area;
    double shared_m2 = 0;
    if (all_[a].destination.stays.size() == 1 && all_[b].destination.stays.size() == 1) {
      shared_m2 = SharedOfConvexM2(of_a[0].rings[0], of_b[0].rings[0]);
    } else {
      const auto shared = overlay_.SharedM2(of_a, of_b);
      if (!shared.ok()) return shared.status();
      shared_m2 = *shared;
    }
    if (!IsEnough(shared_m2, small_m2, large_m2)) return std::nullopt;
    return shared_m2 / (small_m2 + large_m2 - shared_m2);
  }
  bool IsEnough(double shared_m2, double small_m2, double large_m2) const {
    if (shared_m2 <= kLeastSharedM2) return false;
    if (shared_m2 >= rules_.similarity * (small_m2 + large_m2 - shared_m2)) return true;
    return rules_.containment && large_m2 <= kMostTimesLarger * small_m2 &&
           shared_m2 >= *rules_.containment * small_m2;
  }

  // b becomes part of a.
  absl::Status Merge(uint32_t a, uint32_t b) {
    index_.Remove(a, boxes_[a]);
    index_.Remove(b, boxes_[b]);
    Destination &to = all_[a].destination, &from = all_[b].destination;
    const PlaneArea* const both[] = {&to.area, &from.area};
    auto area = overlay_.Union(both);
    if (!area.ok()) return area.status();
    to.area = *std::move(area);
    to.stays.insert(to.stays.end(), from.stays.begin(), from.stays.end());
    std::sort(to.stays.begin(), to.stays.end());
    all_[a].square_m2 = AreaM2(to.area);
    ++all_[a].version;
    all_[b].version = 0;
    from = {};
    boxes_[a] = BoxOf(to.area);
    index_.Add(a, boxes_[a]);
    return absl::OkStatus();
  }

  absl::Status AddPairs(uint32_t of, bool only_before) {
    if (absl::Status s = patience_.Check(); !s.ok()) return s;
    for (const uint32_t other : index_.Near(boxes_[of])) {
      if (other == of || (only_before && other > of)) continue;
      const auto similarity = Similarity(of, other);
      if (!similarity.ok()) return similarity.status();
      if (!*similarity) continue;
      const auto [a, b] = std::minmax(of, other);
      pairs_.push({**similarity, a, b, all_[a].version, all_[b].version});
    }
    if (pairs_.size() <= kMostPairs) return absl::OkStatus();
    return absl::InvalidArgumentError(
        absl::StrCat("more than ", kMostPairs,
                     " pairs of stays are similar enough to be merged; allowed: a similarity of 0, "
                     "which merges all that overlap, or fewer stays"));
  }

  absl::Status MergeMostSimilar() {
    for (uint32_t i = 0; i < all_.size(); ++i) {
      if (absl::Status s = AddPairs(i, /*only_before=*/true); !s.ok()) return s;
    }
    while (!pairs_.empty()) {
      const Pair next = pairs_.top();
      pairs_.pop();
      if (all_[next.a].version != next.version_a || all_[next.b].version != next.version_b) {
        continue;
      }
      if (absl::Status s = Merge(next.a, next.b); !s.ok()) return s;
      if (absl::Status s = AddPairs(next.a, /*only_before=*/false); !s.ok()) return s;
    }
    return absl::OkStatus();
  }

  absl::Status MergeInPasses() {
    for (bool any = true; any;) {
      any = false;
      for (uint32_t a = 0; a < all_.size(); ++a) {
        if (all_[a].version == 0) continue;
        if (absl::Status s = patience_.Check(); !s.ok()) return s;
        std::optional<std::pair<double, uint32_t>> best;
        for (const uint32_t b : index_.Near(boxes_[a])) {
          if (b == a) continue;
          const auto similarity = Similarity(a, b);
          if (!similarity.ok()) return similarity.status();
          if (*similarity && (!best || **similarity > best->first)) best = {**similarity, b};
        }
        if (!best) continue;
        if (absl::Status s = Merge(a, best->second); !s.ok()) return s;
        any = true;
      }
    }
    return absl::OkStatus();
  }

  const DestinationRules& rules_;
  const Patience& patience_;
  std::vector<PlaneBox> boxes_;
  RegionIndex index_;
  const Overlay overlay_;
  std::vector<Merged> all_;
  std::priority_queue<Pair> pairs_;
};

}  // namespace

absl::StatusOr<std::vector<Destination>> MergeRegions(absl::Span<const PlaneRing> regions,
                                                      const DestinationRules& rules,
                                                      const Patience& patience) {
  absl::StatusOr<std::vector<Destination>> out = std::vector<Destination>();
  if (rules.similarity >= 1) {
    out->reserve(regions.size());
    for (uint32_t i = 0; i < regions.size(); ++i) {
      out->push_back({.stays = {i}, .area = {{.rings = {regions[i]}}}});
    }
  } else if (rules.similarity <= 0) {
    out = MergeAllThatOverlap(regions, patience);
  } else {
    out = RegionMerger(regions, rules, patience).Run();
  }
  if (!out.ok()) return out;
  std::erase_if(*out, [&](const Destination& d) { return d.stays.size() < rules.min_visits; });
  std::ranges::sort(*out, {}, [](const Destination& d) { return d.stays.front(); });
  return out;
}

}  // namespace spoor
