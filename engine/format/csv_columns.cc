#include "engine/format/csv_columns.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "engine/format/record.h"
#include "engine/format/time_text.h"

namespace spoor {
namespace {

constexpr absl::string_view kTagPrefix = "tag.";
constexpr absl::string_view kNoColumn = "-";
constexpr int kMaxIndex = 10'000;
constexpr size_t kMaxShownNames = 1000;                            // bytes
constexpr absl::string_view kMostDigits = "18446744073709551615";  // of the number of a line

// What a column may hold, and how it is called where nobody maps it.
struct Role {
  absl::string_view name;
  int CsvColumns::* column;
  absl::string_view usual_names;
};

constexpr Role kRoles[] = {
    {"id", &CsvColumns::id, "id|trip_id"},
    {"object", &CsvColumns::object, "object"},
    {"lat", &CsvColumns::lat, "lat|latitude|y|location-lat"},
    {"lon", &CsvColumns::lon, "lon|lng|long|longitude|x|location-long"},
    {"time", &CsvColumns::time, "time|timestamp|datetime|t|date_time|basedatetime"},
    {"polyline", &CsvColumns::polyline, "polyline"},
    {"tags", &CsvColumns::tags_json, "tags_json"},
};
constexpr Role kMissing = {"missing", &CsvColumns::missing, ""};  // only presets name it

struct Preset {
  absl::string_view name;
  int step_s;
  std::map<std::string, std::string> columns;
};

const std::vector<Preset>& Presets() {
  static const auto* const presets = new std::vector<Preset>{
#define PRESET(name, step_s, ...) {name, step_s, {__VA_ARGS__}},
#include "engine/format/presets.def"
#undef PRESET
  };
  return *presets;
}

absl::Status CheckRole(absl::string_view role, absl::string_view column) {
  const bool is_tag = absl::StartsWith(role, kTagPrefix) && role.size() > kTagPrefix.size() &&
                      role.size() <= kTagPrefix.size() + kMaxTagBytes && IsUtf8(role);
  if (!is_tag && std::ranges::count(kRoles, role, &Role::name) == 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("unknown column role '", Shown(role),
                     "', known: id, object, lat, lon, time, polyline, tags, tag.<name>"));
  }
  if (column.empty()) {
    return absl::InvalidArgumentError(absl::StrCat("column role '", role, "' names no column"));
  }
  if (column != kNoColumn || (role != "id" && role != "lat" && role != "lon")) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(absl::StrCat("column role '", role, "' cannot be left out"));
}

absl::Status CheckIds(const ReadOptions& options) {
  const bool one = !options.table_id.empty(), each = !options.row_id_prefix.empty();
  if (one && !IsValidName(options.table_id)) {
    return absl::InvalidArgumentError(
        absl::StrCat("the table's id is '", Shown(options.table_id), "', allowed: ", kNameAllowed));
  }
  if (each && !IsValidName(absl::StrCat(options.row_id_prefix, kMostDigits))) {
    return absl::InvalidArgumentError(absl::StrCat(
        "ids of rows begin with '", Shown(options.row_id_prefix), "', allowed: ", kNameAllowed));
  }
  if (one + each + options.columns.count("id") <= 1) return absl::OkStatus();
  return absl::InvalidArgumentError(
      "an id of the table, ids of its rows, or a column of ids: one of them");
}

// The two columns that a mapping joins; the second is empty where there is one.
std::pair<absl::string_view, absl::string_view> Joined(absl::string_view column) {
  return absl::StrSplit(column, absl::MaxSplits('+', 1));
}

bool IsIndex(absl::string_view column) {
  int index = 0;
  return !column.empty() && std::ranges::all_of(column, absl::ascii_isdigit) &&
         absl::SimpleAtoi(column, &index) && index < kMaxIndex;
}

// Names that the columns of times have that FindUsual does not dare to take.
bool IsNamedLikeTime(absl::string_view name) {
  const std::string lower = absl::AsciiStrToLower(name);
  for (const absl::string_view part : {"time", "date", "stamp", "epoch"}) {
    if (absl::StrContains(lower, part)) return true;
  }
  return lower == "when" || lower == "ts" || lower == "utc";
}

int FindName(const std::vector<std::string>& names, absl::string_view name) {
  auto found = std::ranges::find(names, name);
  if (found == names.end()) {
    found = std::ranges::find_if(
        names, [&](const std::string& n) { return absl::EqualsIgnoreCase(n, name); });
  }
  return found == names.end() ? CsvColumns::kNone : static_cast<int>(found - names.begin());
}

// Resolves one table against one mapping.
class Finder {
 public:
  Finder(const CsvMapping& mapping, CsvColumns& out, FieldError& error)
      : mapping_(mapping), out_(out), error_(error) {}

  bool FindAll();

