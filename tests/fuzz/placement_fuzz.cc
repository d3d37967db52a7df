#include <cstdint>
#include <cstdlib>

#include "shard/place/placement.h"
#include "shard/place/reach.h"

// What nodes and the store of placements send.  What is accepted is encoded to something that means
// the same.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto placement = spoor::DecodePlacement(bytes);
  if (placement.ok()) {
    const auto again = spoor::DecodePlacement(spoor::EncodePlacement(*placement));
    if (!again.ok() || *again != *placement) std::abort();
  }
  const auto reach = spoor::Reach::Decode(bytes);
  if (reach.ok()) {
    const auto again = spoor::Reach::Decode(reach->Encode());
    if (!again.ok() || again->cells() != reach->cells()) std::abort();
  }
  return 0;
}
