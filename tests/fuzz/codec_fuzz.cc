#include <cstdint>

#include "engine/segment/ordinal_set.h"
#include "engine/store/codec.h"

// Everything that the store keeps is decoded from these bytes.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view bytes(reinterpret_cast<const char*>(data), size);
  std::vector<spoor::Fix> fixes;
  spoor::DecodeRecord(bytes).IgnoreError();
  spoor::DecodeRecordFixes(bytes, fixes).IgnoreError();
  spoor::DecodeIdEntry(bytes).IgnoreError();
  spoor::DecodeJournalLine("12345678", bytes).IgnoreError();
  spoor::DecodeHeader(bytes).IgnoreError();
  spoor::DecodeManifest(bytes).IgnoreError();
  spoor::DecodePosition(bytes).IgnoreError();
  spoor::DecodeLost(bytes).IgnoreError();
  spoor::OrdinalSet::Decode(bytes, 1000).IgnoreError();
  return 0;
}
