#pragma once

#include <cstdint>

#include "absl/strings/string_view.h"

namespace spoor {

// MurmurHash3 x86_32 (Austin Appleby, public domain), which the published scheme hashes its grams
// with. The same on every machine: blocks are read little-endian.
uint32_t Murmur3(absl::string_view bytes, uint32_t seed);

}  // namespace spoor
