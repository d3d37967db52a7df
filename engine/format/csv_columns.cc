#include "engine/format/csv_columns.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "engine/format/record.h"

namespace spoor {
namespace {

constexpr absl::string_view kTagPrefix = "tag.";
constexpr int kMaxIndex = 10'000;
constexpr size_t kMaxShownNames = 1000;  // bytes

// What a column may hold, and how it is called where nobody maps it.
struct Role {
  absl::string_view name;
  int CsvColumns::* column;
  absl::string_view usual_names;
};

constexpr Role kRoles[] = {
    {"id", &CsvColumns::id, "id|trip_id"},
    {"object", &CsvColumns::object, "object"},
    {"lat", &CsvColumns::lat, "lat|latitude|y"},
    {"lon", &CsvColumns::lon, "lon|lng|longitude|x"},
    {"time", &CsvColumns::time, "time|timestamp|datetime|t"},
    {"polyline", &CsvColumns::polyline, "polyline"},
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
                     "', known: id, object, lat, lon, time, polyline, tag.<name>"));
  }
  if (!column.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("column role '", role, "' names no column"));
}

bool IsIndex(absl::string_view column) {
  int index = 0;
  return !column.empty() && std::ranges::all_of(column, absl::ascii_isdigit) &&
         absl::SimpleAtoi(column, &index) && index < kMaxIndex;
}

bool NamesNoHeader(const CsvMapping& mapping) {
  return !mapping.columns.empty() &&
         std::ranges::all_of(mapping.columns, [](const auto& m) { return IsIndex(m.second); });
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
  bool FindMapped(absl::string_view column, int& out);
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
    int found = CsvColumns::kNone;
    if (!FindMapped(column, found)) return FailMapped(role, column);
    const auto* known = std::ranges::find(kRoles, role, &Role::name);
    if (known != std::end(kRoles)) {
      out_.*known->column = found;
    } else if (role == kMissing.name) {
      out_.missing = found;
    } else {
      out_.tags.emplace_back(role.substr(kTagPrefix.size()), found);
    }
  }
  for (const Role& role : kRoles) {
    if (out_.has_header && mapping_.columns.count(std::string(role.name)) == 0) FindUsual(role);
  }
  return CheckShape();
}

bool Finder::FindMapped(absl::string_view column, int& out) {
  if (out_.has_header) {
    out = FindName(out_.names, column);
    return out != CsvColumns::kNone;
  }
  return absl::SimpleAtoi(column, &out) && out < static_cast<int>(out_.names.size());
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
  if (out_.id == CsvColumns::kNone) return FailUsual(kRoles[0]);
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
  }
  for (const auto& [role, column] : options.columns) {
    if (absl::Status s = CheckRole(role, column); !s.ok()) return s;
    mapping.columns[role] = column;
  }
  return mapping;
}

bool FindColumns(const CsvMapping& mapping, const std::vector<absl::string_view>& first_row,
                 CsvColumns& out, FieldError& error) {
  out = CsvColumns();
  out.has_header = !NamesNoHeader(mapping);
  out.step_s = mapping.step_s;
  for (size_t i = 0; i < first_row.size(); ++i) {
    out.names.push_back(out.has_header ? std::string(absl::StripAsciiWhitespace(first_row[i]))
                                       : absl::StrCat(i));
  }
  return Finder(mapping, out, error).FindAll();
}

}  // namespace spoor
