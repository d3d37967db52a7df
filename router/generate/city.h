#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "geo/trajectory.h"
#include "router/generate/road_graph.h"

namespace spoor {

// How observed positions differ from where the car is.
enum class Noise : uint8_t {
  kIid,  // each fix on its own
  kAr1,  // a fix drifts from the error of the one before, as real receivers do
};

// Which way along the route.
enum class Heading : uint8_t { kForth, kBack };

struct CityOptions {
  uint32_t routes = 5000;
  uint32_t variants =
      20;  // drives of each route: the first half forth, the rest back; 1 ... 10 000
  double min_route_m = 2000;  // between the ends, as the crow flies
  double max_route_m = 6000;
  Noise noise = Noise::kIid;
  double noise_m = 10;  // standard deviation of the error in each axis, 0 ... 10 000
  double rho = 0.95;    // kAr1: correlation of the errors of consecutive seconds, 0 <= rho < 1
  double drop = 0;      // share of the fixes that get lost, 0 <= drop < 1; the ends stay
  uint64_t seed = 1;
};

// One drive of a route, by number.
struct Drive {
  uint32_t route = 0;
  Heading heading = Heading::kForth;
  uint32_t variant = 0;  // within the heading
};

// The traffic of a week in a city: each route, the fastest way between two random junctions, is
// driven several times in both directions (the way back takes the same streets), seen once a second
// with noise. Which drives belong together is known, so that an answer to "what is similar to this
// trip?" can be marked right or wrong: what has its route and its heading.  This is the experiment
// of the geodabs paper (Chapuis & Garbinato, ICDCS 2018).
//
// Everything follows from the options and the graph: the same seed gives the same city, and any
// drive may be made alone.  Thread safety: const methods may be called from any number of threads.
class City {
 public:
  // Plans the routes in the largest strongly connected part of the graph.  InvalidArgument names an
  // option that is out of range, or says that the graph has no such routes.
  static absl::StatusOr<City> Make(const RoadGraph& graph, const CityOptions& options);

  uint32_t routes() const { return options_.routes; }
  // Drives of each route with this heading.
  uint32_t variants(Heading heading) const;
  // Of all routes.
  uint64_t drives() const { return uint64_t{options_.routes} * options_.variants; }

  // A trajectory with id "r00012-f-v03" ("-b-" on the way back), object "car-00042" and the tags
  // direction
  // ("forth", "back") and route ("r00012").
  // REQUIRES: drive.route < routes(), drive.variant < variants(drive.heading).
  Trajectory Trip(const Drive& drive) const;
  Trajectory Trip(uint32_t route, Heading heading, uint32_t variant) const {
    return Trip(Drive{route, heading, variant});
  }
  // The i-th drive of the week, by start time: the order in which a feed would bring them.
  // REQUIRES: i < drives().
  Drive DriveAt(uint64_t i) const;

 private:
  struct Waypoint {
    double lat_deg, lon_deg;
    float length_m;   // to the next one
    float speed_mps;  // to the next one
    bool junction;
  };
  using Route = std::vector<Waypoint>;
  class Driver;

  explicit City(const CityOptions& options);
  static absl::Status Check(const CityOptions& options);
  static Route Follow(const RoadGraph& graph, const std::vector<uint32_t>& way);
  absl::Status PlanRoutes(const RoadGraph& graph);
  // Position of a drive in the week.
  uint64_t RankOf(uint64_t drive) const;

  CityOptions options_;
  std::vector<Route> routes_;
  uint64_t stride_ = 1, inverse_stride_ = 1;  // modulo drives(): shuffle the drives over the week
};

// "forth", "back".
absl::string_view HeadingName(Heading heading);
// "r00012".
std::string RouteName(uint32_t route);

}  // namespace spoor
