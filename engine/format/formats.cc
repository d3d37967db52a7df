#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "engine/format/json_cursor.h"
#include "engine/format/make_readers.h"
#include "engine/format/record.h"
#include "engine/format/splitter.h"

namespace spoor {
namespace {

constexpr std::array kFormats = {
#define FORMAT(name, media_type, extensions, make, cut, unit) \
  FormatEntry{name, media_type, extensions, &(make), RecordCut::cut, &(unit)},
#include "engine/format/formats.def"
#undef FORMAT
};

const FormatEntry* ByName(absl::string_view name) {
  const auto* found = std::ranges::find(kFormats, name, &FormatEntry::name);
  return found == kFormats.end() ? nullptr : found;
}

std::string KnownFormats() {
  return absl::StrJoin(kFormats, ", ", [](std::string* out, const FormatEntry& format) {
    absl::StrAppend(out, format.name, " (", format.media_type, ")");
  });
}

const FormatEntry* ByExtension(absl::string_view file_name) {
  std::string name = absl::AsciiStrToLower(file_name);
  for (const absl::string_view packed : {".gz", ".zst"}) {
    if (absl::EndsWith(name, packed)) name.resize(name.size() - packed.size());
  }
  for (const FormatEntry& format : kFormats) {
    for (const absl::string_view extension :
         absl::StrSplit(format.extensions, absl::ByAnyChar(" ,"), absl::SkipEmpty())) {
      if (absl::EndsWith(name, extension)) return &format;
    }
  }
  return nullptr;
}

// The keys of the first object, as far as the head shows them, tell GeoJSON from records.
const FormatEntry* ByFirstObject(absl::string_view head) {
  JsonCursor in(head);
  std::string key;
  bool is_feature = false, is_collection = false;
  for (in.Enter('{'); in.NextKey(key);) {
    std::string type;
    if (key == "type" && in.ReadString(type)) {
      is_feature = type == "Feature";
      is_collection = type == "FeatureCollection";
    } else if (!in.Skip()) {
      break;
    }
    if (key == "geometry") is_feature = true;
  }
  if (is_feature && in.ok() && in.Peek() == '{') return ByName("geojson-seq");  // one more follows
  return ByName(is_feature || is_collection || key == "features" ? "geojson" : "ndjson");
}

// By the root element.
const FormatEntry* ByXml(absl::string_view head) {
  constexpr std::pair<absl::string_view, absl::string_view> kRoots[] = {
      {"<gpx", "gpx"},
      {"<kml", "kml"},
      {"<TrainingCenterDatabase", "tcx"},
  };
  for (const auto& [root, format] : kRoots) {
    if (absl::StrContains(head, root)) return ByName(format);
  }
  return nullptr;
}

// A log begins in the midst of anything, or with remarks.
bool IsNmea(absl::string_view head) {
  for (const absl::string_view begin : {"$GP", "$GN", "!AIVDM", "!AIVDO"}) {
    if (absl::StartsWith(head, begin) || absl::StrContains(head, absl::StrCat("\n", begin))) {
      return true;
    }
  }
  return false;
}

const FormatEntry* ByHead(absl::string_view head) {
  head = absl::StripLeadingAsciiWhitespace(BomSkipper()(head));
  if (head.empty()) return nullptr;
  if (head[0] == '\x1E') return ByName("geojson-seq");
  if (head[0] == '{') return ByFirstObject(head);
  if (head[0] == '<') return ByXml(head);
  if (absl::StartsWith(head, "Geolife trajectory")) return ByName("plt");
  if (IsNmea(head)) return ByName("nmea");
  const absl::string_view line = head.substr(0, head.find('\n'));
  const bool is_table = IsUtf8(line) && line.find_first_of(",;\t") != absl::string_view::npos &&
                        line.find_first_of("<>{}[]") == absl::string_view::npos;
  return is_table ? ByName("csv") : nullptr;
}

}  // namespace

RecordUnit TripUnit(absl::string_view, const ReadOptions&) { return RecordUnit::kTrip; }

absl::Span<const FormatEntry> AllFormats() { return kFormats; }

absl::StatusOr<const FormatEntry*> FindFormat(absl::string_view name_or_media_type) {
  const absl::string_view wanted =
      absl::StripAsciiWhitespace(name_or_media_type.substr(0, name_or_media_type.find(';')));
  for (const FormatEntry& format : kFormats) {
    if (absl::EqualsIgnoreCase(wanted, format.name) ||
        absl::EqualsIgnoreCase(wanted, format.media_type)) {
      return &format;
    }
  }
  return absl::NotFoundError(
      absl::StrCat("unknown format '", Shown(wanted), "', known: ", KnownFormats()));
}

absl::StatusOr<const FormatEntry*> GuessFormat(absl::string_view file_name,
                                               absl::string_view head) {
  if (const FormatEntry* format = ByExtension(file_name)) return format;
  if (head.size() >= 12 && head.substr(8, 4) == ".FIT") {
    return absl::NotFoundError(
        absl::StrCat("'", Shown(file_name), "' is a FIT file, which is not ",
                     "read: export it as gpx or tcx; known: ", KnownFormats()));
  }
  if (const FormatEntry* format = ByHead(head)) return format;
  return absl::NotFoundError(
      absl::StrCat("cannot tell the format of '", Shown(file_name), "', known: ", KnownFormats()));
}

absl::Status RefuseTableOptions(const ReadOptions& options, absl::string_view format) {
  if (options.preset.empty() && options.columns.empty() && options.table_id.empty() &&
      options.row_id_prefix.empty() && options.delimiter == 0 && !options.decimal_comma) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      absl::StrCat("format '", format,
                   "' takes no preset, columns, ids, delimiter or decimal comma, only csv does"));
}

}  // namespace spoor
