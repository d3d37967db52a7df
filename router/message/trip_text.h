#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "geo/trajectory.h"
#include "router/message/json_writer.h"
#include "router/message/representation.h"

namespace spoor {

// A form in which whole trips go out, wherever they do: pages of trajectories, one of them, the
// result of an export, a file that the command line writes.  Reading what was written gives the
// same records: ids, objects, tags, every position and every time.
struct TripText {
  Representation representation;
  absl::string_view ending;  // of a file's name: ".gpx"
  // Around and between the trips of a document.
  absl::string_view head, between, tail;
  // InvalidArgument, with nothing appended, for a trip that the format cannot hold.
  absl::Status (*append)(const Trajectory& trip, std::string* out);
};

// NDJSON, GeoJSON, CSV (a line a fix, tags as one cell), GPX (with our record in the track's
// extensions) and MF-JSON (a MovingPoint a trip; a LineString or a Point where there are no times).
absl::Span<const TripText> AllTripTexts();
// By the ending of a file's name, or by what a client wants; null where it is none of these.
const TripText* FindTripText(absl::string_view file_name);
const TripText* FindTripText(Representation representation);

// A cell of CSV as RFC 4180 wants it.
std::string CsvCell(absl::string_view text);
// "2024-05-01T12:00:00.5Z"
std::string DateTimeText(int64_t time_ms);
// "type", "datetimes", "coordinates" and "interpolation" of the open object, a MovingPoint of OGC
// Moving Features JSON.  interpolation: "Linear", or "Discrete" where nothing is said of the time
// between.  REQUIRES: fixes have times.
void WriteMovingPointMembers(TrajectoryView fixes, absl::string_view interpolation, JsonWriter& w);

// One document of trips, written piece by piece.
//
//   TripDocument document(*FindTripText("city.gpx"));
//   document.Add(trip);
//   document.End();
//   document.Take();  // what has been written since the last Take
class TripDocument {
 public:
  explicit TripDocument(const TripText& text) : text_(text), out_(text.head) {}

  absl::Status Add(const Trajectory& trip);
  void End() { out_.append(text_.tail.data(), text_.tail.size()); }
  size_t size() const { return out_.size(); }
  std::string Take() { return std::exchange(out_, std::string()); }

 private:
  const TripText& text_;
  std::string out_;
  bool any_ = false;
};

}  // namespace spoor
