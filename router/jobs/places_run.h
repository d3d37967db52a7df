#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/place/destinations.h"
#include "engine/place/goi_plane.h"
#include "engine/place/micro_grid.h"
#include "engine/place/nearest_destination.h"
#include "router/jobs/job_run.h"
#include "router/jobs/stay_rows.h"

namespace spoor {

struct PlacesParams {
  StayParams stays;
  DestinationRules destinations;
  double cell_m = 5;
  CellRule assign = CellRule::kSimilar;
  // Destinations are the regions of their stays, or where most of the time was spent.
  bool by_density = false;
  double mass = 0.9, sigma_m = 6, tau_cap_s = 1800;
};

inline constexpr absl::string_view kPlacesStays = "stays", kPlacesDestinations = "destinations",
                                   kPlacesPlaces = "places", kPlacesVisits = "visits";

// The reduce step of a job "places": stays, in the order in which they are told; destinations that
// they make; the disjoint places of these; and who visits them.
//
// Stays, destinations and cells are held in memory, and refused by name beyond it; fixes lie in
// spools.
class PlacesRun {
 public:
  PlacesRun(JobRun& run, const PlacesParams& params) : run_(run), params_(params) {}
  absl::Status Run(Spool& spool);

 private:
  struct FoundStay {
    std::string order, row;
    std::vector<RegionVertex> region;
    uint64_t journey = 0;
    Stay stay;
  };
  struct Told {  // what is told of a destination or a place
    std::vector<uint64_t> journeys;
    uint64_t visits = 0, dwell_ms = 0;
    double area_m2 = 0;
  };

  absl::Status TakeJourney(const JourneyName& name, Journey& journey);
  absl::Status TellStays();
  absl::Status MakeDestinations();
  absl::Status MakePartition();
  // Of the fixes of stays, the time until the next, as the density wants it.
  absl::Status ShapeByDensity();
  absl::Status TellDestinations();
  absl::Status TellPlaces();
  absl::Status FindVisits();
  absl::Status VisitsOf(const MapRow& row);
  // Shows all journeys, each as a row of its own; they can be gone through again when asked for.
  absl::Status EachJourney(bool again, const std::function<absl::Status(const MapRow&)>& take);
  void WriteArea(const PlaneArea& area, JsonWriter& w) const;
  void Summarise(const Journeys& journeys);

  JobRun& run_;
  const PlacesParams& params_;
  std::unique_ptr<Spool> fixes_;
  uint64_t journeys_ = 0, held_bytes_ = 0;
  std::vector<FoundStay> stays_;  // by order, once all are found
  std::vector<uint32_t> destination_of_;
  GoiPlane plane_ = GoiPlane(0, 0);
  std::vector<Destination> destinations_;
  std::unique_ptr<const NearestDestination> nearest_;  // null: there are no destinations
  std::optional<Partition> partition_;
  std::vector<uint32_t> place_of_;  // of a destination; kNone: it is wholly shadowed
  std::vector<PlaneArea> places_;
  std::vector<Told> told_;  // of destinations
  std::vector<Told> told_places_;
  std::unique_ptr<Spool> visits_;
  uint64_t labelled_ = 0, disagree_ = 0, visit_rows_ = 0;
};

}  // namespace spoor
