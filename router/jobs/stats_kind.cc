#include <algorithm>
#include <map>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "proto/map.pb.h"
#include "router/jobs/job_run.h"
#include "router/jobs/kind.h"
#include "router/jobs/no_params.h"

namespace spoor {
namespace {

constexpr absl::string_view kStatsSteps[] = {"map", "reduce"};
constexpr absl::string_view kObjects = "objects", kHours = "hours";
constexpr absl::string_view kObjectColumns[] = {"object", "trips", "fixes",
                                                "metres", "first", "last"};
constexpr absl::string_view kHourColumns[] = {"hour", "trips", "fixes", "metres"};
constexpr ResultPart kStatsParts[] = {{.name = kObjects, .columns = kObjectColumns},
                                      {.name = kHours, .columns = kHourColumns}};
constexpr int64_t kMsPerHour = 3'600'000;

struct ObjectSums {
  uint64_t trips = 0, fixes = 0;
  double metres = 0;
  std::optional<int64_t> first_ms, last_ms;
};
struct HourSums {
  uint64_t trips = 0, fixes = 0;  // trips: that have a fix in it
  double metres = 0;
};

// Sums rows in the order in which they come: by object, then home, then id.
class StatsReduce {
 public:
  explicit StatsReduce(JobRun& run) : run_(run) {}

  absl::Status Add(const MapRow& row) {
    v1::TripRow trip;
    if (!trip.ParseFromString(row.bytes)) return absl::DataLossError("a row of stats is none");
    if (!key_ || *key_ != row.key) {
      if (absl::Status s = TellObjects(); !s.ok()) return s;
      key_ = row.key;
    }
    ObjectSums& object = objects_[trip.object()];
    ++object.trips;
    object.fixes += trip.fixes();
    object.metres += trip.length_m();
    if (trip.has_first_ms()) {
      object.first_ms = std::min(object.first_ms.value_or(trip.first_ms()), trip.first_ms());
      object.last_ms = std::max(object.last_ms.value_or(trip.last_ms()), trip.last_ms());
    }
    for (const v1::TripRow::Hour& in : trip.hours()) {
      HourSums& hour = hours_[in.hour()];
      ++hour.trips;
      hour.fixes += in.fixes();
      hour.metres += in.metres();
    }
    all_.trips += 1;
    all_.fixes += trip.fixes();
    all_.metres += trip.length_m();
    return absl::OkStatus();
  }

  absl::Status Finish() {
    if (absl::Status s = TellObjects(); !s.ok()) return s;
    for (const auto& [number, hour] : hours_) {
      JsonWriter w;
      w.BeginObject();
      w.Key("hour");
      w.Seconds(number * kMsPerHour);
      WriteSums(hour.trips, hour.fixes, hour.metres, w);
      w.EndObject();
      if (absl::Status s = run_.Append(kHours, w.Take()); !s.ok()) return s;
    }
    JsonWriter w;
    w.BeginObject();
    w.MemberUint("objects", told_);
    w.MemberUint("hours", hours_.size());
    WriteSums(all_.trips, all_.fixes, all_.metres, w);
    w.EndObject();
    run_.Summarise(w.Take());
    return absl::OkStatus();
  }

 private:
  static void WriteSums(uint64_t trips, uint64_t fixes, double metres, JsonWriter& w) {
    w.MemberUint("trips", trips);
    w.MemberUint("fixes", fixes);
    w.Key("metres");
    w.Rounded(metres, 3);
  }

  // Of the key that is complete; more than one only where hashes collide.
  absl::Status TellObjects() {
    for (const auto& [name, object] : objects_) {
      JsonWriter w;
      w.BeginObject();
      w.Key("object");
      name.empty() ? w.Null() : w.String(name);
      WriteSums(object.trips, object.fixes, object.metres, w);
      if (object.first_ms) {
        w.Key("first");
        w.Seconds(*object.first_ms);
        w.Key("last");
        w.Seconds(*object.last_ms);
      }
      w.EndObject();
      if (absl::Status s = run_.Append(kObjects, w.Take()); !s.ok()) return s;
      told_ += name.empty() ? 0 : 1;
    }
    objects_.clear();
    return absl::OkStatus();
  }

  JobRun& run_;
  std::optional<uint64_t> key_;
  std::map<std::string, ObjectSums> objects_;
  std::map<int64_t, HourSums> hours_;
  HourSums all_;
  uint64_t told_ = 0;
};

// Per object and per hour: trips, fixes, metres.
class StatsWork : public JobWork {
 public:
  absl::Status Run(JobRun& run) const override {
    const auto spool = run.MakeSpool();
    absl::Status s = run.Exchange("map", {.mapper = "trips"}, *spool);
    if (!s.ok()) return s;
    return run.Step("reduce", [&] { return Reduce(run, *spool); });
  }

 private:
  static absl::Status Reduce(JobRun& run, Spool& spool) {
    StatsReduce reduce(run);
    absl::Status s = run.EachRow(spool, [&](const MapRow& row) { return reduce.Add(row); });
    if (!s.ok()) return s;
    return reduce.Finish();
  }
};

}  // namespace

const Kind& StatsKind() {
  static const Kind kind{.name = "stats",
                         .what = "per object and per hour: trips, fixes, metres",
                         .steps = kStatsSteps,
                         .parts = kStatsParts,
                         .schema = kNoParamsSchema,
                         .read = &ReadNoParams<StatsWork>};
  return kind;
}

}  // namespace spoor
