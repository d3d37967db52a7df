#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "engine/wait/patience.h"

namespace spoor {

// How much nearer each thing is to its own cluster than to the next one: (b - a) / max(a, b), with
// a the mean distance to the others of its cluster and b the least of the means to other clusters.
// Outliers take no part; of a cluster of one it is 0.
//
// Keeps the sum of the distances from each of n to each of k clusters, n k numbers, so that the
// effect of one more member is told without going over all pairs again.  Infinite distances, of
// things that cannot be compared, are left out of sums and of counts.
class Silhouette {
 public:
  using Distance = std::function<double(uint32_t, uint32_t)>;
  // `labels`: negative, or below k.  Errors of patience.
  static absl::StatusOr<Silhouette> Of(absl::Span<const int32_t> labels, const Distance& distance,
                                       size_t threads, const Patience& patience);

  // Of each that is in a cluster; NaN of the others, and where there is but one cluster.
  std::vector<double> Values() const;
  double Mean() const;  // NaN: there is none
  // Puts outlier `o` into the cluster.
  void Add(uint32_t o, int32_t cluster, const Distance& distance);
  // Of each member, the mean distance to the others of its cluster; NaN where there are none.
  double MeanToOwn(uint32_t member) const;
  // The mean when outlier `o` alone is added to the cluster.
  double MeanWith(uint32_t o, int32_t cluster, const Distance& distance) const;

 private:
  struct Sum {
    double distance = 0;
    uint32_t count = 0;
    double mean() const { return distance / count; }
  };
  double ValueOf(const Sum* sums, int32_t own) const;

  std::vector<int32_t> labels_;
  uint32_t clusters_ = 0;
  std::vector<Sum> sums_;  // [thing * clusters + cluster], not of a thing to itself
};

}  // namespace spoor