 private:
  bool FindMapped(absl::string_view role, absl::string_view column);
  bool FindColumn(absl::string_view column, int& out) const;
  int* PlaceOf(absl::string_view role);
  void NoteLeft();
  bool CheckTimes();
  void FindUsual(const Role& role);
  bool CheckShape();
  std::string ShownNames() const;
  bool FailMapped(absl::string_view role, absl::string_view column);
  bool FailUsual(const Role& role);

  const CsvMapping& mapping_;
  CsvColumns& out_;
  FieldError& error_;
};

bool Finder::FindAll() {
  for (const auto& [role, column] : mapping_.columns) {
    if (column == kNoColumn) continue;
    if (!FindMapped(role, column)) return FailMapped(role, column);
  }
  const auto it = mapping_.columns.find("time");
  out_.no_time = it != mapping_.columns.end() && it->second == kNoColumn;
  for (const Role& role : kRoles) {
    if (!mapping_.needs_id && role.name == "id") continue;
    if (out_.has_header && mapping_.columns.count(std::string(role.name)) == 0) FindUsual(role);
  }
  if (!CheckShape()) return false;
  NoteLeft();
  return CheckTimes();
}

// Where the column of a role is kept; a place at the end of the tags for a tag.
int* Finder::PlaceOf(absl::string_view role) {
  const auto* known = std::ranges::find(kRoles, role, &Role::name);
  if (known != std::end(kRoles)) return &(out_.*known->column);
  if (role == kMissing.name) return &out_.missing;
  out_.tags.emplace_back(role.substr(kTagPrefix.size()), CsvColumns::kNone);
  return &out_.tags.back().second;
}

bool Finder::FindMapped(absl::string_view role, absl::string_view column) {
  int* const place = PlaceOf(role);
  if (FindColumn(column, *place)) return true;
  const auto [first, rest] = Joined(column);
  if (rest.empty() || (role != "id" && role != "time")) return false;
  return FindColumn(first, *place) &&
         FindColumn(rest, role == "id" ? out_.id_rest : out_.time_rest);
}

bool Finder::FindColumn(absl::string_view column, int& out) const {
  if (out_.has_header) {
    out = FindName(out_.names, column);
    return out != CsvColumns::kNone;
  }
  return absl::SimpleAtoi(column, &out) && out < static_cast<int>(out_.names.size());
}

void Finder::NoteLeft() {
  std::vector<int> taken = {out_.missing, out_.id_rest, out_.time_rest};
  for (const Role& role : kRoles) taken.push_back(out_.*role.column);
  for (const auto& tag : out_.tags) taken.push_back(tag.second);
  for (int i = 0; i < static_cast<int>(out_.names.size()); ++i) {
    if (std::ranges::count(taken, i) == 0) out_.left.push_back(i);
  }
}

bool Finder::CheckTimes() {
  if (out_.has_polyline() || out_.no_time || out_.time != CsvColumns::kNone || !out_.has_header) {
    return true;
  }
  for (const int column : out_.left) {
    const std::string& name = out_.names[static_cast<size_t>(column)];
    if (!IsNamedLikeTime(name)) continue;
    error_ = UnmappedTime(name);
    return false;
  }
  return true;
}

void Finder::FindUsual(const Role& role) {
  const bool fix_a_row = mapping_.columns.contains("lat") || mapping_.columns.contains("lon");
  const bool trip_a_row = mapping_.columns.contains("polyline");
  if (trip_a_row && (role.name == "lat" || role.name == "lon" || role.name == "time")) return;
  if (fix_a_row && role.name == "polyline") return;
  for (const absl::string_view name : absl::StrSplit(role.usual_names, '|')) {
    out_.*role.column = FindName(out_.names, name);
    if (out_.*role.column != CsvColumns::kNone) return;
  }
}

bool Finder::CheckShape() {
  if (mapping_.needs_id && out_.id == CsvColumns::kNone) return FailUsual(kRoles[0]);
  const bool has_fixes = out_.lat != CsvColumns::kNone && out_.lon != CsvColumns::kNone;
  if (has_fixes && !mapping_.columns.contains("polyline")) out_.polyline = CsvColumns::kNone;
  if (!out_.has_polyline()) {
    return has_fixes || FailUsual(out_.lat == CsvColumns::kNone ? kRoles[2] : kRoles[3]);
  }
  if (out_.time == CsvColumns::kNone || out_.step_s > 0) return true;
  if (!mapping_.columns.contains("time")) {  // of a trip, but nobody knows of which of its fixes
    out_.time = CsvColumns::kNone;
    return true;
  }
  error_ = {.field = "time",
            .value = CellAsJson(mapping_.columns.at("time")),
            .allowed = "beside a polyline only in a preset, which says the time from fix to fix"};
  return false;
}

std::string Finder::ShownNames() const {
  std::string shown;
  for (const std::string& name : out_.names) {
    absl::StrAppend(&shown, shown.empty() ? "" : ", ", Shown(name));
    if (shown.size() > kMaxShownNames) return absl::StrCat(shown, ", …");
  }
  return shown;
}

bool Finder::FailMapped(absl::string_view role, absl::string_view column) {
  error_ = {.field = std::string(role),
            .value = Shown(CellAsJson(column)),
            .allowed = absl::StrCat("one of the columns ", ShownNames())};
  return false;
}

bool Finder::FailUsual(const Role& role) {
  const std::string usual = absl::StrJoin(absl::StrSplit(role.usual_names, '|'), " or ");
  error_ = {.field = std::string(role.name),
            .value = "",
            .allowed = absl::StrCat("a column ", usual, ", or one mapped to it of ", ShownNames())};
  return false;
}

// What a preset says that is no column.
std::string TakeSetting(std::map<std::string, std::string>& columns, const std::string& name) {
  const auto setting = columns.extract(name);
  return setting ? setting.mapped() : "";
}

}  // namespace

