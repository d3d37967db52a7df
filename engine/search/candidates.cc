#include "engine/search/candidates.h"

#include <algorithm>
#include <memory>
#include <numeric>

#include "engine/search/segment_search.h"
#include "engine/search/way_order.h"
#include "engine/segment/segment_filter.h"

namespace spoor {
namespace {

// How many undecided trajectories are looked at together, at least.
constexpr size_t kFewestUndecided = 32;

using Best = std::vector<Candidate>;

// Keeps the `keep` first by the order.
template <typename T, typename Before>
void KeepFirst(std::vector<T>& all, size_t keep, Before before) {
  if (all.size() <= keep) return;
  std::nth_element(all.begin(), all.begin() + static_cast<ptrdiff_t>(keep), all.end(), before);
  all.resize(keep);
}

// The search of one segment.
class SegmentCandidates {
 public:
  SegmentCandidates(const SearchContext& context, const Query& query, uint32_t index,
                    uint32_t from = 0)
      : context_(context),
        query_(query),
        index_(index),
        from_(from),
        segment_(*context.segments[index].segment),
        filter_(query.filter, context.segments[index]) {}

  // Something that `query` and the order of positions decide.  REQUIRES: fingerprint outlives it.
  void DecideDirection(const Fingerprint& fingerprint) {
    order_ = std::make_unique<WayOrder>(fingerprint, segment_);
  }

  // The `keep` best of one way that reach the floor.
  absl::StatusOr<Best> Find(const Way& way, size_t keep, double floor, SearchCost& cost) {
    if (way.geodabs.empty() || floor > way.weight) return Best();
    auto proposals = SearchSegment({.segment = segment_,
                                    .filter = filter_,
                                    .way = way,
                                    .score = query_.score,
                                    .keep = keep,
                                    .floor = floor / way.weight,
                                    .all_unsure = order_ != nullptr,
                                    .patience = context_.patience,
                                    .from = from_},
                                   cost);
    if (!proposals.ok()) return proposals.status();
    auto chosen = Choose(*std::move(proposals), keep);
    if (!chosen.ok()) return chosen.status();
    Best best;
    best.reserve(chosen->size());
    for (const Proposal& p : *chosen) {
      best.push_back({p.score * way.weight, way.direction, {index_, p.ordinal}});
    }
    return best;
  }

 private:
  // The `keep` best of those that pass what their summary did not tell: best first in batches, so
  // that little more is looked at than enters.
  absl::StatusOr<std::vector<Proposal>> Choose(std::vector<Proposal> rest, size_t keep) {
    const uint32_t* const rank = segment_.arrays().id_rank;
    const auto before = [rank](const Proposal& a, const Proposal& b) {
      return a.score != b.score ? a.score > b.score : rank[a.ordinal] < rank[b.ordinal];
    };
    if (std::all_of(rest.begin(), rest.end(), [](const Proposal& p) { return p.sure; })) {
      KeepFirst(rest, keep, before);
      return rest;
    }
    std::vector<Proposal> chosen;
    for (size_t batch = std::max(keep, kFewestUndecided); chosen.size() < keep && !rest.empty();
         batch *= 2) {
      const auto end = rest.begin() + static_cast<ptrdiff_t>(std::min(batch, rest.size()));
      if (end != rest.end()) std::nth_element(rest.begin(), end, rest.end(), before);
      std::vector<Proposal> next(rest.begin(), end);
      rest.erase(rest.begin(), end);
      if (absl::Status s = Decide(next); !s.ok()) return s;
      chosen.insert(chosen.end(), next.begin(), next.end());
    }
    KeepFirst(chosen, keep, before);
    return chosen;
  }

  // Drops what is not sure and does not pass.
  absl::Status Decide(std::vector<Proposal>& proposals) {
    if (absl::Status s = context_.CheckPatience(); !s.ok()) return s;
    std::vector<SegmentOrdinal> undecided;
    std::erase_if(proposals, [&](const Proposal& p) {
      if (p.sure) return false;
      if (order_ != nullptr && !GoesTheWay(p.ordinal)) return true;
      if (filter_.Judge(p.ordinal) == Verdict::kMaybe) undecided.push_back({index_, p.ordinal});
      return false;
    });
    if (undecided.empty()) return absl::OkStatus();
    const auto admitted = AdmitByFixes(context_, query_.filter, undecided);
    if (!admitted.ok()) return admitted.status();
    size_t at = 0;
    std::erase_if(proposals, [&](const Proposal& p) {
      if (at == undecided.size() || undecided[at].ordinal != p.ordinal) return false;
      return !(*admitted)[at++];
    });
    return absl::OkStatus();
  }

