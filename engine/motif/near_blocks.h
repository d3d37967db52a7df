#pragma once

#include <cstdint>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/types/span.h"
#include "geo/trajectory.h"

namespace spoor {

// Finds lines that are near all fixes of a block: some consecutive fixes of another line.  Fixes
// lie in cells that are about as wide as the distance; what is within it lies in a cell next to it.
//
// Near is: no further on the sphere than the distance, or not much.  Nothing nearer is missed.
//
// Thread safety: none.
class NearBlocks {
 public:
  static constexpr double kMostM = 50'000;  // distances that cells suit
  // REQUIRES: lines outlive it; 0 < distance_m <= kMostM.
  NearBlocks(absl::Span<const TrajectoryView> lines, double distance_m);

  // Numbers of the lines above `above` that are near all of the block; `to` gets them.
  void Find(TrajectoryView block, uint32_t above, std::vector<uint32_t>& to);

 private:
  struct Entry {
    uint64_t cell;
    uint32_t line;
    int32_t lat_e7, lon_e7;
  };
  int64_t ReachE7(double lat_deg) const;  // of longitude, at this latitude
  int64_t WidthOf(int64_t row) const;     // of its cells
  int64_t RowOf(int32_t lat_e7) const;
  uint64_t CellOf(int64_t row, int64_t east_e7) const;
  template <typename Visit>
  void ForEachNear(const Fix& fix, uint32_t above, Visit visit) const;

  const double distance_m_;
  const int64_t height_e7_;
  std::vector<Entry> entries_;  // by cell, then line
  absl::flat_hash_map<uint64_t, std::pair<uint32_t, uint32_t>> cells_;
  std::vector<uint64_t> marks_;  // of each line: how much of which block it was near
  uint64_t mark_ = 0;
};

}  // namespace spoor
