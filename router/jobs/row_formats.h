#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "router/jobs/kind.h"
#include "router/message/json_writer.h"
#include "router/message/trip_text.h"

namespace spoor {

// Rows of a result, lines of JSON, in the other formats that they can be had in.  DataLoss for a
// row that is none.

// A GeoJSON Feature.  REQUIRES: part.has_geometry.
absl::Status WriteRowAsFeature(const ResultPart& part, absl::string_view row, JsonWriter& w);
// The line with the names, and the lines of a row.  REQUIRES: part.columns is not empty, or rows
// are trips.
std::string CsvHeader(const ResultPart& part);
absl::Status AppendRowAsCsv(const ResultPart& part, absl::string_view row, std::string& out);
// A document of all these rows, which are trips.  InvalidArgument where it cannot hold one of them.
absl::StatusOr<std::string> TripsOfRows(const TripText& text, absl::string_view rows);

}  // namespace spoor
