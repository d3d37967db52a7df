#include <simdjson.h>

#include <cmath>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/store/log_value.h"
#include "router/jobs/job_run.h"
#include "router/jobs/kind.h"
#include "router/jobs/no_params.h"
#include "router/jobs/row_formats.h"
#include "router/message/record_json.h"

namespace spoor {
namespace {

constexpr absl::string_view kExportSteps[] = {"write"};
constexpr absl::string_view kTrajectories = "trajectories";
constexpr absl::string_view kFixColumns[] = {"id", "object", "lon", "lat", "time", "tags_json"};

absl::Status NoRecord() { return absl::DataLossError("a row of an export is no record"); }

// The record of a line that RecordLine has made.
absl::StatusOr<Trajectory> RecordOfLine(absl::string_view line) {
  simdjson::dom::parser parser;
  simdjson::dom::element row;
  simdjson::dom::array coords;
  std::string_view id, object;
  if (parser.parse(line.data(), line.size()).get(row) != simdjson::SUCCESS ||
      row["id"].get(id) != simdjson::SUCCESS || row["coords"].get(coords) != simdjson::SUCCESS) {
    return NoRecord();
  }
  Trajectory out{.id = TrajectoryId(std::string(id))};
  if (row["object"].get(object) == simdjson::SUCCESS) out.object = std::string(object);
  simdjson::dom::object tags;
  if (row["tags"].get(tags) == simdjson::SUCCESS) {
    for (const auto& tag : tags) {
      std::string_view value;
      if (tag.value.get(value) != simdjson::SUCCESS) return NoRecord();
      out.tags.emplace_back(std::string(tag.key), std::string(value));
    }
  }
  for (const simdjson::dom::element position : coords) {
    double lon = 0, lat = 0, seconds = 0;
    if (position.at(0).get(lon) != simdjson::SUCCESS ||
        position.at(1).get(lat) != simdjson::SUCCESS || !IsPosition(lat, lon)) {
      return NoRecord();
    }
    const bool timed = position.at(2).get(seconds) == simdjson::SUCCESS;
    out.fixes.push_back(FixFromDegrees(lat, lon, timed ? std::llround(seconds * 1000) : kNoTime));
  }
  if (out.fixes.empty()) return NoRecord();
  return out;
}

absl::Status WriteRowFeature(absl::string_view row, JsonWriter& w) {
  auto record = RecordOfLine(row);
  if (!record.ok()) return record.status();
  WriteFeature({.trajectory = *std::move(record), .version = 0, .geodabs = 0}, w);
  return absl::OkStatus();
}

// As a cell; nothing where there are none.
std::string TagsCell(const Tags& tags) {
  if (tags.empty()) return "";
  JsonWriter w;
  w.BeginObject();
  for (const auto& [name, value] : tags) w.Member(name, value);
  w.EndObject();
  return CsvCell(w.Take());
}

// A line for each fix.  Tags are one column, in the order of their names: trips may have any, which
// nobody knows before the last, and texts that a cell of their own would not give back.
absl::Status AppendFixes(absl::string_view row, std::string& out) {
  const auto record = RecordOfLine(row);
  if (!record.ok()) return record.status();
  const std::string head =
      absl::StrCat(CsvCell(record->id.value()), ",", CsvCell(record->object), ",");
  const std::string tail = absl::StrCat(",", TagsCell(record->tags), "\n");
  for (const Fix& fix : record->fixes) {
    JsonWriter lon, lat, time;
    lon.DegreesE7(fix.lon_e7);
    lat.DegreesE7(fix.lat_e7);
    if (fix.has_time()) time.Seconds(fix.time_ms);
    absl::StrAppend(&out, head, lon.Take(), ",", lat.Take(), ",", time.Take(), tail);
  }
  return absl::OkStatus();
}

constexpr ResultPart kExportParts[] = {{.name = kTrajectories,
                                        .has_geometry = true,
                                        .has_ids = true,
                                        .columns = kFixColumns,
                                        .feature = &WriteRowFeature,
                                        .csv = &AppendFixes}};

// The selection itself, to be taken elsewhere: a map without exchange.
class ExportWork : public JobWork {
 public:
  absl::Status Run(JobRun& run) const override {
    return run.Step("write", [&] {
      return run.Map({.mapper = "records"}, [&](const MapAnswer& page) -> absl::Status {
        for (const MapRow& row : page.rows) {
          const auto record = DecodeLogValue(row.place.id, row.bytes);
          if (!record.ok()) return record.status();
          if (absl::Status s = run.Append(kTrajectories, RecordLine(*record)); !s.ok()) return s;
        }
        return absl::OkStatus();
      });
    });
  }
};

}  // namespace

const Kind& ExportKind() {
  static const Kind kind{.name = "export",
                         .what = "the selected trajectories, to be taken elsewhere",
                         .steps = kExportSteps,
                         .parts = kExportParts,
                         .schema = kNoParamsSchema,
                         .read = &ReadNoParams<ExportWork>};
  return kind;
}

}  // namespace spoor
