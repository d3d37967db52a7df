#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace spoor {

// Which chunks of a result's log are good (JobExtent::where): runs of one writer's chunks, in the
// order of the rows.  Whatever else lies in the log, of drivers that were deposed or had to begin
// anew, counts for nothing.
struct ChunkRun {
  uint64_t term = 0, writer = 0;
  uint64_t first = 0, last = 0;  // numbers, both included
  uint64_t offset = 0;           // of the first one, in the log
  friend bool operator==(const ChunkRun&, const ChunkRun&) = default;
};

// "<term>.<writer>:<first>-<last>@<offset>", joined by commas.
std::string EncodeRuns(const std::vector<ChunkRun>& runs);
// DataLoss for any other text.
absl::StatusOr<std::vector<ChunkRun>> DecodeRuns(absl::string_view text);

// Where a reader goes on: behind `lines` lines of a chunk, of which the offset is only a hint.
struct ResultPlace {
  uint64_t writer = 0, number = 0;
  uint64_t offset = 0;
  uint64_t lines = 0;  // UINT64_MAX: behind all of them
  friend bool operator==(const ResultPlace&, const ResultPlace&) = default;
};
std::string EncodePlaceInResult(const ResultPlace& place);
// OutOfRange for a text that none has.
absl::StatusOr<ResultPlace> DecodePlaceInResult(absl::string_view text);

}  // namespace spoor
