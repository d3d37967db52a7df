#include "engine/place/nearest_destination.h"

#include <algorithm>
#include <limits>
#include <tuple>

namespace spoor {

NearestDestination::NearestDestination(std::vector<PlanePoint> centroids) {
  for (uint32_t i = 0; i < centroids.size(); ++i) tree_.push_back({centroids[i], i});
  Build({0, tree_.size(), false});
}

void NearestDestination::Build(Part part) {
  if (part.to - part.from < 2) return;
  const size_t middle = part.from + (part.to - part.from) / 2;
  const auto at = [this](size_t i) { return tree_.begin() + static_cast<ptrdiff_t>(i); };
  std::nth_element(at(part.from), at(middle), at(part.to), [&](const Entry& a, const Entry& b) {
    return part.by_y ? a.at.y_m < b.at.y_m : a.at.x_m < b.at.x_m;
  });
  Build({part.from, middle, !part.by_y});
  Build({middle + 1, part.to, !part.by_y});
}

void NearestDestination::Find(Part part, PlanePoint place, Nearest& best) const {
  if (part.from >= part.to) return;
  const size_t middle = part.from + (part.to - part.from) / 2;
  const Entry& cut = tree_[middle];
  const Nearest here{SquareM2(place, cut.at), cut.number};
  if (std::tie(here.square_m2, here.number) < std::tie(best.square_m2, best.number)) best = here;
  const double beyond = part.by_y ? place.y_m - cut.at.y_m : place.x_m - cut.at.x_m;
  const Part low{part.from, middle, !part.by_y}, high{middle + 1, part.to, !part.by_y};
  Find(beyond < 0 ? low : high, place, best);
  if (beyond * beyond <= best.square_m2) Find(beyond < 0 ? high : low, place, best);
}

uint32_t NearestDestination::Of(PlanePoint place) const {
  Nearest best{std::numeric_limits<double>::infinity(), 0};
  Find({0, tree_.size(), false}, place, best);
  return best.number;
}

}  // namespace spoor
