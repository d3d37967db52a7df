#include "engine/search/join.h"

#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "engine/search/candidates.h"
#include "engine/search/query_ways.h"
#include "engine/search/refine.h"
#include "engine/search/way_order.h"

namespace spoor {
namespace {

// The search that a probe makes.
Query QueryOf(const JoinQuery& join, size_t all) {
  Query query;
  query.k = std::max<size_t>(all, 1);
  query.min_score = join.min_score;
  query.max_distance_m = join.max_distance_m;
  query.direction = join.direction;
  query.rerank = join.measure;
  query.exact = join.measure.has_value();
  query.filter = join.filter;
  return query;
}

class Join {
 public:
  Join(const SearchContext& context, const JoinQuery& join)
      : context_(context), join_(join), query_(QueryOf(join, CountAll(context))) {
    answer_.params = *context.params;
    answer_.cost.segments = static_cast<uint32_t>(context.segments.size());
  }

  absl::StatusOr<JoinAnswer> Run(absl::Span<const JoinProbe> probes) {
    for (uint32_t p = 0; p < probes.size() && answer_.complete; ++p) {
      if (absl::Status s = context_.CheckPatience(); !s.ok()) return s;
      query_.fixes = probes[p].fixes;
      found_.clear();
      const absl::Status s =
          join_.measure ? FindByMeasure(probes[p].after) : FindByScore(probes[p].after);
      if (!s.ok()) return s;
      AddFound(p);
    }
    return std::move(answer_);
  }

 private:
  static size_t CountAll(const SearchContext& context) {
    size_t all = 0;
    for (const SegmentView& s : context.segments) all += s.segment->size();
    return all;
  }

  absl::Status FindByScore(const HomePlace& after) {
    const QueryWays ways = MakeWays(query_, *context_.params);
    auto candidates = FindAllAfter(context_, query_, ways, after, answer_.cost);
    if (!candidates.ok()) return candidates.status();
    for (Candidate& c : *candidates) {
      if (ways.positional) c.direction = DirectionByOrder(ways.fingerprint, c.place);
      found_.push_back({.distance_m = 0, .direction = c.direction, .candidate = c});
    }
    return absl::OkStatus();
  }

  // As QuerySearch of search.cc says it of a hit.
  Direction DirectionByOrder(const Fingerprint& fingerprint, const Place& place) const {
    if (join_.direction != Direction::kEither) return join_.direction;
    const Walked walked = WayOrder(fingerprint, SegmentOf(place)).Of(place.ordinal);
    return walked.same ? Direction::kSame : Direction::kOpposite;
  }

  absl::Status FindByMeasure(const HomePlace& after) {
    query_.filter.homes = join_.filter.homes.From(after.home);
    auto refined = RefineAll(context_, query_, answer_.cost);
    if (!refined.ok()) return refined.status();
    found_ = *std::move(refined);
    std::erase_if(found_, [&](const Refined& r) {  // at the same home, but not behind
      const Segment& segment = SegmentOf(r.candidate.place);
      const uint32_t o = r.candidate.place.ordinal;
      return segment.home(o) == after.home && segment.id(o) <= after.id;
    });
    return absl::OkStatus();
  }

  void AddFound(uint32_t probe) {
    const auto key = [this](const Refined& r) {
      const Segment& segment = SegmentOf(r.candidate.place);
      const uint32_t o = r.candidate.place.ordinal;
      return std::pair(segment.home(o), segment.id(o));
    };
    const auto nearer_home = [&](const Refined& a, const Refined& b) {
      const Place &p = a.candidate.place, &q = b.candidate.place;
      return p.segment == q.segment ? p.ordinal < q.ordinal : key(a) < key(b);
    };
    std::sort(found_.begin(), found_.end(), nearer_home);
    for (const Refined& r : found_) {
      if (answer_.pairs.size() == join_.max_pairs) {
        answer_.complete = false;
        return;
      }
      answer_.pairs.push_back({.probe = probe,
                               .partner = PartnerAt(r.candidate.place),
                               .direction = r.direction,
                               .score = r.candidate.score,
                               .distance_m = r.distance_m});
    }
  }

  uint32_t PartnerAt(const Place& place) {
    const auto next = static_cast<uint32_t>(answer_.partners.size());
    const auto [known, is_new] =
        partners_.try_emplace(uint64_t{place.segment} << 32 | place.ordinal, next);
    if (is_new) {
      const Segment& segment = SegmentOf(place);
      answer_.partners.push_back(
          {.place = {segment.home(place.ordinal), std::string(segment.id(place.ordinal))},
           .version = segment.version(place.ordinal)});
    }
    return known->second;
  }

  const Segment& SegmentOf(const Place& place) const {
    return *context_.segments[place.segment].segment;
  }

  const SearchContext& context_;
  const JoinQuery& join_;
  Query query_;
  std::vector<Refined> found_;  // of the probe at hand; without a measure, without a distance
  absl::flat_hash_map<uint64_t, uint32_t> partners_;  // by segment and ordinal: where they are...
  JoinAnswer answer_;                                 // ...in this one's
};

}  // namespace

absl::StatusOr<JoinAnswer> ProbeSegments(const SearchContext& context,
                                         absl::Span<const JoinProbe> probes,
                                         const JoinQuery& query) {
  return Join(context, query).Run(probes);
}

JoinAnswer BruteForceProbe(absl::Span<const Trajectory> trajectories, const IndexParams& params,
                           absl::Span<const JoinProbe> probes, const JoinQuery& join) {
  JoinAnswer answer;
  answer.params = params;
  absl::flat_hash_map<std::string, uint32_t> partners;
  for (const Trajectory& t : trajectories) {
    partners[t.id.value()] = static_cast<uint32_t>(answer.partners.size());
    answer.partners.push_back({.place = {HomeKey(t.view(), t.id.value()), t.id.value()}});
  }
  Query query = QueryOf(join, trajectories.size());
  for (uint32_t p = 0; p < probes.size(); ++p) {
    query.fixes = probes[p].fixes;
    const SearchAnswer found = BruteForceSearch(trajectories, params, query);
    for (const Hit& hit : found.hits) {
      const uint32_t partner = partners.at(hit.id.value());
      if (answer.partners[partner].place <= probes[p].after) continue;
      answer.pairs.push_back({.probe = p,
                              .partner = partner,
                              .direction = hit.direction,
                              .score = join.measure ? 0 : hit.score,
                              .distance_m = hit.distance_m.value_or(0)});
    }
  }
  std::sort(answer.pairs.begin(), answer.pairs.end(),
            [&](const JoinPair& a, const JoinPair& b) { return answer.Before(a, b); });
  answer.complete = answer.pairs.size() <= join.max_pairs;
  if (!answer.complete) answer.pairs.resize(join.max_pairs);
  return answer;
}

}  // namespace spoor
