#include "router/message/read_params.h"

#include <algorithm>

#include "absl/strings/numbers.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "engine/format/record.h"
#include "router/message/request_filter.h"

namespace spoor {
namespace {

constexpr absl::string_view kBools[] = {"false", "true"};
constexpr absl::string_view kDecimals[] = {"point", "comma"};
constexpr absl::string_view kColumnPrefix = "column.";

void ReadCleaning(const Target& target, ReadOptions& options, Problems& problems) {
  options.clean = ChoiceParam(target, "clean", kBools, problems) == 1;
  const std::string* speed = target.Param("max_speed_mps");
  if (speed == nullptr) return;
  double mps = 0;
  if (absl::SimpleAtod(*speed, &mps) && mps > 0 && mps <= 1e6) {
    options.max_speed_mps = mps;
  } else {
    problems.Add("?max_speed_mps", *speed, "a number above 0, at most 1000000");
  }
}

void ReadColumns(const Target& target, ReadOptions& options, Problems& problems) {
  if (const std::string* preset = target.Param("preset")) {
    const auto presets = AllPresets();
    options.preset = *preset;
    if (std::ranges::count(presets, *preset) == 0) {
      problems.Add("?preset", *preset, absl::StrJoin(presets, ", "));
    }
  }
  for (const auto& [name, value] : target.params) {
    absl::string_view key = name;
    if (absl::ConsumePrefix(&key, kColumnPrefix)) options.columns[std::string(key)] = value;
  }
  if (const std::string* id = target.Param("id")) options.table_id = *id;
  if (const std::string* prefix = target.Param("row_ids")) options.row_id_prefix = *prefix;
}

void ReadSource(const Target& target, ReadOptions& options, Problems& problems) {
  const std::string* source = target.Param("source");
  if (source == nullptr) return;
  options.source = *source;
  if (!IsValidName(*source)) problems.Add("?source", *source, std::string(kNameAllowed));
}

void ReadCells(const Target& target, ReadOptions& options, Problems& problems) {
  options.decimal_comma = ChoiceParam(target, "decimal", kDecimals, problems) == 1;
  const std::string* delimiter = target.Param("delimiter");
  if (delimiter == nullptr) return;
  const std::string text = *delimiter == "tab" ? "\t" : *delimiter;
  const bool fits = text.size() == 1 && text[0] != '"' && text[0] != '\n' && text[0] != '\r' &&
                    static_cast<unsigned char>(text[0]) < 0x80 && text[0] != '\0';
  if (fits) {
    options.delimiter = text[0];
  } else {
    problems.Add("?delimiter", *delimiter, "one character of ASCII, or tab");
  }
}

void ReadTimes(const Target& target, ReadOptions& options, Problems& problems) {
  options.time.unit = static_cast<TimeUnit>(ChoiceParam(target, "time_unit", kTimeUnits, problems));
  if (const std::string* format = target.Param("time_format")) {
    options.time.format = *format;
    if (!absl::StrContains(*format, '%')) {
      problems.Add("?time_format", *format, "a format such as %d/%m/%Y %H:%M:%S");
    }
  }
  if (const std::string* zone = target.Param("time_zone")) {
    if (!absl::LoadTimeZone(*zone, &options.time.zone)) {
      problems.Add("?time_zone", *zone, "a zone of the time zone database, such as Europe/Zurich");
    }
  }
}

}  // namespace

ReadOptions ReadOptionsFromParams(const Target& target, const ApiLimits& limits,
                                  Problems& problems) {
  ReadOptions options;
  options.max_record_bytes = limits.max_record_bytes;
  options.max_fixes = limits.max_fixes;
  ReadCleaning(target, options, problems);
  ReadColumns(target, options, problems);
  ReadSource(target, options, problems);
  ReadCells(target, options, problems);
  ReadTimes(target, options, problems);
  return options;
}

}  // namespace spoor
