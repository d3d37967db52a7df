#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "engine/format/reader.h"

namespace spoor {

// Which column of a table holds what.
struct CsvColumns {
  static constexpr int kNone = -1;

  int id = kNone, object = kNone, lat = kNone, lon = kNone, time = kNone, polyline = kNone;
  int id_rest = kNone, time_rest = kNone;         // the second of two that are joined
  int missing = kNone;                            // see presets.def
  int tags_json = kNone;                          // all tags of a trip, as a JSON object
  std::vector<std::pair<std::string, int>> tags;  // (tag, column), in the order of the tags
  std::vector<std::string> names;                 // of all columns
  bool has_header = true;
  // From fix to fix of a polyline whose time is that of its first fix; 0 when unknown.
  int step_s = 0;
  bool no_time = false;  // as somebody has said
  // Where the time is days since the begin of this one, and milliseconds: see presets.def.
  std::optional<int64_t> day0_ms;
  std::vector<int> left;  // columns that hold nothing of the above

  // A trip a row; otherwise a fix a row.
  bool has_polyline() const { return polyline != kNone; }
};

// What the user asks for, before the header is known.
struct CsvMapping {
  std::map<std::string, std::string> columns;  // as in ReadOptions, the preset's included
  int step_s = 0;
  bool needs_id = true;    // from a column
  std::string zone, day0;  // of a preset; empty where it has none
};

// The preset's mapping, overridden by options.columns.  InvalidArgument lists the known presets, or
// the known roles, or names the options that contradict each other.
absl::StatusOr<CsvMapping> MappingFromOptions(const ReadOptions& options);

// The options, with the preset's zone where they name none.
ReadOptions InZone(ReadOptions options, const std::string& zone);

// Whether all columns are named by index, so that the table has no row with names.
bool NamesNoHeader(const std::map<std::string, std::string>& columns);

// Finds the columns of a table by its first row.  What the mapping does not say goes by usual
// names: trip_id, latitude and so on.  Names match whole, first as they are written and then
// whatever their case.  When the mapping names all its columns by index, the first row is no header
// but data.  A table of fixes in which no column is taken for the time, though one is called like
// it, is refused: times that are lost in silence are lost.
//
// False, with what is wrong in error, when a column is not there; it names those that are.
bool FindColumns(const CsvMapping& mapping, const std::vector<absl::string_view>& first_row,
                 CsvColumns& out, FieldError& error);

// The refusal of a table whose column, which nobody has mapped, seems to hold times.
FieldError UnmappedTime(absl::string_view column);
// For people.
TableLayout LayoutOf(const CsvColumns& columns);

}  // namespace spoor
