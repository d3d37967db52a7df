#pragma once

#include <cstdint>
#include <string>

#include "engine/engine.h"
#include "engine/search/query.h"
#include "geo/box.h"
#include "geo/summary.h"
#include "geo/trajectory.h"
#include "router/cluster.h"
#include "router/message/json_writer.h"

namespace spoor {

// Trajectories and their parts as the HTTP contract writes them.

// What an answer shows of each trajectory besides its names.
struct Include {
  bool geometry = false;  // and the times beside it
  bool matches = false;
  bool summary = false;
  bool tags = false;
};

void WriteBox(const Box& box, JsonWriter& w);  // [west, south, east, north]
// A LineString; a Point when there is one fix; a MultiLineString when it is cut at 180 degrees.
void WriteGeometry(TrajectoryView fixes, JsonWriter& w);

// Members of the open object: "object", "tags", "summary", where there is something to show.
void WriteShownMembers(const ShownRecord& shown, JsonWriter& w);
// "times": one for each position of the geometry, in parts where it is cut; nothing when there are
// none.
void WriteTimesMember(TrajectoryView fixes, JsonWriter& w);

// The record as it is sent in, with a version and a summary that readers pass over: {"id",
// "object", "tags", "summary", "version", "coords"}.
void WriteRecord(const Engine::Found& found, absl::string_view version, JsonWriter& w);
// As it is sent in, and no more: {"id", "object"?, "tags"?, "coords"}, in one line without its end.
std::string RecordLine(const Trajectory& trajectory);
// The record as a GeoJSON Feature that can be sent in again.  Hence no summary: properties are
// plain.
void WriteTripFeature(const Trajectory& trajectory, JsonWriter& w);
// REQUIRES: its fixes are shown.
void WriteShownFeature(const TrajectoryId& id, const ShownRecord& shown, JsonWriter& w);

// "slots", "staleness_ms" and "took_ms"; "damaged" where records are left out because they cannot
// be read.
void WriteServiceMembers(const ReadReport& report, double took_ms, JsonWriter& w);

}  // namespace spoor
