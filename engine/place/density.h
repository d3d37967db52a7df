#pragma once

#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "engine/place/micro_grid.h"

namespace spoor {

// How long an object was where, blurred by what a receiver errs: the time at each fix, spread over
// cells as a normal distribution spreads it, up to three deviations away.
class DwellDensity {
 public:
  DwellDensity(double cell_m, double sigma_m) : cell_m_(cell_m), sigma_m_(sigma_m) {}
  // weight > 0.  Sums depend on the order of what is added in their last bits.
  void Add(PlanePoint place, double weight);
  size_t size() const { return density_.size(); }

  struct Dense {
    MicroCell cell;
    double density = 0;
  };
  // The fewest cells that hold so much of all, by row.  REQUIRES: 0 < mass <= 1.
  std::vector<Dense> Densest(double mass) const;

 private:
  double cell_m_, sigma_m_;
  absl::flat_hash_map<MicroCell, double> density_;
};

}  // namespace spoor
