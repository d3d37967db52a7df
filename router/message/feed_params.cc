#include "router/message/feed_params.h"

#include <cmath>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "router/message/request_filter.h"

namespace spoor {
namespace {

constexpr double kMostSeconds = 1e9, kMostMetres = 1e8;

std::optional<double> NumberParam(const Target& target, absl::string_view name, double most,
                                  Problems& problems) {
  const std::string* text = target.Param(name);
  if (text == nullptr) return std::nullopt;
  double value = 0;
  if (absl::SimpleAtod(*text, &value) && value >= 0 && value <= most) return value;
  problems.Add(absl::StrCat("?", name), *text, absl::StrCat("a number of 0 … ", most));
  return std::nullopt;
}

void ReadSeconds(const Target& target, absl::string_view name, int64_t& ms, Problems& problems) {
  const auto seconds = NumberParam(target, name, kMostSeconds, problems);
  if (seconds) ms = static_cast<int64_t>(std::llround(*seconds * 1000));
}

void ReadMetres(const Target& target, absl::string_view name, double& metres, Problems& problems) {
  const auto number = NumberParam(target, name, kMostMetres, problems);
  if (number) metres = *number;
}

}  // namespace

FeedParams ReadFeedParams(const Target& target, Problems& problems) {
  FeedParams params;
  TripRules& trips = params.rules.trips;
  ReadSeconds(target, "lateness_s", params.rules.lateness_ms, problems);
  ReadSeconds(target, "gap_s", trips.max_gap_ms, problems);
  ReadSeconds(target, "dwell_s", trips.dwell_ms, problems);
  ReadMetres(target, "dwell_m", trips.dwell_m, problems);
  ReadMetres(target, "min_length_m", trips.min_length_m, problems);
  trips.max_fixes = static_cast<uint32_t>(
      UintParam(target, "max_fixes", {2, kMostLiveFixes}, trips.max_fixes, problems));
  params.max_accuracy_m = NumberParam(target, "max_accuracy_m", kMostMetres, problems);
  params.seal = static_cast<Seal>(ChoiceParam(target, "seal", kSeals, problems));
  return params;
}

}  // namespace spoor
