#include "engine/search/search.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/search/candidates.h"
#include "engine/search/phase_clock.h"
#include "engine/search/refine.h"
#include "engine/search/segment_search.h"
#include "engine/search/stretches.h"
#include "engine/search/way_order.h"
#include "engine/segment/segment_filter.h"

namespace spoor {
namespace {

class QuerySearch {
 public:
  QuerySearch(const SearchContext& context, const Query& query) : context_(context), query_(query) {
    answer_.cost.segments = static_cast<uint32_t>(context.segments.size());
  }

  absl::StatusOr<Shortlist> Propose() {
    if (absl::Status s = context_.CheckPatience(); !s.ok()) return s;
    if (absl::Status s = FindByScore(query_.rerank->candidates); !s.ok()) return s;
    return Shortlist{.hits = std::move(answer_.hits),
                     .possible = CountPossible(query_.rerank->candidates),
                     .live = CountLive(query_.exact_within()),
                     .position = 0,
                     .cost = answer_.cost};
  }

  absl::StatusOr<SearchAnswer> Refine(absl::Span<const Hit> chosen) {
    if (absl::Status s = context_.CheckPatience(); !s.ok()) return s;
    std::vector<Candidate> candidates;
    for (const Hit& c : chosen) {
      const std::optional<SegmentOrdinal> place = Find(c);
      if (!place) {
        return absl::AbortedError(absl::StrCat("trajectory '", c.id.value(), "' of version ",
                                               c.version, " is gone: start over"));
      }
      candidates.push_back({c.score, c.direction, *place});
    }
    const auto refined = RefineCandidates(context_, query_, candidates, answer_.cost);
    if (!refined.ok()) return refined.status();
    for (const MeasuredCandidate& r : *refined) AddHit(r.candidate, r.direction, r.distance_m);
    if (absl::Status s = FillParts(); !s.ok()) return s;
    if (absl::Status s = FillMatches(); !s.ok()) return s;
    FillShown();
    return std::move(answer_);
  }

  absl::StatusOr<SearchAnswer> Run() {
    if (absl::Status s = context_.CheckPatience(); !s.ok()) return s;
    const absl::Status found = query_.rerank ? FindByMeasure() : FindByScore(query_.k);
    if (!found.ok()) return found;
    if (absl::Status s = FillMatches(); !s.ok()) return s;
    FillShown();
    return std::move(answer_);
  }

 private:
  // Made when they are first asked for: an exact search that finds nothing needs none.
  const QueryWays& Ways() {
    if (made_ways_) return *made_ways_;
    clock_.Skip();
    made_ways_ = MakeWays(query_, *context_.params);
    answer_.cost.query_geodabs = static_cast<uint32_t>(made_ways_->fingerprint.geodabs.size());
    clock_.Add(&SearchCost::fingerprint_us);
    return *made_ways_;
  }

  const Segment& SegmentOf(const SegmentOrdinal& place) const {
    return *context_.segments[place.segment].segment;
  }

  // More than there are is as good as all.
  size_t AtMostAll(size_t wanted) const {
    size_t all = 1;
    for (const SegmentView& s : context_.segments) all += s.segment->size();
    return std::clamp<size_t>(wanted, 1, all);
  }

  void AddHit(const Candidate& c, Direction direction, std::optional<double> distance_m) {
    const Segment& segment = SegmentOf(c.place);
    answer_.hits.push_back({.id = TrajectoryId(std::string(segment.id(c.place.ordinal))),
                            .version = segment.version(c.place.ordinal),
                            .score = c.score,
                            .direction = direction,
                            .distance_m = distance_m,
                            .plane_error = {},
                            .part = {},
                            .matches = {},
                            .shown = {}});
    if (distance_m) {
      if (!query_reaches_m_) query_reaches_m_ = FarthestM(Cover(query_.fixes));
      const double away_m =
          std::max(*query_reaches_m_, FarthestM(segment.arrays().box[c.place.ordinal]));
      answer_.hits.back().plane_error = PlaneError(away_m);
    }
    places_.push_back(c.place);
  }

