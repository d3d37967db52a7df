#include "router/jobs/journeys.h"

#include <algorithm>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "engine/store/log_value.h"

namespace spoor {
namespace {

constexpr size_t kTripsSkippedShown = 100;

}  // namespace

std::vector<JourneyFix> Journey::Fixes() {
  std::sort(trips_.begin(), trips_.end(),
            [](const Trajectory& a, const Trajectory& b) { return a.id < b.id; });
  std::vector<JourneyFix> out;
  for (uint32_t t = 0; t < trips_.size(); ++t) {
    for (uint32_t i = 0; i < trips_[t].fixes.size(); ++i) {
      out.push_back({trips_[t].fixes[i], t, i});
    }
  }
  const auto order = [](const JourneyFix& f) { return std::tuple(f.fix.time_ms, f.trip, f.index); };
  if (trips_.size() > 1) {
    std::sort(out.begin(), out.end(),
              [&](const auto& a, const auto& b) { return order(a) < order(b); });
  }
  out.erase(
      std::unique(out.begin(), out.end(),
                  [](const auto& a, const auto& b) { return a.fix.time_ms == b.fix.time_ms; }),
      out.end());
  return out;
}

absl::Status Journeys::Add(const MapRow& row) {
  auto record = DecodeLogValue(row.place.id, row.bytes);
  if (!record.ok()) return record.status();
  if (key_ != row.key) {
    if (absl::Status s = EndKey(); !s.ok()) return s;
    key_ = row.key;
  }
  if (!record->fixes.front().has_time()) {
    if (++skipped_ <= kTripsSkippedShown) skipped_ids_.push_back(row.place.id);
    return absl::OkStatus();
  }
  ++trajectories_;
  fixes_ += record->fixes.size();
  held_bytes_ += record->fixes.size() * (sizeof(Fix) + sizeof(JourneyFix));
  if (held_bytes_ > run_.limits().memory_bytes) {
    return absl::InvalidArgumentError(absl::StrCat(
        "object '", record->object, "' has more fixes than the memory of a job holds, ",
        run_.limits().memory_bytes,
        " bytes (--job-memory); \"per\": \"trajectory\" takes each trip by itself"));
  }
  const bool by_object = per_object_ && !record->object.empty();
  journeys_[{by_object, by_object ? record->object : row.place.id}].Add(*std::move(record));
  return absl::OkStatus();
}

absl::Status Journeys::EndKey() {
  for (auto& [name, journey] : journeys_) {
    if (absl::Status s = take_(name, journey); !s.ok()) return s;
    ++objects_;
  }
  journeys_.clear();
  held_bytes_ = 0;
  return absl::OkStatus();
}

void Journeys::WriteCounts(JsonWriter& w) const {
  w.MemberUint("objects", objects_);
  w.MemberUint("trajectories", trajectories_);
  w.MemberUint("fixes", fixes_);
  w.Key("skipped");
  w.BeginObject();
  w.MemberUint("count", skipped_);
  w.Key("ids");
  w.BeginArray();
  for (const std::string& id : skipped_ids_) w.String(id);
  w.EndArray();
  w.EndObject();
}

}  // namespace spoor
