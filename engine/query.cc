#include "engine/query.h"

#include <algorithm>

#include "engine/workers.h"

namespace spoor {
namespace {

bool Holds(const std::vector<std::string>& values, absl::string_view value) {
  return std::find(values.begin(), values.end(), value) != values.end();
}

bool HasTag(const Tags& tags, const std::string& name, const std::vector<std::string>& values) {
  return std::any_of(tags.begin(), tags.end(), [&](const auto& tag) {
    return tag.first == name && Holds(values, tag.second);
  });
}

}  // namespace

absl::Status Patience::Check() const {
  if (cancelled != nullptr && cancelled->load(std::memory_order_relaxed)) {
    return absl::CancelledError("cancelled by the caller");
  }
  if (deadline != std::chrono::steady_clock::time_point::max() &&
      std::chrono::steady_clock::now() > deadline) {
    return absl::DeadlineExceededError("deadline exceeded");
  }
  return absl::OkStatus();
}

absl::Status Patience::CheckInTurn() const {
  Workers::GiveWay(*this);
  return Check();
}

void Patience::Limit(MeasureWork& work) const {
  work.AskWhether(
      [](const void* patience) {
        return !static_cast<const Patience*>(patience)->CheckInTurn().ok();
      },
      this);
}

uint64_t Query::exact_within() const {
  if (exact) return UINT64_MAX;
  if (!rerank) return 0;
  // Of a score bounds know nothing, and whole groups fail the filter only by their place.
  const bool bounded =
      min_score == 0 && !filter.time_ms && filter.objects.empty() && filter.tags.empty();
  return bounded && rerank->measure->finds_by_bounds() ? UINT64_MAX : rerank->candidates;
}

bool Filter::empty() const { return !homes && only_homes(); }

bool Filter::only_homes() const {
  return !time_ms && !box && region == nullptr && objects.empty() && tags.empty() &&
         exclude.empty();
}

bool Filter::Matches(const Trajectory& trajectory) const {
  const TrajectoryView fixes = trajectory.view();
  if (Holds(exclude, trajectory.id.value())) return false;
  if (homes && !LivesIn(*homes, HomeKey(fixes, trajectory.id.value()))) return false;
  if (!objects.empty() && !Holds(objects, trajectory.object)) return false;
  for (const auto& [name, values] : tags) {
    if (!HasTag(trajectory.tags, name, values)) return false;
  }
  if (time_ms && (!fixes.front().has_time() || fixes.back().time_ms < time_ms->first ||
                  fixes.front().time_ms > time_ms->second)) {
    return false;
  }
  if (box && !Meets(fixes, *box, relation)) return false;
  return region == nullptr || region->Meets(fixes, relation);
}

}  // namespace spoor
