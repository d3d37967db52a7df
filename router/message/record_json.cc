#include "router/message/record_json.h"

#include "engine/reader.h"
#include "geo/antimeridian.h"

namespace spoor {
namespace {

void WriteTags(const Tags& tags, JsonWriter& w) {
  w.BeginObject();
  for (const auto& [name, value] : tags) w.Member(name, value);
  w.EndObject();
}

// Of the open object.
void WriteNames(absl::string_view object, const Tags& tags, JsonWriter& w) {
  if (!object.empty()) w.Member("object", object);
  if (tags.empty()) return;
  w.Key("tags");
  WriteTags(tags, w);
}

void WriteCoords(TrajectoryView fixes, JsonWriter& w) {
  w.Key("coords");
  w.BeginArray();
  for (const Fix& fix : fixes) w.Position(fix, fix.has_time());
  w.EndArray();
}

void WritePositions(TrajectoryView fixes, JsonWriter& w) {
  w.BeginArray();
  for (const Fix& fix : fixes) w.Position(fix, false);
  w.EndArray();
}

void WriteTimes(TrajectoryView fixes, JsonWriter& w) {
  w.BeginArray();
  for (const Fix& fix : fixes) w.Seconds(fix.time_ms);
  w.EndArray();
}

// Calls write with each part of a line that is cut.
void WriteParts(TrajectoryView fixes, void (*write)(TrajectoryView, JsonWriter&), JsonWriter& w) {
  w.BeginArray();
  for (const std::vector<Fix>& part : CutAtAntimeridian(fixes)) write(part, w);
  w.EndArray();
}

bool HasTimes(TrajectoryView fixes) { return !fixes.empty() && fixes.front().has_time(); }

}  // namespace

void WriteBox(const Box& box, JsonWriter& w) {
  w.BeginArray();
  w.DegreesE7(box.west_e7);
  w.DegreesE7(box.south_e7);
  w.DegreesE7(box.east_e7);
  w.DegreesE7(box.north_e7);
  w.EndArray();
}

void WriteGeometry(TrajectoryView fixes, JsonWriter& w) {
  const bool is_cut = CrossesAntimeridian(fixes);
  w.BeginObject();
  w.Member("type", fixes.size() == 1 ? "Point" : is_cut ? "MultiLineString" : "LineString");
  w.Key("coordinates");
  if (fixes.size() == 1) {
    w.Position(fixes[0], false);
  } else if (is_cut) {
    WriteParts(fixes, &WritePositions, w);
  } else {
    WritePositions(fixes, w);
  }
  w.EndObject();
}

namespace {

void WriteSummary(const Summary& summary, uint32_t geodabs, JsonWriter& w) {
  w.BeginObject();
  w.MemberUint("fixes", summary.fixes);
  w.Key("length_m");
  w.Rounded(summary.length_m, 3);
  w.Key("start");
  w.Position(summary.start, summary.start.has_time());
  w.Key("end");
  w.Position(summary.end, summary.end.has_time());
  w.Key("bbox");
  WriteBox(summary.box, w);
  w.MemberUint("geodabs", geodabs);
  w.EndObject();
}

}  // namespace

void WriteShownMembers(const ShownRecord& shown, JsonWriter& w) {
  WriteNames(shown.object, shown.tags, w);
  if (shown.summary) {
    w.Key("summary");
    WriteSummary(*shown.summary, shown.geodabs, w);
  }
}

void WriteTimesMember(TrajectoryView fixes, JsonWriter& w) {
  if (!HasTimes(fixes)) return;
  w.Key("times");
  if (CrossesAntimeridian(fixes)) {
    WriteParts(fixes, &WriteTimes, w);
  } else {
    WriteTimes(fixes, w);
  }
}

void WriteRecord(const Engine::Found& found, absl::string_view version, JsonWriter& w) {
  w.BeginObject();
  w.Member("id", found.trajectory.id.value());
  WriteShownMembers(ShownOf(found, {.summary = true, .tags = true}), w);
  w.Member("version", version);
  WriteCoords(found.trajectory.view(), w);
  w.EndObject();
}

std::string RecordLine(const Trajectory& trajectory) {
  JsonWriter w;
  w.BeginObject();
  w.Member("id", trajectory.id.value());
  WriteNames(trajectory.object, trajectory.tags, w);
  WriteCoords(trajectory.view(), w);
  w.EndObject();
  return w.Take();
}

void WriteTripFeature(const Trajectory& trajectory, JsonWriter& w) {
  WriteShownFeature(
      trajectory.id,
      {.object = trajectory.object, .tags = trajectory.tags, .fixes = trajectory.fixes}, w);
}

void WriteShownFeature(const TrajectoryId& id, const ShownRecord& shown, JsonWriter& w) {
  w.BeginObject();
  w.Member("type", "Feature");
  w.Member("id", id.value());
  w.Key("geometry");
  WriteGeometry(shown.fixes, w);
  w.Key("properties");
  w.BeginObject();
  WriteShownMembers(shown, w);
  WriteTimesMember(shown.fixes, w);
  w.EndObject();
  w.EndObject();
}

void WriteServiceMembers(const ReadReport& report, double took_ms, JsonWriter& w) {
  w.Key("slots");
  w.BeginObject();
  w.MemberUint("asked", report.asked);
  w.MemberUint("answered", report.answered);
  w.MemberUint("failed", report.failed);
  w.EndObject();
  w.MemberUint("staleness_ms", report.staleness_ms);
  if (report.damaged > 0) w.MemberUint("damaged", report.damaged);
  w.Key("took_ms");
  w.Rounded(took_ms, 3);
}

}  // namespace spoor
