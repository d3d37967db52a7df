#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "engine/candidates.h"
#include "engine/envelope.h"
#include "engine/search.h"
#include "geo/local_plane.h"

namespace spoor {

// A candidate with its exact distance.
struct Refined {
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

  const LocalPlane& plane() const { return plane_; }
  const Measure& measure() const { return measure_; }
  // What is farther cannot be in the answer; infinity while nothing can be ruled out.
  double cutoff_m() const { return cutoff_m_; }
  bool has_cutoff() const;
  // False when a trajectory at least this far away cannot be in the answer.  The bound may have
  // risen by rounding.
  bool MayEnter(double bound_m) const { return bound_m * (1 - 1e-9) <= cutoff_m_; }

  // Measures trajectories and keeps those that are among the nearest.
  void Offer(absl::Span<const Candidate> candidates, absl::Span<const GeometryPtr> geometry);
  // Nearest first.
  std::vector<Refined> Take();
  uint64_t cells() const { return work_.cells; }

 private:
  bool Before(const Refined& a, const Refined& b) const;
  void MeasureOne(const Candidate& candidate, PlaneView other);
  // Never less than the distance.
  double UpperBound(PlaneView other);
  // The order in which to measure what is projected, most promising first, and what follows for the
  // cutoff.
  void OrderByUpperBound(size_t count);

  const SearchContext& context_;
  const size_t k_;
  const Direction direction_;
  const Measure& measure_;
  const LocalPlane plane_;
  double cutoff_m_;
  const std::vector<PlanePoint> query_, reversed_;
  MeasureWork work_;
  std::vector<std::vector<PlanePoint>> projected_;  // of what is offered
  std::vector<std::pair<double, size_t>> order_;    // (upper bound, index into projected_)
  std::vector<double> upper_bounds_;
  std::vector<Refined> heap_;  // the farthest on top
};

// Orders the candidates by the measure; the nearest k are left.
absl::StatusOr<std::vector<Refined>> RefineCandidates(const SearchContext& context,
                                                      const Query& query,
                                                      const std::vector<Candidate>& candidates,
                                                      SearchCost& cost);

// The nearest k of all that pass the filter, whatever their fingerprints; scores are left 0.
absl::StatusOr<std::vector<Refined>> RefineAll(const SearchContext& context, const Query& query,
                                               SearchCost& cost);

}  // namespace spoor
