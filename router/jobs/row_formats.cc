#include "router/jobs/row_formats.h"

#include <simdjson.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "engine/format/reader.h"
#include "router/message/record_json.h"

namespace spoor {
namespace {

absl::Status NoRow() { return absl::DataLossError("a row of the result is no JSON object"); }

absl::string_view ViewOf(std::string_view text) { return {text.data(), text.size()}; }

// As a cell: texts as they are, null as nothing, all else as JSON.
std::string CellOf(simdjson::dom::element value) {
  std::string_view text;
  if (value.get(text) == simdjson::SUCCESS) return CsvCell(ViewOf(text));
  return value.is_null() ? "" : CsvCell(std::string(simdjson::minify(value)));
}

// The record of a row that RecordLine has made.
absl::StatusOr<Trajectory> TripOfRow(absl::string_view row) {
  const auto reader = (*FindFormat("ndjson"))->make({});
  if (!reader.ok()) return reader.status();
  absl::StatusOr<Trajectory> trip = absl::DataLossError("a row of the result is no record");
  const RecordSink take = [&trip](ParsedRecord parsed) { trip = std::move(parsed.trajectory); };
  absl::Status read = (*reader)->Feed(row, take);
  if (read.ok()) read = (*reader)->Finish(take);
  if (!read.ok()) return absl::DataLossError(read.message());
  return trip;
}

}  // namespace

absl::StatusOr<std::string> TripsOfRows(const TripText& text, absl::string_view rows) {
  TripDocument document(text);
  for (const absl::string_view row : absl::StrSplit(rows, '\n', absl::SkipEmpty())) {
    const auto trip = TripOfRow(row);
    if (!trip.ok()) return trip.status();
    if (absl::Status s = document.Add(*trip); !s.ok()) return s;
  }
  document.End();
  return document.Take();
}

std::string CsvHeader(const ResultPart& part) {
  if (part.is_trips) return std::string(FindTripText(Representation::kCsv)->head);
  return absl::StrCat(absl::StrJoin(part.columns, ","), "\n");
}

absl::Status AppendRowAsCsv(const ResultPart& part, absl::string_view row, std::string& out) {
  if (part.is_trips) {
    const auto trip = TripOfRow(row);
    if (!trip.ok()) return trip.status();
    return FindTripText(Representation::kCsv)->append(*trip, &out);
  }
  simdjson::dom::parser parser;
  simdjson::dom::object object;
  if (parser.parse(row.data(), row.size()).get(object) != simdjson::SUCCESS) return NoRow();
  for (size_t i = 0; i < part.columns.size(); ++i) {
    if (i > 0) out += ',';
    simdjson::dom::element value;
    const absl::string_view name = part.columns[i];
    if (object.at_key({name.data(), name.size()}).get(value) == simdjson::SUCCESS) {
      out += CellOf(value);
    }
  }
  out += '\n';
  return absl::OkStatus();
}

absl::Status WriteRowAsFeature(const ResultPart& part, absl::string_view row, JsonWriter& w) {
  if (part.is_trips) {
    const auto trip = TripOfRow(row);
    if (!trip.ok()) return trip.status();
    WriteTripFeature(*trip, w);
    return absl::OkStatus();
  }
  simdjson::dom::parser parser;
  simdjson::dom::object object;
  if (parser.parse(row.data(), row.size()).get(object) != simdjson::SUCCESS) return NoRow();
  simdjson::dom::element geometry, id;
  w.BeginObject();
  w.Member("type", "Feature");
  if (object["id"].get(id) == simdjson::SUCCESS) w.Key("id"), w.Raw(simdjson::minify(id));
  w.Key("geometry");
  object["geometry"].get(geometry) == simdjson::SUCCESS ? w.Raw(simdjson::minify(geometry))
                                                        : w.Null();
  w.Key("properties");
  w.BeginObject();
  for (const auto& member : object) {
    if (member.key == "id" || member.key == "geometry") continue;
    w.Key(ViewOf(member.key));
    w.Raw(simdjson::minify(member.value));
  }
  w.EndObject();
  w.EndObject();
  return absl::OkStatus();
}

}  // namespace spoor
