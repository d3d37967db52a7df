#include "engine/segment/filter.h"

#include <algorithm>

#include "engine/store/home_key.h"

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

bool Filter::empty() const { return homes.all() && only_homes(); }

bool Filter::only_homes() const {
  return !time_ms && !box && region == nullptr && objects.empty() && tags.empty() &&
         exclude.empty();
}

bool Filter::Matches(const Trajectory& trajectory) const {
  const TrajectoryView fixes = trajectory.view();
  if (Holds(exclude, trajectory.id.value())) return false;
  if (!homes.all() && !homes.Contains(HomeKey(fixes, trajectory.id.value()))) return false;
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
