#include "router/generate/street_grid.h"

#include <cmath>
#include <cstdlib>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "geo/local_plane.h"
#include "router/generate/random.h"

namespace spoor {
namespace {

constexpr int kArterialEvery = 6;                                     // streets
constexpr int kBridgeEvery = 9;                                       // streets
constexpr double kJitter = 0.22;                                      // of a block, each way
constexpr double kMissing = 0.10, kOneWay = 0.25, kCornerCut = 0.03;  // shares of the small streets
constexpr double kStreetMps = 30 / 3.6, kArterialMps = 50 / 3.6;

class StreetGrid {
 public:
  explicit StreetGrid(const StreetGridOptions& options)
      : options_(options), random_(options.seed, 0) {
    PlaceJunctions();
    for (int row = 0; row < side(); ++row) {
      for (int column = 0; column < side(); ++column) AddRoadsFrom(row, column);
    }
  }
  absl::StatusOr<RoadGraph> Finish() && {
    return RoadGraph::Make(std::move(junctions_), std::move(roads_));
  }

 private:
  int side() const { return options_.side; }
  uint32_t At(int row, int column) const { return static_cast<uint32_t>(row * side() + column); }
  bool River(int row) const { return row == side() * 2 / 5; }  // flows north of this row

  void PlaceJunctions() {
    const double lat_step = options_.block_m / (kEarthRadiusM * M_PI / 180);
    const double lon_step = lat_step / std::cos(options_.middle.lat_deg() * M_PI / 180);
    for (int row = 0; row < side(); ++row) {
      for (int column = 0; column < side(); ++column) {
        const double north = row - (side() - 1) / 2.0 + random_.Uniform(-kJitter, kJitter);
        const double east = column - (side() - 1) / 2.0 + random_.Uniform(-kJitter, kJitter);
        junctions_.push_back(FixFromDegrees(options_.middle.lat_deg() + north * lat_step,
                                            options_.middle.lon_deg() + east * lon_step));
      }
    }
  }

  void AddRoadsFrom(int row, int column) {
    if (column + 1 < side()) {
      Add(At(row, column), At(row, column + 1), row % kArterialEvery == 0);
    }
    const bool crossable = !River(row) || column % kBridgeEvery == 0;
    if (row + 1 < side() && crossable) {
      const bool bridge = River(row);
      Add(At(row, column), At(row + 1, column), bridge || column % kArterialEvery == 0);
    }
    if (row + 1 == side() || column + 1 == side() || River(row)) return;
    if (row == column) {
      AddBothWays(At(row, column), At(row + 1, column + 1), kArterialMps);
    } else if (row + column == side() - 2) {
      AddBothWays(At(row, column + 1), At(row + 1, column), kArterialMps);
    } else if (random_.Uniform() < kCornerCut) {
      AddBothWays(At(row, column), At(row + 1, column + 1), kStreetMps);
    }
  }

  void Add(uint32_t a, uint32_t b, bool arterial) {
    if (arterial) return AddBothWays(a, b, kArterialMps);
    if (random_.Uniform() < kMissing) return;
    if (random_.Uniform() >= kOneWay) return AddBothWays(a, b, kStreetMps);
    if (random_.Below(2) == 0) std::swap(a, b);
    roads_.push_back({.from = a, .to = b, .speed_mps = kStreetMps, .between = {}});
  }

  void AddBothWays(uint32_t a, uint32_t b, double speed_mps) {
    roads_.push_back({.from = a, .to = b, .speed_mps = speed_mps, .between = {}});
    roads_.push_back({.from = b, .to = a, .speed_mps = speed_mps, .between = {}});
  }

  const StreetGridOptions options_;
  Random random_;
  std::vector<Fix> junctions_;
  std::vector<Road> roads_;
};

}  // namespace

absl::StatusOr<RoadGraph> MakeStreetGrid(const StreetGridOptions& options) {
  if (options.side < 4 || options.side > 1000) {
    return absl::InvalidArgumentError(
        absl::StrCat("a grid of ", options.side, " junctions a side; allowed are 4 ... 1000"));
  }
  if (!(options.block_m >= 10 && options.block_m <= 10'000)) {
    return absl::InvalidArgumentError(
        absl::StrCat("blocks of ", options.block_m, " m; allowed are 10 ... 10 000"));
  }
  const double half_deg = options.side * options.block_m / 2 / (kEarthRadiusM * M_PI / 180);
  const double lat = std::abs(options.middle.lat_deg()) + half_deg;
  const double lon = std::abs(options.middle.lon_deg()) + half_deg / std::cos(lat * M_PI / 180);
  if (lat > 85 || lon > 179) {
    return absl::InvalidArgumentError(
        absl::StrCat("a grid around ", options.middle.lat_deg(), ", ", options.middle.lon_deg(),
                     " of ", options.side, " blocks of ", options.block_m,
                     " m would leave latitude -85 ... 85 or cross 180"));
  }
  return StreetGrid(options).Finish();
}

}  // namespace spoor
