#include "router/generate/road_graph.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "geo/local_plane.h"

namespace spoor {
namespace {

double LengthM(const Fix& from, const std::vector<Fix>& between, const Fix& to) {
  double length_m = 0;
  const Fix* last = &from;
  for (const Fix& bend : between) {
    length_m += HaversineM(*last, bend);
    last = &bend;
  }
  return length_m + HaversineM(*last, to);
}

// Tarjan's strongly connected components (SIAM J. Comput. 1972), with a stack of its own, because a
// street of a hundred thousand junctions would end the machine's.
class StrongParts {
 public:
  explicit StrongParts(const RoadGraph& graph)
      : graph_(graph), order_(graph.junctions().size(), 0), low_(order_), part_(order_) {
    for (uint32_t j = 0; j < order_.size(); ++j) {
      if (order_[j] == 0) Visit(j);
    }
  }
  // part()[junction], numbered from 1.
  const std::vector<uint32_t>& part() const { return part_; }
  uint32_t count() const { return parts_; }

 private:
  struct Frame {
    uint32_t junction, next_road;
  };

  void Enter(uint32_t junction) {
    order_[junction] = low_[junction] = ++clock_;
    open_.push_back(junction);
    frames_.push_back({junction, graph_.FirstFrom(junction)});
  }

  void Leave(uint32_t junction) {
    frames_.pop_back();
    if (!frames_.empty()) {
      uint32_t& parent_low = low_[frames_.back().junction];
      parent_low = std::min(parent_low, low_[junction]);
    }
    if (low_[junction] != order_[junction]) return;
    ++parts_;
    uint32_t member;
    do {
      member = open_.back();
      open_.pop_back();
      part_[member] = parts_;
    } while (member != junction);
  }

  void Visit(uint32_t root) {
    Enter(root);
    while (!frames_.empty()) {
      Frame& frame = frames_.back();
      if (frame.next_road == graph_.LastFrom(frame.junction)) {
        Leave(frame.junction);
        continue;
      }
      const uint32_t to = graph_.roads()[frame.next_road++].to;
      if (order_[to] == 0) {
        Enter(to);
      } else if (part_[to] == 0) {  // still open
        low_[frame.junction] = std::min(low_[frame.junction], order_[to]);
      }
    }
  }

  const RoadGraph& graph_;
  std::vector<uint32_t> order_, low_, part_;  // 0: not yet
  std::vector<uint32_t> open_;
  std::vector<Frame> frames_;
  uint32_t clock_ = 0, parts_ = 0;
};

}  // namespace

RoadGraph::RoadGraph(std::vector<Fix> junctions, std::vector<Road> roads)
    : junctions_(std::move(junctions)), roads_(std::move(roads)) {
  std::stable_sort(roads_.begin(), roads_.end(),
                   [](const Road& a, const Road& b) { return a.from < b.from; });
  first_from_.assign(junctions_.size() + 1, 0);
  for (Road& road : roads_) {
    ++first_from_[road.from + 1];
    road.length_m = LengthM(junctions_[road.from], road.between, junctions_[road.to]);
    max_speed_mps_ = std::max(max_speed_mps_, road.speed_mps);
  }
  for (size_t j = 1; j < first_from_.size(); ++j) first_from_[j] += first_from_[j - 1];
}

absl::StatusOr<RoadGraph> RoadGraph::Make(std::vector<Fix> junctions, std::vector<Road> roads) {
  for (size_t r = 0; r < roads.size(); ++r) {
    const Road& road = roads[r];
    if (road.from >= junctions.size() || road.to >= junctions.size()) {
      return absl::InvalidArgumentError(absl::StrCat("road ", r, " from ", road.from, " to ",
                                                     road.to, " with only ", junctions.size(),
                                                     " junctions"));
    }
    if (!(road.speed_mps > 0) || !std::isfinite(road.speed_mps)) {
      return absl::InvalidArgumentError(
          absl::StrCat("road ", r, " has speed ", road.speed_mps, "; it must be above 0"));
    }
  }
  return RoadGraph(std::move(junctions), std::move(roads));
}

RoadGraph RoadGraph::LargestStrongPart() const {
  const StrongParts parts(*this);
  std::vector<uint32_t> members(parts.count() + 1, 0);
  for (uint32_t part : parts.part()) ++members[part];
  const auto largest =
      static_cast<uint32_t>(std::max_element(members.begin(), members.end()) - members.begin());

  std::vector<Fix> junctions;
  std::vector<uint32_t> renumbered(junctions_.size(), 0);
  for (uint32_t j = 0; j < junctions_.size(); ++j) {
    if (parts.part()[j] != largest) continue;
    renumbered[j] = static_cast<uint32_t>(junctions.size());
    junctions.push_back(junctions_[j]);
  }
  std::vector<Road> roads;
  for (const Road& road : roads_) {
    if (parts.part()[road.from] != largest || parts.part()[road.to] != largest) continue;
    roads.push_back(road);
    roads.back().from = renumbered[road.from];
    roads.back().to = renumbered[road.to];
  }
  return RoadGraph(std::move(junctions), std::move(roads));
}

}  // namespace spoor
