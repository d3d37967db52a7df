#include <string>
#include <utility>

#include "engine/engine_impl.h"
#include "engine/store/record_scan.h"

namespace spoor {
namespace {

// How many records one walk looks at, however few of them pass the filter.
constexpr uint64_t kMaxLookedAt = 50'000;

// Adds the record to the answer where it passes the filter.  decides: the filter asks for more than
// homes.
absl::Status Take(const PackedRecord& packed, const Filter& filter, bool decides,
                  WalkAnswer& answer) {
  auto record = packed.Decode();
  if (!record.ok()) return record.status();
  Trajectory trajectory{.id = TrajectoryId(std::string(packed.id)),
                        .object = std::move(record->object),
                        .tags = std::move(record->tags),
                        .fixes = std::move(record->fixes)};
  if (decides && !filter.Matches(trajectory)) return absl::OkStatus();
  answer.steps.push_back(
      {.place = packed.place(), .version = record->position, .fixes = std::move(trajectory.fixes)});
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<WalkAnswer> Engine::Impl::Walk(const WalkQuery& query,
                                              const Patience& patience) const {
  const ViewPtr v = view();
  const bool decides = !query.filter.only_homes();
  WalkAnswer answer;
  answer.reached = query.after;
  const absl::Status scanned = ScanRecords(
      *store_, v->snapshot.get(),
      {.homes = query.filter.homes, .after = query.after, .patience = &patience},
      [&](const PackedRecord& packed) -> absl::StatusOr<bool> {
        answer.more = answer.steps.size() == query.limit || answer.looked_at == kMaxLookedAt;
        if (answer.more) return false;
        ++answer.looked_at;
        const absl::Status taken = Take(packed, query.filter, decides, answer);
        answer.reached = packed.place();
        if (!taken.ok()) return taken;
        return true;
      });
  if (!scanned.ok()) return Told(scanned);
  answer.position = v->log.total();
  return answer;
}

}  // namespace spoor
