#pragma once

#include <map>
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
  int missing = kNone;                            // see presets.def
  std::vector<std::pair<std::string, int>> tags;  // (tag, column), in the order of the tags
  std::vector<std::string> names;                 // of all columns
  bool has_header = true;
  int step_s =
      0;  // from fix to fix of a polyline whose time is that of its first fix; 0 when unknown

  // A trip a row; otherwise a fix a row.
  bool has_polyline() const { return polyline != kNone; }
};

// What the user asks for, before the header is known.
struct CsvMapping {
  std::map<std::string, std::string> columns;  // as in ReadOptions, the preset's included
  int step_s = 0;
};

// The preset's mapping, overridden by options.columns.  InvalidArgument lists the known presets, or
// the known roles.
absl::StatusOr<CsvMapping> MappingFromOptions(const ReadOptions& options);

// Finds the columns of a table by its first row.  What the mapping does not say goes by usual
// names: trip_id, latitude and so on.  Names match whole, first as they are written and then
// whatever their case.  When the mapping names all its columns by index, the first row is no header
// but data.
//
// False, with what is wrong in error, when a column is not there; it names those that are.
bool FindColumns(const CsvMapping& mapping, const std::vector<absl::string_view>& first_row,
                 CsvColumns& out, FieldError& error);

}  // namespace spoor
