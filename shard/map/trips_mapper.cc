#include <cmath>
#include <map>

#include "engine/store/home_key.h"
#include "geo/local_plane.h"
#include "proto/map.pb.h"
#include "shard/map/mapper.h"

namespace spoor {
namespace {

constexpr int64_t kHourMs = 3'600'000;

int64_t HourOf(int64_t time_ms) { return time_ms / kHourMs - (time_ms % kHourMs < 0 ? 1 : 0); }

// What a trip adds to sums by object and by hour.
class TripsMapping : public Mapper {
 public:
  void Map(const Trajectory& record, const MapEmit& emit) const override {
    v1::TripRow row;
    row.set_object(record.object);
    row.set_fixes(record.fixes.size());
    std::map<int64_t, v1::TripRow::Hour> hours;
    double length_m = 0;
    const bool timed = record.fixes.front().has_time();
    for (size_t i = 0; i < record.fixes.size(); ++i) {
      const bool last = i + 1 == record.fixes.size();
      const double step_m = last ? 0 : HaversineM(record.fixes[i], record.fixes[i + 1]);
      length_m += step_m;
      if (!timed) continue;
      v1::TripRow::Hour& hour = hours[HourOf(record.fixes[i].time_ms)];
      hour.set_fixes(hour.fixes() + 1);
      hour.set_metres(hour.metres() + step_m);
    }
    row.set_length_m(length_m);
    if (timed) {
      row.set_first_ms(record.fixes.front().time_ms);
      row.set_last_ms(record.fixes.back().time_ms);
    }
    for (auto& [number, hour] : hours) {
      hour.set_hour(number);
      *row.add_hours() = hour;
    }
    emit(record.object.empty() ? 0 : StableHash(record.object), row.SerializeAsString());
  }
};

}  // namespace

absl::StatusOr<std::unique_ptr<const Mapper>> TripsMapper(absl::string_view params) {
  if (!params.empty()) return absl::InvalidArgumentError("mapper trips has no parameters");
  return std::make_unique<const TripsMapping>();
}

}  // namespace spoor
