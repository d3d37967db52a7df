#include "engine/fingerprint/own_depths.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "engine/fingerprint/step.h"

namespace spoor {
namespace {

constexpr double kStepsPerCell = 1.5;
constexpr double kCellsOfAWay = 1000;
constexpr size_t kOneInSoManyIsOdd = 20;
constexpr double kStepsPerSilence = 10, kStepsPerJump = 20;
constexpr int64_t kNarrowest =
    65536 / 16;  // cosine: as if nothing lay nearer to a pole than 3.6 degrees

// What is typical of the steps of a trip.
struct Steps {
  double mean_units = 0, way_units = 0, mean_ms = 0;
};

Steps StepsOf(TrajectoryView fixes) {
  if (fixes.size() < 2) return {};
  thread_local std::vector<int64_t> units;
  units.clear();
  for (size_t i = 1; i < fixes.size(); ++i) units.push_back(Step(fixes[i - 1], fixes[i]).Units());
  const size_t usual = units.size() - units.size() / kOneInSoManyIsOdd;
  if (usual < units.size()) {
    std::nth_element(units.begin(), units.begin() + static_cast<std::ptrdiff_t>(usual),
                     units.end());
  }
  int64_t sum = 0;
  for (size_t i = 0; i < usual; ++i) sum += units[i];
  Steps out{.mean_units = static_cast<double>(sum) / static_cast<double>(usual),
            .way_units = static_cast<double>(sum)};
  if (fixes.front().has_time()) {
    const auto ms =
        static_cast<uint64_t>(fixes.back().time_ms) - static_cast<uint64_t>(fixes.front().time_ms);
    out.mean_ms = static_cast<double>(ms) / static_cast<double>(units.size());
  }
  return out;
}

}  // namespace

void FitToSteps(double step_s, double step_m, IndexParams& params) {
  if (2 * step_s > params.smoothing_s) params.smoothing_s = 0;
  if (2 * step_m > params.smoothing_m) params.smoothing_m = 0;
  params.max_gap_s = std::clamp(kStepsPerSilence * step_s, params.max_gap_s, 1e9);
  params.max_gap_m = std::clamp(kStepsPerJump * step_m, params.max_gap_m, 1e6);
}

OwnDepths OwnDepthsOf(TrajectoryView fixes, const IndexParams& params) {
  const Steps steps = StepsOf(fixes);
  const double wanted = std::max(kStepsPerCell * steps.mean_units, steps.way_units / kCellsOfAWay);
  const int64_t lat_e7 = (int64_t{fixes.front().lat_e7} + fixes.back().lat_e7) / 2;
  const double cosine = static_cast<double>(std::max(CosQ16(lat_e7), kNarrowest)) / 65536;
  // Whether the square with the area of a cell is as wide as is wanted.
  const auto suffices = [&](int depth) {
    const double width = std::ldexp(2.0 * kMaxLonE7 * cosine, -(depth + 1) / 2);
    const double height = std::ldexp(2.0 * kMaxLatE7, -depth / 2);
    return width * height >= wanted * wanted;
  };
  OwnDepths out{.params = params};
  while (out.coarse() > kCoarsestOwnDepth && !suffices(out.coarse())) out.fine -= kDepthStep;
  out.asks = suffices(out.fine - kDepthStep / 2) ? out.fine : out.coarse();

  FitToSteps(steps.mean_ms / 1000, steps.mean_units * kMetersPerUnit, out.params);
  return out;
}

}  // namespace spoor
