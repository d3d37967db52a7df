#pragma once

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "engine/cluster/segment_distance.h"
#include "engine/wait/patience.h"
#include "geo/local_plane.h"

namespace spoor {

// Trips brought onto common stamps 0 ... M, so that each interval [j, j + 1] has at most one
// straight step of each trip:
//
//   kClock           a stamp every step_s seconds of the clock (who moves together); a trip has
//   those
//                    within its own time
//   kNormalizedTime  `points` stamps evenly over each trip's own time
//   kArcLength       `points` stamps evenly over each trip's own way
enum class Align : uint8_t { kClock, kNormalizedTime, kArcLength };

struct AlignTerms {
  Align align = Align::kArcLength;
  double step_s = 60;    // of kClock
  uint32_t points = 50;  // of the others; at least 2
};

// Where each trip is at its stamps.  Trips are numbered as they were given: by ascending id.
class AlignedTrips {
 public:
  // A trip without stamps may be added: it is in no interval.
  void Add(uint32_t first_stamp, absl::Span<const PlanePoint> places);

  size_t size() const { return first_.size(); }
  uint32_t intervals() const { return intervals_; }
  size_t steps() const { return places_.size() - stamped_; }  // of all trips

  // The intervals of a trip: [first(t), end(t)), maybe none.
  uint32_t first(uint32_t trip) const { return first_[trip]; }
  uint32_t end(uint32_t trip) const { return first_[trip] + length(trip); }
  bool IsIn(uint32_t trip, uint32_t interval) const {
    return interval - first_[trip] < length(trip);  // also false where interval < first
  }
  // REQUIRES: IsIn.
  MovedStep StepOf(uint32_t trip, uint32_t interval) const {
    const Place* const p = &places_[begin_[trip] + (interval - first_[trip])];
    return {p[0].x_m, p[0].y_m, p[1].x_m, p[1].y_m};
  }
  // Where the trip's step stands in a table that has one entry for each step, trip by trip.
  size_t IndexOf(uint32_t trip, uint32_t interval) const {
    return step_begin_[trip] + (interval - first_[trip]);
  }

 private:
  struct Place {
    double x_m, y_m;
  };
  uint32_t length(uint32_t trip) const {
    return static_cast<uint32_t>(step_begin_[trip + 1] - step_begin_[trip]);
  }

  std::vector<Place> places_;
  std::vector<size_t> begin_ = {0};       // of places
  std::vector<size_t> step_begin_ = {0};  // of steps
  std::vector<uint32_t> first_;
  size_t stamped_ = 0;  // trips that have a place
  uint32_t intervals_ = 0;
};

// One trip to be aligned.
struct TripToAlign {
  std::vector<PlanePoint> line;  // not empty; t_s counts from its own first fix
  double begin_s = 0;            // when that was
};

// InvalidArgument where the clock would have more stamps than kMostPlaces in all; errors of
// patience. REQUIRES: times where the way needs them.
inline constexpr size_t kMostPlaces = 400'000'000;
absl::StatusOr<AlignedTrips> AlignAll(absl::Span<const TripToAlign> trips, const AlignTerms& terms,
                                      const Patience& patience);

// Seconds of the clock at stamp 0 of kClock: the multiple of step_s at or before the first fix.
double ClockOrigin(absl::Span<const TripToAlign> trips, double step_s);

}  // namespace spoor
