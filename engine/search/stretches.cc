#include "engine/search/stretches.h"

#include <algorithm>
#include <tuple>

#include "engine/search/query_ways.h"

namespace spoor {
namespace {

// Among so many of the latest stretches an anchor looks for the one that it continues.
constexpr size_t kOpenStretches = 8;

bool InQueryOrder(const Match& a, const Match& b) {
  return std::tie(a.query_from, a.query_to, a.hit_from, a.hit_to) <
         std::tie(b.query_from, b.query_to, b.hit_from, b.hit_to);
}

// Indices of the occurrences in the order of their geodabs, those of one geodab in their own order.
std::vector<uint32_t> ByGeodab(const std::vector<Occurrence>& occurrences) {
  std::vector<uint32_t> order(occurrences.size());
  for (uint32_t i = 0; i < order.size(); ++i) order[i] = i;
  std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) {
    const Geodab in_a = occurrences[a].geodab, in_b = occurrences[b].geodab;
    return in_a != in_b ? in_a < in_b : a < b;
  });
  return order;
}

std::vector<Match> Anchors(const std::vector<Occurrence>& query, const std::vector<Occurrence>& hit,
                           Direction direction) {
  std::vector<Match> anchors;
  const std::vector<uint32_t> in_query = ByGeodab(query), in_hit = ByGeodab(hit);
  const auto run_end = [](const std::vector<Occurrence>& all, const std::vector<uint32_t>& order,
                          size_t from) {
    size_t end = from;
    while (end < order.size() && all[order[end]].geodab == all[order[from]].geodab) ++end;
    return end;
  };
  for (size_t q = 0, h = 0; q < in_query.size() && h < in_hit.size();) {
    const Geodab wanted = query[in_query[q]].geodab, found = hit[in_hit[h]].geodab;
    if (wanted != found) {
      wanted < found ? ++q : ++h;
      continue;
    }
    const size_t q_end = run_end(query, in_query, q), h_end = run_end(hit, in_hit, h);
    for (size_t i = 0; i < std::min(q_end - q, h_end - h); ++i) {
      const Occurrence& a = query[in_query[q + i]];
      const Occurrence& b = hit[in_hit[direction == Direction::kOpposite ? h_end - 1 - i : h + i]];
      anchors.push_back({a.from, a.to, b.from, b.to});
    }
    q = q_end;
    h = h_end;
  }
  std::sort(anchors.begin(), anchors.end(), InQueryOrder);
  return anchors;
}

// Whether the anchor, which begins no earlier in the query, continues the stretch.
bool Continues(const Match& stretch, const Match& anchor, Direction direction) {
  const uint64_t query_gap = uint64_t{anchor.query_to} - anchor.query_from + 1;
  const uint64_t hit_gap = uint64_t{anchor.hit_to} - anchor.hit_from + 1;
  if (anchor.query_from > stretch.query_to + query_gap) return false;
  if (direction == Direction::kOpposite) {
    return anchor.hit_to <= stretch.hit_to && anchor.hit_to + hit_gap >= stretch.hit_from;
  }
  return anchor.hit_from >= stretch.hit_from && anchor.hit_from <= stretch.hit_to + hit_gap;
}

}  // namespace

std::vector<Occurrence> QueryOccurrences(const Query& query, const IndexParams& params,
                                         const Fingerprint& fingerprint, Direction direction) {
  if (direction != Direction::kOpposite) return fingerprint.occurrences;
  if (HasStrand(params)) {
    std::vector<Occurrence> flipped = fingerprint.occurrences;
    for (Occurrence& o : flipped) o.geodab = FlipStrand({o.geodab}).front();
    return flipped;
  }
  if (params.scheme != Scheme::kPaper) return fingerprint.occurrences;
  std::vector<Occurrence> mirrored =
      MakeFingerprint(Reversed(query.fixes), params, EndsOf(query)).occurrences;
  const auto last = static_cast<uint32_t>(query.fixes.size() - 1);
  for (Occurrence& o : mirrored) o = {o.geodab, last - o.to, last - o.from};
  std::reverse(mirrored.begin(), mirrored.end());
  return mirrored;
}

std::vector<Match> SharedStretches(const std::vector<Occurrence>& query,
                                   const std::vector<Occurrence>& hit, Direction direction) {
  std::vector<Match> stretches;
  for (const Match& anchor : Anchors(query, hit, direction)) {
    const size_t open = std::min(stretches.size(), kOpenStretches);
    const auto stretch =
        std::find_if(stretches.rbegin(), stretches.rbegin() + static_cast<ptrdiff_t>(open),
                     [&](const Match& s) { return Continues(s, anchor, direction); });
    if (stretch == stretches.rbegin() + static_cast<ptrdiff_t>(open)) {
      stretches.push_back(anchor);
      continue;
    }
    stretch->query_to = std::max(stretch->query_to, anchor.query_to);
    stretch->hit_from = std::min(stretch->hit_from, anchor.hit_from);
    stretch->hit_to = std::max(stretch->hit_to, anchor.hit_to);
  }
  std::sort(stretches.begin(), stretches.end(), InQueryOrder);
  return stretches;
}

}  // namespace spoor
