#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "router/jobs/job_run.h"

namespace spoor {

// A fix of a journey, and where it comes from.
struct JourneyFix {
  Fix fix;
  uint32_t trip = 0, index = 0;
};

// Those of an object (true, its name) come before trips without one (false, the id).
using JourneyName = std::pair<bool, std::string>;

// The trips of one object, as one sequence in time.
class Journey {
 public:
  void Add(Trajectory trip) { trips_.push_back(std::move(trip)); }
  const std::string& object() const { return trips_.front().object; }
  const std::string& id_of(const JourneyFix& f) const { return trips_[f.trip].id.value(); }
  // By time, then id, then index; of fixes at one time the first counts.
  std::vector<JourneyFix> Fixes();

 private:
  std::vector<Trajectory> trips_;
};

// Makes journeys of the rows of the mapper of the same name, which come object by object in the
// order of the exchange.  Trips without times are counted, and left out.
class Journeys {
 public:
  using Take = std::function<absl::Status(const JourneyName& name, Journey& journey)>;
  Journeys(JobRun& run, bool per_object, Take take)
      : run_(run), per_object_(per_object), take_(std::move(take)) {}

  // InvalidArgument: an object has more fixes than the memory of a job holds.
  absl::Status Add(const MapRow& row);
  absl::Status Finish() { return EndKey(); }
  // "objects", "trajectories", "fixes" and "skipped" of an open object.
  void WriteCounts(JsonWriter& w) const;
  // The param of the mapper.
  static std::string ParamOf(bool per_object) { return per_object ? "object" : "trajectory"; }

 private:
  absl::Status EndKey();

  JobRun& run_;
  const bool per_object_;
  const Take take_;
  std::optional<uint64_t> key_;
  std::map<JourneyName, Journey> journeys_;  // of one key: several only where hashes meet
  uint64_t held_bytes_ = 0;
  uint64_t trajectories_ = 0, fixes_ = 0, objects_ = 0, skipped_ = 0;
  std::vector<std::string> skipped_ids_;
};

}  // namespace spoor
