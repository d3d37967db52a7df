#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "geo/local_plane.h"
#include "geo/measure/measure.h"
#include "geo/trajectory.h"

// The trips nearest to one of them by a measure, found without any index: what exact search is
// checked against and timed beside.
namespace spoor::bench {

// What is looked for: the k nearest that lie within a distance.  `measure` outlives it.
struct Wanted {
  const Measure* measure = nullptr;
  size_t k = 10;
  double within_m = std::numeric_limits<double>::infinity();
};

struct Near {
  std::string id;
  double distance_m = 0;
  friend bool operator==(const Near&, const Near&) = default;
};
using NearList = std::vector<Near>;  // by (distance, id)

// The definition: each of the trips `among`, but the asking one, is measured on the plane of the
// query, so that an exact answer has the same ids and the same distances to the last bit.
// REQUIRES: query and all of `among` are below trips.size(), no trip is empty.
NearList NearestByDefinition(absl::Span<const Trajectory> trips, size_t query,
                             absl::Span<const uint32_t> among, const Wanted& wanted);
// The same by the naive twin of the measure `name`, which has no cutoff: slow.  REQUIRES: it has
// one and takes no parameters.
NearList NearestByTwin(absl::Span<const Trajectory> trips, size_t query,
                       absl::Span<const uint32_t> among, const Wanted& wanted,
                       absl::string_view name);

// The rival: all trips are projected on one plane beforehand and are measured one after the other,
// against the distance of the k-th best so far.
class NearestScan {
 public:
  // REQUIRES: trips is not empty and outlives it, no trip is empty.
  explicit NearestScan(absl::Span<const Trajectory> trips);

  // Measures those `among`, but the asking one.
  NearList Find(size_t query, absl::Span<const uint32_t> among, const Wanted& wanted) const;
  PlaneView line(size_t trip) const { return lines_[trip]; }
  size_t size() const { return lines_.size(); }

 private:
  const absl::Span<const Trajectory> trips_;
  const LocalPlane plane_;
  std::vector<std::vector<PlanePoint>> lines_;
};

// How far apart two values of one distance may be.
struct Tolerance {
  double relative, absolute_m;
};
// On different planes; and some measures answer in steps, of less than this.
inline constexpr Tolerance kPlanesDiffer = {1e-4, 0.02};
// On the same plane by other code.
inline constexpr Tolerance kRounding = {1e-9, 1e-9};

// Whether two answers to one question are the same, up to what distances may differ by: common
// trips have the same distance, and a trip that only one of them holds stands at the end, where it
// ties with what the other one has.  Says on stderr where they differ.
bool Agree(const NearList& a, const NearList& b, const Wanted& wanted, const Tolerance& tolerance);

}  // namespace spoor::bench