  // No place in the box is farther from the middle of the plane.
  double FarthestM(const Box& box) const {
    return MostApartM(query_.fixes[query_.fixes.size() / 2], box);
  }

  absl::StatusOr<std::vector<Candidate>> Candidates(size_t count, bool any_direction) {
    const QueryWays& ways = Ways();
    clock_.Skip();
    auto candidates =
        FindCandidates(context_, query_, ways, {AtMostAll(count), any_direction}, answer_.cost);
    clock_.Add(&SearchCost::propose_us);
    return candidates;
  }

  absl::Status FindByScore(size_t count) {
    auto candidates = Candidates(count, /*any_direction=*/false);
    if (!candidates.ok()) return candidates.status();
    std::sort(candidates->begin(), candidates->end(), BetterFirst{context_.segments});
    for (const Candidate& c : *candidates) AddHit(c, DirectionOf(c), std::nullopt);
    return absl::OkStatus();
  }

  // The positions decide the direction of a hit where its geodabs do not.
  Direction DirectionOf(const Candidate& c) {
    if (!Ways().positional) return c.direction;
    if (query_.direction != Direction::kEither) return query_.direction;
    const DirectionSet walked =
        WayOrder(Ways().fingerprint, SegmentOf(c.place)).Of(c.place.ordinal);
    return walked.same ? Direction::kSame : Direction::kOpposite;
  }

  absl::Status FindByMeasure() {
    const auto refined = AreFew() ? RefineExactly() : RefineBest();
    if (!refined.ok()) return refined.status();
    for (const MeasuredCandidate& r : *refined) AddHit(r.candidate, r.direction, r.distance_m);
    return FillParts();
  }

  bool AreFew() const {
    const uint64_t most = query_.exact_within();
    if (most == UINT64_MAX) return true;
    return query_.elsewhere <= most && CountLive(most) <= most - query_.elsewhere;
  }

  absl::StatusOr<std::vector<MeasuredCandidate>> RefineBest() {
    const auto candidates = Candidates(query_.rerank->candidates, /*any_direction=*/false);
    if (!candidates.ok()) return candidates.status();
    answer_.exact = CountPossible(candidates->size()) <= candidates->size();
    return RefineCandidates(context_, query_, *candidates, answer_.cost);
  }

  // With a least score only those that reach it count, and these the index knows.
  absl::StatusOr<std::vector<MeasuredCandidate>> RefineExactly() {
    if (query_.min_score > 0) {
      const auto candidates = Candidates(SIZE_MAX, /*any_direction=*/true);
      if (!candidates.ok()) return candidates.status();
      return RefineCandidates(context_, query_, *candidates, answer_.cost);
    }
    answer_.cost.plan = "bounds";
    auto refined = RefineAll(context_, query_, answer_.cost);
    if (!refined.ok()) return refined.status();
    for (MeasuredCandidate& r : *refined) {
      for (const Way& way : Ways().ways) {
        r.candidate.score = std::max(r.candidate.score, ScoreBy(way, r.candidate.place));
      }
    }
    return refined;
  }

  // Of the hits, where the measure looks for a part.
  absl::Status FillParts() {
    const Measure& measure = *query_.rerank->measure;
    if (!measure.seeks_part()) return absl::OkStatus();
    const LocalPlane plane(query_.fixes[query_.fixes.size() / 2]);
    const std::vector<PlanePoint> points = plane.Project(query_.fixes);
    const std::vector<PlanePoint> reversed = Backwards(points);
    MeasureWork work;
    if (context_.patience != nullptr) context_.patience->Limit(work);
    clock_.Skip();
    const absl::Status found =
        VisitGeometry(context_, places_, [&](size_t i, TrajectoryView fixes) {
          Hit& hit = answer_.hits[i];
          const bool opposite = hit.direction == Direction::kOpposite;
          hit.part = measure.PartOf(opposite ? reversed : points, plane.Project(fixes), work);
        });
    answer_.cost.cells += work.cells;
    clock_.Add(&SearchCost::measure_us);
    return work.stopped ? context_.CheckPatience() : found;
  }