  bool GoesTheWay(uint32_t ordinal) {
    const DirectionSet walked = order_->Of(ordinal);
    return query_.direction == Direction::kSame ? walked.same : walked.opposite;
  }

  const SearchContext& context_;
  const Query& query_;
  const uint32_t index_;
  const uint32_t from_;  // ordinals below do not count
  const Segment& segment_;
  const SegmentFilter filter_;
  std::unique_ptr<WayOrder> order_;  // where it decides
};

double LeastScore(const Best& best) {
  return std::min_element(best.begin(), best.end(),
                          [](const Candidate& a, const Candidate& b) { return a.score < b.score; })
      ->score;
}

// Of a trajectory that both ways found, the better score; of equal ones the same way.
void KeepBetterWay(Best& best) {
  std::sort(best.begin(), best.end(), [](const Candidate& a, const Candidate& b) {
    if (a.place != b.place) return a.place < b.place;
    return a.score != b.score ? a.score > b.score : a.direction < b.direction;
  });
  const auto again = [](const Candidate& a, const Candidate& b) { return a.place == b.place; };
  best.erase(std::unique(best.begin(), best.end(), again), best.end());
}

// Largest first, because what it finds prunes the others.
std::vector<uint32_t> LargestFirst(absl::Span<const SegmentView> segments) {
  std::vector<uint32_t> order(segments.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) {
    const uint32_t in_a = segments[a].segment->size(), in_b = segments[b].segment->size();
    return in_a != in_b ? in_a > in_b : a < b;
  });
  return order;
}

}  // namespace

absl::StatusOr<std::vector<Candidate>> FindCandidates(const SearchContext& context,
                                                      const Query& query, const QueryWays& ways,
                                                      CandidateLimit limit, SearchCost& cost) {
  const auto [keep, any_direction] = limit;
  Best best;
  double floor = query.min_score;
  for (const uint32_t index : LargestFirst(context.segments)) {
    SegmentCandidates segment(context, query, index);
    if (ways.positional && !any_direction && query.direction != Direction::kEither) {
      segment.DecideDirection(ways.fingerprint);
    }
    Best found;
    double way_floor = floor;
    for (const Way& way : ways.ways) {
      auto one = segment.Find(way, keep, way_floor, cost);
      if (!one.ok()) return one.status();
      found.insert(found.end(), one->begin(), one->end());
      if (one->size() == keep) way_floor = std::max(way_floor, LeastScore(*one));
    }
    if (ways.ways.size() > 1) KeepBetterWay(found);
    best.insert(best.end(), found.begin(), found.end());
    KeepFirst(best, keep, BetterFirst{context.segments});
    if (best.size() == keep) floor = std::max(floor, LeastScore(best));
  }
  return best;
}

absl::StatusOr<std::vector<Candidate>> FindAllAfter(const SearchContext& context,
                                                    const Query& query, const QueryWays& ways,
                                                    const HomePlace& after, SearchCost& cost) {
  Best all;
  for (uint32_t index = 0; index < context.segments.size(); ++index) {
    const Segment& searched = *context.segments[index].segment;
    const uint32_t from = searched.FirstAfter(after);
    if (from == searched.size()) continue;
    SegmentCandidates segment(context, query, index, from);
    if (ways.positional && query.direction != Direction::kEither) {
      segment.DecideDirection(ways.fingerprint);
    }
    Best found;
    for (const Way& way : ways.ways) {
      auto one = segment.Find(way, searched.size(), query.min_score, cost);
      if (!one.ok()) return one.status();
      found.insert(found.end(), one->begin(), one->end());
    }
    if (ways.ways.size() > 1) KeepBetterWay(found);
    all.insert(all.end(), found.begin(), found.end());
  }
  return all;
}

absl::StatusOr<std::vector<bool>> AdmitByFixes(const SearchContext& context, const Filter& filter,
                                               const std::vector<SegmentOrdinal>& places) {
  std::vector<bool> admitted(places.size());
  const auto decide = [&](size_t i, TrajectoryView fixes) {
    const auto [segment, ordinal] = places[i];
    admitted[i] = Admits(filter, *context.segments[segment].segment, ordinal, fixes);
  };
  if (NeedsFixes(filter)) {
    if (absl::Status s = VisitGeometry(context, places, decide); !s.ok()) return s;
  } else {
    for (size_t i = 0; i < places.size(); ++i) decide(i, {});
  }
  return admitted;
}

}  // namespace spoor