std::vector<absl::string_view> AllPresets() {
  std::vector<absl::string_view> names;
  for (const Preset& preset : Presets()) names.push_back(preset.name);
  return names;
}

absl::StatusOr<CsvMapping> MappingFromOptions(const ReadOptions& options) {
  CsvMapping mapping;
  if (!options.preset.empty()) {
    const auto preset = std::ranges::find(Presets(), options.preset, &Preset::name);
    if (preset == Presets().end()) {
      return absl::InvalidArgumentError(
          absl::StrCat("unknown preset '", Shown(options.preset),
                       "', known: ", absl::StrJoin(AllPresets(), ", ")));
    }
    mapping = {.columns = preset->columns, .step_s = preset->step_s};
    mapping.zone = TakeSetting(mapping.columns, "zone");
    mapping.day0 = TakeSetting(mapping.columns, "day 0");
  }
  for (const auto& [role, column] : options.columns) {
    if (absl::Status s = CheckRole(role, column); !s.ok()) return s;
    mapping.columns[role] = column;
  }
  if (absl::Status s = CheckIds(options); !s.ok()) return s;
  mapping.needs_id = options.table_id.empty() && options.row_id_prefix.empty();
  if (!mapping.needs_id) mapping.columns.erase("id");  // the preset's
  return mapping;
}

ReadOptions InZone(ReadOptions options, const std::string& zone) {
  if (!zone.empty() && options.time.zone == absl::UTCTimeZone()) {
    absl::LoadTimeZone(zone, &options.time.zone);
  }
  return options;
}

bool NamesNoHeader(const std::map<std::string, std::string>& columns) {
  bool any = false;
  for (const auto& mapped : columns) {
    if (mapped.second == kNoColumn) continue;
    const auto [first, rest] = Joined(mapped.second);
    if (!IsIndex(first) || !(rest.empty() || IsIndex(rest))) return false;
    any = true;
  }
  return any;
}

bool FindColumns(const CsvMapping& mapping, const std::vector<absl::string_view>& first_row,
                 CsvColumns& out, FieldError& error) {
  out = CsvColumns();
  out.has_header = !NamesNoHeader(mapping.columns);
  out.step_s = mapping.step_s;
  if (!mapping.day0.empty()) out.day0_ms = ParseTimeText(absl::StrCat(mapping.day0, "T00:00:00Z"));
  for (size_t i = 0; i < first_row.size(); ++i) {
    out.names.push_back(out.has_header ? std::string(absl::StripAsciiWhitespace(first_row[i]))
                                       : absl::StrCat(i));
  }
  return Finder(mapping, out, error).FindAll();
}

FieldError UnmappedTime(absl::string_view column) {
  return {.field = "time",
          .value = "",
          .allowed = absl::StrCat("a column that is mapped to it, or time=- for a table without "
                                  "times; this one may hold them: ",
                                  Shown(column))};
}

TableLayout LayoutOf(const CsvColumns& columns) {
  TableLayout layout;
  const auto name = [&columns](int column) { return columns.names[static_cast<size_t>(column)]; };
  const auto add = [&](std::string role, int column, int rest) {
    if (column == CsvColumns::kNone) return;
    layout.taken.emplace_back(std::move(role), rest == CsvColumns::kNone
                                                   ? name(column)
                                                   : absl::StrCat(name(column), "+", name(rest)));
  };
  for (const Role& role : kRoles) {
    const int rest = role.name == "id"     ? columns.id_rest
                     : role.name == "time" ? columns.time_rest
                                           : CsvColumns::kNone;
    add(std::string(role.name), columns.*role.column, rest);
  }
  for (const auto& [tag, column] : columns.tags) {
    add(absl::StrCat(kTagPrefix, tag), column, CsvColumns::kNone);
  }
  for (const int column : columns.left) layout.left.push_back(name(column));
  return layout;
}

}  // namespace spoor
