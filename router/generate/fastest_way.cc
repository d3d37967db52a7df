#include "router/generate/fastest_way.h"

#include <algorithm>
#include <cmath>

#include "geo/local_plane.h"

namespace spoor {

WayFinder::WayFinder(const RoadGraph& graph) : graph_(graph), reached_(graph.junctions().size()) {
  places_.reserve(graph.junctions().size());
  for (const Fix& fix : graph.junctions()) {
    const double lat = fix.lat_deg() * M_PI / 180, lon = fix.lon_deg() * M_PI / 180;
    places_.push_back({kEarthRadiusM * std::cos(lat) * std::cos(lon),
                       kEarthRadiusM * std::cos(lat) * std::sin(lon),
                       kEarthRadiusM * std::sin(lat)});
  }
}

double WayFinder::BoundS(uint32_t from, uint32_t to) const {
  const Vector &a = places_[from], &b = places_[to];
  const double dx = a.x - b.x, dy = a.y - b.y, dz = a.z - b.z;
  return std::sqrt(dx * dx + dy * dy + dz * dz) / graph_.max_speed_mps();
}

void WayFinder::Improve(uint32_t junction, double seconds, uint32_t by_road, uint32_t goal) {
  Reached& reached = reached_[junction];
  if (reached.search == search_ && reached.seconds <= seconds) return;
  reached = {.seconds = seconds, .by_road = by_road, .search = search_};
  queue_.push_back({seconds + BoundS(junction, goal), junction});
  std::push_heap(queue_.begin(), queue_.end());
}

std::vector<uint32_t> WayFinder::FastestWay(uint32_t from, uint32_t to) {
  ++search_;
  queue_.clear();
  Improve(from, 0, 0, to);
  while (!queue_.empty()) {
    const uint32_t here = queue_.front().junction;
    std::pop_heap(queue_.begin(), queue_.end());
    queue_.pop_back();
    if (here == to) return TraceBack(from, to);
    if (reached_[here].settled) continue;  // an entry that was improved later
    reached_[here].settled = true;
    const double seconds = reached_[here].seconds;
    for (uint32_t r = graph_.FirstFrom(here); r < graph_.LastFrom(here); ++r) {
      const Road& road = graph_.roads()[r];
      Improve(road.to, seconds + road.length_m / road.speed_mps, r, to);
    }
  }
  return {};
}

std::vector<uint32_t> WayFinder::TraceBack(uint32_t from, uint32_t to) const {
  std::vector<uint32_t> way;
  for (uint32_t at = to; at != from; at = graph_.roads()[way.back()].from) {
    way.push_back(reached_[at].by_road);
  }
  std::reverse(way.begin(), way.end());
  return way;
}

}  // namespace spoor
