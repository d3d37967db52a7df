#include <cstdint>
#include <cstdlib>

#include "shard/meta/cluster_state.h"

// What lies in the store of metadata, and in the file of a snapshot.  What is accepted is encoded
// to something that means the same.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto collection = spoor::DecodeCollection(bytes);
  if (collection.ok()) {
    const auto again = spoor::DecodeCollection(spoor::EncodeCollection(*collection));
    if (!again.ok() || *again != *collection) std::abort();
  }
  const auto node = spoor::DecodeNode(bytes);
  if (node.ok()) {
    const auto again = spoor::DecodeNode(spoor::EncodeNode(*node));
    if (!again.ok() || *again != *node) std::abort();
  }
  const auto snapshot = spoor::DecodeSnapshot(bytes);
  if (snapshot.ok()) {
    const auto again = spoor::DecodeSnapshot(spoor::EncodeSnapshot(*snapshot));
    if (!again.ok() || *again != *snapshot) std::abort();
  }
  return 0;
}
