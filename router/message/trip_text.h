#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "geo/trajectory.h"

namespace spoor {

// A format of others that trips can be written in so that reading them gives the same records: ids,
// objects, tags, every position and every time.
struct TripText {
  absl::string_view ending;  // of a file's name
  // Around and between the trips of a file.
  absl::string_view head, between, tail;
  // InvalidArgument, with nothing appended, for a trip that the format cannot hold.
  absl::Status (*append)(const Trajectory& trip, std::string* out);
};

// By the ending of a file's name; null where it is none of these: .gpx (with our record in the
// track's extensions) and .mfjson (OGC Moving Features JSON, a MovingPoint a trip; a LineString or
// a Point where there are no times).
const TripText* FindTripText(absl::string_view file_name);

}  // namespace spoor
