#include "engine/format/tracks.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "engine/format/coordinate_hint.h"
#include "engine/format/csv_cells.h"
#include "engine/format/time_text.h"

namespace spoor {
namespace {

constexpr absl::string_view kAllOrNone =
    "a time at all points of a track or at none; clean drops those without";

}  // namespace

void Tracks::Begin(uint64_t line) {
  draft_.set_line(line);
  name_.clear();
  id_.clear();
}

void Tracks::SetName(absl::string_view name) {
  name_ = std::string(name);
  absl::RemoveExtraAsciiWhitespace(&name_);
  for (char& c : name_) c = absl::ascii_isspace(static_cast<unsigned char>(c)) ? ' ' : c;
}

void Tracks::SetObject(absl::string_view object) {
  if (object.empty()) return;
  if (!IsValidName(object)) return Reject(draft_.line(), "object", object, kNameAllowed);
  draft_.trip.object = std::string(object);
}

void Tracks::SetId(absl::string_view id) {
  if (!IsValidName(id)) return Reject(draft_.line(), "id", id, kNameAllowed);
  id_ = std::string(id);
}

void Tracks::AddTag(absl::string_view name, absl::string_view value) {
  if (name.empty()) return;
  Tags& tags = draft_.trip.tags;
  const auto place = std::ranges::lower_bound(tags, name, {}, &Tags::value_type::first);
  if (place != tags.end() && place->first == name) return;
  if (tags.size() == kMaxTags || value.size() > kMaxTagBytes || name.size() > kMaxTagBytes) {
    return Reject(draft_.line(), name, value,
                  absl::StrCat("at most ", kMaxTags, " tags of at most ", kMaxTagBytes, " bytes"));
  }
  tags.insert(place, {std::string(name), std::string(value)});
}

void Tracks::Reject(uint64_t line, absl::string_view field, absl::string_view value,
                    absl::string_view allowed) {
  if (draft_.rejected()) return;
  draft_.set_line(line);
  draft_.Reject(std::string(field), value, allowed);
  std::vector<Fix>().swap(draft_.trip.fixes);
}

bool Tracks::ReadPosition(const TrackPoint& point, Fix& fix) {
  const int64_t lat = CellUnits(point.lat, kLatAxis, options_);
  const int64_t lon = CellUnits(point.lon, kLonAxis, options_);
  if (lat != kOutOfRange && lon != kOutOfRange) {
    fix.lat_e7 = static_cast<int32_t>(lat);
    fix.lon_e7 = static_cast<int32_t>(lon);
    return true;
  }
  fix = RecordDraft::OutOfRange();
  const auto drops = [this](absl::string_view text) {
    return text.empty() || IsNumber(text, options_);
  };
  if (options_.clean && drops(point.lat) && drops(point.lon)) return true;
  const bool is_lat = lat == kOutOfRange;
  Reject(point.line, is_lat ? names_.lat : names_.lon, is_lat ? point.lat : point.lon,
         absl::StrCat(is_lat ? kLatAxis.allowed : kLonAxis.allowed,
                      CoordinateHint(point.lat, point.lon, options_)));
  return false;
}

bool Tracks::ReadTime(const TrackPoint& point, Fix& fix) {
  if (!point.time.empty()) {
    const int64_t time_ms = ParseTimeText(point.time, options_.time);
    if (time_ms == kOutOfRange) {
      Reject(point.line, names_.time, point.time, kTimeTextAllowed);
      return false;
    }
    if (!RecordDraft::IsOutOfRange(fix)) fix.time_ms = time_ms;
  }
  if (draft_.trip.fixes.empty() || options_.clean) return true;
  const Fix& before = draft_.trip.fixes.back();
  if (fix.has_time() != before.has_time()) {
    Reject(point.line, names_.time, point.time, kAllOrNone);
    return false;
  }
  if (fix.time_ms >= before.time_ms) return true;
  Reject(point.line, names_.time, point.time,
         absl::StrCat("at least ", ShownSeconds(before.time_ms),
                      ", the time of the point before; clean sorts"));
  return false;
}

void Tracks::Add(const TrackPoint& point) {
  any_points_ = true;
  if (draft_.rejected()) return;
  if (draft_.trip.fixes.size() == options_.max_fixes) {
    return Reject(point.line, names_.track, "", FixCountAllowed(options_));
  }
  Fix fix;
  if (ReadPosition(point, fix) && ReadTime(point, fix)) draft_.trip.fixes.push_back(fix);
}

std::string Tracks::NextId() {
  std::string id = id_.empty() ? options_.source : id_;
  if (id.empty()) id = name_;
  if (id.empty() && !draft_.trip.fixes.empty() && draft_.trip.fixes[0].has_time()) {
    id = absl::FormatTime("%Y-%m-%dT%H:%M:%E*SZ",
                          absl::FromUnixMillis(draft_.trip.fixes[0].time_ms), absl::UTCTimeZone());
  }
  if (!id.empty() && id_.empty() && tracks_ > 1) absl::StrAppend(&id, "/", tracks_);
  return id;
}

void Tracks::End(const RecordSink& sink) {
  if (!std::exchange(any_points_, false) && !draft_.rejected()) {
    draft_.trip = Trajectory();
    return;
  }
  ++tracks_;
  const std::string id = NextId();
  if (IsValidName(id)) {
    draft_.trip.id = TrajectoryId(id);
  } else if (id.empty()) {
    Reject(draft_.line(), names_.name, "",
           "a name or times, or say by `source` what the trips shall be called");
  } else {
    Reject(draft_.line(), names_.name, id, kNameAllowed);
  }
  sink(draft_.Finish({.id = names_.name, .fixes = names_.track}));
}

absl::Status Tracks::Finish(absl::string_view allowed, const RecordSink& sink) {
  if (tracks_ > 0) return absl::OkStatus();
  FieldError error{
      .field = std::string(names_.track), .value = "", .allowed = std::string(allowed)};
  const absl::Status status = ErrorStatus(error);
  sink(RejectedRecord(1, std::move(error)));
  return status;
}

}  // namespace spoor
