#pragma once

#include <cstdint>

#include "absl/strings/string_view.h"

namespace spoor {

// CRC-32C (RFC 3720, appendix B.4) of seed's text followed by bytes; with the processor's
// instruction where it has one.
uint32_t Crc32c(absl::string_view bytes, uint32_t seed = 0);

// The same on any processor: what the instruction is tested against.
uint32_t Crc32cByTables(absl::string_view bytes, uint32_t seed = 0);

}  // namespace spoor
