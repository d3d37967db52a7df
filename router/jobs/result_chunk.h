#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace spoor {

// A piece of a job's result as it lies in the result's log: whole lines, under a name that is given
// once.  The bytes are, little-endian,
//
//   "spoorjc1"  magic and version
//   u64         CRC-32C of the chunk's key and of all bytes behind this field: what lies under
//               another one's key is damage too
//   u64         lines
//   ...         these, each with its '\n'
struct ChunkName {
  std::string part;     // of the result: 1 ... 64 of a-z, 0-9, '_'
  uint64_t term = 0;    // of the driver that appends; for people
  uint64_t writer = 0;  // random, made with the writer: no two chunks ever have one key
  uint64_t number = 0;  // of the part's chunks of this writer
  friend bool operator==(const ChunkName&, const ChunkName&) = default;
};

bool IsPartName(absl::string_view part);
// "<part>/<term>/<writer, 16 hex digits>/<number>".  REQUIRES: IsPartName.
std::string ChunkKey(const ChunkName& name);
// DataLoss for what is the key of no chunk.
absl::StatusOr<ChunkName> DecodeChunkKey(absl::string_view key);

// REQUIRES: lines is empty or ends with '\n'.
std::string EncodeChunk(const ChunkName& name, absl::string_view lines);

struct ChunkLines {
  uint64_t rows = 0;
  absl::string_view lines;  // of the bytes
};
// DataLoss for any bytes that are not those of this chunk.
absl::StatusOr<ChunkLines> DecodeChunk(const ChunkName& name, absl::string_view bytes);

}  // namespace spoor
