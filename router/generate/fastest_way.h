#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "router/generate/road_graph.h"

namespace spoor {

// Finds the way of least travel time between two junctions: A* (Hart, Nilsson & Raphael, 1968),
// guided by the straight line through the Earth at the graph's top speed, which no road can beat.
//
// Keeps its arrays between searches; not thread-safe.
class WayFinder {
 public:
  explicit WayFinder(const RoadGraph& graph);  // graph outlives it

  // The roads to take, in order, as indices into graph.roads(); empty when there is no way, or from
  // == to.
  std::vector<uint32_t> FastestWay(uint32_t from, uint32_t to);

 private:
  struct Reached {
    double seconds = 0;
    uint32_t by_road = 0;
    uint32_t search = 0;  // the search that reached it; older ones do not count
    bool settled = false;
  };
  struct Waiting {
    double bound_s;
    uint32_t junction;
    bool operator<(const Waiting& other) const { return bound_s > other.bound_s; }  // least on top
  };
  struct Vector {
    double x, y, z;
  };

  double BoundS(uint32_t from, uint32_t to) const;
  void Improve(uint32_t junction, double seconds, uint32_t by_road, uint32_t goal);
  std::vector<uint32_t> TraceBack(uint32_t from, uint32_t to) const;

  const RoadGraph& graph_;
  std::vector<Vector> places_;  // of the junctions, in metres from the Earth's centre
  std::vector<Reached> reached_;
  std::vector<Waiting> queue_;  // a heap
  uint32_t search_ = 0;
};

}  // namespace spoor
