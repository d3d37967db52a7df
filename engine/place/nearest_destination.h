#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "geo/plane_area.h"

namespace spoor {

// The labelling that places replace: each fix has the destination whose centroid is nearest; of
// equals the first.
class NearestDestination {
 public:
  explicit NearestDestination(std::vector<PlanePoint> centroids);
  // REQUIRES: there is one.
  uint32_t Of(PlanePoint place) const;

 private:
  struct Entry {
    PlanePoint at;
    uint32_t number;
  };
  struct Nearest {
    double square_m2;
    uint32_t number;
  };
  struct Part {
    size_t from, to;
    bool by_y;
  };
  void Build(Part part);
  void Find(Part part, PlanePoint place, Nearest& best) const;

  std::vector<Entry> tree_;  // a k-d tree: the middle of each part cuts it in two
};

}  // namespace spoor
