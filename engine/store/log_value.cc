#include "engine/store/log_value.h"

#include <algorithm>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "engine/store/codec.h"
#include "geo/summary.h"

namespace spoor {
namespace {

constexpr char kValueVersion = 2;  // 1: no unit of places

absl::Status NoTrajectory(absl::string_view id, absl::string_view why) {
  return absl::DataLossError(
      absl::StrCat("the log's value of '", absl::CEscape(id), "' is no trajectory: ", why));
}

bool AreSound(const Tags& tags) {
  return std::all_of(tags.begin(), tags.end(), [](const auto& tag) {
    return tag.first.size() <= kMaxTagBytes && tag.second.size() <= kMaxTagBytes &&
           IsUtf8(tag.first) && IsUtf8(tag.second);
  });
}

}  // namespace

std::string EncodeLogValue(const Trajectory& trajectory) {
  return LogValueOf(EncodePayload(trajectory, Summarise(trajectory.view())));
}

std::string LogValueOf(absl::string_view payload) {
  return absl::StrCat(absl::string_view(&kValueVersion, 1), payload);
}

absl::StatusOr<Trajectory> DecodeLogValue(absl::string_view id, absl::string_view value) {
  if (!IsValidName(id)) return NoTrajectory(id, "the id is not valid");
  if (value.empty() || value[0] < 1 || value[0] > kValueVersion)
    return NoTrajectory(id, "unknown version");
  auto record = DecodePayload(value.substr(1));
  if (!record.ok()) return NoTrajectory(id, record.status().message());
  if (!record->object.empty() && !IsValidName(record->object)) {
    return NoTrajectory(id, "the object is not valid");
  }
  if (!AreSound(record->tags)) return NoTrajectory(id, "a tag is not valid");
  return Trajectory{.id = TrajectoryId(std::string(id)),
                    .object = std::move(record->object),
                    .tags = std::move(record->tags),
                    .fixes = std::move(record->fixes)};
}

}  // namespace spoor
