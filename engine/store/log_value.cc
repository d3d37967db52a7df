#include "engine/store/log_value.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "engine/store/codec.h"
#include "geo/box.h"
#include "geo/local_plane.h"

namespace spoor {
namespace {

constexpr double kRadiansPerE7 = 3.14159265358979323846 / 180 / 1e7;
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

namespace {

absl::StatusOr<StoredRecord> DecodeChecked(absl::string_view id, absl::string_view value) {
  if (!IsValidName(id)) return NoTrajectory(id, "the id is not valid");
  if (value.empty() || value[0] < 1 || value[0] > kValueVersion)
    return NoTrajectory(id, "unknown version");
  auto record = DecodePayload(value.substr(1));
  if (!record.ok()) return NoTrajectory(id, record.status().message());
  if (!record->object.empty() && !IsValidName(record->object)) {
    return NoTrajectory(id, "the object is not valid");
  }
  if (!AreSound(record->tags)) return NoTrajectory(id, "a tag is not valid");
  return record;
}

Trajectory TrajectoryOf(absl::string_view id, StoredRecord& record) {
  return {.id = TrajectoryId(std::string(id)),
          .object = std::move(record.object),
          .tags = std::move(record.tags),
          .fixes = std::move(record.fixes)};
}

// Bounds of the sum of the steps between the fixes, metres, without the sines of each: a degree of
// longitude is as long as at the southern or the northern end of the box, between which it only
// grows or shrinks, or is longest at the equator.  REQUIRES: the box is small.
std::pair<double, double> LengthBounds(TrajectoryView fixes, const Box& box) {
  const double south = std::cos(box.south_e7 * kRadiansPerE7),
               north = std::cos(box.north_e7 * kRadiansPerE7);
  const double least = std::min(south, north);
  const double most = box.south_e7 <= 0 && box.north_e7 >= 0 ? 1 : std::max(south, north);
  double low = 0, high = 0;
  for (size_t i = 1; i < fixes.size(); ++i) {
    const double up = fixes[i].lat_e7 - fixes[i - 1].lat_e7,
                 right = LonDeltaE7(fixes[i - 1].lon_e7, fixes[i].lon_e7);
    low += std::sqrt(up * up + least * least * right * right);
    high += std::sqrt(up * up + most * most * right * right);
  }
  const double metres = kEarthRadiusM * kRadiansPerE7;
  return {low * metres, high * metres};
}

// Whether it is the summary of these fixes, for all that can be told without computing it.
bool IsCredible(const Summary& summary, TrajectoryView fixes) {
  constexpr int32_t kSmallE7 =
      10'000'000;  // a degree: steps differ from straight ones by 1 : 10'000
  constexpr double kShare = 1e-3, kRoundingM = 1;
  const Box& box = summary.box;
  if (box != Cover(fixes)) return false;
  if (box.north_e7 - box.south_e7 > kSmallE7 || LonDeltaE7(box.west_e7, box.east_e7) > kSmallE7 ||
      LonDeltaE7(box.west_e7, box.east_e7) < 0) {
    return false;
  }
  const auto [low, high] = LengthBounds(fixes, box);
  return summary.length_m >= low * (1 - kShare) - kRoundingM &&
         summary.length_m <= high * (1 + kShare) + kRoundingM;
}

}  // namespace

absl::StatusOr<Trajectory> DecodeLogValue(absl::string_view id, absl::string_view value) {
  auto record = DecodeChecked(id, value);
  if (!record.ok()) return record.status();
  return TrajectoryOf(id, *record);
}

absl::StatusOr<PackedTrajectory> UnpackLogValue(absl::string_view id, std::string value) {
  auto record = DecodeChecked(id, value);
  if (!record.ok()) return record.status();
  PackedTrajectory packed{.trajectory = TrajectoryOf(id, *record), .summary = record->summary};
  if (IsCredible(packed.summary, packed.trajectory.view())) {
    value.erase(0, 1);
    packed.payload = std::move(value);
  } else {
    packed.summary = Summarise(packed.trajectory.view());
    packed.payload = EncodePayload(packed.trajectory, packed.summary);
  }
  return packed;
}

}  // namespace spoor
