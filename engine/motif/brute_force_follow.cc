#include <algorithm>
#include <cmath>
#include <limits>
#include <tuple>

#include "engine/motif/follow.h"
#include "geo/measure/frechet.h"

// The definition: every trajectory that a search by containment finds, its whole line, the
// free-space diagram as the textbook draws it.  Shares with the fast way nothing but the search's
// own definition.
namespace spoor {
namespace {

using Real = long double;

struct Reach {
  Real from = 1, to = 0;
  bool empty() const { return from > to; }
};

// The shares of the way from a to b that are within the leash of p.
Reach FreeShares(const PlanePoint& a, const PlanePoint& b, const PlanePoint& p, Real leash_m) {
  const Real ex = Real{b.x_m} - a.x_m, ey = Real{b.y_m} - a.y_m;
  const Real px = Real{p.x_m} - a.x_m, py = Real{p.y_m} - a.y_m;
  const Real square = ex * ex + ey * ey, along = px * ex + py * ey;
  const Real outside = px * px + py * py - leash_m * leash_m;
  if (square <= 0) return outside <= 0 ? Reach{0, 1} : Reach{};
  const Real under = along * along - square * outside;
  if (under < 0) return {};
  const Real root = std::sqrt(under);
  return {std::max<Real>(0, (along - root) / square), std::min<Real>(1, (along + root) / square)};
}

// Whether some part of the line is within the leash of the stretch: all cells, row by row.
bool HasPartWithin(const std::vector<PlanePoint>& stretch, const std::vector<PlanePoint>& line,
                   Real leash_m) {
  const size_t n = stretch.size() - 1, m = line.size() - 1;  // legs
  std::vector<Reach> below(m);
  for (size_t j = 0; j < m; ++j) below[j] = FreeShares(line[j], line[j + 1], stretch[0], leash_m);
  bool first = !below[0].empty() && below[0].from <= 0;  // the line's first point is reached
  for (size_t i = 0; i < n; ++i) {
    Reach left;
    if (first) left = FreeShares(stretch[i], stretch[i + 1], line[0], leash_m);
    if (!left.empty() && left.from > 0) left = {};
    first = !left.empty() && left.to >= 1;
    std::vector<Reach> above(m);
    for (size_t j = 0; j < m; ++j) {
      Reach top = FreeShares(line[j], line[j + 1], stretch[i + 1], leash_m);
      Reach right = FreeShares(stretch[i], stretch[i + 1], line[j + 1], leash_m);
      if (left.empty()) top.from = below[j].empty() ? 2 : std::max(top.from, below[j].from);
      if (below[j].empty()) right.from = left.empty() ? 2 : std::max(right.from, left.from);
      above[j] = top;
      left = right;
    }
    below = above;
  }
  return first || std::ranges::any_of(below, [](const Reach& r) { return !r.empty(); });
}

std::vector<PlanePoint> TwoAtLeast(std::vector<PlanePoint> points) {
  if (points.size() == 1) points.push_back(points.front());
  return points;
}

// In steps; nothing: it is farther than the cutoff.
std::optional<uint64_t> NearestSteps(const std::vector<PlanePoint>& stretch,
                                     const std::vector<PlanePoint>& line, uint64_t cutoff) {
  const auto within = [&](uint64_t steps) {
    return HasPartWithin(stretch, line, Real(steps) * kFrechetStepM + 1e-9L);
  };
  if (!within(cutoff)) return std::nullopt;
  uint64_t no = 0, yes = cutoff;
  while (no < yes) {
    const uint64_t at = (no + yes) / 2;
    if (within(at)) {
      yes = at;
    } else {
      no = at + 1;
    }
  }
  return yes;
}

Followers FollowersOf(absl::Span<const Trajectory> trajectories, const IndexParams& params,
                      const FollowQuery& query, const std::vector<Fix>& stretch) {
  Query search{.fixes = stretch,
               .k = std::numeric_limits<size_t>::max(),
               .min_score = kLeastContained,
               .score = Score::kContainment,
               .direction = query.direction,
               .filter = query.filter};
  if (params.scheme == Scheme::kV2 && !HasStrand(params)) search.direction = Direction::kEither;
  const LocalPlane plane(stretch[stretch.size() / 2]);
  const std::vector<PlanePoint> points = TwoAtLeast(plane.Project(stretch));
  const auto cutoff = static_cast<uint64_t>(query.max_distance_m / kFrechetStepM);
  Followers out;
  for (const Hit& hit : BruteForceSearch(trajectories, params, search).hits) {
    const auto t = std::ranges::find(trajectories, hit.id, &Trajectory::id);
    const std::vector<PlanePoint> line = TwoAtLeast(plane.Project(t->view()));
    std::optional<uint64_t> best;
    MotifOccurrence occurrence{.id = t->id, .object = t->object};
    for (const Direction d : {Direction::kSame, Direction::kOpposite}) {
      if (query.direction != d && query.direction != Direction::kEither) continue;
      const auto steps =
          NearestSteps(d == Direction::kSame ? points : Backwards(points), line, cutoff);
      if (!steps || (best && *best <= *steps)) continue;
      best = steps;
      occurrence.direction = d;
    }
    if (!best) continue;
    occurrence.distance_m = static_cast<double>(*best) * kFrechetStepM;
    ++out.trajectories;
    out.owners.push_back(OwnerOf(t->object, t->id.value()));
    out.occurrences.push_back(occurrence);
  }
  std::sort(out.owners.begin(), out.owners.end());
  out.owners.erase(std::unique(out.owners.begin(), out.owners.end()), out.owners.end());
  std::ranges::sort(out.occurrences, [](const MotifOccurrence& a, const MotifOccurrence& b) {
    return std::tie(a.distance_m, a.id) < std::tie(b.distance_m, b.id);
  });
  return out;
}

}  // namespace

FollowAnswer BruteForceFollow(absl::Span<const Trajectory> trajectories, const IndexParams& params,
                              const FollowQuery& query) {
  FollowAnswer answer;
  for (const std::vector<Fix>& stretch : query.stretches) {
    answer.stretches.push_back(FollowersOf(trajectories, params, query, stretch));
  }
  return answer;
}

}  // namespace spoor
