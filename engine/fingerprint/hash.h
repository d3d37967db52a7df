#pragma once

#include <cstdint>

namespace spoor {

// The finalizer of MurmurHash3 x64 (Appleby, public domain): a bijection of 64 bits in which every
// bit of the input changes about half of the output.
inline constexpr uint64_t Mix64(uint64_t h) {
  h ^= h >> 33;
  h *= 0xff51afd7ed558ccd;
  h ^= h >> 33;
  h *= 0xc4ceb9fe1a85ec53;
  h ^= h >> 33;
  return h;
}

}  // namespace spoor
