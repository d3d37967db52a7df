#include <algorithm>
#include <cstdlib>
#include <map>
#include <set>
#include <tuple>

#include "engine/search/query_ways.h"
#include "engine/search/search.h"
#include "engine/search/stretches.h"

// The definitions, with sets, maps and a look at everything.  Shares with the search the
// fingerprints, the filter's definition, the measures, and the merging of matches; nothing else.
namespace spoor {
namespace {

using GeodabSet = std::set<Geodab>;

struct DirectedScore {
  double score = 0;
  Direction direction = Direction::kSame;
  bool may_hit = false;  // shares a geodab and goes the right way
};

class Oracle {
 public:
  Oracle(const IndexParams& params, const Query& query)
      : params_(params), query_(query), fingerprint_(MakeWays(query, params).fingerprint) {
    if (TellsNoDirection() || query.direction != Direction::kOpposite) {
      directions_.push_back(Direction::kSame);
    }
    if (!TellsNoDirection() && query.direction != Direction::kSame) {
      directions_.push_back(Direction::kOpposite);
    }
  }

  DirectedScore Score(const Trajectory& t, const Fingerprint& other) const {
    DirectedScore best;
    for (const Direction direction : directions_) {
      const double score = ScoreOne(direction, t);
      if (score > best.score) best = {score, direction, true};
    }
    if (!ByPositions() || !best.may_hit) return best;
    const auto [same, opposite] = Directions(other);
    if (query_.direction == Direction::kEither) {
      best.direction = same ? Direction::kSame : Direction::kOpposite;
    } else {
      best.direction = query_.direction;
      best.may_hit = query_.direction == Direction::kSame ? same : opposite;
    }
    return best;
  }

  // Distance and direction by the measure.
  std::pair<double, Direction> Measured(const Trajectory& t) const {
    constexpr double kAny = std::numeric_limits<double>::infinity();
    const LocalPlane plane(query_.fixes[query_.fixes.size() / 2]);
    const std::vector<PlanePoint> query = plane.Project(query_.fixes),
                                  other = plane.Project(t.view());
    const std::vector<PlanePoint> back = Backwards(query);
    const double same_m = query_.rerank->measure->Distance(query, other, kAny);
    const double opposite_m = query_.rerank->measure->Distance(back, other, kAny);
    if (query_.direction == Direction::kSame) return {same_m, Direction::kSame};
    if (query_.direction == Direction::kOpposite) return {opposite_m, Direction::kOpposite};
    return opposite_m < same_m ? std::pair(opposite_m, Direction::kOpposite)
                               : std::pair(same_m, Direction::kSame);
  }

  std::optional<std::pair<uint32_t, uint32_t>> Part(const Trajectory& t,
                                                    Direction direction) const {
    const LocalPlane plane(query_.fixes[query_.fixes.size() / 2]);
    std::vector<PlanePoint> query = plane.Project(query_.fixes);
    if (direction == Direction::kOpposite) query = Backwards(query);
    if (!query_.rerank->measure->seeks_part()) return std::nullopt;
    MeasureWork work;
    return query_.rerank->measure->PartOf(query, plane.Project(t.view()), work);
  }

  std::vector<Match> Matches(const Fingerprint& other, Direction direction) const {
    return SharedStretches(QueryOccurrences(query_, params_, fingerprint_, direction),
                           other.occurrences, direction);
  }

  uint32_t geodabs() const { return static_cast<uint32_t>(fingerprint_.geodabs.size()); }

 private:
  bool ByPositions() const { return params_.scheme == Scheme::kV2 && !HasStrand(params_); }
  bool TellsNoDirection() const { return params_.scheme == Scheme::kCells || ByPositions(); }

  double ScoreOne(Direction direction, const Trajectory& t) const {
    const Ends ends = query_.score == spoor::Score::kContainment ? Ends::kOpen : Ends::kMarked;
    std::vector<Fix> fixes = query_.fixes;
    const bool opposite = direction == Direction::kOpposite;
    if (opposite && params_.scheme == Scheme::kPaper) {
      std::ranges::reverse(fixes);
      for (Fix& f : fixes) f.time_ms = kNoTime;  // this scheme does not look at times
    }
    const ComparedSets sets = CompareSets(fixes, t.view(), params_, ends);
    GeodabSet query, shared;
    for (const Geodab g : sets.query) {
      query.insert(opposite && params_.scheme == Scheme::kV2 ? FlipStrand({g}).front() : g);
    }
    for (const Geodab g : sets.trajectory) {
      if (query.count(g) > 0) shared.insert(g);
    }
    if (shared.empty()) return 0;
    const auto c = static_cast<double>(shared.size()), n = static_cast<double>(query.size());
    if (query_.score == spoor::Score::kContainment) return sets.weight * (c / n);
    return sets.weight * (c / (n + static_cast<double>(sets.trajectory.size()) - c));
  }

