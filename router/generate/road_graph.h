#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "geo/fix.h"

namespace spoor {

// A stretch of road that may be driven in one direction, between two junctions.
struct Road {
  uint32_t from = 0, to = 0;  // junctions
  double speed_mps = 0;       // what is allowed, or usual, there
  std::vector<Fix> between;   // the bends, without the junctions at the ends
  double length_m = 0;        // along the bends; filled by RoadGraph
};

// Junctions and the roads between them: a directed graph drawn on the Earth.  Immutable.
class RoadGraph {
 public:
  // InvalidArgument, naming the road, when one leads to no junction or has no positive speed.
  static absl::StatusOr<RoadGraph> Make(std::vector<Fix> junctions, std::vector<Road> roads);

  absl::Span<const Fix> junctions() const { return junctions_; }
  // Ordered by `from`.
  absl::Span<const Road> roads() const { return roads_; }
  // Indices [first, last) into roads() of those that leave the junction.
  uint32_t FirstFrom(uint32_t junction) const { return first_from_[junction]; }
  uint32_t LastFrom(uint32_t junction) const { return first_from_[junction + 1]; }
  double max_speed_mps() const { return max_speed_mps_; }

  // The largest set of junctions of which each can be reached from each other, renumbered, with the
  // roads among them.  Of equally large ones any.
  RoadGraph LargestStrongPart() const;

 private:
  RoadGraph(std::vector<Fix> junctions, std::vector<Road> roads);

  std::vector<Fix> junctions_;
  std::vector<Road> roads_;
  std::vector<uint32_t> first_from_;  // one more than junctions
  double max_speed_mps_ = 0;
};

// Reads a graph from two tables with a header line, as OSMnx users write them.  Of the nodes the
// columns osm_node_id, lon, lat are used; of the edges, which are directed, u, v, and where they
// exist highway
// ("residential"), maxspeed ("20 mph", "50": km/h) and geometry_wkt ("LINESTRING (lon lat, ...)"
// from u to v).  Fields may be quoted.  An edge without a maxspeed gets one by its kind of highway.
// InvalidArgument names the table, the line and what is wrong there.
absl::StatusOr<RoadGraph> ReadRoadGraph(absl::string_view nodes_csv, absl::string_view edges_csv);
// The same from files.  NotFound when one cannot be read.
absl::StatusOr<RoadGraph> ReadRoadGraphFiles(const std::string& nodes_file,
                                             const std::string& edges_file);

}  // namespace spoor
