#pragma once

#include "absl/status/status.h"
#include "engine/motif/motif.h"
#include "engine/wait/patience.h"
#include "router/message/json_writer.h"

namespace spoor {

// Motifs as the HTTP contract writes them.

// Elements of the open array: objects, or Features of which all but the geometry are properties.
// OutOfRange once more than `most_bytes` are written, and errors of the patience.
struct MotifShape {
  bool features = false;
  uint64_t most_bytes = 0;
};
absl::Status WriteMotifs(const std::vector<Motif>& motifs, const MotifShape& shape,
                         const Patience& patience, JsonWriter& w);

}  // namespace spoor
