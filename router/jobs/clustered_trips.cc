#include "router/jobs/clustered_trips.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/store/log_value.h"
#include "router/jobs/job_run.h"

namespace spoor {
namespace {

absl::Status TooManyToCluster(const JobRun& run, uint64_t trips, uint64_t bytes) {
  return absl::InvalidArgumentError(absl::StrCat(
      "clustering ", trips, " trajectories takes ", bytes, " bytes or more; allowed: ",
      run.limits().memory_bytes, " bytes (--job-memory); select fewer, or allow more"));
}

// Around the mean place of the trips' middle fixes: added up by id, so that it is the same wherever
// they lie.
LocalPlane PlaneOf(const std::vector<Trajectory>& trips) {
  constexpr double kRadians = M_PI / 180;
  double x = 0, y = 0, z = 0;
  for (const Trajectory& t : trips) {
    const Fix& middle = t.fixes[t.fixes.size() / 2];
    const double lat = middle.lat_deg() * kRadians, lon = middle.lon_deg() * kRadians;
    x += std::cos(lat) * std::cos(lon);
    y += std::cos(lat) * std::sin(lon);
    z += std::sin(lat);
  }
  if (x == 0 && y == 0 && z == 0) return LocalPlane(Fix{});
  return LocalPlane(
      FixFromDegrees(std::atan2(z, std::hypot(x, y)) / kRadians, std::atan2(y, x) / kRadians));
}

}  // namespace

absl::StatusOr<ClusteredTrips> GatherToCluster(JobRun& run, const GatherTerms& terms) {
  constexpr uint64_t kPerTrip = sizeof(Trajectory) + sizeof(TripToAlign) + 64;
  constexpr uint64_t kPerFix = 2 * sizeof(Fix) + sizeof(PlanePoint);
  const uint64_t of_trip = kPerTrip + terms.bytes_of_trip;
  const uint64_t most = run.limits().memory_bytes;
  if (run.selected().is_list && run.record().total * of_trip > most) {
    return TooManyToCluster(run, run.record().total, run.record().total * of_trip);
  }
  ClusteredTrips out;
  std::vector<Trajectory> trips;
  uint64_t bytes = 0;
  absl::Status s = run.MapAll({.mapper = "records"}, [&](const MapAnswer& page) -> absl::Status {
    for (const MapRow& row : page.rows) {
      auto record = DecodeLogValue(row.place.id, row.bytes);
      if (!record.ok()) return record.status();
      if (terms.needs_times && !record->fixes.front().has_time()) {
        out.skipped.push_back(record->id);
        continue;
      }
      bytes += of_trip + record->fixes.size() * (kPerFix + terms.bytes_of_fix);
      if (bytes > most) {
        return TooManyToCluster(run, std::max<uint64_t>(run.record().total, trips.size() + 1),
                                bytes);
      }
      std::erase_if(record->tags, [&](const auto& tag) { return tag.first != terms.tag; });
      trips.push_back(*std::move(record));
    }
    return absl::OkStatus();
  });
  if (!s.ok()) return s;
  std::ranges::sort(trips, {}, &Trajectory::id);
  std::ranges::sort(out.skipped);
  const LocalPlane plane = PlaneOf(trips);
  for (Trajectory& t : trips) {
    TripToAlign line{plane.Project(t.fixes), 0};
    if (t.fixes[0].has_time()) line.begin_s = static_cast<double>(t.fixes[0].time_ms) / 1000;
    for (Fix& fix : t.fixes) fix.time_ms = kNoTime;
    out.lines.push_back(std::move(line));
    out.ids.push_back(std::move(t.id));
    out.fixes.push_back(std::move(t.fixes));
    out.tags.push_back(t.tags.empty() ? "" : std::move(t.tags[0].second));
  }
  return out;
}

}  // namespace spoor
