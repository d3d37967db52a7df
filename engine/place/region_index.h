#pragma once

#include <algorithm>
#include <boost/geometry.hpp>
#include <boost/geometry/geometries/box.hpp>
#include <boost/geometry/geometries/point.hpp>
#include <boost/geometry/index/rtree.hpp>
#include <cstdint>
#include <utility>
#include <vector>

#include "geo/plane_area.h"

namespace spoor {

// Which of some numbered areas may overlap one, by their boxes.
class RegionIndex {
 public:
  RegionIndex() = default;
  explicit RegionIndex(const std::vector<PlaneBox>& boxes) {
    std::vector<Entry> entries;
    entries.reserve(boxes.size());
    for (uint32_t i = 0; i < boxes.size(); ++i) entries.emplace_back(Of(boxes[i]), i);
    tree_ = Tree(entries);
  }
  void Add(uint32_t number, const PlaneBox& box) { tree_.insert({Of(box), number}); }
  void Remove(uint32_t number, const PlaneBox& box) { tree_.remove({Of(box), number}); }

  // Ascending.
  std::vector<uint32_t> Near(const PlaneBox& box) const {
    std::vector<uint32_t> out;
    const auto end = tree_.qend();
    for (auto it = tree_.qbegin(boost::geometry::index::intersects(Of(box))); it != end; ++it) {
      out.push_back(it->second);
    }
    std::sort(out.begin(), out.end());
    return out;
  }

 private:
  using Point = boost::geometry::model::point<double, 2, boost::geometry::cs::cartesian>;
  using Extent = boost::geometry::model::box<Point>;
  using Entry = std::pair<Extent, uint32_t>;
  using Tree = boost::geometry::index::rtree<Entry, boost::geometry::index::quadratic<16>>;
  static Extent Of(const PlaneBox& b) { return {{b.west_m, b.south_m}, {b.east_m, b.north_m}}; }

  Tree tree_;
};

}  // namespace spoor