  // (may go the same way, may go the opposite way)
  std::pair<bool, bool> Directions(const Fingerprint& other) const {
    std::map<Geodab, size_t> in_query, in_other;  // first positions
    for (size_t i = fingerprint_.occurrences.size(); i-- > 0;) {
      in_query[fingerprint_.occurrences[i].geodab] = i;
    }
    for (size_t i = other.occurrences.size(); i-- > 0;) in_other[other.occurrences[i].geodab] = i;
    std::map<size_t, size_t> walk;  // position in the query -> in the other
    for (const auto& [g, i] : in_query) {
      if (in_other.count(g) > 0) walk[i] = in_other[g];
    }
    size_t ascents = 0, descents = 0;
    for (auto a = walk.begin(), b = a; b != walk.end() && ++b != walk.end(); a = b) {
      a->second < b->second ? ++ascents : ++descents;
    }
    return {ascents >= descents, descents >= ascents};
  }

  const IndexParams& params_;
  const Query& query_;
  const Fingerprint fingerprint_;
  std::vector<Direction> directions_;
};

struct OracleHit {
  const Trajectory* trajectory;
  Fingerprint fingerprint;
  DirectedScore scored;
  double distance_m = 0;
};

bool ByScore(const OracleHit& a, const OracleHit& b) {
  return std::tuple(-a.scored.score, a.trajectory->id) <
         std::tuple(-b.scored.score, b.trajectory->id);
}

bool ByDistance(const OracleHit& a, const OracleHit& b) {
  return std::tuple(a.distance_m, a.trajectory->id) < std::tuple(b.distance_m, b.trajectory->id);
}

// Whether all are candidates.
bool AreFew(absl::Span<const Trajectory> trajectories, const Query& query) {
  if (!query.rerank || query.exact_within() == UINT64_MAX) return query.exact_within() > 0;
  const Filter at_home{.homes = query.filter.homes};
  const auto live =
      std::ranges::count_if(trajectories, [&](const Trajectory& t) { return at_home.Matches(t); });
  return static_cast<uint64_t>(live) + query.elsewhere <= query.exact_within();
}

void KeepFirst(std::vector<OracleHit>& found, size_t count) {
  if (found.size() > count) found.erase(found.begin() + static_cast<ptrdiff_t>(count), found.end());
}

}  // namespace

SearchAnswer BruteForceSearch(absl::Span<const Trajectory> trajectories, const IndexParams& params,
                              const Query& query) {
  const Oracle oracle(params, query);
  const bool exact = AreFew(trajectories, query);
  SearchAnswer answer;
  answer.cost.query_geodabs = oracle.geodabs();
  std::vector<OracleHit> found;
  size_t allowed = 0;
  for (const Trajectory& t : trajectories) {
    if (!query.filter.Matches(t)) continue;
    ++allowed;
    OracleHit f{.trajectory = &t, .fingerprint = MakeFingerprint(t.view(), params), .scored = {}};
    f.scored = oracle.Score(t, f.fingerprint);
    if (f.scored.score >= query.min_score && (f.scored.may_hit || exact)) found.push_back(f);
  }
  std::sort(found.begin(), found.end(), ByScore);
  if (query.rerank) {
    if (!exact) KeepFirst(found, query.rerank->candidates);
    answer.exact = exact || found.size() == allowed;
    if (query.rerank->measure->needs_times()) {
      const bool lacks_times = !query.fixes[0].has_time();
      std::erase_if(found, [&](const OracleHit& f) {
        return lacks_times || !f.trajectory->fixes[0].has_time();
      });
    }
    for (OracleHit& f : found) {
      std::tie(f.distance_m, f.scored.direction) = oracle.Measured(*f.trajectory);
    }
    if (query.max_distance_m) {
      std::erase_if(found,
                    [&](const OracleHit& f) { return !(f.distance_m <= *query.max_distance_m); });
    }
    std::sort(found.begin(), found.end(), ByDistance);
  }
  KeepFirst(found, query.k);
  for (const OracleHit& f : found) {
    Hit hit{.id = f.trajectory->id,
            .version = 0,
            .score = f.scored.score,
            .direction = f.scored.direction,
            .distance_m = {},
            .plane_error = {},
            .part = {},
            .matches = {}};
    if (query.rerank) {
      hit.distance_m = f.distance_m;
      hit.part = oracle.Part(*f.trajectory, hit.direction);
    }
    if (query.matches) hit.matches = oracle.Matches(f.fingerprint, hit.direction);
    answer.hits.push_back(hit);
  }
  return answer;
}

RangeAnswer BruteForceRange(absl::Span<const Trajectory> trajectories, const RangeQuery& query) {
  RangeAnswer answer;
  for (const Trajectory& t : trajectories) {
    if (t.id.value() > query.after_id && query.filter.Matches(t)) answer.ids.push_back(t.id);
  }
  std::sort(answer.ids.begin(), answer.ids.end());
  answer.more = answer.ids.size() > query.limit;
  if (answer.more) answer.ids.resize(query.limit);
  return answer;
}

}  // namespace spoor
