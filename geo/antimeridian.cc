#include "geo/antimeridian.h"

#include <cmath>
#include <cstdlib>

namespace spoor {
namespace {

bool Crosses(const Fix& a, const Fix& b) {
  return std::abs(int64_t{b.lon_e7} - a.lon_e7) > int64_t{kMaxLonE7};
}

// Where the step from a to b meets 180 degrees, on the side of a.  REQUIRES: Crosses(a, b).
Fix Meeting(const Fix& a, const Fix& b) {
  const int32_t side_e7 = a.lon_e7 > 0 ? kMaxLonE7 : -kMaxLonE7;
  const double whole = std::abs(static_cast<double>(LonDeltaE7(a.lon_e7, b.lon_e7)));
  const double part = whole > 0 ? (kMaxLonE7 - std::abs(static_cast<double>(a.lon_e7))) / whole : 0;
  const auto between = [part](double from, double to) { return from + part * (to - from); };
  Fix meeting{.lat_e7 = static_cast<int32_t>(std::lround(between(a.lat_e7, b.lat_e7))),
              .lon_e7 = side_e7};
  if (a.has_time()) {
    const double gone_ms = part * static_cast<double>(b.time_ms - a.time_ms);
    meeting.time_ms = a.time_ms + std::llround(gone_ms);
  }
  return meeting;
}

}  // namespace

bool CrossesAntimeridian(TrajectoryView fixes) {
  for (size_t i = 1; i < fixes.size(); ++i) {
    if (Crosses(fixes[i - 1], fixes[i])) return true;
  }
  return false;
}

std::vector<std::vector<Fix>> CutAtAntimeridian(TrajectoryView fixes) {
  std::vector<std::vector<Fix>> parts(1);
  for (size_t i = 0; i < fixes.size(); ++i) {
    if (i > 0 && Crosses(fixes[i - 1], fixes[i])) {
      Fix meeting = Meeting(fixes[i - 1], fixes[i]);
      parts.back().push_back(meeting);
      meeting.lon_e7 = -meeting.lon_e7;
      parts.push_back({meeting});
    }
    parts.back().push_back(fixes[i]);
  }
  return parts;
}

}  // namespace spoor
