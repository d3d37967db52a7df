#include "engine/store/home_key.h"
#include "shard/log/log.h"

namespace spoor {

uint32_t PartitionOf(absl::string_view id, uint32_t partitions) {
  // The low half of the hash is in home keys too: the high one keeps partitions and slots apart.
  return static_cast<uint32_t>((StableHash(id) >> 32) % partitions);
}

}  // namespace spoor
