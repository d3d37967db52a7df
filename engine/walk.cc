#include <string>
#include <utility>

#include "engine/engine_impl.h"
#include "engine/store/record_scan.h"

namespace spoor {
namespace {

// How many records one walk looks at, however few of them pass the filter.
constexpr uint64_t kMaxLookedAt = 50'000;

}  // namespace

absl::StatusOr<WalkAnswer> Engine::Impl::Walk(const WalkQuery& query, const WalkVisit& visit,
                                              const Patience& patience) const {
  const ViewPtr v = view();
  const bool decides = !query.filter.only_homes();
  WalkAnswer answer;
  answer.reached = query.after;
  size_t visited = 0;
  bool has_enough = false;  // the visitor has said so
  const absl::Status scanned = ScanRecords(
      *store_, v->snapshot.get(),
      {.homes = query.filter.homes, .after = query.after, .patience = &patience},
      [&](const PackedRecord& packed) -> absl::StatusOr<bool> {
        answer.more = has_enough || visited == query.limit || answer.looked_at == kMaxLookedAt;
        if (answer.more) return false;
        ++answer.looked_at;
        auto record = packed.Decode();
        answer.reached = packed.place();
        if (!record.ok()) return record.status();
        Trajectory trajectory{.id = TrajectoryId(std::string(packed.id)),
                              .object = std::move(record->object),
                              .tags = std::move(record->tags),
                              .fixes = std::move(record->fixes)};
        if (decides && !query.filter.Matches(trajectory)) return true;
        ++visited;
        has_enough = !visit(answer.reached, record->position, std::move(trajectory));
        return true;
      });
  if (!scanned.ok()) return Told(scanned);
  answer.position = v->log.total();
  return answer;
}

absl::StatusOr<WalkAnswer> Engine::Impl::Walk(const WalkQuery& query,
                                              const Patience& patience) const {
  std::vector<WalkAnswer::Step> steps;
  const WalkVisit keep = [&](const HomePlace& place, uint64_t version, Trajectory record) {
    steps.push_back({.place = place, .version = version, .fixes = std::move(record.fixes)});
    return true;
  };
  auto answer = Walk(query, keep, patience);
  if (answer.ok()) answer->steps = std::move(steps);
  return answer;
}

}  // namespace spoor
