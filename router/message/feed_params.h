#pragma once

#include <optional>

#include "absl/strings/string_view.h"
#include "geo/enum_names.h"
#include "geo/trips/open_trip.h"
#include "router/message/problem.h"
#include "router/message/target.h"

namespace spoor {

// Which trips end with a body: none, those of its objects, all that are open.
enum class Seal : uint8_t { kNone, kObjects, kAll };
inline constexpr absl::string_view kSeals[] = {"false", "true", "all"};
static_assert(AreNamesOf<Seal>(
    kSeals, {{Seal::kNone, "false"}, {Seal::kObjects, "true"}, {Seal::kAll, "all"}}));

// How the fixes of a body become trips, by the parameters of its target.
struct FeedParams {
  LiveRules rules;
  std::optional<double> max_accuracy_m;
  Seal seal = Seal::kNone;
};
FeedParams ReadFeedParams(const Target& target, Problems& problems);

// What an open trip may hold at most, so that it is a record like any other.
inline constexpr uint32_t kMostLiveFixes = 100'000;

}  // namespace spoor
