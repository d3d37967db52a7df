#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "engine/search/candidates.h"
#include "engine/search/envelope.h"
#include "engine/search/search.h"
#include "geo/local_plane.h"

namespace spoor {

// A candidate with its exact distance.
struct MeasuredCandidate {
  double distance_m = 0;
  Direction direction = Direction::kSame;  // of the lesser distance
  Candidate candidate;
};

// Keeps the k nearest trajectories, by (distance, id), that lie within the query's max_distance_m.
// REQUIRES: query.rerank; context and query outlive it.
//
// Thread safety: none.
class Refiner {
 public:
  Refiner(const SearchContext& context, const Query& query);

  // The query on the plane on which it measures, and the same the other way, empty where the
  // direction is kSame.
  PlaneView line() const { return query_; }
  PlaneView back() const { return reversed_; }
  const Measure& measure() const { return measure_; }
  // What is farther cannot be in the answer; infinity while nothing can be ruled out.
  double cutoff_m() const { return cutoff_m_; }
  bool has_cutoff() const;
  // False when a trajectory at least this far away cannot be in the answer.  The bound may have
  // risen by rounding.
  bool MayEnter(double bound_m) const { return bound_m * (1 - 1e-9) <= cutoff_m_; }

  // Measures trajectories and keeps those that are among the nearest; what has no distance is none
  // of them.  Errors: those of patience.
  absl::Status Offer(absl::Span<const Candidate> candidates,
                     absl::Span<const GeometryPtr> geometry);
  // Nearest first.
  std::vector<MeasuredCandidate> Take();
  uint64_t cells() const { return work_.cells; }

 private:
  bool Before(const MeasuredCandidate& a, const MeasuredCandidate& b) const;
  void MeasureOne(const Candidate& candidate, PlaneView other);
  // Never less than the distance.
  double UpperBound(PlaneView other);
  // The order in which to measure what is projected, most promising first, and what follows for the
  // cutoff.
  absl::Status OrderByUpperBound(size_t count);

  const SearchContext& context_;
  const size_t k_;
  const Direction direction_;
  const Measure& measure_;
  const LocalPlane plane_;
  double cutoff_m_;
  const std::vector<PlanePoint> query_, reversed_;
  MeasureWork work_;
  const bool lacks_times_;                          // the query, where the measure needs them
  std::vector<Candidate> offered_;                  // that have a distance
  std::vector<std::vector<PlanePoint>> projected_;  // of these
  std::vector<std::pair<double, size_t>> order_;    // (upper bound, index into projected_)
  std::vector<double> upper_bounds_;
  std::vector<MeasuredCandidate> heap_;  // the farthest on top
};

// Looks at the clock now and then while bounds are worked out, each of which may look at all fixes
// of the query.  REQUIRES: context outlives it.
class BoundSteps {
 public:
  BoundSteps(const SearchContext& context, size_t query_fixes)
      : context_(context), each_(kOwn + query_fixes) {}

  // Before each bound.
  absl::Status Check() {
    if ((done_ += each_) < kBetween) return absl::OkStatus();
    done_ = 0;
    return context_.CheckPatience();
  }

 private:
  static constexpr uint64_t kOwn = 64;           // what a bound costs, in fixes looked at
  static constexpr uint64_t kBetween = 1 << 16;  // about 100 microseconds
  const SearchContext& context_;
  const uint64_t each_;
  uint64_t done_ = 0;
};

// Orders the candidates by the measure; the nearest k are left.
absl::StatusOr<std::vector<MeasuredCandidate>> RefineCandidates(
    const SearchContext& context, const Query& query, const std::vector<Candidate>& candidates,
    SearchCost& cost);

// The nearest k of all that pass the filter, whatever their fingerprints; scores are left 0.
absl::StatusOr<std::vector<MeasuredCandidate>> RefineAll(const SearchContext& context,
                                                         const Query& query, SearchCost& cost);

}  // namespace spoor
