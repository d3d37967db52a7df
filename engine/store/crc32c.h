#pragma once

#include <cstdint>

#include "absl/strings/string_view.h"

namespace spoor {

// CRC-32C (RFC 3720, appendix B.4) of seed's text followed by bytes; with the processor's
// instruction where it has one.
uint32_t Crc32c(absl::string_view bytes, uint32_t seed = 0);

// The same on any processor: what the instruction is tested against.
uint32_t Crc32cByTables(absl::string_view bytes, uint32_t seed = 0);

// Whether the bytes have that checksum.  In builds for fuzzing (the macro that libFuzzer's users
// agree on) always: what stands behind a checksum must survive without it as well.
inline bool HasCrc32c([[maybe_unused]] absl::string_view bytes, [[maybe_unused]] uint32_t crc) {
#ifdef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
  return true;
#else
  return Crc32c(bytes) == crc;
#endif
}

}  // namespace spoor
