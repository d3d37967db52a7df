#include "engine/format/geojson_feature.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/format/json_record.h"

namespace spoor {
namespace {

constexpr absl::string_view kFeatureAllowed = "a Feature";
constexpr absl::string_view kPropertiesAllowed =
    "a number, a string, true, false or null; arrays and objects only as tags, coordTimes, times, "
    "datetimes, coordinateProperties";
constexpr absl::string_view kGeometryAllowed = "a Point, a LineString, or one cut at 180 degrees";
constexpr absl::string_view kTimesNames[] = {"coordTimes", "times", "datetimes"};
constexpr int32_t kSeamE7 = 100;  // 1 m, by which programs round the latitude of a cut

bool IsNested(absl::string_view value) { return value[0] == '{' || value[0] == '['; }

// Whether the member is there and not null.
bool IsSaid(absl::string_view value) { return !value.empty() && value != "null"; }

// Where a feature has its times: a JSON array, and the pointer to it.
struct TimesPlace {
  std::string field;
  absl::string_view value;  // empty: nowhere
};

bool CheckType(const JsonMembers& members, absl::string_view field, absl::string_view type,
               RecordDraft& draft) {
  const absl::string_view value = FindMember(members, "type");
  std::string found;
  if (JsonCursor(value).ReadString(found) && found == type) return true;
  draft.Reject(std::string(field), value, absl::StrCat("\"", type, "\""));
  return false;
}

// Whether a line goes on, on the other side of 180 degrees, where the one before it was cut.
bool IsSeam(const Fix& end, const Fix& begin) {
  return std::abs(end.lon_e7) == kMaxLonE7 && begin.lon_e7 == -end.lon_e7 &&
         std::abs(int64_t{end.lat_e7} - begin.lat_e7) <= kSeamE7;
}

// The lines of a MultiLineString one behind another.  Where two meet at 180 degrees both positions
// are of the cut (RFC 7946, 3.1.9): the first of the two is noted in seams.
void ReadLines(absl::string_view text, ThirdNumber third, RecordDraft& draft,
               std::vector<size_t>& seams) {
  JsonCursor in(text);
  const std::vector<Fix>& fixes = draft.trip.fixes;
  if (!in.Enter('['))
    return draft.Reject(std::string(kFeatureFields.fixes), text, "[[[lon, lat], …], …]");
  for (size_t line = 0; in.NextItem(); ++line) {
    const size_t begin = fixes.size();
    absl::string_view coordinates;
    if (!in.Skip(&coordinates)) return;
    JsonCursor line_in(coordinates);
    ReadCoords(line_in, absl::StrCat(kFeatureFields.fixes, "/", line), third, draft);
    if (draft.rejected()) return;
    if (begin == 0) continue;
    if (!IsSeam(fixes[begin - 1], fixes[begin])) {
      return draft.Reject(absl::StrCat(kFeatureFields.fixes, "/", line), coordinates,
                          "a line that goes on where the one before it was cut at 180 degrees");
    }
    seams.push_back(begin - 1);
  }
}

void ReadGeometry(absl::string_view text, ThirdNumber third, RecordDraft& draft,
                  std::vector<size_t>& seams) {
  JsonMembers members;
  if (!ReadMembers(text, "/geometry", kGeometryAllowed, draft, members)) return;
  const absl::string_view type = FindMember(members, "type");
  const absl::string_view coordinates = FindMember(members, "coordinates");
  const bool is_point = type == "\"Point\"", is_line = type == "\"LineString\"";
  if (!is_point && !is_line && type != "\"MultiLineString\"") {
    return draft.Reject("/geometry/type", type, "\"Point\", \"LineString\", \"MultiLineString\"");
  }
  if (coordinates.empty()) return;  // its absence is told at the end
  if (!is_point && !is_line) return ReadLines(coordinates, third, draft, seams);
  const std::string alone = is_point ? absl::StrCat("[", coordinates, "]") : "";
  JsonCursor in(is_point ? alone : coordinates);
  ReadCoords(in, kFeatureFields.fixes, third, draft);
}

// A MovingPoint of OGC Moving Features: coordinates and datetimes.
void ReadMovingPoint(absl::string_view text, RecordDraft& draft) {
  JsonMembers members;
  if (!ReadMembers(text, "/temporalGeometry", "a MovingPoint", draft, members)) return;
  if (!CheckType(members, "/temporalGeometry/type", "MovingPoint", draft)) return;
  JsonCursor coordinates(FindMember(members, "coordinates"));
  ReadCoords(coordinates, "/temporalGeometry/coordinates", ThirdNumber::kIgnored, draft);
  const absl::string_view datetimes = FindMember(members, "datetimes");
  if (!IsSaid(datetimes)) {
    return draft.Reject("/temporalGeometry/datetimes", datetimes, "one time for each position");
  }
  JsonCursor times(datetimes);
  if (!draft.rejected()) ReadTimes(times, "/temporalGeometry/datetimes", draft);
}

// Under any of the names that programs give them; two are refused, as they may differ.
TimesPlace FindTimes(const JsonMembers& properties, RecordDraft& draft) {
  TimesPlace found;
  const auto take = [&](std::string field, absl::string_view value) {
    if (!IsSaid(value)) return;
    if (!found.value.empty()) {
      draft.Reject(field, value, absl::StrCat("one of ", found.field, " and ", field));
    }
    found = {.field = std::move(field), .value = value};
  };
  for (const absl::string_view name : kTimesNames) {
    take(absl::StrCat("/properties/", name), FindMember(properties, name));
  }
  const absl::string_view nested = FindMember(properties, "coordinateProperties");
  JsonMembers members;
  if (IsSaid(nested) &&
      ReadMembers(nested, "/properties/coordinateProperties", "an object", draft, members)) {
    take("/properties/coordinateProperties/times", FindMember(members, "times"));
  }
  return found;
}

// Fixes and times.
void ReadFixes(const JsonMembers& feature, const JsonMembers& properties, RecordDraft& draft) {
  for (const absl::string_view name : kTimesNames) {
    const absl::string_view value = FindMember(feature, name);
    if (IsSaid(value)) draft.Reject(absl::StrCat("/", name), value, "times in the properties");
  }
  const TimesPlace times = FindTimes(properties, draft);
  const absl::string_view moving = FindMember(feature, "temporalGeometry");
  if (IsSaid(moving)) {
    if (!times.value.empty()) draft.Reject(times.field, times.value, "times in temporalGeometry");
    return ReadMovingPoint(moving, draft);
  }
  std::vector<size_t> seams;
  if (const auto geometry = FindMember(feature, "geometry"); !geometry.empty()) {
    ReadGeometry(geometry, times.value.empty() ? ThirdNumber::kAltitudeTime : ThirdNumber::kIgnored,
                 draft, seams);
  }
  if (!times.value.empty()) {
    JsonCursor in(times.value);
    ReadTimes(in, times.field, draft);
  }
  if (draft.rejected()) return;
  std::vector<Fix>& fixes = draft.trip.fixes;
  for (auto seam = seams.rbegin(); seam != seams.rend(); ++seam) {
    const auto first = fixes.begin() + static_cast<ptrdiff_t>(*seam);
    fixes.erase(first, first + 2);
  }
}

void ReadProperties(const JsonMembers& feature, const JsonMembers& properties, RecordDraft& draft) {
  if (const auto object = FindMember(properties, "object"); IsSaid(object)) {
    JsonCursor in(object);
    ReadName(in, "/properties/object", NameKind::kStringNumberOrNull, draft, draft.trip.object);
  }
  if (const auto tags = FindMember(properties, "tags"); IsSaid(tags)) {
    JsonCursor in(tags);
    ReadTags(in, "/properties/tags", draft);
  }
  constexpr absl::string_view kOurs[] = {"object", "tags", "coordinateProperties"};
  const absl::string_view id = FindMember(feature, "id");
  const bool has_datetimes = IsSaid(FindMember(properties, "datetimes"));
  for (const auto& [key, value] : properties) {
    if (!IsSaid(value) ||
        std::ranges::count(kOurs, key) + std::ranges::count(kTimesNames, key) > 0) {
      continue;
    }
    if (key == "id" && (!IsSaid(id) || id == value)) continue;  // it is the trip's
    const std::string field = absl::StrCat("/properties", PointerStep(key));
    if (has_datetimes && value[0] == '[') continue;  // MF-JSON: a value for each of these times
    if (IsNested(value)) {
      draft.Reject(field, value, kPropertiesAllowed);
    } else {
      AddTag(key, value, field, draft);
    }
  }
}

void ReadId(const JsonMembers& feature, const JsonMembers& properties, RecordDraft& draft) {
  absl::string_view field = "/id";
  absl::string_view value = FindMember(feature, "id");
  if (!IsSaid(value)) {
    field = "/properties/id";
    value = FindMember(properties, "id");
  }
  if (!IsSaid(value)) {  // of one without a source its absence is told at the end
    const std::string& source = draft.options().source;
    if (source.empty()) return;
    std::string id = draft.line() == 1 ? source : absl::StrCat(source, "/", draft.line());
    if (IsValidName(id)) draft.trip.id = TrajectoryId(std::move(id));
    return;
  }
  JsonCursor in(value);
  std::string id;
  ReadName(in, field, NameKind::kStringNumberOrNull, draft, id);
  draft.trip.id = TrajectoryId(std::move(id));
}

}  // namespace

bool ReadMembers(absl::string_view text, absl::string_view field, absl::string_view allowed,
                 RecordDraft& draft, JsonMembers& out) {
  JsonCursor in(text);
  std::string key;
  absl::string_view value;
  const bool is_object = in.Enter('{');
  if (!is_object) in.Skip();
  size_t members = 0;
  while (is_object && in.NextKey(key) && in.Skip(&value)) {
    if (++members <= kMaxMembers) out.emplace_back(key, value);
  }
  if (!in.AtEnd()) {
    draft.RejectMalformed("", text, in.offset(), allowed);
    return false;
  }
  if (!is_object || members > kMaxMembers) {
    draft.Reject(std::string(field), text,
                 is_object ? absl::StrCat("at most ", kMaxMembers, " members") : allowed);
    return false;
  }
  std::vector<absl::string_view> keys;
  for (const auto& member : out) {
    keys.push_back(member.first);
  }
  std::ranges::sort(keys);
  const auto twice = std::ranges::adjacent_find(keys);
  if (twice == keys.end()) return true;
  draft.Reject(absl::StrCat(field, PointerStep(*twice)), FindMember(out, *twice),
               "each field once");
  return false;
}

absl::string_view FindMember(const JsonMembers& members, absl::string_view key) {
  const auto found = std::ranges::find(members, key, &JsonMembers::value_type::first);
  return found == members.end() ? absl::string_view() : found->second;
}

ParsedRecord ReadFeature(absl::string_view text, uint64_t line, const ReadOptions& options) {
  RecordDraft draft(options, line);
  JsonMembers feature, properties;
  if (!ReadMembers(text, "", kFeatureAllowed, draft, feature)) return draft.Finish(kFeatureFields);
  const absl::string_view properties_text = FindMember(feature, "properties");
  if (CheckType(feature, "/type", "Feature", draft) && IsSaid(properties_text)) {
    ReadMembers(properties_text, "/properties", "an object or null", draft, properties);
  }
  ReadId(feature, properties, draft);
  ReadFixes(feature, properties, draft);
  ReadProperties(feature, properties, draft);
  return draft.Finish(kFeatureFields);
}

}  // namespace spoor
