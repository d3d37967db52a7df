#include "router/jobs/motif_rows.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/store/log_value.h"
#include "router/jobs/job_run.h"
#include "router/message/motif_json.h"

namespace spoor {
namespace {

constexpr uint64_t kMostMotifBytes = 16 << 20;  // of a row

}  // namespace

absl::StatusOr<std::string> MotifRow(const Motif& motif, const Patience& patience) {
  JsonWriter w;
  w.BeginArray();
  absl::Status s = WriteMotifs({motif}, {.most_bytes = kMostMotifBytes}, patience, w);
  if (!s.ok()) return s;
  w.EndArray();
  const std::string list = w.Take();
  return list.substr(1, list.size() - 2);
}

absl::StatusOr<std::vector<Trajectory>> GatherTrips(JobRun& run, uint64_t bytes_of_fix) {
  std::vector<Trajectory> trips;
  uint64_t bytes = 0;
  const uint64_t most = run.limits().memory_bytes;
  absl::Status s = run.MapAll({.mapper = "records"}, [&](const MapAnswer& page) -> absl::Status {
    for (const MapRow& row : page.rows) {
      auto record = DecodeLogValue(row.place.id, row.bytes);
      if (!record.ok()) return record.status();
      bytes += sizeof(Trajectory) + record->fixes.size() * (sizeof(Fix) + bytes_of_fix);
      if (bytes > most) {
        return absl::InvalidArgumentError(
            absl::StrCat("the selection takes more memory than a job may have: ", most,
                         " bytes (--job-memory); select less, or allow more"));
      }
      record->tags.clear();
      for (Fix& fix : record->fixes) fix.time_ms = kNoTime;
      record->fixes.shrink_to_fit();
      trips.push_back(*std::move(record));
    }
    return absl::OkStatus();
  });
  if (!s.ok()) return s;
  std::ranges::sort(trips, {}, &Trajectory::id);
  return trips;
}

}  // namespace spoor
