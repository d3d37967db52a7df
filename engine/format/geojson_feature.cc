#include "engine/format/geojson_feature.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "engine/format/json_record.h"

namespace spoor {
namespace {

constexpr absl::string_view kFeatureAllowed = "a Feature";
constexpr absl::string_view kPropertiesAllowed =
    "a number, a string, true, false or null; arrays and objects only as tags, coordTimes, times";
constexpr FieldNames kNames{.id = "/id", .fixes = "/geometry/coordinates"};

bool IsNested(absl::string_view value) { return value[0] == '{' || value[0] == '['; }

// Whether the member is there and not null.
bool IsSaid(absl::string_view value) { return !value.empty() && value != "null"; }

bool CheckType(const JsonMembers& members, absl::string_view field, absl::string_view type,
               RecordDraft& draft) {
  const absl::string_view value = FindMember(members, "type");
  std::string found;
  if (JsonCursor(value).ReadString(found) && found == type) return true;
  draft.Reject(std::string(field), value, absl::StrCat("\"", type, "\""));
  return false;
}

void ReadGeometry(absl::string_view text, RecordDraft& draft) {
  JsonMembers members;
  if (!ReadMembers(text, "/geometry", "a LineString", draft, members)) return;
  if (!CheckType(members, "/geometry/type", "LineString", draft)) return;
  const absl::string_view coordinates = FindMember(members, "coordinates");
  if (coordinates.empty()) return;  // its absence is told at the end
  JsonCursor in(coordinates);
  ReadCoords(in, kNames.fixes, ThirdNumber::kIgnored, draft);
}

void ReadTimesOf(const JsonMembers& properties, RecordDraft& draft) {
  const absl::string_view coord_times = FindMember(properties, "coordTimes");
  const absl::string_view times = FindMember(properties, "times");
  if (IsSaid(coord_times) && IsSaid(times)) {
    return draft.Reject("/properties/times", times, "coordTimes or times, not both");
  }
  if (IsSaid(coord_times)) {
    JsonCursor in(coord_times);
    ReadTimes(in, "/properties/coordTimes", draft);
  } else if (IsSaid(times)) {
    JsonCursor in(times);
    ReadTimes(in, "/properties/times", draft);
  }
}

void ReadProperties(const JsonMembers& properties, RecordDraft& draft) {
  if (const auto object = FindMember(properties, "object"); IsSaid(object)) {
    JsonCursor in(object);
    ReadName(in, "/properties/object", NameKind::kStringNumberOrNull, draft, draft.trip.object);
  }
  if (const auto tags = FindMember(properties, "tags"); IsSaid(tags)) {
    JsonCursor in(tags);
    ReadTags(in, "/properties/tags", draft);
  }
  ReadTimesOf(properties, draft);
  constexpr absl::string_view kOurs[] = {"id", "object", "tags", "coordTimes", "times"};
  for (const auto& [key, value] : properties) {
    if (std::ranges::count(kOurs, key) > 0 || !IsNested(value)) continue;
    draft.Reject(absl::StrCat("/properties", PointerStep(key)), value, kPropertiesAllowed);
  }
}

void ReadId(const JsonMembers& feature, const JsonMembers& properties, RecordDraft& draft) {
  absl::string_view field = "/id";
  absl::string_view value = FindMember(feature, "id");
  if (!IsSaid(value)) {
    field = "/properties/id";
    value = FindMember(properties, "id");
  }
  if (!IsSaid(value)) return;  // its absence is told at the end
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
  if (!ReadMembers(text, "", kFeatureAllowed, draft, feature)) return draft.Finish(kNames);
  const absl::string_view properties_text = FindMember(feature, "properties");
  if (CheckType(feature, "/type", "Feature", draft) && IsSaid(properties_text)) {
    ReadMembers(properties_text, "/properties", "an object or null", draft, properties);
  }
  ReadId(feature, properties, draft);
  if (const auto geometry = FindMember(feature, "geometry"); !geometry.empty()) {
    ReadGeometry(geometry, draft);
  }
  ReadProperties(properties, draft);
  return draft.Finish(kNames);
}

}  // namespace spoor
