#include "router/ingest/open_record.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/time/time.h"
#include "engine/format/time_text.h"

namespace spoor {
namespace {

constexpr absl::string_view kPhases[] = {"moving", "resting", "ended"};
static_assert(AreNamesOf<OpenPhase>(kPhases, {{OpenPhase::kMoving, "moving"},
                                              {OpenPhase::kResting, "resting"},
                                              {OpenPhase::kEnded, "ended"}}));
constexpr absl::string_view kNothingSettled = "never";

const std::string* FindTag(const Tags& tags, absl::string_view name) {
  const auto at =
      std::find_if(tags.begin(), tags.end(), [name](const auto& tag) { return tag.first == name; });
  return at == tags.end() ? nullptr : &at->second;
}

// Whether the fixes are as OpenState has them; who stores records may have written anything.
bool IsWhole(const OpenState& state) {
  const auto& fixes = state.fixes;
  if (fixes.empty() || !fixes[0].has_time()) return false;
  const auto unordered = [](const Fix& a, const Fix& b) { return a.time_ms >= b.time_ms; };
  if (std::adjacent_find(fixes.begin(), fixes.end(), unordered) != fixes.end()) return false;
  const auto settled = std::count_if(fixes.begin(), fixes.end(), [&state](const Fix& fix) {
    return fix.time_ms <= state.settled_ms;
  });
  switch (state.phase) {
    case OpenPhase::kMoving:
      return true;
    case OpenPhase::kResting:
      return settled == 1 || settled == 2;
    case OpenPhase::kEnded:
      return settled == 1 && fixes.size() == 1;
  }
  return false;
}

}  // namespace

std::map<std::string, std::vector<std::string>> TagsOfOpenTrips() {
  return {{std::string(kFeedTag), {std::string(kPhases[0]), std::string(kPhases[1])}}};
}

Trajectory OpenRecord(absl::string_view object, OpenState state) {
  Trajectory record{.id = TrajectoryId(OpenTripName(object)),
                    .object = std::string(object),
                    .tags = {},
                    .fixes = std::move(state.fixes)};
  record.tags.emplace_back(kFeedTag, kPhases[static_cast<size_t>(state.phase)]);
  record.tags.emplace_back(kFeedSettledTag, state.settled_ms == kNoTime
                                                ? std::string(kNothingSettled)
                                                : TimeText(state.settled_ms));
  return record;
}

std::optional<OpenState> ReadOpenRecord(Trajectory record) {
  const std::string* phase = FindTag(record.tags, kFeedTag);
  const std::string* settled = FindTag(record.tags, kFeedSettledTag);
  if (phase == nullptr || settled == nullptr) return std::nullopt;
  const auto* const known = std::find(std::begin(kPhases), std::end(kPhases), *phase);
  if (known == std::end(kPhases)) return std::nullopt;
  OpenState state{.phase = static_cast<OpenPhase>(known - std::begin(kPhases)),
                  .settled_ms = kNoTime,
                  .fixes = std::move(record.fixes)};
  if (*settled != kNothingSettled) {
    state.settled_ms = ParseTimeText(*settled);
    if (state.settled_ms == kOutOfRange) return std::nullopt;
  }
  if (!IsWhole(state)) return std::nullopt;
  return state;
}

}  // namespace spoor