  double ScoreBy(const Way& way, const SegmentOrdinal& place) const {
    const Segment& segment = SegmentOf(place);
    return way.weight * ScoreOf(query_.score, SharedWith(way.geodabs, segment, place.ordinal),
                                static_cast<uint32_t>(way.geodabs.size()),
                                segment.arrays().fingerprint_size(place.ordinal, way.coarse));
  }

  // How many trajectories live in the filter's homes; may end above `enough`.
  size_t CountLive(size_t enough) const {
    const Filter homes{.homes = query_.filter.homes};
    size_t live = 0;
    for (const SegmentView& s : context_.segments) {
      live += SegmentFilter(homes, s).CountAtHome(enough);
      if (live > enough) break;
    }
    return live;
  }

  // How many trajectories may pass the filter; may end above `enough`.
  size_t CountPossible(size_t enough) const {
    if (query_.filter.only_homes()) return CountLive(enough);
    size_t possible = 0;
    for (const SegmentView& s : context_.segments) {
      SegmentFilter(query_.filter, s).ForEachPossible([&](uint32_t, Verdict) {
        return ++possible <= enough;
      });
    }
    return possible;
  }

  // Where the version of the trajectory that was proposed lies.
  std::optional<SegmentOrdinal> Find(const Hit& chosen) const {
    for (uint32_t i = 0; i < context_.segments.size(); ++i) {
      const std::optional<uint32_t> at = context_.segments[i].Find(chosen.id.value());
      if (at && context_.segments[i].segment->version(*at) == chosen.version)
        return SegmentOrdinal{i, *at};
    }
    return std::nullopt;
  }

  void FillShown() {
    if (!query_.show) return;
    for (size_t i = 0; i < answer_.hits.size(); ++i) {
      answer_.hits[i].shown = ShownOf(SegmentOf(places_[i]), places_[i].ordinal, *query_.show);
    }
  }

  // Where they are asked for.
  absl::Status FillMatches() {
    if (!query_.matches) return absl::OkStatus();
    std::optional<std::vector<Occurrence>> query[2];  // by direction
    for (size_t i = 0; i < answer_.hits.size(); ++i) {
      if (absl::Status s = context_.CheckPatience(); !s.ok()) return s;
      Hit& hit = answer_.hits[i];
      auto& occurrences = query[hit.direction == Direction::kOpposite];
      if (!occurrences) {
        occurrences = QueryOccurrences(query_, *context_.params, Ways().fingerprint, hit.direction);
      }
      const Segment& segment = SegmentOf(places_[i]);
      hit.matches =
          SharedStretches(*occurrences, segment.occurrences(places_[i].ordinal), hit.direction);
    }
    return absl::OkStatus();
  }

  const SearchContext& context_;
  const Query& query_;
  SearchAnswer answer_;
  PhaseClock clock_{answer_.cost};
  std::optional<QueryWays> made_ways_;
  std::optional<double> query_reaches_m_;
  std::vector<SegmentOrdinal> places_;  // of the hits
};

}  // namespace

ShownRecord ShownOf(const Segment& segment, uint32_t ordinal, const Show& show) {
  ShownRecord out{.home = segment.home(ordinal),
                  .object = std::string(segment.object(ordinal)),
                  .summary = {},
                  .geodabs = 0,
                  .tags = {},
                  .fixes = {}};
  if (show.tags) out.tags = segment.tags(ordinal);
  if (show.summary) {
    out.summary = segment.summary(ordinal);
    out.geodabs = static_cast<uint32_t>(segment.forward(ordinal).size());
  }
  return out;
}

absl::StatusOr<SearchAnswer> SearchSegments(const SearchContext& context, const Query& query) {
  return QuerySearch(context, query).Run();
}

absl::StatusOr<Shortlist> ProposeSegments(const SearchContext& context, const Query& query) {
  return QuerySearch(context, query).Propose();
}

absl::StatusOr<SearchAnswer> RefineChosen(const SearchContext& context, const Query& query,
                                          absl::Span<const Hit> chosen) {
  return QuerySearch(context, query).Refine(chosen);
}

}  // namespace spoor
