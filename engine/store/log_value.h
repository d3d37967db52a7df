#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "geo/summary.h"
#include "geo/trajectory.h"

namespace spoor {

// What a log keeps of a record under its id: a version byte, then the payload that stores keep too
// (engine/doc/storage_format.md).
std::string EncodeLogValue(const Trajectory& trajectory);
// The same from such a payload (RecordPayload of engine/store/codec.h).
std::string LogValueOf(absl::string_view payload);

// Anybody may have written to the log: everything that geo/trajectory.h promises is checked.
// DataLoss for what is cut, of an unknown version, or no trajectory of this id.
absl::StatusOr<Trajectory> DecodeLogValue(absl::string_view id, absl::string_view value);

// A trajectory with the bytes by which a log, or a store, holds it.
struct PackedTrajectory {
  Trajectory trajectory;
  Summary summary;
  std::string payload;  // EncodePayload of the two, or what an earlier version made of them
};
// The same, checked as far, and the bytes kept: who follows a log stores what it has read.  What
// the bytes say of box and length, which could be had from the fixes alone, is not believed where
// it contradicts these: they are packed anew then.
absl::StatusOr<PackedTrajectory> UnpackLogValue(absl::string_view id, std::string value);

}  // namespace spoor
