#include "router/jobs/row_formats.h"

#include <simdjson.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

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

}  // namespace

std::string CsvCell(absl::string_view text) {
  if (text.find_first_of(",\"\r\n") == absl::string_view::npos) return std::string(text);
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + "\"";
}

std::string CsvHeader(const ResultPart& part) {
  return absl::StrCat(absl::StrJoin(part.columns, ","), "\n");
}

absl::Status AppendRowAsCsv(const ResultPart& part, absl::string_view row, std::string& out) {
  if (part.csv != nullptr) return part.csv(row, out);
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
  if (part.feature != nullptr) return part.feature(row, w);
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
