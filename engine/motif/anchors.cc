#include "engine/motif/anchors.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

namespace spoor {
namespace {

// Occurrences of one geodab on one side; fewer, where all pairs would be too many.
constexpr size_t kMostOfOne[] = {32, 8, 2, 1};
constexpr size_t kBetweenLooks = 1024;  // anchors

struct PlacedGeodab {
  Geodab geodab;
  double at_m;
};

std::vector<PlacedGeodab> Placed(const AnchorSide& side, Geodab flip) {
  std::vector<PlacedGeodab> out;
  out.reserve(side.occurrences.size());
  for (const Occurrence& one : side.occurrences) {
    const double middle_m = (side.course.OfFix(one.from) + side.course.OfFix(one.to)) / 2;
    out.push_back({.geodab = one.geodab ^ flip, .at_m = middle_m});
  }
  std::sort(out.begin(), out.end(), [](const PlacedGeodab& x, const PlacedGeodab& y) {
    return x.geodab != y.geodab ? x.geodab < y.geodab : x.at_m < y.at_m;
  });
  return out;
}

size_t RunEnd(const std::vector<PlacedGeodab>& all, size_t from) {
  size_t end = from;
  while (end < all.size() && all[end].geodab == all[from].geodab) ++end;
  return end;
}

// Fills `anchors` with the pairs of the first `most` of each geodab; false where they are too many.
bool PairsOf(const std::vector<PlacedGeodab>& in_a, const std::vector<PlacedGeodab>& in_b,
             size_t most, std::vector<Anchor>& anchors) {
  anchors.clear();
  for (size_t i = 0, j = 0; i < in_a.size() && j < in_b.size();) {
    if (in_a[i].geodab != in_b[j].geodab) {
      in_a[i].geodab < in_b[j].geodab ? ++i : ++j;
      continue;
    }
    const size_t i_end = RunEnd(in_a, i), j_end = RunEnd(in_b, j);
    for (size_t x = i; x < std::min(i_end, i + most); ++x) {
      for (size_t y = j; y < std::min(j_end, j + most); ++y) {
        anchors.push_back({.a_m = in_a[x].at_m, .b_m = in_b[y].at_m});
      }
    }
    if (most > 1 && anchors.size() > kMostAnchors) return false;
    i = i_end;
    j = j_end;
  }
  return true;
}

double LengthM(const Chain& chain) { return chain.back().a_m - chain.front().a_m; }

// By how much the anchor misses where the chain would go on; nothing: it does not continue it.
std::optional<double> Misses(const Anchor& last, const Anchor& next, const ChainTerms& terms) {
  const double sign = terms.direction == Direction::kOpposite ? -1 : 1;
  const double on_a_m = next.a_m - last.a_m, on_b_m = sign * (next.b_m - last.b_m);
  if (on_a_m > terms.gap_m || on_b_m > terms.gap_m || on_b_m < -terms.slack_m) return std::nullopt;
  const double miss_m = std::abs(on_a_m - on_b_m);
  if (miss_m > terms.slack_m + std::max(on_a_m, on_b_m) / 2) return std::nullopt;
  return miss_m;
}

}  // namespace

std::vector<Anchor> AnchorsOf(const AnchorSide& a, const AnchorSide& b, Direction direction) {
  const std::vector<PlacedGeodab> in_a = Placed(a, 0);
  const std::vector<PlacedGeodab> in_b = Placed(b, direction == Direction::kOpposite ? 1 : 0);
  std::vector<Anchor> anchors;
  for (const size_t most : kMostOfOne) {
    if (PairsOf(in_a, in_b, most, anchors) || most == 1) break;
  }
  std::sort(anchors.begin(), anchors.end(), [](const Anchor& x, const Anchor& y) {
    return x.a_m != y.a_m ? x.a_m < y.a_m : x.b_m < y.b_m;
  });
  return anchors;
}

absl::StatusOr<std::vector<Chain>> ChainsOf(absl::Span<const Anchor> anchors,
                                            const ChainTerms& terms, const Patience& patience) {
  std::vector<Chain> chains;
  size_t until_look = kBetweenLooks;
  std::vector<size_t> open;  // chains that may still be continued
  for (const Anchor& anchor : anchors) {
    if (--until_look == 0) {
      until_look = kBetweenLooks;
      if (absl::Status s = patience.CheckInTurn(); !s.ok()) return s;
    }
    std::erase_if(
        open, [&](size_t chain) { return anchor.a_m - chains[chain].back().a_m > terms.gap_m; });
    std::optional<size_t> best;
    double least_m = 0;
    for (const size_t chain : open) {
      const auto miss_m = Misses(chains[chain].back(), anchor, terms);
      if (!miss_m || (best && *miss_m >= least_m)) continue;
      best = chain;
      least_m = *miss_m;
    }
    if (best) {
      chains[*best].push_back(anchor);
    } else {
      open.push_back(chains.size());
      chains.push_back({anchor});
    }
  }
  std::stable_sort(chains.begin(), chains.end(),
                   [](const Chain& x, const Chain& y) { return LengthM(x) > LengthM(y); });
  return chains;
}

}  // namespace spoor
