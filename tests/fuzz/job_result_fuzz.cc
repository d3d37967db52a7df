#include <cstdint>
#include <cstdlib>
#include <string>

#include "router/jobs/result_chunk.h"
#include "router/jobs/result_runs.h"

// What the stores of a cluster say of a job, and a cursor that a client sends, by the first byte.
// What is accepted is encoded to something that means the same.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const absl::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const spoor::ChunkName name{.part = "rows", .term = 1, .writer = 2, .number = 3};
  switch (data[0] % 4) {
    case 0: {
      const auto key = spoor::DecodeChunkKey(bytes);
      if (key.ok() && spoor::ChunkKey(*key) != bytes) std::abort();
      break;
    }
    case 1: {
      const auto chunk = spoor::DecodeChunk(name, bytes);
      if (!chunk.ok()) break;
      const std::string again = spoor::EncodeChunk(name, chunk->lines);
      if (!spoor::DecodeChunk(name, again).ok() || again.size() != bytes.size()) std::abort();
      break;
    }
    case 2: {
      const auto runs = spoor::DecodeRuns(bytes);
      if (runs.ok() && spoor::EncodeRuns(*runs) != bytes) std::abort();
      break;
    }
    default: {
      const auto place = spoor::DecodePlaceInResult(bytes);
      if (place.ok() && spoor::EncodePlaceInResult(*place) != bytes) std::abort();
      break;
    }
  }
  return 0;
}
