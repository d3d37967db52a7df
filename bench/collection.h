#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "bench/cities.h"
#include "bench/nearest.h"
#include "engine/engine.h"

namespace spoor::bench {

// One pass over some queries.
struct Pass {
  std::vector<double> ms;            // of each query
  std::vector<double> processor_ms;  // that its thread had of these
  std::vector<NearList> answers;     // to each
  SearchCost cost;                   // sums
};

// Trips in an engine in a scratch directory, and beside it as they are.
class Collection {
 public:
  // InvalidArgument when there are no trips.  Loads, merges the segments, closes and opens again.
  // The engine's memory is memory_bytes; its index parameters are those that the trips suggest.
  static absl::StatusOr<std::unique_ptr<Collection>> Load(std::vector<Trajectory> trips,
                                                          uint64_t memory_bytes);

  const std::vector<Trajectory>& trips() const { return trips_; }
  double mean_fixes() const;
  uint32_t checksum() const;  // of all fixes: names the data that figures are of
  const Engine& engine() const { return *engine_; }

  // Nothing that a query of before has left in memory stays.
  absl::Status Reopen();
  // Writes more trips; leaves them where a write leaves them.
  absl::Status Insert(const std::vector<Trajectory>& more);

  // The numbers of n trips, or of all if there are fewer, evenly spread.
  std::vector<size_t> Queries(size_t n) const;
  // Asks for what is like a trip, other than the trip.
  absl::StatusOr<SearchAnswer> Ask(const Query& like, size_t trip) const;
  absl::StatusOr<Pass> Ask(const Query& like, const std::vector<size_t>& trips) const;

 private:
  Collection(std::vector<Trajectory> trips, uint64_t memory_bytes);
  absl::Status Write(const std::vector<Trajectory>& trips);

  std::vector<Trajectory> trips_;
  const uint64_t memory_bytes_;
  const ScratchDir dir_;
  std::unique_ptr<Engine> engine_;
};

// The ids and distances of an answer by measure.
NearList NearListOf(const SearchAnswer& answer);

}  // namespace spoor::bench
